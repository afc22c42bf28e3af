package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// AccountKey identifies a client account of a partner.
type AccountKey struct {
	PartnerID     id.UUID `db:"partner_id"`
	ClientAccount string  `db:"client_account"`
}

// AccountState holds an account's own terms, and the state of its rebates that
// are not paid yet.
type AccountState struct {
	AccountKey
	Terms []AccountTerms `db:"-"`
	State
}

// AccountKeys encodes the partner and the number of each account for @rows.
func AccountKeys(keys []AccountKey) string {
	return db.JSONRows(keys, func(k AccountKey) []any { return []any{k.PartnerID.Hex(), k.ClientAccount} })
}

// AccountStates returns the states of accounts, without their terms. It leaves
// out accounts that have no state.
func AccountStates(ctx context.Context, q db.Querier, keys string) ([]*AccountState, error) {
	return db.All[*AccountState](ctx, q, `SELECT a.partner_id, a.client_account, a.open_e6, a.open_usd_e6, a.carry_e6, a.carry_usd_e6, a.held_e6, a.held_usd_e6
		FROM @rows($1) CROSS JOIN rebate_accounts a WHERE a.partner_id = @uuid(k.value->>0) AND a.client_account = k.value->>1`, keys)
}

type accountRow struct {
	AccountState

	Destination string `db:"destination"`
	Paid        Sum    `db:"paid,inline"`
}

type bookedRow struct {
	AccountKey

	ID        int64         `db:"row_id"`
	RebateID  int64         `db:"rebate_id"`
	ClientUID id.UUID       `db:"client_uid"`
	Percent   money.Percent `db:"percent_e4"`
	Orders    int64         `db:"orders_count"`
	Reward    Sum           `db:"reward,inline"`
	Rebate    Sum           `db:"rebate,inline"`
	Pay       Sum           `db:"topay,inline"`
	Status    Status        `db:"status"`
	Reason    string        `db:"reason"`
	ChangedAt time.Time     `db:"changed_at"`
}

var (
	accountTable = db.NewTable[*accountRow]("rebate_accounts")
	rowTable     = db.NewTable[*bookedRow]("rebate_rows")
)

// saveStates writes the states of accounts. In an existing row, it does not
// change the destination and the paid sum.
func saveStates(ctx context.Context, q db.Querier, accounts []*AccountState) error {
	rows := make([]*accountRow, len(accounts))
	for i, a := range accounts {
		rows[i] = &accountRow{AccountState: *a}
	}
	conflict := accountTable.Replacing("partner_id, client_account", "destination", "paid_e6", "paid_usd_e6")
	return accountTable.InsertOn(ctx, q, conflict, rows...)
}
