package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// tell feeds the made-up history. On the day on which the main partner sets up
// its rebates, it does; from then on the programme's clock follows the story
// day by day, so that periods end, rebates wait or are paid, and the broker
// answers, as they would have.
func (a *app) tell(ctx context.Context, p *programme, made demo.Options) error {
	next, stop := iter.Pull(demo.Generate(made))
	defer stop()
	bar := newProgress(a.stderr, a.clock, func() int64 { return 0 }, int64(made.Orders))
	defer bar.close()
	from := demo.RebatesFrom(made)
	t := &teller{p: p, story: &story{next: next}, clock: clock.At(from), zone: a.cli.TimeZone.Location, log: a.log, show: bar.show}
	if err := t.feed(ctx, from); err != nil {
		return err
	}
	if err := t.setUpRebates(ctx); err != nil {
		return fmt.Errorf("setting up the demo's rebates: %w", err)
	}
	for day := clock.DayOf(from, t.zone) + 1; t.clock.Now().Before(made.Now); day++ {
		until := day.Start(t.zone)
		if until.After(made.Now) {
			until = made.Now
		}
		if err := t.feed(ctx, until); err != nil {
			return err
		}
		if err := t.settle(ctx); err != nil {
			return fmt.Errorf("paying the demo's rebates: %w", err)
		}
	}
	return nil
}

// teller tells the story, with the programme's clock where the story is.
type teller struct {
	p        *programme
	story    *story
	clock    *clock.Fixed
	zone     *time.Location
	log      *slog.Logger
	settings *rebate.Settings
	taken    int64
	show     func(int64)
}

func (t *teller) accrual() *accrual.Service {
	return accrual.New(sqldb.NewBooks(t.p.store), t.clock, t.zone, t.log)
}

// feed tells what happened until a moment.
func (t *teller) feed(ctx context.Context, until time.Time) error {
	t.clock.Advance(until.Sub(t.clock.Now()))
	before := t.taken
	summary, err := t.accrual().Ingest(ctx, t.story.until(until.Add(time.Nanosecond)), func(s accrual.Summary) { t.show(before + s.Accepted) })
	if err != nil {
		return fmt.Errorf("making up a programme: %w", err)
	}
	for _, r := range summary.Rejected { // the demo's own mistake
		return fmt.Errorf("making up a programme: fact %s: %s", r.ID, r.Message)
	}
	t.taken = before + summary.Accepted
	return nil
}

// answered is after how long the made-up broker answers a payout.
const answered = 48 * time.Hour

// settle does what is due at the end of a day: periods are closed and paid,
// and the broker says that it paid what it was asked to two days ago.
func (t *teller) settle(ctx context.Context) error {
	runs := rebate.NewRuns(sqldb.NewRebateRuns(t.p.store), t.clock, rebate.RunConfig{
		Zone: t.zone, Admits: t.settings.Allowed, Mails: nobody{}, Audit: sqldb.NewAudit(t.p.store, t.clock),
		Wake: func() {}, Drain: func(context.Context) {},
	})
	if err := runs.Run(ctx); err != nil {
		return err
	}
	broker := payout.New(sqldb.NewPayouts(t.p.store), t.accrual(), t.clock, sqldb.NewAudit(t.p.store, t.clock))
	waiting, _, err := broker.List(ctx, payout.Filter{Statuses: []string{string(accrual.PayoutPending)}, Page: page.Page{Limit: page.MaxLimit}})
	if err != nil {
		return err
	}
	var due []string
	for i := range waiting {
		if t.clock.Now().Sub(waiting[i].CreatedAt) >= answered {
			due = append(due, waiting[i].String())
		}
	}
	if len(due) > 0 {
		_, err = broker.Give(ctx, due, payout.Answer{Status: accrual.PayoutPaid})
	}
	return err
}

// nobody is where the mails of a story go.
type nobody struct{}

// Enqueue implements mail.Queue.
func (nobody) Enqueue(context.Context, mail.Message) error { return nil }

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
func (t *teller) setUpRebates(ctx context.Context) error {
	owner, clk, p := demo.MainPartner().UID, t.clock, t.p
	if err := sqldb.NewPartnerAdmin(p.store).Verify(ctx, owner); err != nil {
		return err
	}
	find := report.NewService(sqldb.NewReports(p.store), clk).RebateAccounts
	t.settings = rebate.NewSettings(sqldb.NewRebateSettings(p.store), clk, rebate.Config{Audit: sqldb.NewAudit(p.store, clk), Find: find})
	for _, g := range demo.RebateGroups() {
		number, err := t.settings.CreateGroup(ctx, owner, g.GroupChange)
		if err != nil {
			return err
		}
		if g.Filters == nil {
			continue
		}
		change := rebate.AccountChange{GroupID: rebate.Change[int64]{Given: true, Value: &number}}
		if _, err := t.settings.Assign(ctx, owner, rebate.Assignment{All: true, Filters: g.Filters, AccountChange: change}); err != nil {
			return err
		}
	}
	accounts, err := find(ctx, owner, url.Values{"client_account_type": {demo.OwnRebateType}})
	if err != nil || len(accounts) == 0 {
		return err
	}
	percent := demo.OwnRebate
	_, err = t.settings.Assign(ctx, owner, rebate.Assignment{
		Accounts:      accounts[:min(demo.OwnRebateCount, len(accounts))],
		AccountChange: rebate.AccountChange{Percent: rebate.Change[money.Percent]{Given: true, Value: &percent}},
	})
	return err
}
