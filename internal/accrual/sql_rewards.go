package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

var (
	overrides     = db.NewTable[reward.Override]("overrides")
	accountDays   = db.NewTable[*AccountDay]("account_days")
	partnerDays   = db.NewTable[*PartnerDay]("partner_days", "client_account")
	partnerTotals = db.NewTable[*totalsRow]("partner_totals")
	subPartners   = db.NewTable[*SubPartnerTotals]("sub_partner_totals")
	serverDays    = db.NewTable[*ServerDay]("server_days")
	serverOrders  = db.NewTable[*ServerOrders]("server_days")
)

type totalsRow struct {
	PartnerTotals

	Active   int64 `db:"clients_active"`
	Inactive int64 `db:"clients_inactive"`
	Changing int64 `db:"clients_changing"`
	Left     int64 `db:"clients_left"`
}

func rowOfTotals(p *PartnerTotals) *totalsRow {
	return &totalsRow{
		PartnerTotals: *p, Active: p.Clients[attribution.StatusActive], Inactive: p.Clients[attribution.StatusInactive],
		Changing: p.Clients[attribution.StatusChanging], Left: p.Clients[attribution.StatusLeft],
	}
}

func (r *totalsRow) totals() (*PartnerTotals, error) {
	r.Clients = map[attribution.Status]int64{
		attribution.StatusActive: r.Active, attribution.StatusInactive: r.Inactive, attribution.StatusChanging: r.Changing, attribution.StatusLeft: r.Left,
	}
	return &r.PartnerTotals, nil
}

// AccountRewards returns an account's complete rewards for orders that closed
// at a given time or later, and all of the account's reversals and
// reinstatements. The query uses the index reward_rows_account.
func (tx SQLTx) AccountRewards(ctx context.Context, partnerID id.UUID, clientAccount string, from time.Time) ([]*reward.Reward, error) {
	return db.All[*reward.Reward](ctx, tx.q, `SELECT `+reward.Rows.Of("r")+` FROM accounts a CROSS JOIN `+reward.Indexed+`
		WHERE a.partner_id = $1 AND a.client_account = $2 AND x.partner_id = $1 AND x.account = a.number AND (x.close_at >= $3 OR x.kind > 0) AND `+reward.SameRow+`
		ORDER BY r.close_at, r.server, r.ticket, r.part, r.kind`,
		partnerID, clientAccount, db.Micros(from))
}

func readAccountDays(ctx context.Context, q db.Querier, query string, args ...any) ([]*AccountDay, error) {
	days, err := db.All[*AccountDay](ctx, q, query, args...)
	for _, d := range days {
		d.Stored()
	}
	return days, err
}

// LinkAccounts returns the accounts that belong to a link. The query uses the
// index accounts_link.
func (tx SQLTx) LinkAccounts(ctx context.Context, key agent.LinkKey) ([]string, error) {
	return db.All[string](ctx, tx.q, `SELECT client_account FROM accounts WHERE partner_id = $1 AND link_code = $2 ORDER BY client_account`, key.OwnerID, key.Code)
}
