package accrual

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// With each reward of an account that came by a referral agent's link, the
// agent gets its share from the link's owner. What decides about it (the link,
// the agreement, since when the agent is a partner) belongs to the order's
// close, so that shares do not depend on the order in which facts arrive. Only
// what a limit leaves does: who comes first is served first.

// AgentTx is what referral agents' shares need of a Tx.
// The tests have another one.
type AgentTx interface {
	// AgentLinks returns those of these links that are agents', with all
	// agreements that each has had.
	AgentLinks(ctx context.Context, keys []LinkKey) ([]*AgentLink, error)
	// AgentRoutes returns the links of the agents with these e-mails.
	AgentRoutes(ctx context.Context, emails []string) (map[string][]LinkKey, error)
	// LinkAccounts returns the accounts that count under a link.
	LinkAccounts(ctx context.Context, key LinkKey) ([]string, error)
	// AgentShares returns what the agent earned by an order of the owner's
	// client, and what was taken back.
	AgentShares(ctx context.Context, agentID, ownerID id.UUID, key feed.OrderKey) ([]*AgentShare, error)
}

// LinkKey names a link of a partner.
type LinkKey struct {
	OwnerID id.UUID
	Code    string
}

// AgentLink is a link that an owner gave to a referral agent.
type AgentLink struct {
	LinkKey
	ID         int64
	Email      string
	Agreements []*agent.Agreement
}

// since is from when on the link pays its agent; false: not yet.
func (l *AgentLink) since() (from time.Time, ever bool) {
	for _, a := range l.Agreements {
		if !ever || a.From.Before(from) {
			from, ever = a.From, true
		}
	}
	return from, ever
}

// AgentShare is what an agent earned by an order of its owner's client, or what
// a reversal took back of it.
type AgentShare struct {
	AgentID, OwnerID id.UUID
	Key              feed.OrderKey
	Kind             reward.Kind
	LinkID           int64
	Agreement        time.Time // From of the agreement
	Day              clock.Day
	Percent          money.Percent
	BaseUSD          money.Amount // the owner's reward
	AmountUSD        money.Amount
	Amount           money.Amount // in the agent's currency
	Currency         string
	AccountRate      money.Rate
	Paid             money.Amount // taken from the owner, in the owner's currency
}

// AgentEarned is what was earned under an agreement so far.
type AgentEarned struct {
	OwnerID id.UUID
	LinkID  int64
	*agent.Agreement
}

// AgentChanges is what agents' shares write.
type AgentChanges struct {
	Undone []*AgentShare
	Shares []*AgentShare
	Earned []AgentEarned
}

// sharedOrder is an order as its shares are looked for.
type sharedOrder struct {
	ownerID id.UUID
	key     feed.OrderKey
}

// agentBooks is the working set of agents' shares.
type agentBooks struct {
	links  known[LinkKey, *AgentLink]
	routes known[string, []LinkKey] // by e-mail
	shares known[sharedOrder, map[reward.Kind]*AgentShare]

	newShares, undone []*AgentShare
	earned            map[*agent.Agreement]*AgentLink
}

func newAgentBooks() agentBooks {
	return agentBooks{
		links: newKnown[LinkKey, *AgentLink](), routes: newKnown[string, []LinkKey](),
		shares: newKnown[sharedOrder, map[reward.Kind]*AgentShare](), earned: map[*agent.Agreement]*AgentLink{},
	}
}

// agentTerms is by what an agent earns by an order.
type agentTerms struct {
	link      *AgentLink
	agreement *agent.Agreement
	agent     *partner.Partner
	rate      money.Rate // of the agent's currency, on the order's day
}

