package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/inbox"
)

var selfReferralColumns = db.Columns(`partner_id, client_uid, fact_id, at, email, refused`)

func (tx booksTx) saveSelfReferrals(ctx context.Context, c *accrual.Changes) error {
	return db.Insert(ctx, tx.q, "self_referrals", selfReferralColumns, "", c.SelfReferrals, func(s accrual.SelfReferral, dst []any) {
		copy(dst, []any{s.PartnerID, s.ClientUID, s.FactID, db.Micros(s.At), s.Email, s.Refused})
	})
}

// SelfReferrals implements inbox.Store. Plan: all of them, of which there are few.
func (s Inbox) SelfReferrals(ctx context.Context, f inbox.SelfReferralFilter) (list []accrual.SelfReferral, count int64, err error) {
	wanted := &db.Filter{}
	wanted.AnyID("partner_id", f.Partners)
	if f.Refused != nil {
		wanted.Is("refused", *f.Refused)
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM self_referrals`+wanted.Where(), wanted.Values()...).Scan(&count); err != nil {
			return err
		}
		list, err = db.Collect(ctx, q, func(rows db.Rows) (r accrual.SelfReferral, err error) {
			var at int64
			err = rows.Scan(&r.PartnerID, &r.ClientUID, &r.FactID, &at, &r.Email, &r.Refused)
			r.At = db.Instant(at)
			return r, err
		}, `SELECT partner_id, client_uid, fact_id, at, email, refused FROM self_referrals`+wanted.Where()+
			` ORDER BY at DESC, client_uid, fact_id`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, count, err
}
