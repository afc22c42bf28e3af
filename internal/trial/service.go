package trial

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/reward"
)

// MaxOrders is the maximum number of orders that one request may try. With more
// orders, the response would take longer than callers wait. The command has no such
// limit.
const MaxOrders = 200_000

// Service tries plans, one at a time.
type Service struct {
	db    db.DB
	turns *limit.Pool
}

// NewService returns a Service that reads db.
func NewService(db db.DB) *Service {
	return &Service{db, limit.NewPool(limit.PoolConfig{Size: 1, Queue: 8, Patience: 20 * time.Second})}
}

// Request says which plan and which period to try.
type Request struct {
	Plan      *reward.Plan // a plan from ParsePlan; its From does not matter
	Period    reward.Period
	MaxOrders int64 // 0 means no limit
}

// Try computes the orders of a period as if one plan had been in force for the
// whole period. It reads one snapshot, and keeps one order at a time in memory.
//
// It returns a ValidationError if the period is not valid or has too many orders.
func (s *Service) Try(ctx context.Context, asked Request) (result *Result, err error) {
	if err := asked.Period.Check(); err != nil {
		return nil, err
	}
	leave, err := s.turns.Enter(ctx, "", false)
	if err != nil {
		return nil, err
	}
	defer leave()
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		t := &trial{plan: asked.Plan, result: Result{From: asked.Period.From, To: asked.Period.To}}
		active, orders, err := t.load(ctx, q, asked.Period)
		if err != nil {
			return err
		}
		if asked.MaxOrders > 0 && orders > asked.MaxOrders {
			return fault.Invalid("to", "too_many_orders", fmt.Sprintf("The period has %s orders, and one request can try %s. "+
				"Ask for fewer days, or use the command: tributary plan try FILE --from %s --to %s",
				money.GroupInt(orders), money.GroupInt(asked.MaxOrders), asked.Period.From, asked.Period.To))
		}
		for _, partnerID := range active {
			if err := t.ordersOf(ctx, q, partnerID); err != nil {
				return err
			}
		}
		result, err = t.finish()
		return err
	})
	if err != nil && fault.CodeOf(err) != fault.ValidationError {
		return nil, fmt.Errorf("trying a plan: %w", err)
	}
	return result, err
}

// columns are the columns of the CSV.
var columns = []*report.Column{
	{Name: "partner_uid", Format: report.Text},
	{Name: "email", Format: report.Text},
	{Name: "orders", Format: report.Integer},
	{Name: "before_usd", Format: report.MoneyExact},
	{Name: "after_usd", Format: report.MoneyExact},
	{Name: "difference_usd", Format: report.MoneyExact},
}

// WriteCSV writes one line for each partner, in the form of all other reports.
func (r *Result) WriteCSV(out io.Writer, bom bool) error {
	return report.WriteRows(out, report.CSV, bom, columns, func(write func(*report.Row) error) error {
		line := report.NewRow(columns)
		for i := range r.Partners {
			p := &r.Partners[i]
			line.SetText(0, p.PartnerUID.String())
			line.SetText(1, p.Email)
			for at, n := range []int64{p.Orders, int64(p.BeforeUSD), int64(p.AfterUSD), int64(p.DifferenceUSD)} {
				line.SetNumber(2+at, n)
			}
			if err := write(line); err != nil {
				return err
			}
		}
		return nil
	})
}
