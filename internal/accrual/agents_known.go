package accrual

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// fetchAgents loads the agents' links that a batch needs, with their
// agreements. These are the links that its orders and reversals count under,
// and the links whose agents are its new partners.
func (b *books) fetchAgents(ctx context.Context, w *wanted) error {
	var keys []LinkKey
	for _, o := range w.orders {
		if a := b.accounts.Rows[o.ClientAccount]; a != nil {
			keys = append(keys, LinkKey{a.PartnerID, a.LinkCode})
		}
	}
	for _, o := range w.tickets {
		for _, r := range b.tickets.Rows[o] {
			if a := b.accounts.Rows[r.Order.ClientAccount]; a != nil {
				keys = append(keys, LinkKey{a.PartnerID, a.LinkCode})
			}
		}
	}
	if err := b.needAgents(ctx, keys...); err != nil {
		return err
	}
	if len(w.orders) > 0 {
		for _, link := range b.agents.links.Rows {
			if p := b.agentOf(link); p != nil {
				if err := b.needRates(ctx, p.Currency, w.from, w.to); err != nil {
					return err
				}
			}
		}
	}
	return b.needAgentRoutes(ctx, w.emails...)
}

// needAgents loads the agents' links among these keys, and those of their
// agents that are partners.
func (b *books) needAgents(ctx context.Context, keys ...LinkKey) error {
	asked := keys[:0:0]
	for _, key := range keys {
		if key.OwnerID != id.Nil && key.Code != "" {
			asked = append(asked, key)
		}
	}
	missing := b.agents.links.Ask(asked...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.AgentLinks(ctx, missing)
	if err != nil || len(found) == 0 {
		return err
	}
	emails := make([]string, len(found))
	for i, link := range found {
		b.agents.links.Put(link.LinkKey, link)
		emails[i] = link.Email
	}
	if err := b.needEmails(ctx, emails...); err != nil {
		return err
	}
	agents := make([]id.UUID, 0, len(found))
	for _, email := range emails {
		if p, is := b.emails.Rows[email]; is {
			agents = append(agents, p)
		}
	}
	if err := b.needPartners(ctx, agents...); err != nil {
		return err
	}
	return b.ledger.Need(ctx, agents...)
}

func (b *books) agentLink(ctx context.Context, key LinkKey) (*AgentLink, error) {
	if !b.agents.links.Asked(key) {
		if err := b.needAgents(ctx, key); err != nil {
			return nil, err
		}
	}
	return b.agents.links.Rows[key], nil
}

func (b *books) needAgentRoutes(ctx context.Context, emails ...string) error {
	missing := b.agents.routes.Ask(emails...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.AgentRoutes(ctx, missing)
	for email, links := range found {
		b.agents.routes.Put(email, links)
	}
	return err
}

// sharesOf returns the recorded shares of an order. An account's code never
// changes while a share of its orders is booked: see unshare.
func (b *books) sharesOf(ctx context.Context, link *AgentLink, order sharedOrder) (map[reward.Kind]*AgentShare, error) {
	p := b.agentOf(link)
	if p == nil {
		return nil, nil //nolint:nilnil // nobody has earned anything
	}
	if len(b.agents.shares.Ask(order)) > 0 {
		found, err := b.tx.AgentShares(ctx, p.ID, order.ownerID, order.key)
		if err != nil {
			return nil, err
		}
		rows := map[reward.Kind]*AgentShare{}
		for _, share := range found {
			rows[share.Kind] = share
		}
		b.agents.shares.Put(order, rows)
	}
	return b.agents.shares.Rows[order], nil
}

// unshare takes out the account's rewards that pay an agent by its present
// code, or will pay one by the new code. redo then books them again under the
// new code.
func (b *books) unshare(ctx context.Context, f *feed.Fact, a *attribution.Account, code string) ([]*reward.Reward, error) {
	var from time.Time
	paying := false
	for _, c := range []string{a.LinkCode, code} {
		link, err := b.agentLink(ctx, LinkKey{a.PartnerID, c})
		if err != nil {
			return nil, err
		}
		if link == nil {
			continue
		}
		if since, ever := link.since(); ever && (!paying || since.Before(from)) {
			from, paying = since, true
		}
	}
	if !paying {
		return nil, nil
	}
	// Orders that waited for something the agent lacked may need nothing now.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	rows, err := b.undo(ctx, f, a, from, func(*reward.Reward) bool { return true })
	if err != nil {
		return nil, err
	}
	return rows, b.flush(ctx)
}

// reshare books again what unshare took out.
func (b *books) reshare(ctx context.Context, a *attribution.Account, rows []*reward.Reward) error {
	if len(rows) == 0 {
		return nil
	}
	if err := b.redo(ctx, rows, revised{}); err != nil {
		return err
	}
	return b.retrade(ctx, a)
}

// retrade derives again when an account first and last traded. An order that
// was booked again may now have to wait for its agent's rate, and then it no
// longer counts.
func (b *books) retrade(ctx context.Context, a *attribution.Account) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	rows, err := b.tx.AccountRewards(ctx, a.PartnerID, a.ClientAccount, time.Time{})
	if err != nil {
		return err
	}
	a.FirstTradeDay, a.LastTradeDay = nil, nil
	for _, r := range rows {
		if r.Kind == reward.ForOrder {
			attribution.Traded(&a.FirstTradeDay, &a.LastTradeDay, r.Day)
		}
	}
	b.dirty.accounts[a] = true
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.recount(ctx, a.PartnerID, a.ClientUID); err != nil {
		return err
	}
	return b.flush(ctx)
}

// agentRegistered gives a new partner its shares of orders that closed after it
// became a partner but arrived before that fact did.
func (b *books) agentRegistered(ctx context.Context, f *feed.Fact, p *partner.Partner) error {
	if err := b.needAgentRoutes(ctx, p.Email); err != nil {
		return err
	}
	for _, key := range b.agents.routes.Rows[p.Email] {
		link, err := b.agentLink(ctx, key)
		if err != nil || link == nil {
			return err
		}
		from, ever := link.since()
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

// shareSince books again what the accounts of a link earned from a moment on.
func (b *books) shareSince(ctx context.Context, f *feed.Fact, key LinkKey, from time.Time) error {
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
		a := b.accounts.Rows[number]
		rows, err := b.undo(ctx, f, a, from, func(*reward.Reward) bool { return true })
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
