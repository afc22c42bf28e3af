package accrual

import (
	"context"
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/text"
)

// A fact may wait for a fact that will never arrive, for example because of a
// mistyped ticket or code. The broker can dismiss the waiting fact with a
// reason. A dismissed fact has no effect, even if the missing fact arrives
// later, until the broker restores it. The id of a dismissed fact stays stored,
// so a repeat of the fact is still a duplicate.

// These are the limits on one request to dismiss facts.
const (
	MaxDismissed = 1000 // maximum number of facts
)

// Dismissal is a waiting fact that the broker dismisses, with the reason.
type Dismissal struct {
	FactID string
	Reason string
}

// Dismissed is the result of dismissing or restoring facts.
type Dismissed struct {
	Changed int // number of facts whose state has changed
	Already int // number of facts that already were in the requested state
}

// Dismiss dismisses either all of these waiting facts or none.
//
// It returns ValidationError for reason if the reason is missing or too long.
// It returns ValidationError for fact_ids if a fact is neither waiting nor
// dismissed.
func (s *Service) Dismiss(ctx context.Context, factIDs []string, reason string) (Dismissed, error) {
	switch reason = strings.TrimSpace(reason); {
	case reason == "":
		return Dismissed{}, fault.Invalid("reason", "required", "This field is required.")
	case text.Reason.Exceeded(reason):
		return Dismissed{}, fault.Invalid("reason", "max_length", text.Reason.Fault(reason))
	}
	return s.sort(ctx, factIDs, func(ctx context.Context, b *books, waiting, _ []feed.Fact) error {
		for i := range waiting {
			b.countWaiting(&waiting[i], -1)
			b.changes.Dismissed = append(b.changes.Dismissed, Dismissal{waiting[i].ID, reason})
		}
		return s.note(ctx, "fact.dismissed", waiting, map[string]any{"reason": reason})
	})
}

// Restore makes dismissed facts wait again. A fact takes effect at once if its
// missing fact has arrived.
//
// It returns ValidationError for fact_ids if a fact is neither waiting nor
// dismissed.
func (s *Service) Restore(ctx context.Context, factIDs []string) (Dismissed, error) {
	done, err := s.sort(ctx, factIDs, func(ctx context.Context, b *books, _, dismissed []feed.Fact) error {
		for i := range dismissed {
			b.countWaiting(&dismissed[i], 1)
			b.changes.Restored = append(b.changes.Restored, dismissed[i].ID)
		}
		return s.note(ctx, "fact.restored", dismissed, nil)
	})
	if err != nil {
		return Dismissed{}, err
	}
	if err := s.Drain(ctx); err != nil {
		s.log.ErrorContext(ctx, "restored facts could not be applied; they will be retried after the next batch", "error", err)
	}
	return done, nil
}

// sort finds out which of the facts are waiting and which were dismissed. It
// calls change with both lists.
func (s *Service) sort(
	ctx context.Context, factIDs []string, change func(ctx context.Context, b *books, waiting, dismissed []feed.Fact) error,
) (done Dismissed, err error) {
	if len(factIDs) == 0 {
		return done, fault.Invalid("fact_ids", "required", "Name at least one fact.")
	}
	if len(factIDs) > MaxDismissed {
		return done, fault.Invalid("fact_ids", "max_length", fmt.Sprintf("Name at most %d facts.", MaxDismissed))
	}
	err = s.apply(ctx, db.WholeStore(), func(ctx context.Context, tx *applyTx) error {
		b, err := s.books(ctx, tx, "", nil)
		if err != nil {
			return err
		}
		waiting, err := tx.WaitingFacts(ctx, factIDs)
		if err != nil {
			return err
		}
		dismissed, err := tx.DismissedFacts(ctx, factIDs)
		if err != nil {
			return err
		}
		if err := allFound(factIDs, waiting, dismissed); err != nil {
			return err
		}
		if err := change(ctx, b, waiting, dismissed); err != nil {
			return err
		}
		done = Dismissed{Changed: len(b.changes.Dismissed) + len(b.changes.Restored)}
		done.Already = len(waiting) + len(dismissed) - done.Changed
		return b.flush(ctx)
	})
	return done, err
}

func allFound(factIDs []string, lists ...[]feed.Fact) error {
	found := map[string]bool{}
	for _, list := range lists {
		for i := range list {
			found[list[i].ID] = true
		}
	}
	for _, factID := range factIDs {
		if !found[factID] {
			return fault.Invalid("fact_ids", "does_not_exist",
				fmt.Sprintf("The fact %q is not waiting: it has taken effect, or never arrived.", factID))
		}
	}
	return nil
}

// countWaiting subtracts a waiting order from the totals of its server and day
// if sign is -1. It adds the order again if sign is 1.
func (b *books) countWaiting(f *feed.Fact, sign int64) {
	if o, is := f.Body.(*feed.Order); is {
		b.countOrder(o, sign)
	}
}

func (s *Service) note(ctx context.Context, action string, facts []feed.Fact, details map[string]any) error {
	if s.config.Audit == nil {
		return nil
	}
	for i := range facts {
		if err := s.config.Audit.Record(ctx, audit.Entry{Action: action, Subject: facts[i].ID, Details: details}); err != nil {
			return err
		}
	}
	return nil
}
