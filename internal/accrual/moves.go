package accrual

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// The fact client.moved also moves the client's accounts: orders that close from
// then on belong to the new partner. An account that was moved has a row for each of
// its partners, and a list of stays. The list follows from the client's history, so
// it does not depend on the order in which the facts arrive.

// Move is a change of an account's stays.
type Move struct {
	Before  *attribution.Account   // row of the present partner before the change, with its values at that time
	Account *attribution.Account   // row of the present partner after the change
	New     []*attribution.Account // rows of partners who did not have the account before
	Gone    []id.UUID              // partners who had the account before, but do not have it at any time
	First   time.Time              // start of the first time in which another partner has the account
	Model   id.UUID                // partner from whom the new rows copy the types and servers
}

// follow makes the rows and orders of a client's accounts match the client's history.
func (b *books) follow(ctx context.Context, f *feed.Fact, clientUID id.UUID, accounts ...*attribution.Account) error {
	touched := map[id.UUID]bool{}
	for _, a := range accounts {
		if err := b.followOne(ctx, f, a, touched); err != nil {
			return fmt.Errorf("account %s: %w", a.ClientAccount, err)
		}
	}
	if len(touched) == 0 {
		return nil
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	for partnerID := range touched {
		if err := b.recount(ctx, partnerID, clientUID); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// followOne makes the rows and orders of one account match the client's history. If
// the client's sums under a partner must be computed again, it marks the partner as
// touched.
func (b *books) followOne(ctx context.Context, f *feed.Fact, a *attribution.Account, touched map[id.UUID]bool) error {
	were, stays := a.AllStays(), b.histories.Rows[a.ClientUID].StaysOf(a)
	switch first := stays[0]; {
	case slices.EqualFunc(stays, were, attribution.Stay.Equal):
		return nil
	case len(stays) > 1 || len(were) > 1:
		return b.move(ctx, f, a, stays, touched)
	case first.PartnerID == a.PartnerID:
		return b.relink(ctx, f, a, first.LinkCode)
	default:
		touched[a.PartnerID], touched[first.PartnerID] = true, true
		return b.reassign(ctx, f, a, first.PartnerID, first.LinkCode)
	}
}

// move replaces the stays of an account. For the orders that now belong to another
// partner, it removes the rewards and books them again. It reads no orders from before
// the first change.
func (b *books) move(ctx context.Context, f *feed.Fact, a *attribution.Account, stays []attribution.Stay, touched map[id.UUID]bool) error {
	changes := attribution.Changes(a.AllStays(), stays)
	var undone []*reward.Reward
	for _, c := range changes {
		touched[c.Before], touched[c.After] = true, true
		of, err := b.undo(ctx, f, a.With(c.Before), c.From, c.Until, func(*reward.Reward) bool { return true })
		if err != nil {
			return err
		}
		undone = append(undone, of...)
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	kept, codes, err := b.moveRows(ctx, f, a, stays, changes)
	if err != nil {
		return err
	}
	// Orders that waited because of the old partner may be able to take effect
	// now.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.redo(ctx, undone, revisedTerms{}); err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil { // relink reads the rewards and the days from the store
		return err
	}
	for _, row := range kept {
		if err := b.relink(ctx, f, row, codes[row.PartnerID]); err != nil {
			return err
		}
		if !touched[row.PartnerID] {
			continue
		}
		if err := b.retrade(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// moveRows replaces the rows of an account with one row for each partner in stays.
// It returns these rows, and the link code of each partner. The code is that of the
// partner's first stay, because a partner who gets an account back keeps the code of
// the earlier orders.
func (b *books) moveRows(
	ctx context.Context, f *feed.Fact, a *attribution.Account, stays []attribution.Stay, changes []attribution.Change,
) (kept []*attribution.Account, codes map[id.UUID]string, err error) {
	base, _ := b.histories.Rows[a.ClientUID].Registered()
	first, err := b.client(ctx, base.PartnerID, a.ClientUID)
	if err != nil {
		return nil, nil, err
	}
	before := *a
	m := Move{Before: &before, Model: a.PartnerID}
	if len(changes) > 0 {
		m.First = changes[0].From
	}
	codes = map[id.UUID]string{}
	for _, s := range stays {
		if _, seen := codes[s.PartnerID]; seen {
			continue
		}
		codes[s.PartnerID] = s.LinkCode
		row := a.With(s.PartnerID)
		if row == nil {
			if _, err := b.clientAt(ctx, s.PartnerID, first); err != nil {
				return nil, nil, err
			}
			p := b.partners.Rows[s.PartnerID]
			b.dirty.partners[p] = true
			row = a.CopyFor(s.PartnerID, p.Number(), s.LinkCode)
			m.New = append(m.New, row)
		}
		kept = append(kept, row)
	}
	for _, row := range a.Rows() {
		if _, stays := codes[row.PartnerID]; !stays {
			m.Gone = append(m.Gone, row.PartnerID)
		}
	}
	m.Account = setPresent(a, kept, stays)
	for _, row := range kept {
		b.dirty.accounts[row] = true
	}
	b.accounts.Put(a.ClientAccount, m.Account)
	for _, row := range m.New {
		b.decide(row, f)
	}
	if before.PartnerID != m.Account.PartnerID && !slices.Contains(m.New, m.Account) {
		b.decide(m.Account, f)
	}
	b.changes.Moves = append(b.changes.Moves, m)
	return kept, codes, nil
}

// setPresent makes the row of the last stay's partner the account's present row, and
// returns it. The caller passes the former present row.
func setPresent(a *attribution.Account, rows []*attribution.Account, stays []attribution.Stay) *attribution.Account {
	balance, equity, at, fact := a.BalanceUSD, a.EquityUSD, a.EquityAt, a.EquityFact
	a.BalanceUSD, a.EquityUSD, a.EquityAt, a.EquityFact, a.Stays, a.Others = 0, 0, nil, "", nil, nil
	var now *attribution.Account
	for _, row := range rows {
		row.Moves = int64(len(stays) - 1)
		if row.PartnerID == stays[len(stays)-1].PartnerID {
			now = row
		}
	}
	now.BalanceUSD, now.EquityUSD, now.EquityAt, now.EquityFact = balance, equity, at, fact
	if len(stays) > 1 {
		now.Stays = stays
		now.Others = slices.DeleteFunc(slices.Clone(rows), func(row *attribution.Account) bool { return row == now })
	}
	return now
}
