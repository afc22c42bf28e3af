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

// step does the part of a partner's run that belongs to one transaction, which
// must hold the Lock of the partner. It returns false if nothing is left to do.
//
// A client cannot be paid if its amount does not fit into the currency, or if the
// currency has no rate. It stays approved, and the next month's run tries again.
func (s *Service) step(ctx context.Context, q db.Querier, day clock.Day, partnerID id.UUID) (more bool, err error) {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return false, err
	}
	p := &payment{now: s.clock.Now(), day: day, partnerID: partnerID, plans: plans}
	start := day.Start(s.config.Zone)
	expired, err := expiredClients(ctx, q, partnerID, start, s.config.StepClients)
	if err != nil {
		return false, err
	}
	for _, c := range expired {
		if err := p.change(c, func() { c.Expired = true }); err != nil {
			return false, err
		}
	}
	due, err := dueClients(ctx, q, partnerID, start, s.config.StepClients)
	if err != nil {
		return false, err
	}
	if len(due) > 0 {
		if err := p.pay(ctx, q, due); err != nil {
			return false, err
		}
	}
	if err := p.save(ctx, q); err != nil {
		return false, err
	}
	return len(p.changed) > 0, nil
}

// payment is the part of a partner's run that one transaction does.
type payment struct {
	now       time.Time
	day       clock.Day
	partnerID id.UUID
	plans     []*reward.Plan

	changed  []*Client
	postings []*ledger.Posting
	told     []event.Event
}

// change changes a client, and collects it with its event.
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
	used, err := usedOf(ctx, q, p.partnerID, p.day, due, p.plans)
	if err != nil {
		return err
	}
	for _, c := range due {
		terms, err := c.terms(p.plans)
		if err != nil {
			return err
		}
		usd, limitedBy := used.limit(c, terms)
		amount, err := reward.Convert(usd, rate)
		if errors.Is(err, money.ErrTooLarge) {
			continue
		}
		if err != nil {
			return err
		}
		used.add(c, usd)
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
	if len(p.postings) == 0 {
		return nil
	}
	return ledger.Book(ctx, q, p.postings...)
}

// used is how much of the caps a partner has used: the amounts paid in this run
// by bundle, and the amounts ever paid by bundle and campaign. An amount that
// was taken back still counts.
type used struct {
	month    map[string]money.Amount
	campaign map[campaign]money.Amount
}

type campaign struct {
	Bundle string `db:"bundle"`
	Code   string `db:"campaign_code"`
}

func newUsed() *used { return &used{map[string]money.Amount{}, map[campaign]money.Amount{}} }

func campaignOf(c *Client) campaign { return campaign{c.Bundle, c.CampaignCode} }

func (u *used) add(c *Client, usd money.Amount) {
	u.month[c.Bundle] += usd
	u.campaign[campaignOf(c)] += usd
}

// limit returns what the caps leave of the amount that a client earns, and which
// cap reduced it. If both caps would, it names the one that leaves less.
func (u *used) limit(c *Client, terms *reward.CPA) (usd money.Amount, limitedBy string) {
	usd = c.EarnsUSD
	for _, limit := range []struct {
		by   string
		most *money.Amount
		used money.Amount
	}{
		{CappedByMonth, terms.CapPerMonthUSD, u.month[c.Bundle]},
		{CappedByCampaign, terms.CapPerCampaignUSD, u.campaign[campaignOf(c)]},
	} {
		if limit.most == nil {
			continue
		}
		if left := max(0, *limit.most-limit.used); left < usd {
			usd, limitedBy = left, limit.by
		}
	}
	return usd, limitedBy
}
