package inbox

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
)

// SelfReferrals returns one page of the self-referrals, newest first, and the number
// of them on all pages. The query reads all self-referrals, because there are few.
func (s Store) SelfReferrals(ctx context.Context, f SelfReferralFilter) (list []accrual.SelfReferral, count int64, err error) {
	wanted := &db.Filter{}
	wanted.AnyID("partner_id", f.Partners)
	if f.Refused != nil {
		wanted.Is("refused", *f.Refused)
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM self_referrals`+wanted.Where(), wanted.Values()...).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[accrual.SelfReferral](ctx, q, `SELECT partner_id, client_uid, fact_id, at, email, refused FROM self_referrals`+wanted.Where()+
			` ORDER BY at DESC, client_uid, fact_id`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, count, err
}
