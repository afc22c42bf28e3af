package trial

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Moving is a period in which another partner gets the orders of an account.
type Moving struct {
	PartnerID id.UUID   // partner with whom the orders are booked
	Number    int64     // number of the account's row with this partner
	From      time.Time // close of the first order
	Until     time.Time // the orders closed before; the zero time means no end
	To        id.UUID   // partner who gets the orders
	LinkCode  string    // link code of the account with this partner
}

// Row returns a row for @rows: the partner, the number, and the times in microseconds.
func (m *Moving) Row() []any {
	until := int64(math.MaxInt64)
	if !m.Until.IsZero() {
		until = db.Micros(m.Until)
	}
	return []any{m.PartnerID.Hex(), m.Number, db.Micros(m.From), until}
}

// MovingSQL is a condition on a row t of reward_rows: it is an order of the Moving in
// the row k of @rows. Query plan: a range of the index reward_rows_account.
const MovingSQL = `t.partner_id = @uuid(k.value->>0) AND t.account = CAST(k.value->>1 AS bigint)
	AND t.close_at >= CAST(k.value->>2 AS bigint) AND t.close_at < CAST(k.value->>3 AS bigint) AND t.kind = 0`

// Moves lists orders that other partners get. From and Until only set the first and
// last day of the result.
type Moves struct {
	Orders      []Moving
	From, Until time.Time
}

// Moved computes how much booked orders would have paid as orders of other
// partners. Each order keeps its plan, account type, instrument and rates, but has the
// level that its new partner had on its day. Moved reads one snapshot, in which find
// chooses the orders to compute. There is one result for each of the Moves that find
// returns.
//
// It returns the errors of find, and a ValidationError if there are more than
// MaxOrders orders in one of the Moves.
func (s *Service) Moved(ctx context.Context, find func(context.Context, db.Querier) ([]Moves, error)) (results []*Result, err error) {
	return tryAll(ctx, s, find, tryMoves)
}

// tryAll computes a result for each item that find returns, on one snapshot.
func tryAll[T any](
	ctx context.Context, s *Service, find func(context.Context, db.Querier) ([]T, error),
	try func(context.Context, db.Querier, T, *time.Location) (*Result, error),
) (results []*Result, err error) {
	leave, err := s.turns.Enter(ctx, "", false)
	if err != nil {
		return nil, err
	}
	defer leave()
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		values, err := settings.Load(ctx, q)
		if err != nil {
			return err
		}
		found, err := find(ctx, q)
		if err != nil {
			return err
		}
		results = nil
		for _, item := range found {
			result, err := try(ctx, q, item, settings.Zone(values))
			if err != nil {
				return err
			}
			results = append(results, result)
		}
		return nil
	})
	if code := fault.CodeOf(err); err != nil && code != fault.ValidationError && code != fault.NotFound {
		return nil, fmt.Errorf("trying a move: %w", err)
	}
	return results, err
}

func tryMoves(ctx context.Context, q db.Querier, m Moves, zone *time.Location) (*Result, error) {
	t := &trial{result: Result{From: clock.DayOf(m.From, zone), To: clock.DayOf(m.Until, zone)}}
	if err := t.loadPartners(ctx, q); err != nil {
		return nil, err
	}
	if err := t.ordersOfMoves(ctx, q, m.Orders); err != nil {
		return nil, err
	}
	return t.finish()
}

// movedOrder is an order that would belong to another partner. Place is the index of
// the Moving that gives the order to this partner.
type movedOrder struct {
	booked

	Place int `db:"place"`
}

// ordersOfMoves adds the orders in the listed periods.
func (t *trial) ordersOfMoves(ctx context.Context, q db.Querier, list []Moving) error {
	to, err := receivers(ctx, q, list)
	if err != nil {
		return err
	}
	type placed struct {
		*Moving
		place int
	}
	rows := make([]placed, len(list))
	for i := range list {
		rows[i] = placed{&list[i], i}
	}
	err = db.Each(ctx, q, func(r movedOrder) error {
		if r.Reversed {
			t.result.Reversed++
			return nil
		}
		if t.result.Orders == MaxOrders {
			return fault.Invalid("client_uids", "too_many_orders",
				fmt.Sprintf("The clients have more than %s orders. Ask for fewer clients or days.", money.GroupInt(MaxOrders)))
		}
		return t.addMoved(&r.booked, &list[r.Place], to[list[r.Place].To])
	}, `SELECT `+bookedColumns+`, CAST(k.value->>4 AS bigint) AS place
		FROM @rows($1) CROSS JOIN rewards t WHERE `+MovingSQL,
		db.JSONRows(rows, func(p placed) []any { return append(p.Row(), p.place) }))
	if err != nil {
		return fmt.Errorf("computing the orders of %d accounts: %w", len(list), err)
	}
	return nil
}

// receivers returns the partners who get orders.
func receivers(ctx context.Context, q db.Querier, list []Moving) (map[id.UUID]*partner.Partner, error) {
	out := map[id.UUID]*partner.Partner{}
	for i := range list {
		out[list[i].To] = nil
	}
	ids := make([]id.UUID, 0, len(out))
	for partnerID := range out {
		ids = append(ids, partnerID)
	}
	found, err := partner.Load(ctx, q, ids)
	for _, p := range found {
		out[p.ID] = p
	}
	return out, err
}

// addMoved adds an order twice: with the reward that was booked, and with the reward
// that the new partner would have earned.
func (t *trial) addMoved(r *booked, m *Moving, to *partner.Partner) error {
	plan, err := reward.PlanOf(t.plans, &r.Terms)
	if err != nil {
		return err
	}
	t.result.Orders++
	if was := t.partners[r.PartnerID]; was != nil { // nil is the house, which earns nothing
		was.orders++
		if err := t.earn(was, &r.Order, &r.Terms, r.Result.RewardUSD, plan, func(s *standing) *earned { return &s.before }); err != nil {
			return err
		}
	}
	if to == nil || t.partners[to.ID] == nil {
		return nil
	}
	is := t.partners[to.ID]
	terms, after := r.Terms, r.Result
	if r.PartnerID != to.ID {
		whose := reward.Whose{PartnerID: to.ID, Country: r.Country, LinkCode: m.LinkCode, Currency: r.Currency}
		terms, after, err = r.Under(plan, to.LevelAt(r.Day), whose)
		if _, none := errors.AsType[*reward.NoFormulaError](err); none {
			t.result.WithoutFormula++
			return nil
		}
		if err != nil {
			return fmt.Errorf("order %s: %w", r.Order.Key().ID(), err)
		}
	}
	return t.earn(is, &r.Order, &terms, after.RewardUSD, plan, func(s *standing) *earned { return &s.after })
}

// earn adds a partner's reward, and the overrides of the partners above.
func (t *trial) earn(
	p *standing, o *feed.Order, terms *reward.Terms, usd money.Amount, plan *reward.Plan, sums func(*standing) *earned,
) error {
	if err := add(&sums(p).reward, usd); err != nil {
		return err
	}
	return t.addOverrides(p, o, terms, usd, plan, func(s *standing) *money.Amount { return &sums(s).override })
}
