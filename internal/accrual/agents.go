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
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// An account may have come by a referral agent's link. With each reward of the
// account, the agent then gets its share from the link's owner. The link, the
// agreement and the time since which the agent is a partner count as they were
// at the order's close, so shares do not depend on the order in which facts
// arrive. Only an agreement's limit does: the share that is booked first is
// served first.

// LinkKey names a link of a partner.
type LinkKey struct {
	OwnerID id.UUID `db:"partner_id"`
	Code    string  `db:"link_code"`
}

// AgentLink is a link that an owner gave to a referral agent.
type AgentLink struct {
	LinkKey
	ID         int64              `db:"link_id"`
	Email      string             `db:"email"`
	Agreements []*agent.Agreement `db:"-"`
}

// since returns the time from which the link pays its agent, or false if it has
// no agreement yet.
func (l *AgentLink) since() (from time.Time, ever bool) {
	for _, a := range l.Agreements {
		if !ever || a.From.Before(from) {
			from, ever = a.From, true
		}
	}
	return from, ever
}

// AgentShare is what an agent earned by an order of its owner's client, or the
// part of it that a reversal took back.
type AgentShare struct {
	AgentID     id.UUID       `db:"partner_id"`
	OwnerID     id.UUID       `db:"owner_id"`
	Key         feed.OrderKey `db:",inline"`
	Kind        reward.Kind   `db:"kind"`
	LinkID      int64         `db:"link_id"`
	Agreement   time.Time     `db:"agreement_at"` // the agreement's From
	Day         clock.Day     `db:"reward_day"`
	Percent     money.Percent `db:"share_e4"`
	BaseUSD     money.Amount  `db:"base_usd_e6"` // the owner's reward
	AmountUSD   money.Amount  `db:"amount_usd_e6"`
	Amount      money.Amount  `db:"amount_e6"` // in the agent's currency
	Currency    string        `db:"currency"`
	AccountRate money.Rate    `db:"account_rate_e12"`
	Paid        money.Amount  `db:"paid_e6"` // taken from the owner, in the owner's currency
}

// AgentEarned is the sum earned under an agreement so far.
type AgentEarned struct {
	OwnerID id.UUID
	LinkID  int64
	*agent.Agreement
}

// AgentChanges holds what agents' shares write.
type AgentChanges struct {
	Undone []*AgentShare
	Shares []*AgentShare
	Earned []AgentEarned
}

// sharedOrder is the key by which an order's shares are looked up.
type sharedOrder struct {
	ownerID id.UUID
	key     feed.OrderKey
}

// agentBooks is the working set of agents' shares.
type agentBooks struct {
	links  db.Known[LinkKey, *AgentLink]
	routes db.Known[string, []LinkKey] // by e-mail
	shares db.Known[sharedOrder, map[reward.Kind]*AgentShare]

	newShares, undone []*AgentShare
	earned            map[*agent.Agreement]*AgentLink
}

func newAgentBooks() agentBooks {
	return agentBooks{
		links: db.NewKnown[LinkKey, *AgentLink](), routes: db.NewKnown[string, []LinkKey](),
		shares: db.NewKnown[sharedOrder, map[reward.Kind]*AgentShare](), earned: map[*agent.Agreement]*AgentLink{},
	}
}

// agentTerms holds what an agent's share of an order is computed from.
type agentTerms struct {
	link      *AgentLink
	agreement *agent.Agreement
	agent     *partner.Partner
	rate      money.Rate // of the agent's currency, on the order's day
}

// agentTerms finds the agent that shares an order's reward, or returns nil if
// there is none. It changes nothing, so anything missing is reported before
// anything is booked.
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

// agentOf returns the partner that the agent is, or nil if it is not a partner
// yet.
func (b *books) agentOf(link *AgentLink) *partner.Partner {
	if p, is := b.emails.Rows[link.Email]; is && p != id.Nil {
		return b.partners.Rows[p]
	}
	return nil
}

// fitsWallet reports whether a wallet can take an amount on top of its balance
// and of what this batch has added. The wallet's balances are loaded with the
// link.
func (b *books) fitsWallet(p *partner.Partner, amount money.Amount) bool {
	return b.ledger.Balance(p.ID, ledger.Wallet, p.Currency) < math.MaxInt64/4-amount
}

// bookAgentShare gives the agent of the account's link its share of a reward
// (sign 1), or takes it out again (-1). A reversal takes back the recorded
// amount.
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

// changedShare returns the share that a reversal takes back or that a
// reinstatement gives again. A reinstatement gives no more than the agreement's
// limit leaves now. before is the share as it was last changed, or nil if there
// is none.
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

// newShare computes what the agent earns by an order. It returns nil if that is
// nothing.
func (b *books) newShare(ctx context.Context, a *attribution.Account, r *reward.Reward) (*AgentShare, error) {
	terms, _, err := b.agentTerms(ctx, a, r) // anything missing was reported before booking began
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

// afterRebate returns the part of an order's reward that its client's rebate
// leaves. It is cut, not rounded, so that a share of it never takes the owner's
// wallet below zero.
func (b *books) afterRebate(r *reward.Reward) (left, leftUSD money.Amount, err error) {
	rest := money.Percent(100*10_000) - b.rebates.Percent(r)
	if left, err = agent.Share(r.Result.Reward, rest); err != nil {
		return 0, 0, err
	}
	leftUSD, err = agent.Share(r.Result.RewardUSD, rest)
	return left, leftUSD, err
}

var errLostAgreement = errors.New("an agent's share was earned under an agreement that is not there")

// bookShare books a share (sign 1) or takes it out (-1). It adds a line under
// each of the two partners, and counts the share in the sum earned under the
// agreement. The entries name no account-day, because only rewards do.
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
	if set.shares.Rows[order] == nil {
		set.shares.Put(order, map[reward.Kind]*AgentShare{})
	}
	if sign > 0 {
		set.shares.Rows[order][s.Kind] = s
		set.newShares = append(set.newShares, s)
	} else {
		delete(set.shares.Rows[order], s.Kind)
		set.undone = append(set.undone, s)
	}
	agreement.EarnedUSD += sign * s.AmountUSD
	set.earned[agreement] = link
	b.ledger.Add(ledger.Reason{PartnerID: s.OwnerID, Kind: ledger.AgentShare, Cause: cause},
		ledger.Entry{Account: ledger.Wallet, Currency: r.Terms.Currency, Amount: -sign * s.Paid, AmountUSD: -sign * s.AmountUSD})
	b.ledger.Add(ledger.Reason{PartnerID: s.AgentID, Kind: ledger.AgentShare, Cause: cause},
		ledger.Entry{Account: ledger.Wallet, Currency: s.Currency, Amount: sign * s.Amount, AmountUSD: sign * s.AmountUSD})
	return nil
}

// settleAgents adds the rows that changed to the changes.
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
