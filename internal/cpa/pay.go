package cpa

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// stage says how far a partner's run on a day has come.
type stage struct {
	after place // of the last client that was examined
	done  bool  // whether nothing is left to do
}

// payAll carries out a partner's run on a day in one transaction, which must hold
// the partner's Lock.
func (s *Service) payAll(ctx context.Context, q db.Querier, day clock.Day, partnerID id.UUID) error {
	for now := (stage{}); !now.done; {
		var err error
		if now, err = s.step(ctx, q, day, partnerID, now.after); err != nil {
			return err
		}
	}
	return nil
}

// step carries out one transaction of a partner's run. The transaction must hold
// the partner's Lock. step starts with the first client after the given place.
//
// A client cannot be paid if its amount does not fit into the currency, or if the
// currency has no rate. It stays approved, and the next month's run tries again.
func (s *Service) step(ctx context.Context, q db.Querier, day clock.Day, partnerID id.UUID, after place) (stage, error) {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return stage{}, err
	}
	p := &payment{now: s.clock.Now(), day: day, partnerID: partnerID, plans: plans}
	start := day.Start(s.config.Zone)
	expired, err := expiredClients(ctx, q, partnerID, start, s.config.StepClients)
	if err != nil {
		return stage{}, err
	}
	for _, c := range expired {
		if err := p.change(c, func() { c.Expired = true }); err != nil {
			return stage{}, err
		}
	}
	due, err := dueClients(ctx, q, partnerID, start, after, s.config.StepClients)
	if err != nil {
		return stage{}, err
	}
	if n := len(due); n > 0 {
		if err := p.pay(ctx, q, due); err != nil {
			return stage{}, err
		}
		after = place{*due[n-1].QualifiedAt, due[n-1].ClientUID}
	}
	done := len(expired) < s.config.StepClients && len(due) < s.config.StepClients
	return stage{after, done}, p.save(ctx, q)
}

// payment holds the changes of one transaction of a partner's run.
type payment struct {
	now       time.Time
	day       clock.Day
	partnerID id.UUID
	plans     []*reward.Plan

	used     *used // nil: no client was paid
	changed  []*Client
	postings []*ledger.Posting
	told     []event.Event
}

// change calls do, which changes the client. It then records the client, and the
// event about the change, to be saved.
func (p *payment) change(c *Client, do func()) error {
	was := *c
	do()
	if err := c.settle(p.plans); err != nil {
		return err
	}
	p.changed = append(p.changed, c)
	if e, differs := c.changed(&was, p.now); differs {
		p.told = append(p.told, e)
	}
	return nil
}

// pay pays clients in the order of the list, as far as the caps allow.
func (p *payment) pay(ctx context.Context, q db.Querier, due []*Client) error {
	found, err := partner.Load(ctx, q, []id.UUID{p.partnerID})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return partner.ErrUnknown
	}
	currency := found[0].Currency
	rates, err := reward.RatesOn(ctx, q, p.day, currency)
	if err != nil {
		return err
	}
	rate, known := rates[currency]
	if !known {
		return nil
	}
	if p.used, err = usedOf(ctx, q, p.partnerID, p.day, due); err != nil {
		return err
	}
	for _, c := range due {
		terms, err := c.terms(p.plans)
		if err != nil {
			return err
		}
		usd, limitedBy := p.used.limit(c, terms)
		amount, err := reward.Convert(usd, rate)
		if errors.Is(err, money.ErrTooLarge) {
			continue
		}
		if err != nil {
			return err
		}
		p.used.add(c, usd)
		err = p.change(c, func() {
			c.Paid = Paid{Day: &p.day, At: &p.now, Currency: currency, USD: usd, Amount: amount, LimitedBy: limitedBy}
		})
		if err != nil {
			return err
		}
		if usd != 0 || amount != 0 {
			p.postings = append(p.postings, ledger.PayCPA(p.partnerID, c.cause(), p.now, ledger.Money{Currency: currency, Amount: amount, USD: usd}))
		}
	}
	return nil
}

func (p *payment) save(ctx context.Context, q db.Querier) error {
	if len(p.changed) == 0 {
		return nil
	}
	if err := save(ctx, q, p.changed...); err != nil {
		return err
	}
	if err := event.Append(ctx, q, p.told); err != nil {
		return err
	}
	if p.used != nil {
		if err := p.used.save(ctx, q, p.partnerID, p.day); err != nil {
			return err
		}
	}
	if len(p.postings) == 0 {
		return nil
	}
	return ledger.Book(ctx, q, p.postings...)
}
