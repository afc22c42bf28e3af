package payout

import (
	"context"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// MaxIDs is the maximum number of payouts to which one request can respond.
const MaxIDs = feed.BatchSize

// Service lists payouts and accepts the broker's responses.
type Service struct {
	store Store
	facts feed.Apply
	clock clock.Clock
	audit audit.Log
}

// New returns a Service.
func New(store Store, facts feed.Apply, clk clock.Clock, log audit.Log) *Service {
	return &Service{store: store, facts: facts, clock: clk, audit: log}
}

// List returns payouts of all partners.
func (s *Service) List(ctx context.Context, f Filter) ([]Payout, Totals, error) {
	return s.store.List(ctx, f)
}

// Answer is the broker's response to a payout.
type Answer struct {
	Status Status // Paid or Failed
	Reason string // why the payment failed
}

// Result is the effect of a response on one payout.
type Result struct {
	ID      string  // id as the request spelled it
	Payout  *Payout // the payout after the response; nil if no payout has this id
	Changed bool    // whether the response changed the payout; if several ids mean the same payout, true only for the first of them
}

// Agrees reports whether the payout now has the status of the response.
func (r *Result) Agrees(a Answer) bool { return r.Payout != nil && r.Payout.Status == a.Status }

// Give applies one response to many payouts, in one transaction. It changes
// only payouts that have no response yet.
func (s *Service) Give(ctx context.Context, ids []string, answer Answer) (results []Result, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		before, err := s.find(ctx, ids)
		if err != nil {
			return err
		}
		var facts []feed.Fact
		var fresh []Key
		for key, p := range before {
			if p.Status == Pending {
				fresh = append(fresh, key)
			}
		}
		slices.SortFunc(fresh, Key.Compare)
		now := s.clock.Now()
		for _, key := range fresh {
			facts = append(facts, fact(key, answer, now))
		}
		after := before
		if len(facts) > 0 {
			if err := s.apply(ctx, facts); err != nil {
				return err
			}
			if after, err = s.find(ctx, ids); err != nil {
				return err
			}
		}
		results = resultsOf(ids, before, after)
		return s.record(ctx, fresh, answer)
	})
	return results, err
}

// resultsOf returns the result for each id. If two ids mean the same payout,
// Changed is true only for the first.
func resultsOf(ids []string, before, after map[Key]*Payout) []Result {
	results, told := make([]Result, len(ids)), map[Key]bool{}
	for i, text := range ids {
		results[i].ID = text
		if key, ok := ParseKey(text); ok {
			results[i].Payout = after[key]
			results[i].Changed = after[key] != nil && before[key].Status != after[key].Status && !told[key]
			told[key] = true
		}
	}
	return results
}

func (s *Service) find(ctx context.Context, ids []string) (map[Key]*Payout, error) {
	keys := make([]Key, 0, len(ids))
	for _, text := range ids {
		if key, ok := ParseKey(text); ok {
			keys = append(keys, key)
		}
	}
	found, err := s.store.Find(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("finding payouts: %w", err)
	}
	by := make(map[Key]*Payout, len(found))
	for i := range found {
		by[found[i].Key] = &found[i]
	}
	return by, nil
}

func (s *Service) apply(ctx context.Context, facts []feed.Fact) error {
	outcomes, err := s.facts(ctx, facts, id.New().String())
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if o.Status == feed.Refused { // an error, because the payout was still pending when this transaction began
			return fmt.Errorf("fact %s: %w", facts[i].ID, o.Err)
		}
	}
	return nil
}

func (s *Service) record(ctx context.Context, keys []Key, answer Answer) error {
	for len(keys) > 0 {
		n := slices.IndexFunc(keys, func(k Key) bool { return k.PartnerID != keys[0].PartnerID })
		if n < 0 {
			n = len(keys)
		}
		entry := audit.Entry{PartnerID: keys[0].PartnerID, Action: "payout." + string(answer.Status), Details: map[string]any{"count": n}}
		if n == 1 {
			entry.Subject = keys[0].String()
		}
		if answer.Reason != "" {
			entry.Details["reason"] = answer.Reason
		}
		if err := s.audit.Record(ctx, entry); err != nil {
			return fmt.Errorf("recording responses to payouts in the audit log: %w", err)
		}
		keys = keys[n:]
	}
	return nil
}

// One applies a response to one payout.
//
// It returns NotFound if no payout has this id. It returns ValidationError with
// the code conflict if the payout already has a different response.
func (s *Service) One(ctx context.Context, payoutID string, answer Answer) (*Payout, error) {
	results, err := s.Give(ctx, []string{payoutID}, answer)
	if err != nil {
		return nil, err
	}
	switch r := &results[0]; {
	case r.Payout == nil:
		return nil, fault.New(fault.NotFound)
	case !r.Agrees(answer):
		return nil, fault.Invalid("id", "conflict", Contradiction(r.Payout))
	default:
		return r.Payout, nil
	}
}

// Contradiction returns the message for a response that differs from an earlier
// one.
func Contradiction(p *Payout) string { return fmt.Sprintf("This payout is already %s.", p.Status) }
