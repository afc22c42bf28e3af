package accrual

import (
	"cmp"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/reward"
)

// Events for partners are derived from the changes of a whole transaction. A
// fact that changes nothing for a partner creates no event. The ledger creates
// the events about the wallet from the postings.

// milestones holds the part of a client's state that events report to the
// partner.
type milestones struct {
	status                      attribution.Status
	contact                     attribution.Contact
	answered                    time.Time // time of the client's last response to a contact request
	verified, deposited, traded bool
}

func milestonesOf(c *attribution.Client) milestones {
	m := milestones{
		status: c.Status(), contact: c.Contact,
		verified: c.VerifiedAt != nil, deposited: c.FirstDepositAt != nil, traded: c.FirstTradeDay != nil,
	}
	if c.ContactAnsweredAt != nil {
		m.answered = c.ContactAnsweredAt.UTC()
	}
	return m
}

func (m milestones) qualified() bool { return m.verified && m.deposited && m.traded }

// eventBooks holds the client states that the partners already know from
// events.
type eventBooks map[*attribution.Client]milestones

func (e eventBooks) knows(c *attribution.Client) { e[c] = milestonesOf(c) }

// tell appends the events for the changes that are about to be saved.
func (b *books) tell() {
	b.tellClients()
	b.tellAccounts()
	for i := range b.changes.Deposits {
		d := &b.changes.Deposits[i]
		b.event1(d.PartnerID, depositEvents[d.Kind], event.DepositOf(d))
	}
	b.tellRewards()
	for _, p := range b.payouts.Answered() {
		t := event.PayoutPaid
		if p.Status == payout.Failed {
			t = event.PayoutFailed
		}
		b.event1(p.PartnerID, t, event.Payout{
			PayoutID: p.String(), Kind: p.Kind, ClientAccount: p.ClientAccount, Currency: p.Currency, Amount: p.Amount, AmountUSD: p.AmountUSD,
			Status: string(p.Status), Reason: p.Reason, AnsweredAt: p.AnsweredAt,
		})
	}
}

var depositEvents = map[string]event.Type{
	attribution.DepositReceived: event.DepositReceived,
	attribution.DepositFailed:   event.DepositFailed,
	attribution.DepositReversed: event.DepositReversed,
}

// event1 appends an event, unless the partner is the programme itself (the
// house).
func (b *books) event1(partnerID id.UUID, t event.Type, data any) {
	if partnerID != id.Nil {
		b.changes.Told = append(b.changes.Told, event.New(partnerID, t, b.now, data))
	}
}

func (b *books) tellClients() {
	var changed []*attribution.Client
	for _, c := range b.changes.Clients {
		if was, known := b.told[c]; c.PartnerID != id.Nil && (!known || was != milestonesOf(c)) {
			changed = append(changed, c)
		}
	}
	slices.SortFunc(changed, func(x, y *attribution.Client) int {
		return cmp.Or(slices.Compare(x.PartnerID[:], y.PartnerID[:]), cmp.Compare(x.Number, y.Number))
	})
	for _, c := range changed {
		b.tellClient(c)
	}
}

func (b *books) tellClient(c *attribution.Client) {
	was, known := b.told[c]
	is, data := milestonesOf(c), event.ClientOf(c)
	b.told[c] = is
	if !known {
		base, registered := b.histories.Rows[c.ClientUID].Registered()
		if !registered || base.PartnerID != c.PartnerID {
			b.event1(c.PartnerID, event.ClientJoined, data)
			return // only the client's first partner gets the events below
		}
		b.event1(c.PartnerID, event.ClientRegistered, data)
		was = milestones{status: attribution.StatusInactive, contact: attribution.ContactEmpty}
	}
	for _, step := range []struct {
		reached bool
		t       event.Type
	}{
		{is.verified && !was.verified, event.ClientVerified},
		{is.deposited && !was.deposited, event.ClientFirstDeposit},
		{is.traded && !was.traded, event.ClientFirstTrade},
		{is.qualified() && !was.qualified(), event.ClientQualified},
		{(is.contact != was.contact || is.answered.After(was.answered)) && is.contact != attribution.ContactEmpty, event.ClientContact},
	} {
		if step.reached {
			b.event1(c.PartnerID, step.t, data)
		}
	}
	if is.status != was.status {
		data.PreviousStatus = was.status
		b.event1(c.PartnerID, event.ClientStatusChanged, data)
	}
}

