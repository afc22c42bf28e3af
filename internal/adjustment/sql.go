package adjustment

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Store stores adjustments.
type Store struct{ db db.DB }

// NewStore returns a Store that uses db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

var adjustments = db.NewTable[Adjustment]("adjustments")

// Tx is the transaction of a Lock.
type Tx struct{ q db.Querier }

// Lock runs fn in one transaction. Other transactions that change the partner's money
// wait.
func (s Store) Lock(ctx context.Context, partnerID id.UUID, fn func(context.Context, Tx) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Find returns an adjustment of any partner, or ErrUnknown. The query uses the index
// adjustments_uid.
func (s Store) Find(ctx context.Context, adjustmentID string) (Adjustment, error) {
	return db.OneOr[Adjustment](ctx, s.db, ErrUnknown, `SELECT `+adjustments.Of("")+` FROM adjustments WHERE adjustment_id = $1`, adjustmentID)
}

// List returns one page of adjustments. It sorts by id, so the newest come first,
// because ids increase with time. If the request has one status, the query reads the
// index adjustments_status backwards, so that a few pending adjustments are found
// among many decided ones. Otherwise it reads the index adjustments_uid backwards.
func (s Store) List(ctx context.Context, f Filter) (list []Adjustment, count int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		wanted := &db.Filter{}
		if len(f.Partners) > 0 {
			wanted.AnyID("partner_id", f.Partners)
		}
		wanted.AnyText("status", f.Statuses)
		if err := q.QueryRow(ctx, `SELECT count(*) FROM adjustments`+wanted.Where(), wanted.Values()...).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[Adjustment](ctx, q, `SELECT `+adjustments.Of("")+` FROM adjustments`+
			wanted.Where()+` ORDER BY adjustment_id DESC`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, count, err
}

// Adjustment returns an adjustment of a partner, or ErrUnknown.
func (tx Tx) Adjustment(ctx context.Context, partnerID id.UUID, adjustmentID string) (Adjustment, error) {
	return db.OneOr[Adjustment](ctx, tx.q, ErrUnknown,
		`SELECT `+adjustments.Of("")+` FROM adjustments WHERE partner_id = $1 AND adjustment_id = $2`, partnerID, adjustmentID)
}

// Add stores a new adjustment.
func (tx Tx) Add(ctx context.Context, a Adjustment) error { return adjustments.Insert(ctx, tx.q, a) }

// Decide stores the decision on an adjustment.
func (tx Tx) Decide(ctx context.Context, a *Adjustment) error {
	_, err := tx.q.Exec(ctx, `UPDATE adjustments SET status = $3, decided_by = $4, decided_at = $5, refusal = $6 WHERE partner_id = $1 AND adjustment_id = $2`,
		a.PartnerID, a.ID, string(a.Status), a.DecidedBy, db.Micros(*a.DecidedAt), a.Refusal)
	return err
}

// Settings returns the programme's settings.
func (tx Tx) Settings(ctx context.Context) (settings.Values, error) { return settings.Load(ctx, tx.q) }

// Balance returns the balance of a partner's wallet in a currency.
func (tx Tx) Balance(ctx context.Context, partnerID id.UUID, currency string) (balance money.Amount, err error) {
	_, err = db.Found(tx.q.QueryRow(ctx, `SELECT amount_e6 FROM balances WHERE partner_id = $1 AND account = 'wallet' AND currency = $2`,
		partnerID, currency).Scan((*int64)(&balance)))
	return balance, err
}

// Convert returns the currency of the partner's rewards, and an amount of USD in this
// currency at the rate of a day, rounded half to even to 6 decimal places. It returns
// NotFound if there is no such partner, and ValidationError if there is no rate or the
// result is 0.
func (tx Tx) Convert(ctx context.Context, partnerID id.UUID, usd money.Amount, day clock.Day) (currency string, amount money.Amount, err error) {
	found, err := db.Found(tx.q.QueryRow(ctx, `SELECT currency FROM partners WHERE partner_id = $1`, partnerID).Scan(&currency))
	if err != nil || !found || partnerID == id.Nil {
		if err == nil {
			err = fault.New(fault.NotFound)
		}
		return "", 0, err
	}
	if currency == "USD" {
		return currency, usd, nil
	}
	rates, err := reward.RatesOn(ctx, tx.q, day, currency)
	if err != nil {
		return "", 0, err
	}
	if rates[currency] == 0 {
		return "", 0, fault.Invalid("amount_usd", "invalid", "The programme has no rate for the currency "+currency+" today.")
	}
	amount, err = money.Round[money.Amount](money.Over(money.Of(usd), rates[currency]))
	if err != nil {
		return "", 0, fault.Invalid("amount_usd", "max_value", "The amount is too large in the currency "+currency+".")
	}
	if amount == 0 {
		return "", 0, fault.Invalid("amount_usd", "min_value", "The amount is 0 in the currency "+currency+". Enter a larger one.")
	}
	return currency, amount, nil
}
