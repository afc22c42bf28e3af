package accrual

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// A late fact can change which agent gets a share of an account's rewards. For
// example, the account gets another code, or the agent becomes a partner. The
// rewards are then removed and booked again.

// agentBooks returns the functions through which package agent reads these
// books.
func (b *books) agentBooks() agent.Books {
	return agent.Books{
		Load: func(ctx context.Context, emails ...string) error {
			if err := b.needEmails(ctx, emails...); err != nil {
				return err
			}
			agents := make([]id.UUID, 0, len(emails))
			for _, email := range emails {
				if p, is := b.emails.Rows[email]; is {
					agents = append(agents, p)
				}
			}
			if err := b.needPartners(ctx, agents...); err != nil {
				return err
			}
			return b.ledger.Need(ctx, agents...)
		},
		Partner: func(email string) *partner.Partner {
			if p, is := b.emails.Rows[email]; is && p != id.Nil {
				return b.partners.Rows[p]
			}
			return nil
		},
		Rate: b.rateOn,
	}
}

// shareable returns why an order's reward cannot be shared with its agent yet.
// It returns the zero effect if the reward can be shared.
func (b *books) shareable(ctx context.Context, a *attribution.Account, r *reward.Reward) (effect, error) {
	err := b.agents.Check(ctx, a, r)
	var noRate *agent.NoRateError
	var tooLarge *agent.TooLargeError
	switch {
	case errors.As(err, &noRate):
		return effect{wait: feed.RateKey(noRate.Currency)}, nil
	case errors.As(err, &tooLarge):
		return refuse("out_of_range", "%v", tooLarge), nil
	default:
		return effect{}, err
	}
}

// unshare removes rewards of an account if an agent has a share of them under
// the present code, or will have a share under the new code. It also removes them if
// a plan has a line for one of the codes. The caller must
// then call redo to book these rewards again.
func (b *books) unshare(ctx context.Context, f *feed.Fact, a *attribution.Account, code string) ([]*reward.Reward, error) {
	var from time.Time
	paying := false
	for _, c := range []string{a.LinkCode, code} {
		link, err := b.agents.Link(ctx, agent.LinkKey{OwnerID: a.PartnerID, Code: c})
		if err != nil {
			return nil, err
		}
		if link == nil {
			continue
		}
		if since, ever := link.Since(); ever && (!paying || since.Before(from)) {
			from, paying = since, true
		}
	}
	for _, plan := range b.plans {
		if named := plan.NamesLink(a.LinkCode) || plan.NamesLink(code); named && (!paying || plan.From.Before(from)) {
			from, paying = plan.From, true
		}
	}
	if !paying {
		return nil, nil
	}
	// Orders that waited because of the former agent may be able to take effect
	// now.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	rows, err := b.undo(ctx, f, a, from, time.Time{}, func(*reward.Reward) bool { return true })
	if err != nil {
		return nil, err
	}
	return rows, b.flush(ctx)
}

// reshare books the rewards that unshare has removed.
func (b *books) reshare(ctx context.Context, a *attribution.Account, rows []*reward.Reward) error {
	if len(rows) == 0 {
		return nil
	}
	if err := b.redo(ctx, rows, revisedTerms{}); err != nil {
		return err
	}
	return b.rebooked(ctx, a)
}

// rebooked computes an account's first and last trading day, and its client's sums,
// after orders were booked again. These values may have changed, because a removed order
// may now wait for the rate of its agent's currency, and a waiting order does not
// count as a trade.
func (b *books) rebooked(ctx context.Context, a *attribution.Account) error {
	if err := b.retrade(ctx, a); err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.recount(ctx, a.PartnerID, a.ClientUID); err != nil {
		return err
	}
	return b.flush(ctx)
}

// retrade computes an account's first and last trading day again.
func (b *books) retrade(ctx context.Context, a *attribution.Account) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	first, last, err := b.tx.TradeTimes(ctx, a)
	if err != nil {
		return err
	}
	a.FirstTradeDay, a.LastTradeDay = nil, nil
	if first != nil {
		attribution.Traded(&a.FirstTradeDay, &a.LastTradeDay, b.day(*first))
		attribution.Traded(&a.FirstTradeDay, &a.LastTradeDay, b.day(*last))
	}
	b.dirty.accounts[a] = true
	return nil
}

// agentRegistered books the shares of an agent who has become a partner. It is
// needed for orders that closed after the registration, but arrived before the
// fact about the registration.
func (b *books) agentRegistered(ctx context.Context, f *feed.Fact, p *partner.Partner) error {
	keys, err := b.agents.Routes(ctx, p.Email)
	if err != nil {
		return err
	}
	for _, key := range keys {
		link, err := b.agents.Link(ctx, key)
		if err != nil || link == nil {
			return err
		}
		from, ever := link.Since()
		if !ever {
			continue
		}
		if from.Before(p.RegisteredAt) {
			from = p.RegisteredAt
		}
		if err := b.shareSince(ctx, f, key, from); err != nil {
			return fmt.Errorf("link %s: %w", key.Code, err)
		}
	}
	return nil
}

// shareSince removes the rewards of a link's accounts from a given time onwards, and
// books them again.
func (b *books) shareSince(ctx context.Context, f *feed.Fact, key agent.LinkKey, from time.Time) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	accounts, err := b.tx.LinkAccounts(ctx, key)
	if err != nil {
		return err
	}
	if err := b.needAccounts(ctx, accounts...); err != nil {
		return err
	}
	for _, number := range accounts {
		a := b.accounts.Rows[number].With(key.OwnerID)
		rows, err := b.undo(ctx, f, a, from, time.Time{}, func(*reward.Reward) bool { return true })
		if err != nil {
			return err
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		if err := b.reshare(ctx, a, rows); err != nil {
			return err
		}
	}
	return nil
}
