// Package verify checks the ledger and its sources. It recomputes derived values
// and compares sums. These are the invariants of the design, by their numbers:
//
//  1. Every posting sums to zero, and every balance is the sum of its entries. A
//     wallet is below zero only because of a reversal or a correction, or because CPA was
//     taken back.
//  2. Each reward has one attribution at its close, and its stored inputs give
//     the same reward to the last digit.
//  3. The amount reserved for a rebate is exactly reward × percent. No row is
//     paid twice or too much, and a rejected amount is released.
//  4. Every rollup equals the sum of its rows, and the ledger.
//  5. Each payment equals its approval.
//  6. Each fact took effect once: an accepted fact is booked or waits.
//  8. The invariants above hold after a crash.
//
// The package only reads, on one snapshot, so it can run while servers work.
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

// Fault is a place where the books break an invariant.
type Fault struct {
	Invariant int
	Check     string // the title of the check
	Found     string // the row that breaks the invariant
}

func (f Fault) String() string {
	return fmt.Sprintf("invariant %d broken: %s: %s", f.Invariant, f.Check, f.Found)
}

// Summary holds the numbers of items that a run has checked.
type Summary struct {
	Checks  int
	Rewards int64
	Clients int64
	Faults  int64
}

// Dated is a row that stores a time and the day that follows from it.
type Dated struct {
	Kind string // kind of row, such as "an order's reward"
	Name string // identifies the row among the rows of its kind
	At   time.Time
	Day  clock.Day
}

// PerCheck is the maximum number of faults that each check reports. A few
// faults are enough to find the cause.
const PerCheck = 10

// Run runs all checks and calls report for each fault. It returns an error only if it
// cannot read the store.
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
		s.Checks = checks + 5
		if err := recompute(ctx, tx, &s, note); err != nil {
			return err
		}
		if err := progress(ctx, tx, note); err != nil {
			return err
		}
		if err := recomputeCPA(ctx, tx, note); err != nil {
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

func recompute(ctx context.Context, tx Tx, s *Summary, note func(Fault)) error {
	told := 0
	return tx.Rewards(ctx, func(r *reward.Reward) error {
		s.Rewards++
		if r.Kind != reward.ForOrder {
			return nil // an SQL check compares a reversal with its order
		}
		if err := r.Check(); err != nil && told < PerCheck {
			told++
			note(Fault{2, "a reward follows from its stored inputs", fmt.Sprintf("partner %s order %s: %v", r.PartnerID, r.Order.Key().ID(), err)})
		}
		return nil
	})
}

func progress(ctx context.Context, tx Tx, note func(Fault)) error {
	told := 0
	return tx.Progress(ctx, func(found string) {
		if told++; told <= PerCheck {
			note(Fault{2, "a progress reward follows from the rewards of its month", found})
		}
	})
}

func recomputeCPA(ctx context.Context, tx Tx, note func(Fault)) error {
	told := 0
	return tx.CPA(ctx, func(found string) {
		if told++; told <= PerCheck {
			note(Fault{2, "the CPA for a client follows from its deposits and orders, and from the caps", found})
		}
	})
}

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

func recount(ctx context.Context, tx Tx, note func(Fault)) error {
	zone, err := tx.Zone(ctx)
	if err != nil {
		return err
	}
	told := map[string]int{}
	return tx.Days(ctx, func(row Dated) error {
		if want := clock.DayOf(row.At, zone); want != row.Day && told[row.Kind] < PerCheck {
			told[row.Kind]++
			note(Fault{4, fmt.Sprintf("the day of %s follows from its time in %s", row.Kind, zone), fmt.Sprintf("%s at %s: stored %s, recomputed %s",
				row.Name, row.At.Format(time.RFC3339), row.Day, want)})
		}
		return nil
	})
}
