package partner

import (
	"cmp"
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

// These join a partner's account a with its balances, and return a row for each
// balance. A partner has only one account in a currency, so the ledger's wallet
// in that currency belongs to the account.
const (
	walletColumns = `a.partner_account, a.name, a.currency, a.kind, a.created_at, b.account, b.amount_e6, b.amount_usd_e6`

	walletBalances = `LEFT JOIN balances b ON b.partner_id = a.partner_id AND b.account IN ('wallet', 'rebates_reserved')
	AND b.currency = a.currency`
)

// walletRows collects accounts from rows with walletColumns, in any order.
type walletRows struct {
	list []walletAccount
	row  struct {
		number, name, currency, kind *string // nil: the partner has no account
		created                      *int64
		account                      *string // nil: nothing has been booked on it
		amount, amountUSD            *int64
	}
}

type walletAccount struct {
	WalletAccount
	created int64
}

// targets returns the destinations to scan the next row's walletColumns into.
// Call add after the scan.
func (w *walletRows) targets() []any {
	r := &w.row
	return []any{&r.number, &r.name, &r.currency, &r.kind, &r.created, &r.account, &r.amount, &r.amountUSD}
}

func (w *walletRows) add() {
	r := &w.row
	if r.number == nil {
		return
	}
	i := slices.IndexFunc(w.list, func(a walletAccount) bool { return a.Number == *r.number })
	if i < 0 {
		i = len(w.list)
		w.list = append(w.list, walletAccount{WalletAccount{Number: *r.number, Name: *r.name, Currency: *r.currency, Kind: *r.kind}, *r.created})
	}
	if r.account == nil {
		return
	}
	a, amount, amountUSD := &w.list[i], money.Amount(*r.amount), money.Amount(*r.amountUSD)
	if *r.account == string(ledger.RebatesReserved) {
		a.Reserved, a.ReservedUSD = amount, amountUSD
	} else {
		a.Balance, a.BalanceUSD = amount, amountUSD
	}
}

// sorted returns the accounts, oldest first.
func (w *walletRows) sorted() []WalletAccount {
	slices.SortFunc(w.list, func(a, b walletAccount) int {
		return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.Number, b.Number))
	})
	list := make([]WalletAccount, len(w.list))
	for i := range w.list {
		list[i] = w.list[i].WalletAccount
	}
	return list
}

// AccountsOf returns a partner's accounts with their balances, oldest first.
// Plan: primary keys.
func AccountsOf(ctx context.Context, q db.Querier, partnerID id.UUID) ([]WalletAccount, error) {
	rows, err := q.Query(ctx, `SELECT `+walletColumns+` FROM partner_accounts a `+walletBalances+` WHERE a.partner_id = $1`, partnerID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var accounts walletRows
	for rows.Next() {
		if err := rows.Scan(accounts.targets()...); err != nil {
			return nil, err
		}
		accounts.add()
	}
	return accounts.sorted(), rows.Err()
}

// WalletAccounts returns the partner's accounts, oldest first.
func (s *SQLStore) WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error) {
	return AccountsOf(ctx, s.db, partnerID)
}
