package accrual

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/reward"
)

func (b *books) batch(ctx context.Context, facts []feed.Fact) ([]feed.Outcome, error) {
	ids := make([]string, len(facts))
	for i := range facts {
		ids[i] = facts[i].ID
	}
	known, err := b.tx.Digests(ctx, ids)
	if err != nil {
		return nil, err
	}
	b.tx.did.Known += len(known)
	outcomes := make([]feed.Outcome, len(facts))
	digests := make([]feed.Digest, len(facts))
	fresh := make([]feed.Fact, 0, len(facts))
	for i := range facts {
		digests[i] = facts[i].Digest()
		if known[facts[i].ID] == (feed.Digest{}) {
			fresh = append(fresh, facts[i])
		}
	}
	if err := b.prefetch(ctx, fresh); err != nil {
		return nil, err
	}
	for i := range facts {
		f := &facts[i]
		if was, seen := known[f.ID]; seen {
			outcomes[i] = repeatOutcome(f, was == digests[i])
			continue
		}
		effect, err := b.take(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("fact %s: %w", f.ID, err)
		}
		outcomes[i] = effect.outcome(f)
		if outcomes[i].Status == feed.Refused {
			continue
		}
		known[f.ID] = digests[i]
		b.changes.Facts = append(b.changes.Facts, NewFact{Fact: *f, Digest: digests[i], Again: effect.again})
		if effect.wait != "" {
			b.wait(f, effect.waitsFor())
		}
	}
	return outcomes, nil
}

// splitEarliest decides in which order the facts of a batch are applied. It returns two
// lists of indexes, and the facts in the first list are applied before those in the
// second. Facts form a group if they have the same id, or if they describe the same
// order, account, client, partner or payout. The fact that was sent first in each group
// goes to the first list, which is sorted by rank and time. All other facts go to the
// second list, in the order in which they were sent. So the fact that was sent first
// always takes effect, no matter how the sender splits the feed into batches.
func splitEarliest(facts []feed.Fact) (first, later []int) {
	seen := map[string]bool{}
	postponed := map[int]bool{}
	for i := range facts {
		names := []string{"id:" + facts[i].ID}
		if key := feed.Sets(&facts[i]); key != "" {
			names = append(names, key)
		}
		for _, name := range names {
			if seen[name] {
				postponed[i] = true
			}
			seen[name] = true
		}
		if postponed[i] {
			later = append(later, i)
		}
	}
	for _, i := range feed.InOrder(facts) {
		if !postponed[i] {
			first = append(first, i)
		}
	}
	return first, later
}

func repeatOutcome(f *feed.Fact, same bool) feed.Outcome {
	if same {
		return feed.Outcome{Status: feed.Duplicate}
	}
	refused := feed.Refuse("conflict", "id: there is already a fact with this id and different content")
	refused.ID = f.ID
	return feed.Outcome{Status: feed.Refused, Err: refused}
}

func (b *books) release(ctx context.Context, facts []feed.Fact, log *slog.Logger) error {
	if err := b.prefetch(ctx, facts); err != nil {
		return err
	}
	for _, i := range feed.InOrder(facts) {
		f := &facts[i]
		b.redelivered = true
		effect, err := b.take(ctx, f)
		if err != nil {
			return fmt.Errorf("waiting fact %s: %w", f.ID, err)
		}
		switch {
		case effect.wait != "":
			b.changes.Moved[f.ID] = effect.waitsFor()
		case effect.refuse != nil:
			// The fact stays stored, because it was acknowledged. The broker sees it in
			// the list of waiting facts.
			log.WarnContext(ctx, "a waiting fact cannot take effect", "fact", f.ID, "code", effect.refuse.Code, "reason", effect.refuse.Message)
			b.changes.Moved[f.ID] = effect.waitsFor()
		case effect.again:
			b.countWaiting(f, -1)
			b.changes.Again = append(b.changes.Again, f.ID)
		default:
			b.changes.Done = append(b.changes.Done, f.ID)
		}
	}
	return nil
}

