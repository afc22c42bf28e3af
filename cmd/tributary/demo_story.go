package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme"
)

// tell simulates the history of an invented programme. The main partner starts to
// advertise on one day and sets up rebates on another. From the first of these
// days, the programme's clock follows the simulation day by day, so that events
// have a plausible order. For example, people click before they register, and
// rebates are paid after their period has ended. linkBase is the base URL of
// tracked links.
func (a *app) tell(ctx context.Context, on databases, made demo.Options, linkBase *url.URL) (err error) {
	next, stop := iter.Pull(demo.Generate(made))
	defer stop()
	bar := newProgress(a.stderr, a.clock, func() int64 { return 0 }, int64(made.Orders))
	defer bar.close()
	from := demo.CampaignsFrom(made)
	t := &teller{made: made, story: &story{next: next}, clock: clock.At(from), mails: &mailbox{}, show: bar.show}
	c := a.config()
	c.Clock, c.LinkBase, c.Mails = t.clock, linkBase.String(), t.mails
	if t.p, err = programme.Build(ctx, on.main, on.clicks, c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.p.Close()) }()
	if err := t.feed(ctx, from); err != nil {
		return err
	}
	if err := t.setUpTraffic(ctx); err != nil {
		return fmt.Errorf("setting up the demo's traffic: %w", err)
	}
	for {
		if err := t.act(ctx); err != nil || !t.clock.Now().Before(made.Now) {
			return err
		}
		if err := t.feed(ctx, t.next()); err != nil {
			return err
		}
		if !t.rebates {
			continue
		}
		if err := t.settle(ctx); err != nil {
			return fmt.Errorf("paying the demo's rebates: %w", err)
		}
	}
}

// act performs the main partner's actions that are due at the current time of the
// simulation.
func (t *teller) act(ctx context.Context) error {
	if err := t.advertiser.manage(ctx); err != nil {
		return fmt.Errorf("managing the demo's campaigns: %w", err)
	}
	if t.rebates || t.clock.Now().Before(demo.RebatesFrom(t.made)) {
		return nil
	}
	if err := t.setUpRebates(ctx); err != nil {
		return fmt.Errorf("setting up the demo's rebates: %w", err)
	}
	return nil
}

// feedDays is the number of days whose facts are fed in one call before the main
// partner has rebates. A higher number takes less time but needs more memory.
const feedDays = 5

// next returns the time up to which facts are fed in one call. If the main
// partner has rebates, this is the end of the day. Otherwise, it is the end of
// the next feedDays days. If the main partner acts before then, it is the time of
// that action.
func (t *teller) next() time.Time {
	now, days := t.clock.Now(), clock.Day(1)
	if !t.rebates {
		days = feedDays
	}
	until := (clock.DayOf(now, t.p.Zone) + days).Start(t.p.Zone)
	for _, at := range actionTimes(t.made) {
		if at.After(now) && at.Before(until) {
			until = at
		}
	}
	return until
}

// teller feeds the history to a programme whose clock follows the history.
type teller struct {
	p       *programme.Programme
	made    demo.Options
	story   *story
	clock   *clock.Fixed
	mails   *mailbox
	rebates bool // whether the main partner has set up rebates
	taken   int64
	show    func(int64)

	advertiser *advertiser
}

func (t *teller) feed(ctx context.Context, until time.Time) error {
	t.clock.Advance(until.Sub(t.clock.Now()))
	before, told := t.taken, t.story.factsBefore(until.Add(time.Nanosecond))
	if t.advertiser != nil {
		var err error
		if told, err = t.advertiser.follow(ctx, told, until); err != nil {
			return err
		}
	}
	summary, err := t.p.Facts.Ingest(ctx, told, func(s accrual.Summary) { t.show(before + s.Accepted) })
	if err != nil {
		return fmt.Errorf("generating the demo programme: %w", err)
	}
	for _, r := range summary.Rejected { // a fact can be rejected only because of a mistake in the demo
		return fmt.Errorf("generating the demo programme: fact %s: %s", r.ID, r.Message)
	}
	t.taken = before + summary.Accepted
	return nil
}

// story is the invented history, which feed reads part by part.
type story struct {
	next func() (feed.Fact, bool)
	held *feed.Fact // fact that was read too early and belongs to a later part
	line int
}

// factsBefore returns the facts before a given time that have not been read yet.
func (s *story) factsBefore(end time.Time) accrual.Source {
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
