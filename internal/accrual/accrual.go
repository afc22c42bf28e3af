package accrual

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/settings"
)

// Service applies facts to the books.
type Service struct {
	store   *SQLStore
	clock   clock.Clock
	zone    *time.Location // used until the store has one
	log     *slog.Logger
	ingests *limit.Pool // a slot for each stream that is being ingested
	clicks  Clicks      // nil: no click counts
	audit   audit.Log   // nil: nothing is logged
	observe func(Batch) // nil: no one counts
}

// New returns a Service. The programme's time zone decides on which day an
// order's reward falls, and the store holds it. If none is set yet, the first
// fact fixes it to zone.
func New(store *SQLStore, c clock.Clock, zone *time.Location, log *slog.Logger) *Service {
	return &Service{store: store, clock: c, zone: zone, log: log, ingests: limit.NewPool(limit.PoolConfig{Size: maxIngests})}
}

// Apply applies a batch of facts in one transaction. When it returns without an
// error, their effects are durable and visible in every report. The outcomes
// are in the order of the facts. Facts that have to wait are stored with
// requestID.
func (s *Service) Apply(ctx context.Context, facts []feed.Fact, requestID string) ([]feed.Outcome, error) {
	var outcomes []feed.Outcome
	ready := false
	clicks, err := s.findClicks(ctx, facts)
	if err != nil {
		return nil, err
	}
	err = s.apply(ctx, func(ctx context.Context, tx *applyTx) error {
		b, err := s.books(ctx, tx, requestID, clicks)
		if err != nil {
			return err
		}
		if outcomes, err = b.batch(ctx, facts); err != nil {
			return err
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		// This batch may have released facts, or a crash may have left some
		// between the two steps.
		left, err := tx.Ready(ctx, 1)
		ready = len(left) > 0
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("applying %d facts: %w", len(facts), err)
	}
	if ready {
		// The batch is durable and acknowledged, whatever becomes of the
		// waiting facts.
		if err := s.Drain(ctx); err != nil {
			s.log.ErrorContext(ctx, "facts that waited could not be applied; they are tried again after the next batch", "error", err)
		}
	}
	return outcomes, nil
}

// books returns an empty working set with the store's settings.
func (s *Service) books(ctx context.Context, tx *applyTx, requestID string, clicks map[string]click.Click) (*books, error) {
	values, err := tx.Settings(ctx)
	if err != nil {
		return nil, err
	}
	zone := s.zone
	if _, set := settings.TimeZone.Info.At(values, settings.Beginning); set {
		zone = settings.Zone(values)
	}
	b := newBooks(tx, s.clock.Now(), zone, requestID)
	b.settings = values
	owner := click.NoOwner
	if s.clicks != nil {
		owner = s.clicks.Owner
	}
	b.clicks = click.NewWorkingSet(tx.q, clicks, owner)
	return b, nil
}

// Drain applies waiting facts whose missing half has arrived, until none is
// left. Apply calls it after each batch that released some. Call it at start
// too, for facts that a crash left between the two.
func (s *Service) Drain(ctx context.Context) error {
	for more := true; more; {
		err := s.apply(ctx, func(ctx context.Context, tx *applyTx) error {
			facts, err := tx.Ready(ctx, feed.BatchSize)
			if err != nil || len(facts) == 0 {
				more = false
				return err
			}
			clicks, err := s.findClicks(ctx, facts)
			if err != nil {
				return err
			}
			b, err := s.books(ctx, tx, "", clicks)
			if err != nil {
				return err
			}
			if err := b.release(ctx, facts, s.log); err != nil {
				return err
			}
			return b.flush(ctx)
		})
		if err != nil {
			return fmt.Errorf("applying facts that waited: %w", err)
		}
	}
	return nil
}

// Wake has the facts applied that no longer wait, once the transaction that ctx
// is inside has committed. Every service that brings what facts may wait for
// calls it where it releases them. A failure is only logged, since what was
// committed stays: the next batch, the job or the next start applies the facts.
// They are applied even if the caller is gone by then.
func (s *Service) Wake(ctx context.Context) {
	db.AfterCommit(ctx, func() {
		if err := s.Drain(context.WithoutCancel(ctx)); err != nil {
			s.log.ErrorContext(ctx, "facts that waited could not be applied; they are tried again in a minute", "error", err)
		}
	})
}

// batch applies new facts.
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
	first, later := b.claims(facts)
	for _, i := range append(first, later...) {
		f := &facts[i]
		if was, seen := known[f.ID]; seen {
			outcomes[i] = repeated(f, was == digests[i])
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
			b.wait(f, WaitsFor{Key: effect.wait})
		}
	}
	return outcomes, nil
}

// claims decides the order in which the facts of a batch are taken. The facts
// in first are sorted by rank and time. If several have one id, or about
// one order, account, client, partner or payout, only the earliest line is
// among them. The others follow in later, in the order of their lines. So the
// earliest line counts, wherever a sender cuts its batches.
func (b *books) claims(facts []feed.Fact) (first, later []int) {
	seen := map[string]bool{}
	postponed := map[int]bool{}
	for i := range facts {
		names := []string{"id:" + facts[i].ID}
		if rule := ruleOf(&facts[i]); rule != nil && rule.claim != nil {
			names = append(names, rule.claim(&facts[i]))
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

func repeated(f *feed.Fact, same bool) feed.Outcome {
	if same {
		return feed.Outcome{Status: feed.Duplicate}
	}
	refused := feed.Refuse("conflict", "id: a fact with this id and other content is known already")
	refused.ID = f.ID
	return feed.Outcome{Status: feed.Refused, Err: refused}
}

// release applies facts that waited.
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
			b.changes.Moved[f.ID] = WaitsFor{Key: effect.wait}
		case effect.refuse != nil:
			// The fact is kept, since it was acknowledged. The operator sees it
			// in the list of waiting facts.
			log.WarnContext(ctx, "a fact that waited cannot take effect", "fact", f.ID, "code", effect.refuse.Code, "reason", effect.refuse.Message)
			b.changes.Moved[f.ID] = WaitsFor{refusedPrefix + effect.refuse.Code, effect.refuse.Message}
		case effect.again:
			if err := b.uncount(ctx, f, -1); err != nil {
				return err
			}
			b.changes.Again = append(b.changes.Again, f.ID)
		default:
			b.changes.Done = append(b.changes.Done, f.ID)
		}
	}
	return nil
}

// effect is the result of taking a fact. The zero effect means that the fact
// was applied.
type effect struct {
	wait   string // the key of what is missing
	refuse *feed.LineError
	again  bool // another fact said the same before
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

// The wait functions return the keys of what a fact can wait for.
func waitCode(given string) string      { return "code:" + foldOf(given) }
func waitClient(uid id.UUID) string     { return "client:" + uid.String() }
func waitAccount(account string) string { return "account:" + account }
func waitInstrument(symbol string) string {
	return "instrument:" + symbol
}
func waitRate(currency string) string { return "rate:" + currency }
func waitFact(factID string) string   { return "fact:" + factID }
func waitPayout(payout string) string { return "payout:" + payout }

const (
	orderPrefix   = "order:"
	refusedPrefix = "refused:"
)

func waitOrder(r *feed.Reversal) string {
	return orderPrefix + feed.OrderKey{Server: feed.NormalServer(r.Server), Ticket: r.Ticket, Part: r.Part}.ID()
}

// futureLimit is how far ahead of the programme's clock a fact may be.
const futureLimit = 24 * time.Hour

var errUnknownType = errors.New("no rule for this type of fact")

// take applies one fact to the books, or returns why it cannot.
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
