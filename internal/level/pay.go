package level

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// pay adds the orders of the first unpaid days to a progress reward. It creates one
// posting.
func (s *Service) pay(ctx context.Context, q db.Querier, r *Review, plans []*reward.Plan, now time.Time) error {
	through, err := s.nextDays(ctx, q, r)
	if err != nil {
		return err
	}
	list, err := rowsFor(ctx, q, r, plans, *r.PaidThrough+1, through, s.config.Zone)
	if err != nil {
		return err
	}
	var sums Sums
	for _, row := range list {
		sums.add(row, 1)
	}
	if len(list) > 0 {
		first, err := partner.TakeNumbers(ctx, q, r.PartnerID, int64(len(list)))
		if err != nil {
			return err
		}
		for i, row := range list {
			row.ID = first + int64(i)
		}
		if err := rows.Insert(ctx, q, list...); err != nil {
			return err
		}
	}
	if sums.AmountUSD != 0 || sums.Amount != 0 {
		m := ledger.Money{Currency: r.Currency, Amount: sums.Amount, USD: sums.AmountUSD}
		if err := ledger.Book(ctx, q, ledger.Raise(r.PartnerID, r.cause(), now, m)); err != nil {
			return err
		}
	}
	if err := addSums(ctx, q, r, sums, &through); err != nil {
		return err
	}
	r.PaidThrough = &through
	return nil
}

// nextDays returns the last day whose orders this transaction adds.
func (s *Service) nextDays(ctx context.Context, q db.Querier, r *Review) (clock.Day, error) {
	days, err := ordersByDay(ctx, q, r.PartnerID, *r.PaidThrough, r.PeriodEnd)
	if err != nil {
		return 0, err
	}
	var orders int64
	for i, d := range days {
		if orders += d.Orders; orders > s.config.StepOrders && i > 0 {
			return days[i-1].Day, nil
		}
	}
	return r.PeriodEnd, nil
}

// rowsFor returns the rows of a progress reward for the orders that closed on the days
// from first to last, and for the reversals and reinstatements of these orders.
func rowsFor(ctx context.Context, q db.Querier, r *Review, plans []*reward.Plan, first, last clock.Day, zone *time.Location) ([]*Row, error) {
	from, before := first.Start(zone), (last + 1).Start(zone)
	orders, err := ordersClosed(ctx, q, r.PartnerID, from, before)
	if err != nil {
		return nil, err
	}
	changes, err := changesOf(ctx, q, r.PartnerID, from, before)
	if err != nil {
		return nil, err
	}
	var out []*Row
	for _, order := range orders {
		plan, err := reward.PlanOf(plans, &order.Terms)
		if err != nil {
			return nil, err
		}
		row, err := r.rowOf(plan, order)
		if err != nil {
			return nil, err
		}
		if row == nil {
			continue
		}
		out = append(out, row)
		for _, c := range changes[orderRef{order.Account, order.Order.Ticket, order.Order.Part}] {
			out = append(out, row.forChange(c.Kind, c.At))
		}
	}
	return out, nil
}