// agentTerms finds who shares an order's reward, touching nothing; nil: nobody.
// Whatever is missing is told first.
func (b *books) agentTerms(ctx context.Context, a *attribution.Account, r *reward.Reward) (*agentTerms, effect, error) {
	link, err := b.agentLink(ctx, LinkKey{r.PartnerID, a.LinkCode})
	if err != nil || link == nil || r.Result.RewardUSD <= 0 {
		return nil, effect{}, err
	}
	agreement, p := agent.InForce(link.Agreements, r.Order.CloseTime), b.agentOf(link)
	if agreement == nil || agreement.Share == 0 || p == nil || p.ID == r.PartnerID || p.Status == partner.Suspended ||
		p.RegisteredAt.After(r.Order.CloseTime) {
		return nil, effect{}, nil
	}
	rate, there, err := b.rateOn(ctx, p.Currency, r.Day)
	if err != nil || !there {
		return nil, effect{wait: waitRate(p.Currency)}, err
	}
	usd, err := agent.Share(r.Result.RewardUSD, agreement.Share)
	if err != nil {
		return nil, effect{}, err
	}
	amount, err := reward.Convert(usd, rate)
	if errors.Is(err, money.ErrTooLarge) || (err == nil && !b.fitsWallet(p, amount)) {
		return nil, refuse("out_of_range", "an agent's share of the reward would be too large in %s", p.Currency), nil
	}
	return &agentTerms{link, agreement, p, rate}, effect{}, err
}

// agentOf is the partner that an agent is; nil: it is none yet.
func (b *books) agentOf(link *AgentLink) *partner.Partner {
	if p, is := b.emails.rows[link.Email]; is && p != id.Nil {
		return b.partners.rows[p]
	}
	return nil
}

// fitsWallet reports whether a wallet can take an amount beside what is there
// and what this batch put there. Its balances are loaded with the link.
func (b *books) fitsWallet(p *partner.Partner, amount money.Amount) bool {
	var sum money.Amount
	if balance := b.balances.rows[p.ID][balanceKey{ledger.Wallet, p.Currency}]; balance != nil {
		sum = balance.Amount
	}
	for key, entry := range b.lines[postingKey{p.ID, ledger.AgentShare, b.batchID}] {
		if key.currency == p.Currency {
			sum += entry.Amount
		}
	}
	return sum < math.MaxInt64/4-amount
}

// bookAgentShare gives the agent of the account's link its share of a reward
// (sign 1), or takes it out again (-1). A reversal takes back what was recorded.
func (b *books) bookAgentShare(ctx context.Context, a *attribution.Account, r *reward.Reward, sign int64, cause string) error {
	link, err := b.agentLink(ctx, LinkKey{r.PartnerID, a.LinkCode})
	if err != nil || link == nil {
		return err
	}
	order := sharedOrder{r.PartnerID, r.Order.Key()}
	if sign > 0 && r.Kind == reward.ForOrder {
		share, err := b.newShare(ctx, a, r)
		if err != nil || share == nil {
			return err
		}
		return b.bookShare(link, r, share, 1, cause)
	}
	recorded, err := b.sharesOf(ctx, link, order)
	if err != nil {
		return err
	}
	if sign > 0 {
		share, err := changedShare(link, r, recorded[r.Kind-1])
		if err != nil || share == nil {
			return err
		}
		return b.bookShare(link, r, share, 1, r.FactID)
	}
	if share := recorded[r.Kind]; share != nil {
		if k := b.kept[refOf(share.Key)]; k != nil && share.Kind == reward.ForOrder {
			k.rates[share.Currency] = share.AccountRate
		}
		return b.bookShare(link, r, share, -1, cause)
	}
	return nil
}

// changedShare is what a reversal takes back of a share, or what a
// reinstatement gives again: no more than the agreement's limit leaves now.
// before is the share as it was changed last; nil: there is none.
func changedShare(link *AgentLink, r *reward.Reward, before *AgentShare) (*AgentShare, error) {
	if before == nil {
		return nil, nil //nolint:nilnil // nothing was earned, or taken back
	}
	share := *before
	share.Kind, share.Day, share.BaseUSD = r.Kind, r.Day, -before.BaseUSD
	share.AmountUSD, share.Amount, share.Paid = -before.AmountUSD, -before.Amount, -before.Paid
	if r.Kind.Reverses() {
		return &share, nil
	}
	left := share.AmountUSD
	for _, a := range link.Agreements {
		if a.From.Equal(share.Agreement) && a.Cap != nil {
			left = max(0, min(left, *a.Cap-a.EarnedUSD))
		}
	}
	if left == share.AmountUSD {
		return &share, nil
	}
	if left == 0 {
		return nil, nil //nolint:nilnil // the limit leaves nothing
	}
	amount, err := reward.Convert(left, share.AccountRate)
	if err != nil {
		return nil, err
	}
	paid, err := reward.Convert(left, r.Terms.AccountRate)
	if err != nil {
		return nil, err
	}
	share.AmountUSD, share.Amount, share.Paid = left, min(amount, share.Amount), min(paid, share.Paid)
	return &share, nil
}

