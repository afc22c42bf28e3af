package accrual

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

var (
	overrides     = db.NewTable[reward.Override]("overrides")
	accountDays   = db.NewTable[*AccountDay]("account_days")
	partnerDays   = db.NewTable[*PartnerDay]("partner_days", "client_account")
	clientMonths  = db.NewTable[*ClientMonth]("client_months")
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

// AccountRewards returns the complete rewards of an account's row for orders that
// closed between from (inclusive) and until (exclusive), with their reversals and
// reinstatements. If until is the zero time, the period has no end. Query plan: a
// range of the index reward_rows_account, and for each order the index
// reward_rows_ticket.
func (tx SQLTx) AccountRewards(ctx context.Context, a *attribution.Account, from, until time.Time) ([]*reward.Reward, error) {
	end := int64(math.MaxInt64)
	if !until.IsZero() {
		end = db.Micros(until)
	}
	return db.All[*reward.Reward](ctx, tx.q, `SELECT `+reward.Rows.Of("r")+` FROM reward_rows o CROSS JOIN `+reward.Indexed+`
		WHERE o.partner_id = $1 AND o.account = $2 AND o.close_at >= $3 AND o.close_at < $4 AND o.kind = 0
		AND x.partner_id = $1 AND x.ticket = o.ticket AND x.part = o.part AND x.account = $2 AND `+reward.SameRow+`
		ORDER BY r.close_at, r.server, r.ticket, r.part, r.kind`,
		a.PartnerID, a.Number, db.Micros(from), end)
}

// PartnerRewards returns the complete rewards of at most limit orders of a partner that
// closed in a span, with their reversals and reinstatements. The orders are sorted by
// their close. It begins after the order with the reward after, unless this is nil.
// Query plan: a range of the primary key of reward_rows, and for each order the index
// reward_rows_ticket.
func (tx SQLTx) PartnerRewards(ctx context.Context, partnerID id.UUID, s partner.Span, after *reward.Reward, limit int) ([]*reward.Reward, error) {
	start, end := db.Micros(s.From), int64(math.MaxInt64)
	if !s.Until.IsZero() {
		end = db.Micros(s.Until)
	}
	from := []any{start, int64(math.MinInt64), int64(0), int64(0)}
	if after != nil {
		from = []any{db.Micros(after.Order.CloseTime), after.Order.Ticket, int64(after.Order.Part), after.Account}
	}
	return db.All[*reward.Reward](ctx, tx.q, `SELECT `+reward.Rows.Of("r")+` FROM (SELECT close_at, ticket, part, account FROM reward_rows
			WHERE partner_id = $1 AND close_at >= $2 AND close_at < $3 AND kind = 0 AND (close_at, ticket, part, account) > ($2, $4, $5, $6)
			ORDER BY close_at, ticket, part, account LIMIT $7) o CROSS JOIN `+reward.Indexed+`
		WHERE x.partner_id = $1 AND x.ticket = o.ticket AND x.part = o.part AND x.account = o.account AND `+reward.SameRow+`
		ORDER BY o.close_at, o.ticket, o.part, o.account, r.kind`, partnerID, from[0], end, from[1], from[2], from[3], limit)
}

// overridesOf returns what partners earned from the orders of a sub-partner, with
// reversals and reinstatements, by order. rows has rewards of these orders.
func (tx SQLTx) overridesOf(
	ctx context.Context, above []*partner.Partner, subPartnerID id.UUID, rows []*reward.Reward,
) (map[orderRef][]reward.Override, error) {
	type key struct {
		partnerID id.UUID
		of        feed.OrderKey
	}
	var keys []key
	for _, r := range rows {
		if r.Kind != reward.ForOrder {
			continue
		}
		for _, p := range above {
			keys = append(keys, key{p.ID, r.Order.Key()})
		}
	}
	found, err := db.All[reward.Override](ctx, tx.q, `SELECT `+overrides.Of("o")+` FROM @rows($1) CROSS JOIN overrides o
		WHERE o.partner_id = @uuid(k.value->>0) AND o.sub_partner_id = $2 AND o.server = k.value->>1 AND o.ticket = CAST(k.value->>2 AS bigint)
		AND o.part = CAST(k.value->>3 AS bigint) AND o.client_account = k.value->>4`,
		db.JSONRows(keys, func(k key) []any {
			return []any{k.partnerID.Hex(), k.of.Server, k.of.Ticket, k.of.Part, k.of.ClientAccount}
		}), subPartnerID)
	out := map[orderRef][]reward.Override{}
	for _, o := range found {
		ref := refOf(o.Key)
		out[ref] = append(out[ref], o)
	}
	return out, err
}

// TradeTimes returns the first and the last close of the booked orders of an
// account's row, or nil if it has no such orders. The queries read one row each from
// the ends of the index reward_rows_account.
func (tx SQLTx) TradeTimes(ctx context.Context, a *attribution.Account) (first, last *time.Time, err error) {
	const of = `SELECT close_at FROM reward_rows WHERE partner_id = $1 AND account = $2 AND kind = 0 ORDER BY close_at`
	from, some, err := db.One[time.Time](ctx, tx.q, of+` LIMIT 1`, a.PartnerID, a.Number)
	if err != nil || !some {
		return nil, nil, err
	}
	until, _, err := db.One[time.Time](ctx, tx.q, of+` DESC LIMIT 1`, a.PartnerID, a.Number)
	return &from, &until, err
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
