package cpa

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/reward"
)

// WorkingSet updates the states of clients in one transaction that applies facts. It
// computes a state from the stored facts, so the order in which they arrive does not
// matter. If the first deposit is reversed after the client was paid, the payment is
// taken back. If a late fact then shows that the deposit was not reversed, the payment
// is made again.
type WorkingSet struct {
	q      db.Querier
	ledger *ledger.WorkingSet
	now    time.Time
	zone   *time.Location

	added   map[key]*Client
	touched map[key]touch
}

// Offered reports whether any of the plans has a bundle.
func Offered(plans []*reward.Plan) bool {
	return slices.ContainsFunc(plans, func(p *reward.Plan) bool { return len(p.CPA) > 0 })
}

type key struct{ partnerID, clientUID id.UUID }

// touch says which facts of a client have changed.
type touch struct {
	deposits bool
	orders   *time.Time // earliest close of a changed order; nil if no order has changed
}

// NewWorkingSet returns an empty WorkingSet for one transaction, which happens at the
// given time. It adds its ledger entries and events to the given working set of the
// ledger.
func NewWorkingSet(q db.Querier, entries *ledger.WorkingSet, now time.Time, zone *time.Location) *WorkingSet {
	return &WorkingSet{q: q, ledger: entries, now: now, zone: zone, added: map[key]*Client{}, touched: map[key]touch{}}
}

// Registered adds a client who has registered with a partner, if a bundle covers the
// client. The caller passes the plan that was in force at the registration.
func (w *WorkingSet) Registered(plan *reward.Plan, c *attribution.Client, linkCode string) {
	terms := plan.CPAFor(c.Country, linkCode, c.CampaignCode)
	if terms == nil || c.PartnerID == id.Nil {
		return
	}
	w.added[key{c.PartnerID, c.ClientUID}] = &Client{
		PartnerID: c.PartnerID, ClientUID: c.ClientUID, RegisteredAt: c.RegisteredAt, Country: c.Country, LinkCode: linkCode, CampaignCode: c.CampaignCode,
		PlanID: plan.ID, Bundle: terms.Name, ExpiresAt: terms.Window(c.RegisteredAt), Status: Pending,
	}
}

// Deposited notes that a client's deposits with a partner have changed.
func (w *WorkingSet) Deposited(partnerID, clientUID id.UUID) {
	t := w.touched[key{partnerID, clientUID}]
	t.deposits = true
	w.touched[key{partnerID, clientUID}] = t
}

// Traded notes that an order of a client was booked or removed.
func (w *WorkingSet) Traded(partnerID, clientUID id.UUID, closed time.Time) {
	t := w.touched[key{partnerID, clientUID}]
	if t.orders == nil || closed.Before(*t.orders) {
		t.orders = &closed
	}
	w.touched[key{partnerID, clientUID}] = t
}

// matters reports whether the changed facts can change the state of the client.
// After the payment, or after a reversal of the first deposit, only deposits can.
// The same applies if the bundle requires no lots. Once the client has met the
// conditions, or its window has ended, a later order cannot.
func (t touch) matters(c *Client, terms *reward.CPA) bool {
	switch {
	case t.deposits:
		return true
	case t.orders == nil || terms.MinLots == 0 || c.Day != nil || c.Reversed || t.orders.After(c.ExpiresAt):
		return false
	default:
		return c.QualifiedAt == nil || !t.orders.After(*c.QualifiedAt)
	}
}

// Save evaluates the clients whose facts have changed, and stores the states that have
// changed. The caller must have saved the facts, and passes all plans of the
// programme.
func (w *WorkingSet) Save(ctx context.Context, plans []*reward.Plan) error {
	defer func() {
		clear(w.added)
		clear(w.touched)
	}()
	if !Offered(plans) {
		return nil
	}
	affected, err := w.affected(ctx, plans)
	if err != nil || len(affected) == 0 {
		return err
	}
	before := make([]Client, len(affected))
	for i, c := range affected {
		before[i] = *c
	}
	if err := evaluate(ctx, w.q, affected, plans, w.zone); err != nil {
		return err
	}
	var changed []*Client
	for i, c := range affected {
		if err := c.settle(plans); err != nil {
			return err
		}
		if w.added[key{c.PartnerID, c.ClientUID}] == nil && c.state() == before[i].state() {
			continue
		}
		changed = append(changed, c)
		w.post(&before[i], c)
		if e, differs := c.changed(&before[i], w.now); differs {
			w.ledger.Tell(e)
		}
	}
	return save(ctx, w.q, changed...)
}

// affected returns the clients to evaluate: those who were added, and those
// whose facts have changed in a way that matters.
func (w *WorkingSet) affected(ctx context.Context, plans []*reward.Plan) ([]*Client, error) {
	var keys []key
	for k := range w.touched {
		if w.added[k] == nil {
			keys = append(keys, k)
		}
	}
	out := slices.Collect(maps.Values(w.added))
	if len(keys) > 0 {
		stored, err := clientsOf(ctx, w.q, keys)
		if err != nil {
			return nil, err
		}
		for _, c := range stored {
			terms, err := c.terms(plans)
			if err != nil {
				return nil, err
			}
			if w.touched[key{c.PartnerID, c.ClientUID}].matters(c, terms) {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(x, y *Client) int {
		return cmp.Or(bytes.Compare(x.PartnerID[:], y.PartnerID[:]), bytes.Compare(x.ClientUID[:], y.ClientUID[:]))
	})
	return out, nil
}

// post books the difference between the client's amount in the ledger and the amount
// that it should have there.
func (w *WorkingSet) post(was, is *Client) {
	wasUSD, wasAmount := was.owed()
	usd, amount := is.owed()
	if usd == wasUSD && amount == wasAmount {
		return
	}
	w.ledger.Add(ledger.Reason{PartnerID: is.PartnerID, Kind: ledger.CPAClawback, Cause: is.cause()}, ledger.Entry{
		Account: ledger.Wallet, Currency: is.Currency, Amount: amount - wasAmount, AmountUSD: usd - wasUSD,
	})
}
