package main

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// tell feeds the made-up history. On the day on which the main partner sets up
// its rebates, it does: orders that close later are rebated, as anybody's.
func (a *app) tell(ctx context.Context, p *programme, made demo.Options) error {
	next, stop := iter.Pull(demo.Generate(made))
	defer stop()
	var taken atomic.Int64
	bar := newProgress(a.stderr, a.clock, taken.Load, int64(made.Orders))
	defer bar.close()
	story := &story{next: next}
	from := demo.RebatesFrom(made)
	for _, until := range []time.Time{from, made.Now.Add(time.Hour)} {
		before := taken.Load()
		summary, err := p.accrual.Ingest(ctx, story.until(until), func(s accrual.Summary) {
			taken.Store(before + s.Accepted)
			bar.show(before + s.Accepted)
		})
		if err != nil {
			return fmt.Errorf("making up a programme: %w", err)
		}
		for _, r := range summary.Rejected { // the demo's own mistake
			return fmt.Errorf("making up a programme: fact %s: %s", r.ID, r.Message)
		}
		if until.Equal(from) {
			if err := setUpRebates(ctx, p, from); err != nil {
				return fmt.Errorf("setting up the demo's rebates: %w", err)
			}
		}
	}
	return nil
}

// story is the made-up history, told in parts.
type story struct {
	next func() (feed.Fact, bool)
	held *feed.Fact // taken, and not told yet
	line int
}

// until is what is left of it before a moment.
func (s *story) until(end time.Time) accrual.Source {
	return func(yield func(line int, fact feed.Fact, err error) error) error {
		for {
			if s.held == nil {
				fact, more := s.next()
				if !more {
					return nil
				}
				s.held = &fact
			}
			if !s.held.At.Before(end) {
				return nil
			}
			fact := *s.held
			s.held, s.line = nil, s.line+1
			if err := yield(s.line, fact, nil); err != nil {
				return err
			}
		}
	}
}

// setUpRebates makes the main partner's groups and gives them their accounts,
// as the partner would have at that moment.
func setUpRebates(ctx context.Context, p *programme, at time.Time) error {
	owner, clk := demo.MainPartner().UID, clock.At(at)
	if err := sqldb.NewPartnerAdmin(p.store).Verify(ctx, owner); err != nil {
		return err
	}
	find := report.NewService(sqldb.NewReports(p.store), clk).RebateAccounts
	settings := rebate.NewSettings(sqldb.NewRebateSettings(p.store), clk, rebate.Config{Audit: sqldb.NewAudit(p.store, clk), Find: find})
	for _, g := range demo.RebateGroups() {
		number, err := settings.CreateGroup(ctx, owner, g.GroupChange)
		if err != nil {
			return err
		}
		if g.Filters == nil {
			continue
		}
		change := rebate.AccountChange{GroupID: rebate.Change[int64]{Given: true, Value: &number}}
		if _, err := settings.Assign(ctx, owner, rebate.Assignment{All: true, Filters: g.Filters, AccountChange: change}); err != nil {
			return err
		}
	}
	accounts, err := find(ctx, owner, url.Values{"client_account_type": {demo.OwnRebateType}})
	if err != nil || len(accounts) == 0 {
		return err
	}
	percent := demo.OwnRebate
	_, err = settings.Assign(ctx, owner, rebate.Assignment{
		Accounts:      accounts[:min(demo.OwnRebateCount, len(accounts))],
		AccountChange: rebate.AccountChange{Percent: rebate.Change[money.Percent]{Given: true, Value: &percent}},
	})
	return err
}