func (b *books) tellAccounts() {
	told := map[*attribution.Account]bool{}
	opened := func(a *attribution.Account) {
		if a != nil && !told[a] {
			told[a] = true
			b.event1(a.PartnerID, event.AccountOpened, event.AccountOf(a))
		}
	}
	for i := range b.changes.Decisions {
		d := &b.changes.Decisions[i]
		if a := b.accounts.Rows[d.ClientAccount]; a.FactID == d.FactID { // if the facts differ, a late change moved the account
			opened(a.With(d.PartnerID))
		}
	}
	moved := func(before, after *attribution.Account) {
		if before.PartnerID != after.PartnerID {
			b.event1(before.PartnerID, event.AccountMoved, event.AccountOf(before))
			opened(after)
		}
	}
	for _, m := range b.changes.MovedFrom {
		moved(m.Before, m.Account)
	}
	for _, m := range b.changes.Moves {
		moved(m.Before, m.Account)
	}
	for i := range b.changes.Types {
		t := &b.changes.Types[i]
		if a := b.accounts.Rows[t.ClientAccount]; a.FactID != t.FactID && a.PartnerID == t.PartnerID { // AccountOpened includes the first type
			b.event1(t.PartnerID, event.AccountTypeChanged, event.AccountOf(a))
		}
	}
}

// toldRewards is an event for one partner. It contains the sum of the rewards
// of each account-day, in the order in which the account-days first occur.
type toldRewards struct {
	partnerID id.UUID
	t         event.Type
	event.Rewards

	places map[toldDay]int
}

type toldDay struct {
	clientAccount string
	day           clock.Day
}

func (r *toldRewards) add(row *reward.Reward, sign int64) {
	key := toldDay{row.Order.ClientAccount, row.Day}
	place, known := r.places[key]
	if !known {
		place = len(r.Rewards.Rewards)
		r.places[key] = place
		r.Rewards.Rewards = append(r.Rewards.Rewards, event.Reward{ClientAccount: key.clientAccount, ClientUID: row.ClientUID, Day: key.day})
	}
	var sum attribution.Totals
	sum.Add(row.Adds(), sign)
	r.Rewards.Rewards[place].Add(&sum)
}

func (b *books) tellRewards() {
	type group struct {
		partnerID id.UUID
		t         event.Type
	}
	by := map[group]*toldRewards{}
	var groups []*toldRewards
	add := func(row *reward.Reward, t event.Type, sign int64) {
		if row.PartnerID == id.Nil {
			return
		}
		key := group{row.PartnerID, t}
		g := by[key]
		if g == nil {
			g = &toldRewards{partnerID: row.PartnerID, t: t, places: map[toldDay]int{}}
			g.Currency = row.Terms.Currency
			by[key], groups = g, append(groups, g)
		}
		g.add(row, sign)
	}
	for i := range b.changes.Undone {
		add(b.changes.Undone[i].Reward, event.RewardCorrected, -1)
	}
	for _, row := range b.changes.Rewards {
		t := event.RewardBooked
		if row.Kind.Reverses() {
			t = event.RewardReversed
		}
		add(row, t, 1)
	}
	for _, g := range groups {
		for rewards := range slices.Chunk(g.Rewards.Rewards, event.MaxRewards) {
			part := event.Rewards{Currency: g.Currency, Rewards: rewards}
			b.changes.Told = append(b.changes.Told, event.OfRewards(g.partnerID, g.t, b.now, &part))
		}
	}
}
