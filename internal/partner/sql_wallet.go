package partner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

// These expressions join an account, which has the alias a, with its balances.
// They return a row for each balance. A partner has only one account in each
// currency, so the account has all of the ledger's balances in its currency.
const (
	walletColumns = `a.partner_account AS wallet_number, a.name AS wallet_name, a.currency AS wallet_currency, a.kind AS wallet_kind,
	a.created_at AS wallet_created_at, b.account AS balance_account, b.amount_e6 AS balance_e6, b.amount_usd_e6 AS balance_usd_e6`

	walletBalances = `LEFT JOIN balances b ON b.partner_id = a.partner_id AND b.account IN ('wallet', 'rebates_reserved')
	AND b.currency = a.currency`
)

type walletRow struct {
	Number    string         `db:"wallet_number,null"` // empty if the partner has no account
	Name      string         `db:"wallet_name,null"`
	Currency  string         `db:"wallet_currency,null"`
	Kind      string         `db:"wallet_kind,null"`
	CreatedAt time.Time      `db:"wallet_created_at,null"`
	Account   ledger.Account `db:"balance_account,null"` // empty if there is no balance in this currency
	Amount    money.Amount   `db:"balance_e6,null"`
	AmountUSD money.Amount   `db:"balance_usd_e6,null"`
}

type walletRows struct{ list []walletAccount }

type walletAccount struct {
	WalletAccount

	created time.Time
}

func (w *walletRows) add(r *walletRow) {
	if r.Number == "" {
		return
	}
	i := slices.IndexFunc(w.list, func(a walletAccount) bool { return a.Number == r.Number })
	if i < 0 {
		i = len(w.list)
		w.list = append(w.list, walletAccount{WalletAccount{Number: r.Number, Name: r.Name, Currency: r.Currency, Kind: r.Kind}, r.CreatedAt})
	}
	switch a := &w.list[i]; r.Account {
	case "":
	case ledger.RebatesReserved:
		a.Reserved, a.ReservedUSD = r.Amount, r.AmountUSD
	default:
		a.Balance, a.BalanceUSD = r.Amount, r.AmountUSD
	}
}

func (w *walletRows) sortedAccounts() []WalletAccount {
	slices.SortFunc(w.list, func(a, b walletAccount) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.Number, b.Number))
	})
	list := make([]WalletAccount, len(w.list))
	for i := range w.list {
		list[i] = w.list[i].WalletAccount
	}
	return list
}

// AccountsOf returns a partner's accounts with their balances, oldest first.
// The query uses primary keys.
func AccountsOf(ctx context.Context, q db.Querier, partnerID id.UUID) ([]WalletAccount, error) {
	var accounts walletRows
	err := db.Each(ctx, q, func(r walletRow) error {
		accounts.add(&r)
		return nil
	}, `SELECT `+walletColumns+` FROM partner_accounts a `+walletBalances+` WHERE a.partner_id = $1`, partnerID)
	return accounts.sortedAccounts(), err
}

// WalletAccounts returns the partner's accounts, oldest first.
func (s *Store) WalletAccounts(ctx context.Context, partnerID id.UUID) ([]WalletAccount, error) {
	return AccountsOf(ctx, s.db, partnerID)
}
