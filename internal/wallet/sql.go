package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/verification"
)

// Store stores wallets. Its methods never return data of another partner.
type Store struct{ db db.DB }

// NewStore returns a store of wallets on a database that comes from db.Joining,
// so that tokens, mails and audit entries are stored in the same transaction.
func NewStore(db db.DB) Store { return Store{db} }

// Lock runs fn in one transaction. Meanwhile, no other process can change the
// partner's balances. After a conflict, Lock runs fn again.
func (s Store) Lock(ctx context.Context, partnerID id.UUID, fn func(context.Context, Tx) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Read runs fn on one snapshot.
func (s Store) Read(ctx context.Context, fn func(context.Context, Tx) error) error {
	return s.db.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Tx is the transaction of a Lock or a Read.
type Tx struct{ q db.Querier }

// Owner returns the partner. It returns NotFound if there is no such partner.
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

// Withdrawn returns the sum in USD of the withdrawals that the partner has made
// with this method since the given time. It leaves out failed withdrawals. The
// query uses the index withdrawals_created.
func (tx Tx) Withdrawn(ctx context.Context, partnerID id.UUID, method string, since time.Time) (sum money.Amount, err error) {
	err = tx.q.QueryRow(ctx, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM withdrawals
		WHERE partner_id = $1 AND created_at >= $2 AND method = $3 AND status <> 'failed'`, partnerID, db.Micros(since), method).Scan((*int64)(&sum))
	return sum, err
}

// Transferred returns the sum in USD of the partner's transfers since the given
// time. The query uses the index transfers_created.
func (tx Tx) Transferred(ctx context.Context, partnerID id.UUID, since time.Time) (sum money.Amount, err error) {
	err = tx.q.QueryRow(ctx, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM transfers
		WHERE partner_id = $1 AND created_at >= $2`, partnerID, db.Micros(since)).Scan((*int64)(&sum))
	return sum, err
}

// AddAccount adds an account of the partner. It returns false if the partner
// already has an account in this currency.
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

// Numbers reserves n consecutive ids for objects of the partner and returns the
// first.
func (tx Tx) Numbers(ctx context.Context, partnerID id.UUID, n int64) (int64, error) {
	return partner.TakeNumbers(ctx, tx.q, partnerID, n)
}

// Post stores a posting and updates the balances.
func (tx Tx) Post(ctx context.Context, p *ledger.Posting) error {
	return ledger.Book(ctx, tx.q, p)
}

// AddTransfer stores a transfer.
func (tx Tx) AddTransfer(ctx context.Context, t *Transfer) error {
	return transfers.Insert(ctx, tx.q, *t)
}

// AddWithdrawal stores a withdrawal and its payout. If released is true, the
// broker's response to the payout arrived earlier, and the caller must wake the
// waiting facts.
func (tx Tx) AddWithdrawal(ctx context.Context, w *Withdrawal) (released bool, err error) {
	if err := withdrawals.Insert(ctx, tx.q, *w); err != nil {
		return false, err
	}
	err = payout.Make(ctx, tx.q, &payout.Made{
		Key: payout.Key{PartnerID: w.PartnerID, Number: w.PayoutID}, Kind: payout.OfWithdrawal, Subject: w.ID, Destination: w.Destination,
		Currency: w.Currency, Amount: w.Amount, AmountUSD: w.AmountUSD, Status: payout.Status(w.Status), PostingID: w.PostingID, CreatedAt: w.CreatedAt,
	})
	if err != nil {
		return false, err
	}
	return payout.Release(ctx, tx.q, w.PartnerID, w.PayoutID, w.PayoutID)
}

// SpendToken uses up a temporary token. It returns PermissionDenied if the
// token was not issued for this operation of this partner, or is no longer
// valid.
func (tx Tx) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, now time.Time) error {
	return verification.SpendToken(ctx, tx.q, partnerID, t, token, digest, now)
}
