package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
)

// The columns and joins of an account a of a partner with its balances. The
// ledger's wallet is what rewards are paid to.
const (
	walletColumns = `a.partner_account, a.name, a.currency, a.kind, w.amount_e6, w.amount_usd_e6, r.amount_e6, r.amount_usd_e6`

	walletBalances = `LEFT JOIN balances w ON w.partner_id = a.partner_id AND w.account = 'wallet' AND w.currency = a.currency AND a.kind = 'reward'
	LEFT JOIN balances r ON r.partner_id = a.partner_id AND r.account = 'rebates_reserved' AND r.currency = a.currency AND a.kind = 'reward'`
)

// walletRow is walletColumns; everything is nil for a partner without accounts.
type walletRow struct {
	number, name, currency, kind              *string
	balance, balanceUSD, reserved, reserveUSD *int64
}

func (w *walletRow) targets() []any {
	return []any{&w.number, &w.name, &w.currency, &w.kind, &w.balance, &w.balanceUSD, &w.reserved, &w.reserveUSD}
}

func (w *walletRow) wallet() partner.WalletAccount {
	return partner.WalletAccount{
		Number: *w.number, Name: *w.name, Currency: *w.currency, Kind: *w.kind,
		Balance: amountOr0(w.balance), BalanceUSD: amountOr0(w.balanceUSD), Reserved: amountOr0(w.reserved), ReservedUSD: amountOr0(w.reserveUSD),
	}
}

func amountOr0(n *int64) money.Amount {
	if n == nil {
		return 0
	}
	return money.Amount(*n)
}

// WalletAccounts implements partner.Store.
func (s *Partners) WalletAccounts(ctx context.Context, partnerID id.UUID) ([]partner.WalletAccount, error) {
	return Collect(ctx, s.db, func(rows Rows) (partner.WalletAccount, error) {
		var account walletRow
		if err := rows.Scan(account.targets()...); err != nil {
			return partner.WalletAccount{}, err
		}
		return account.wallet(), nil
	}, `SELECT `+walletColumns+` FROM partner_accounts a `+walletBalances+` WHERE a.partner_id = $1 ORDER BY a.created_at, a.partner_account`, partnerID)
}
