package trial

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

var standings = db.NewTable[standing]("partners")

// load reads the plans and the partners. It returns the partners whose clients
// have orders in the period, and the number of these orders.
func (t *trial) load(ctx context.Context, q db.Querier, period reward.Period) (active []id.UUID, orders int64, err error) {
	if err := t.loadPartners(ctx, q); err != nil {
		return nil, 0, err
	}
	values, err := settings.Load(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	t.from, t.until = period.Instants(settings.Zone(values))
	type count struct {
		PartnerID id.UUID `db:"partner_id"`
		Orders    int64   `db:"orders"`
	}
	// Query plan: the days of the period by the primary key of partner_days, once
	// for each partner.
	counts, err := db.All[count](ctx, q, `SELECT o.partner_id, o.orders FROM (SELECT p.partner_id, (SELECT CAST(sum(d.orders_count) AS bigint) FROM partner_days d
			WHERE d.partner_id = p.partner_id AND d.reward_day >= $2 AND d.reward_day <= $3) AS orders FROM partners p WHERE p.partner_id <> $1) o
		WHERE o.orders > 0 ORDER BY o.partner_id`,
		id.Nil, int64(period.From), int64(period.To))
	if err != nil {
		return nil, 0, fmt.Errorf("counting the orders: %w", err)
	}
	for _, c := range counts {
		active = append(active, c.PartnerID)
		orders += c.Orders
	}
	err = q.QueryRow(ctx, `SELECT count(*) FROM facts_waiting WHERE type = 'order.closed' AND at >= $1 AND at < $2`,
		db.Micros(t.from), db.Micros(t.until)).Scan(&t.result.Waiting)
	if err != nil {
		return nil, 0, fmt.Errorf("counting the orders that wait: %w", err)
	}
	return active, orders, nil
}

// loadPartners reads the plans and the partners.
func (t *trial) loadPartners(ctx context.Context, q db.Querier) (err error) {
	if t.plans, err = reward.LoadPlans(ctx, q); err != nil {
		return fmt.Errorf("reading the plans: %w", err)
	}
	all, err := db.All[*standing](ctx, q, `SELECT `+standings.Of("")+` FROM partners WHERE partner_id <> $1`, id.Nil)
	if err != nil {
		return fmt.Errorf("reading the partners: %w", err)
	}
	changes, err := partner.ChangesOf(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the changes of partners: %w", err)
	}
	t.partners = make(map[id.UUID]*standing, len(all))
	for _, p := range all {
		p.changes = changes[p.ID]
		t.partners[p.ID] = p
	}
	return nil
}

// booked is an order's reward, with the country, the link code and the currency of its account,
// and whether the order is reversed now.
type booked struct {
	reward.Reward

	Country  string `db:"country"`
	LinkCode string `db:"link_code"`
	Currency string `db:"account_currency"`
	Reversed bool   `db:"reversed"`
}

func (r *booked) whose() reward.Whose {
	return reward.Whose{PartnerID: r.PartnerID, Country: r.Country, LinkCode: r.LinkCode, Currency: r.Currency}
}

// bookedColumns are the columns of booked. The rewards are called t.
var bookedColumns = reward.Rows.Of("t") + `, t.country, t.link_code, t.account_currency, ` + reward.ReversedSQL + ` AS reversed`

// ordersOf adds the orders of one partner. Query plan: a range of the primary key
// of reward_rows, and for each order its terms and its account by their primary
// keys and its changes by the index reward_rows_changes.
func (t *trial) ordersOf(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	err := db.Each(ctx, q, func(r booked) error {
		if r.Reversed {
			t.result.Reversed++
			return nil
		}
		return t.addOrder(&r)
	}, `SELECT `+bookedColumns+`
		FROM rewards t WHERE t.partner_id = $1 AND t.close_at >= $2 AND t.close_at < $3 AND t.kind = 0`,
		partnerID, db.Micros(t.from), db.Micros(t.until))
	if err != nil {
		return fmt.Errorf("computing the orders of partner %s: %w", partnerID, err)
	}
	return nil
}