// newShare works out what the agent earns by an order; nil: nothing.
func (b *books) newShare(ctx context.Context, a *attribution.Account, r *reward.Reward) (*AgentShare, error) {
	terms, _, err := b.agentTerms(ctx, a, r) // what is missing was told before anything was booked
	if err != nil || terms == nil {
		return nil, err
	}
	left, leftUSD, err := b.afterRebate(r)
	if err != nil {
		return nil, err
	}
	usd, err := terms.agreement.Earns(r.Result.RewardUSD, leftUSD)
	if err != nil || usd == 0 {
		return nil, err
	}
	amount, err := reward.Convert(usd, terms.rate)
	if err != nil {
		return nil, err
	}
	paid, err := reward.Convert(usd, r.Terms.AccountRate)
	if err != nil {
		return nil, err
	}
	return &AgentShare{
		AgentID: terms.agent.ID, OwnerID: r.PartnerID, Key: r.Order.Key(), Kind: r.Kind, LinkID: terms.link.ID, Agreement: terms.agreement.From,
		Day: r.Day, Percent: terms.agreement.Share, BaseUSD: r.Result.RewardUSD, AmountUSD: usd, Amount: amount,
		Currency: terms.agent.Currency, AccountRate: terms.rate, Paid: min(paid, left),
	}, nil
}

// afterRebate is what is left of an order's reward beside its client's rebate,
// cut, so that a share out of it never takes the owner's wallet below zero.
func (b *books) afterRebate(r *reward.Reward) (left, leftUSD money.Amount, err error) {
	rest := money.Percent(100*10_000) - b.rebatePercent(r)
	if left, err = agent.Share(r.Result.Reward, rest); err != nil {
		return 0, 0, err
	}
	leftUSD, err = agent.Share(r.Result.RewardUSD, rest)
	return left, leftUSD, err
}

var errLostAgreement = errors.New("an agent's share was earned under an agreement that is not there")

// bookShare books a share (sign 1) or takes it out (-1): a line under each of
// the two partners, and what was earned under the agreement. The entries name
// no account-day: those are rewards alone.
func (b *books) bookShare(link *AgentLink, r *reward.Reward, s *AgentShare, sign money.Amount, cause string) error {
	var agreement *agent.Agreement
	for _, one := range link.Agreements {
		if one.From.Equal(s.Agreement) {
			agreement = one
		}
	}
	if agreement == nil {
		return fmt.Errorf("order %s: %w", s.Key.ID(), errLostAgreement)
	}
	set, order := &b.agents, sharedOrder{s.OwnerID, s.Key}
	if set.shares.rows[order] == nil {
		set.shares.put(order, map[reward.Kind]*AgentShare{})
	}
	if sign > 0 {
		set.shares.rows[order][s.Kind] = s
		set.newShares = append(set.newShares, s)
	} else {
		delete(set.shares.rows[order], s.Kind)
		set.undone = append(set.undone, s)
	}
	agreement.EarnedUSD += sign * s.AmountUSD
	set.earned[agreement] = link
	b.line(postingKey{s.OwnerID, ledger.AgentShare, cause}, lineKey{ledger.Wallet, noDay, "", r.Terms.Currency}, -sign*s.Paid, -sign*s.AmountUSD)
	b.line(postingKey{s.AgentID, ledger.AgentShare, cause}, lineKey{ledger.Wallet, noDay, "", s.Currency}, sign*s.Amount, sign*s.AmountUSD)
	return nil
}

// settleAgents puts what changed into the changes.
func (b *books) settleAgents(context.Context) error {
	set, c := &b.agents, &b.changes.Agents
	c.Shares, c.Undone = set.newShares, set.undone
	for agreement, link := range set.earned {
		c.Earned = append(c.Earned, AgentEarned{link.OwnerID, link.ID, agreement})
	}
	set.newShares, set.undone = nil, nil
	clear(set.earned)
	return nil
}
