package outcome

import (
	"context"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// bookedOrders returns the FROM clause for the booked orders of a partner. The
// statement's parameter $1 must be the partner. The caller passes an SQL expression
// for the outcome of a row t. All orders of the programme itself (the house) have
// the outcome NoPartner.
func bookedOrders(partner id.UUID, outcome string) string {
	if partner == id.Nil {
		outcome = `'` + string(reward.NoPartner) + `'`
	}
	return ` FROM (SELECT t.partner_id, t.close_at, t.ticket, t.part, t.account, t.terms, t.fact_id, t.lots_e8, t.open_at, t.reward_usd_e6,
		` + outcome + ` AS outcome
		FROM reward_rows t WHERE t.partner_id = $1 AND t.kind = 0) o`
}

// List returns one page of the orders. It also returns the sums of all orders that
// match the filter, by outcome. It sorts booked orders by the time of their close,
// newest first, and other orders by the time of their fact. It ignores the sort
// order in p.
//
// Query plan: without a filter by outcome, a page is read from the primary key of
// reward_rows, in order. The sums read the partner's orders of the period, and its
// reversals once from the index reward_rows_changes.
func (s *Service) List(ctx context.Context, f Filter, p page.Page) (list []Listed, sums []Sum, err error) {
	err = s.store.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if f.Partner == nil {
			list, sums, err = listHeld(ctx, q, f, p)
		} else {
			list, sums, err = listBooked(ctx, q, f, p)
		}
		return err
	})
	return list, sums, err
}

type bookedRow struct {
	Server  string         `db:"server"`
	Ticket  int64          `db:"ticket"`
	Part    int            `db:"part"`
	Account string         `db:"client_account"`
	Symbol  string         `db:"symbol"`
	Lots    money.Lots     `db:"lots_e8"`
	OpenAt  time.Time      `db:"open_at"`
	CloseAt time.Time      `db:"close_at"`
	FactID  string         `db:"fact_id"`
	USD     money.Amount   `db:"reward_usd_e6"`
	Outcome reward.Outcome `db:"outcome"`
}

func listBooked(ctx context.Context, q db.Querier, f Filter, p page.Page) ([]Listed, []Sum, error) {
	wanted := &db.Filter{}
	wanted.Bind(*f.Partner) // $1 of bookedOrders
	f.bind(wanted, "o.close_at")
	if len(f.Accounts) > 0 {
		wanted.And("o.account IN (SELECT a.number FROM accounts a WHERE a.partner_id = $1 AND a.client_account @any(" + wanted.Bind(f.Accounts) + "))")
	}
	sums, err := db.All[Sum](ctx, q, `SELECT o.outcome, count(*) AS orders,
		CAST(coalesce(sum(CASE o.outcome WHEN 'paid' THEN o.reward_usd_e6 END), 0) AS bigint) AS reward_usd_e6`+
		bookedOrders(*f.Partner, reward.OutcomeOfManySQL)+wanted.Where()+` GROUP BY o.outcome ORDER BY o.outcome`, wanted.Values()...)
	if err != nil {
		return nil, nil, err
	}
	paged := wanted.Clone()
	list, err := db.AllAs(ctx, q, func(r bookedRow) (Listed, error) {
		o := Listed{FactID: r.FactID, Outcome: r.Outcome, Order: feed.Order{
			Server: r.Server, Ticket: r.Ticket, Part: r.Part, ClientAccount: r.Account, Symbol: r.Symbol, Lots: r.Lots,
			OpenTime: r.OpenAt, CloseTime: r.CloseAt,
		}}
		if r.Outcome == reward.Paid {
			o.RewardUSD = r.USD
		}
		return o, nil
	}, `SELECT w.server, k.ticket, k.part, a.client_account, w.symbol, k.lots_e8, k.open_at, k.close_at, k.fact_id, k.reward_usd_e6, k.outcome
		FROM (SELECT o.partner_id, o.terms, o.account, o.ticket, o.part, o.lots_e8, o.open_at, o.close_at, o.fact_id, o.reward_usd_e6, o.outcome`+
		bookedOrders(*f.Partner, reward.OutcomeSQL)+paged.Where()+` ORDER BY o.close_at DESC, o.ticket DESC, o.part DESC, o.account DESC`+paged.Cut(p)+`) k
		LEFT JOIN reward_terms w ON w.partner_id = k.partner_id AND w.terms = k.terms
		LEFT JOIN accounts a ON a.partner_id = k.partner_id AND a.number = k.account
		ORDER BY k.close_at DESC, k.ticket DESC, k.part DESC, k.account DESC`, paged.Values()...)
	return list, sums, err
}

func listHeld(ctx context.Context, q db.Querier, f Filter, p page.Page) ([]Listed, []Sum, error) {
	wanted := &db.Filter{}
	f.bind(wanted, "o.at")
	if len(f.Accounts) > 0 { // order_key begins with the account and a vertical bar
		var places []string
		for _, account := range f.Accounts {
			places = append(places, "(o.order_key >= "+wanted.Bind(account+"|")+" AND o.order_key < "+wanted.Bind(account+"}")+")")
		}
		wanted.And("(" + strings.Join(places, " OR ") + ")")
	}
	const orders = ` FROM (` + waitingOrders + ` UNION ALL ` + dismissedOrders + `) o`
	sums, err := db.All[Sum](ctx, q, `SELECT o.outcome, count(*) AS orders, CAST(0 AS bigint) AS reward_usd_e6`+orders+wanted.Where()+
		` GROUP BY o.outcome ORDER BY o.outcome`, wanted.Values()...)
	if err != nil {
		return nil, nil, err
	}
	paged := wanted.Clone()
	list, err := db.AllAs(ctx, q, func(h heldRow) (Listed, error) {
		order, err := h.order()
		if err != nil {
			return Listed{}, err
		}
		return Listed{Order: *order, FactID: h.FactID, Outcome: h.Outcome}, nil
	}, `SELECT o.fact_id, o.at, o.order_key, o.body, o.waits_for, o.message, o.reason, o.dismissed_at, o.outcome`+orders+paged.Where()+
		` ORDER BY o.at DESC, o.fact_id`+paged.Cut(p), paged.Values()...)
	return list, sums, err
}

// bind adds the conditions on outcome and days. The caller passes the column with
// the order's time, which differs between booked and other orders.
func (f *Filter) bind(wanted *db.Filter, at string) {
	names := make([]string, len(f.Outcomes))
	for i, o := range f.Outcomes {
		names[i] = string(o)
	}
	wanted.AnyText("o.outcome", names)
	if f.From != nil {
		wanted.And(at + " >= " + wanted.Bind(db.Micros(f.From.Start(time.UTC))))
	}
	if f.To != nil {
		wanted.And(at + " < " + wanted.Bind(db.Micros((*f.To + 1).Start(time.UTC))))
	}
}
