package rebate

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// AccountKey names a client account of a partner.
type AccountKey struct {
	PartnerID     id.UUID
	ClientAccount string
}

// AccountState holds an account's rebates: its own terms and what is not paid
// yet.
type AccountState struct {
	AccountKey
	Terms []AccountTerms
	State
}

// AccountKeys encodes accounts for @rows: the partner, then the account.
func AccountKeys(keys []AccountKey) string {
	return db.JSONRows(keys, func(k AccountKey) []any { return []any{k.PartnerID.Hex(), k.ClientAccount} })
}

// AccountStates returns accounts' states, without their terms. It leaves out
// accounts that have none.
func AccountStates(ctx context.Context, q db.Querier, keys string) ([]*AccountState, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (*AccountState, error) {
		a := &AccountState{}
		err := rows.Scan(&a.PartnerID, &a.ClientAccount, (*int64)(&a.Open.Amount), (*int64)(&a.Open.USD), (*int64)(&a.Carry.Amount), (*int64)(&a.Carry.USD), (*int64)(&a.Held.Amount), (*int64)(&a.Held.USD))
		return a, err
	}, `SELECT a.partner_id, a.client_account, a.open_e6, a.open_usd_e6, a.carry_e6, a.carry_usd_e6, a.held_e6, a.held_usd_e6
		FROM @rows($1) CROSS JOIN rebate_accounts a WHERE a.partner_id = @uuid(k.value->>0) AND a.client_account = k.value->>1`, keys)
}

// RowColumns are the columns that rows of rebates are inserted with.
var RowColumns = db.Columns(`partner_id, row_id, rebate_id, client_account, client_uid, percent_e4, orders_count, reward_e6, reward_usd_e6,
	rebate_e6, rebate_usd_e6, topay_e6, topay_usd_e6, status, reason, changed_at`)

// AccountColumns are the columns of an account's state.
var AccountColumns = db.Columns(`partner_id, client_account, destination, open_e6, open_usd_e6, carry_e6, carry_usd_e6, held_e6, held_usd_e6, paid_e6, paid_usd_e6`)

// AccountFixed are those of AccountColumns that accrual does not change.
var AccountFixed = db.Columns(`destination, paid_e6, paid_usd_e6`)

// AccountValues fills AccountColumns with an account's state. The columns of
// AccountFixed get the values of a new account.
func AccountValues(a *AccountState, dst []any) {
	copy(dst, []any{
		a.PartnerID, a.ClientAccount, "", int64(a.Open.Amount), int64(a.Open.USD), int64(a.Carry.Amount), int64(a.Carry.USD),
		int64(a.Held.Amount), int64(a.Held.USD), int64(0), int64(0),
	})
}
