// Package verify proves the books: it recomputes what can be recomputed and
// adds up what must add up. The invariants are those of the design:
//
//	1  every posting sums to zero; balances are the sums of their entries;
//	   no wallet is below zero except by a reversal or a correction
//	2  each reward has one attribution at its close, and its stored inputs
//	   give its digits again
//	3  what is set aside for a rebate is reward x percent, to the last digit;
//	   no row is paid twice, or more than was due; what was rejected is free
//	4  every rollup equals what it rolls up, and the ledger
//	5  what was paid is what was approved
//	6  each fact took effect once: what was accepted is booked or waits
//	8  the above holds on the store as a crash left it
//
// It only reads, on one snapshot: it can run while the programme serves.
package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// Fault is one broken invariant.
type Fault struct {
	Invariant int
	Check     string // the title of the check
	Found     string // the rows that break it, as the store shows them
}

func (f Fault) String() string {
	return fmt.Sprintf("invariant %d broken: %s: %s", f.Invariant, f.Check, f.Found)
}

// Summary counts what a run has checked.
type Summary struct {
	Checks  int
	Rewards int64
	Clients int64
	Faults  int64
}

// Dated is a row with a moment and the day that it counts on.
type Dated struct {
	Kind string // what the row is, as in "an order's reward"
	Name string // which one
	At   time.Time
	Day  clock.Day
}

// PerCheck is how many faults of one check are reported. The first ones are
// enough to find the cause.
const PerCheck = 10

// Run checks everything and reports each fault. It returns an error if reading
// fails, never for a fault.
func Run(ctx context.Context, store Store, report func(Fault)) (Summary, error) {
	var s Summary
	note := func(f Fault) {
		s.Faults++
		report(f)
	}
	err := store.Read(ctx, func(ctx context.Context, tx Tx) error {
		s = Summary{}
		checks, err := tx.Checks(ctx, PerCheck, note)
		if err != nil {
			return err
		}
		s.Checks = checks + 3
		if err := recompute(ctx, tx, &s, note); err != nil {
			return err
		}
		if err := replay(ctx, tx, &s, note); err != nil {
			return err
		}
		return recount(ctx, tx, note)
	})
	if err != nil {
		return s, fmt.Errorf("reading the books: %w", err)
	}
	return s, nil
}

// recompute computes every reward again from its stored inputs.
func recompute(ctx context.Context, tx Tx, s *Summary, note func(Fault)) error {
	told := 0
	return tx.Rewards(ctx, func(r *reward.Reward) error {
		s.Rewards++
		if r.Kind != reward.ForOrder {
			return nil // a check of the store compares it with its order
		}
		if err := r.Check(); err != nil && told < PerCheck {
			told++
			note(Fault{2, "a reward follows from its stored inputs", fmt.Sprintf("partner %s order %s: %v", r.PartnerID, r.Order.Key().ID(), err)})
		}
		return nil
	})
}

// replay derives every client's relations from its events again.
func replay(ctx context.Context, tx Tx, s *Summary, note func(Fault)) error {
	told := 0
	return tx.Clients(ctx, func(history attribution.History, stored map[id.UUID]attribution.Relation) error {
		s.Clients++
		for partnerID, standing := range history.Standings() {
			if stored[partnerID] != standing.Relation && told < PerCheck {
				told++
				note(Fault{6, "a client's relation follows from its events", fmt.Sprintf("client %s with partner %s: stored %q, replayed %q",
					history[0].ClientUID, partnerID, stored[partnerID], standing.Relation)})
			}
		}
		return nil
	})
}

// recount computes every day again, in the programme's time zone.
func recount(ctx context.Context, tx Tx, note func(Fault)) error {
	zone, err := tx.Zone(ctx)
	if err != nil {
		return err
	}
	told := map[string]int{}
	return tx.Days(ctx, func(row Dated) error {
		if want := clock.DayOf(row.At, zone); want != row.Day && told[row.Kind] < PerCheck {
			told[row.Kind]++
			note(Fault{4, fmt.Sprintf("the day of %s is that of its moment in %s", row.Kind, zone), fmt.Sprintf("%s at %s: stored %s, recomputed %s",
				row.Name, row.At.Format(time.RFC3339), row.Day, want)})
		}
		return nil
	})
}