// effect is the result of applying a fact. The zero effect means that the fact
// was applied.
type effect struct {
	wait   string          // what the fact waits for: the key of a missing fact, or refusedPrefix and a code; empty if it does not wait
	why    string          // the reason for the refusal, if wait begins with refusedPrefix
	refuse *feed.LineError // why the fact is refused; the line of a new fact is then rejected
	again  bool            // whether an earlier fact has the same content
}

// waitsFor returns what a fact waits for. A fact that was acknowledged waits
// even if it is refused.
func (e effect) waitsFor() WaitsFor {
	if e.refuse != nil {
		return WaitsFor{refusedPrefix + e.refuse.Code, e.refuse.Message}
	}
	return WaitsFor{e.wait, e.why}
}

func (e effect) outcome(f *feed.Fact) feed.Outcome {
	switch {
	case e.refuse != nil:
		e.refuse.ID = f.ID
		return feed.Outcome{Status: feed.Refused, Err: e.refuse}
	case e.again:
		return feed.Outcome{Status: feed.Duplicate}
	case e.wait != "":
		return feed.Outcome{Status: feed.Held}
	default:
		return feed.Outcome{Status: feed.Applied}
	}
}

func refuse(code, format string, args ...any) effect {
	return effect{refuse: feed.Refuse(code, format, args...)}
}

// hold returns the effect of an order for which the plan has no formula. The
// order is stored and waits, because a later plan can have a formula for it.
func hold(code, why string) effect { return effect{wait: refusedPrefix + code, why: why} }

// noFormula lists the keys under which orders wait if the plan has no formula
// for them, or if their amounts are too large. A change of the account's type
// or of the configuration can let such orders take effect.
var noFormula = []string{refusedPrefix + string(reward.NoRewardType), refusedPrefix + string(reward.SymbolNotInPlan), refusedPrefix + "out_of_range"}

// refusedPrefix begins the key under which a refused fact waits. The code of
// the refusal follows the prefix.
const refusedPrefix = "refused:"

// futureLimit is the maximum time by which a fact may be ahead of the
// programme's clock.
const futureLimit = 24 * time.Hour

var errUnknownType = errors.New("no rule for this type of fact")

// take applies one fact to the books, or returns why it cannot be applied.
func (b *books) take(ctx context.Context, f *feed.Fact) (effect, error) {
	if f.At.After(b.now.Add(futureLimit)) {
		return refuse("in_future", "at: more than a day after the programme's clock"), nil
	}
	rule := ruleOf(f)
	if rule == nil {
		return effect{}, fmt.Errorf("%w: %s with a %T", errUnknownType, f.Type, f.Body)
	}
	return rule.take(ctx, b, f)
}

// Batch describes one transaction on the books, for the metrics.
type Batch struct {
	Took     time.Duration
	Err      error // nil if the transaction was committed; otherwise the numbers below mean nothing
	Accepted int   // number of new facts that were stored
	Known    int   // number of facts with an id that was already stored, even if their content differs
	Waiting  int   // number of accepted facts that wait for another fact
	Released int   // number of waiting facts that took effect
	Answers  map[payout.Status]int
}

// apply runs fn in one transaction on the books, and then calls the observer.
// The observer gets only the numbers of the committed attempt. Attempts that
// were rolled back, after a conflict or for lack of a lock, do not count.
func (s *Service) apply(ctx context.Context, keys db.Keys, fn func(context.Context, *applyTx) error) error {
	began := s.clock.Now()
	var did Batch
	err := s.store.apply(ctx, keys, func(ctx context.Context, tx *applyTx) error {
		err := fn(ctx, tx)
		did = tx.did
		return err
	})
	if _, again := errors.AsType[*needsKeysError](err); s.config.Observe != nil && !again {
		did.Took, did.Err = s.clock.Now().Sub(began), err
		s.config.Observe(did)
	}
	return err
}

func (b *Batch) count(c *Changes) {
	b.Accepted += len(c.Facts)
	b.Waiting += len(c.Waiting)
	b.Released += len(c.Done)
}

func (b *Batch) answer(payouts []*payout.Settlement) {
	for _, p := range payouts {
		if b.Answers == nil {
			b.Answers = map[payout.Status]int{}
		}
		b.Answers[p.Status]++
	}
}
