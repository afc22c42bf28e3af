package trial

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// PartnerSpan is a time of a partner.
type PartnerSpan struct {
	PartnerID id.UUID
	partner.Span
}

// Row returns a row for @rows: the partner, and the times in microseconds.
func (s *PartnerSpan) Row() []any {
	until := int64(math.MaxInt64)
	if !s.Until.IsZero() {
		until = db.Micros(s.Until)
	}
	return []any{s.PartnerID.Hex(), db.Micros(s.From), until}
}

// SpanSQL is a condition on a row t of reward_rows: it is an order of the PartnerSpan in
// the row k of @rows. Query plan: a range of the primary key of reward_rows.
const SpanSQL = `t.partner_id = @uuid(k.value->>0) AND t.close_at >= CAST(k.value->>1 AS bigint) AND t.close_at < CAST(k.value->>2 AS bigint) AND t.kind = 0`

// Reparenting lists orders from which others earn overrides, with the other parents of
// partners. From and Until only set the first and last day of the result.
type Reparenting struct {
	Orders      []PartnerSpan
	From, Until time.Time
	Changes     map[id.UUID][]partner.Change // of the partners whose changes differ
	At          time.Time                    // if it is not the zero time, the parents at this time count for all orders
}

// Reparented computes what booked orders would have paid under other parents. The rewards stay the same. It returns the errors of find, and a
// ValidationError if there are more than MaxOrders orders in one of the results; see
// Moved.
func (s *Service) Reparented(ctx context.Context, find func(context.Context, db.Querier) ([]Reparenting, error)) ([]*Result, error) {
	return tryAll(ctx, s, find, tryParents)
}

func tryParents(ctx context.Context, q db.Querier, m Reparenting, zone *time.Location) (*Result, error) {
	t := &trial{result: Result{From: clock.DayOf(m.From, zone), To: clock.DayOf(m.Until, zone)}}
	if err := t.loadPartners(ctx, q); err != nil {
		return nil, err
	}
	err := db.Each(ctx, q, func(r booked) error {
		if r.Reversed {
			t.result.Reversed++
			return nil
		}
		if t.result.Orders == MaxOrders {
			return fault.Invalid("from", "too_many_orders",
				fmt.Sprintf("The partners have more than %s orders. Choose a later from.", money.GroupInt(MaxOrders)))
		}
		return t.addReparented(&r, &m)
	}, `SELECT `+bookedColumns+` FROM @rows($1) CROSS JOIN rewards t WHERE `+SpanSQL, db.JSONRows(m.Orders, func(s PartnerSpan) []any { return s.Row() }))
	if err != nil {
		return nil, fmt.Errorf("computing the orders of partners: %w", err)
	}
	return t.finish()
}

func (t *trial) addReparented(r *booked, m *Reparenting) error {
	plan, err := reward.PlanOf(t.plans, &r.Terms)
	if err != nil {
		return err
	}
	p := t.partners[r.PartnerID]
	t.result.Orders++
	p.orders++
	if err := t.earn(p, &r.Order, &r.Terms, r.Result.RewardUSD, plan, func(s *standing) *earned { return &s.before }); err != nil {
		return err
	}
	t.parents = m
	defer func() { t.parents = nil }()
	return t.earn(p, &r.Order, &r.Terms, r.Result.RewardUSD, plan, func(s *standing) *earned { return &s.after })
}
