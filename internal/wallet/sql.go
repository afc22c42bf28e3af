package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/verification"
)

// Store stores wallets. It never returns anything of another partner.
type Store struct{ db db.DB }

// NewStore returns the wallets of db, which must be a Joining one.
func NewStore(db db.DB) Store { return Store{db} }

// Lock runs fn in one transaction, during which no process can move balances.
// fn may run again from the start after a conflict.
func (s Store) Lock(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Read runs fn on one snapshot.
func (s Store) Read(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.db.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Tx is the transaction of a Lock or a Read.
type Tx struct{ q db.Querier }

// Owner returns the partner. NotFound: there is no such partner.
func (tx Tx) Owner(ctx context.Context, partnerID id.UUID) (*Owner, error) {
	o := &Owner{}
	err := tx.q.QueryRow(ctx, `SELECT email, status, verified FROM partners WHERE partner_id = $1`, partnerID).Scan(&o.Email, &o.Status, &o.Verified)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound)
	}
	return o, err
}

// Accounts returns the partner's accounts with their balances, oldest first.
func (tx Tx) Accounts(ctx context.Context, partnerID id.UUID) ([]partner.WalletAccount, error) {
	return partner.AccountsOf(ctx, tx.q, partnerID)
}

// Rates returns the rates in force on a day, by currency. It leaves out
// currencies without a rate. If several facts have the same moment, the one
// with the last id by bytes counts, as in accrual. Plan: the primary key, to
// the newest day and its newest moment.
func (tx Tx) Rates(ctx context.Context, currencies []string, day clock.Day) (map[string]money.Rate, error) {
	rows, err := tx.q.Query(ctx, `SELECT r.currency, r.fact_id, r.usd_e12 FROM rates r WHERE r.currency @any($1) AND r.corrected_by = ''
		AND r.from_day = (SELECT max(d.from_day) FROM rates d WHERE d.currency = r.currency AND d.corrected_by = '' AND d.from_day <= $2)
		AND r.at = (SELECT max(m.at) FROM rates m WHERE m.currency = r.currency AND m.corrected_by = '' AND m.from_day = r.from_day)`, currencies, int64(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out, by := map[string]money.Rate{}, map[string]string{}
	for rows.Next() {
		var currency, factID string
		var rate money.Rate
		if err := rows.Scan(&currency, &factID, (*int64)(&rate)); err != nil {
			return nil, err
		}
		if last, seen := by[currency]; !seen || factID > last {
			out[currency], by[currency] = rate, factID
		}
	}
	return out, rows.Err()
}

// Withdrawn returns the sum in USD of the partner's withdrawals by a method
// since a moment, without failed ones. Plan: index withdrawals_created.
func (tx Tx) Withdrawn(ctx context.Context, partnerID id.UUID, method string, since time.Time) (sum money.Amount, err error) {
	err = tx.q.QueryRow(ctx, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM withdrawals
		WHERE partner_id = $1 AND created_at >= $2 AND method = $3 AND status <> 'failed'`, partnerID, db.Micros(since), method).Scan((*int64)(&sum))
	return sum, err
}

// Transferred returns the sum in USD of the partner's transfers since a moment.
// Plan: index transfers_created.
func (tx Tx) Transferred(ctx context.Context, partnerID id.UUID, since time.Time) (sum money.Amount, err error) {
	err = tx.q.QueryRow(ctx, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM transfers
		WHERE partner_id = $1 AND created_at >= $2`, partnerID, db.Micros(since)).Scan((*int64)(&sum))
	return sum, err
}

// AddAccount adds an account for the partner. added is false if the partner
// already has one in this currency.
func (tx Tx) AddAccount(ctx context.Context, partnerID id.UUID, a *partner.WalletAccount, at time.Time) (added bool, err error) {
	n, err := tx.q.Exec(ctx, `INSERT INTO partner_accounts (partner_id, partner_account, name, currency, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, partnerID, a.Number, a.Name, a.Currency, a.Kind, db.Micros(at))
	return n == 1, err
}

// RenameAccount renames one of the partner's accounts.
func (tx Tx) RenameAccount(ctx context.Context, partnerID id.UUID, number, name string) error {
	_, err := tx.q.Exec(ctx, `UPDATE partner_accounts SET name = $3 WHERE partner_id = $1 AND partner_account = $2`, partnerID, number, name)
	return err
}

// Numbers reserves n consecutive int ids of the partner and returns the first.
func (tx Tx) Numbers(ctx context.Context, partnerID id.UUID, n int64) (int64, error) {
	return partner.TakeNumbers(ctx, tx.q, partnerID, n)
}

// Post writes a posting and moves the balances.
func (tx Tx) Post(ctx context.Context, p *ledger.Posting) error {
	return ledger.Book(ctx, tx.q, p)
}

// AddTransfer stores a transfer.
func (tx Tx) AddTransfer(ctx context.Context, t *Transfer) error {
	_, err := tx.q.Exec(ctx, `INSERT INTO transfers (partner_id, transfer_id, posting_id, from_account, to_account, from_currency, to_currency,
		from_amount_e6, to_amount_e6, amount_usd_e6, from_rate_e12, to_rate_e12, spread_percent_e4, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		t.PartnerID, t.ID, t.PostingID, t.From, t.To, t.FromCurrency, t.ToCurrency,
		int64(t.FromAmount), int64(t.ToAmount), int64(t.AmountUSD), int64(t.FromRate), int64(t.ToRate), int64(t.Spread), db.Micros(t.CreatedAt))
	return err
}

// AddWithdrawal adds a withdrawal and its payout. released is true if an answer
// to the payout arrived before it and can now be applied.
func (tx Tx) AddWithdrawal(ctx context.Context, w *Withdrawal) (released bool, err error) {
	_, err = tx.q.Exec(ctx, `INSERT INTO withdrawals (partner_id, withdrawal_id, partner_account, method, destination, currency,
		amount_e6, amount_usd_e6, status, payout_id, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		w.PartnerID, w.ID, w.Account, w.Method, w.Destination, w.Currency, int64(w.Amount), int64(w.AmountUSD), w.Status, w.PayoutID, w.Reason, db.Micros(w.CreatedAt))
	if err != nil {
		return false, err
	}
	_, err = tx.q.Exec(ctx, payout.InsertInto+`VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, '', $10, $11)`,
		w.PartnerID, w.PayoutID, payout.OfWithdrawal, w.ID, w.Destination, w.Currency, int64(w.Amount), int64(w.AmountUSD),
		w.Status, w.PostingID, db.Micros(w.CreatedAt))
	if err != nil {
		return false, err
	}
	return payout.Release(ctx, tx.q, w.PartnerID, w.PayoutID, w.PayoutID)
}

// SpendToken uses up a verification token. PermissionDenied: the token is not
// for this operation of this partner, or is no longer valid.
func (tx Tx) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, now time.Time) error {
	return verification.SpendToken(ctx, tx.q, partnerID, t, token, digest, now)
}
