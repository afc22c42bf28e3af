package partner

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// AdminStore reads and changes partners for the broker.
type AdminStore struct{ db db.DB }

// NewAdminStore returns the AdminStore of db. db must be the result of
// db.Joining, so that audit entries are stored in the same transaction.
func NewAdminStore(db db.DB) AdminStore { return AdminStore{db} }

// Atomically runs fn in one transaction that locks the whole store, so that no
// money is booked meanwhile. All statements that fn runs with its context are
// part of the transaction.
func (s AdminStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

// List returns one page of the partners that match the filter. count is the
// number of matches on all pages. The query reads all partners, because a
// programme has few of them.
func (s AdminStore) List(ctx context.Context, f Filter) (list []Partner, count int64, err error) {
	wanted := &db.Filter{}
	wanted.And("programme <> " + wanted.Bind(House))
	if f.Email != "" {
		wanted.Is("email", f.Email)
	}
	wanted.AnyText("status", f.Statuses)
	wanted.AnyText("country", f.Countries)
	if f.Verified != nil {
		wanted.Is("verified", *f.Verified)
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM partners`+wanted.Where(), wanted.Values()...).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[Partner](ctx, q, `SELECT `+Table.Of("")+` FROM partners`+wanted.Where()+` ORDER BY registered_at DESC, partner_id DESC`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, count, err
}

// Partner returns a partner without levels. It returns ErrUnknown for the house
// and if there is no such partner.
func (s AdminStore) Partner(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return db.OneOr[Partner](ctx, s.db, ErrUnknown, `SELECT `+Table.Of("")+` FROM partners WHERE partner_id = $1 AND programme <> $2`, partnerID, House)
}

// SetStanding stores a partner's status, and whether the partner is verified.
func (s AdminStore) SetStanding(ctx context.Context, p *Partner) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partners SET status = $2, verified = $3 WHERE partner_id = $1`, p.ID, p.Status, p.Verified)
		return err
	})
}
