package accrual

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// application holds the state that is needed while one batch of facts is
// applied.
type application struct {
	*Service

	facts     []feed.Fact
	requestID string
	clicks    map[string]click.Click
	outcomes  []feed.Outcome // outcome of each fact, by the fact's index
}

// Apply applies a batch of facts in groups, each in its own transaction. Facts
// that affect only one client account, such as orders, lock only the partners
// that they concern, so that the facts of other partners need not wait for
// them. All other facts lock the whole store.
//
// When Apply returns without an error, the effects of all facts are durable and
// visible in every report. After an error, some facts may have taken effect.
// The caller should then apply the same batch again, because the facts that
// took effect then count as duplicates.
//
// The outcomes are in the order of the facts. Apply stores requestID with the
// facts that have to wait.
func (s *Service) Apply(ctx context.Context, facts []feed.Fact, requestID string) ([]feed.Outcome, error) {
	s.DoMonthly(ctx)
	clicks, err := s.findClicks(ctx, facts)
	if err != nil {
		return nil, err
	}
	a := &application{Service: s, facts: facts, requestID: requestID, clicks: clicks, outcomes: make([]feed.Outcome, len(facts))}
	before, ofAccounts, after := splitPhases(facts)
	for _, step := range []func() error{
		func() error { return a.applyInOrder(ctx, before) },
		func() error { return a.byPartner(ctx, ofAccounts) },
		func() error { return a.applyInOrder(ctx, after) },
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("applying %d facts: %w", len(facts), err)
		}
	}
	s.drainReady(ctx)
	return a.outcomes, nil
}

// splitPhases splits the facts of a batch into three lists: the facts to apply
// first, the facts about accounts, and the facts to apply last. Each list holds
// indexes of facts, in the order in which the facts are applied. The third list
// ends with the facts that splitEarliest returns in its second list.
func splitPhases(facts []feed.Fact) (before, ofAccounts, after []int) {
	first, later := splitEarliest(facts)
	for _, i := range first {
		rule := ruleOf(&facts[i])
		switch {
		case rule != nil && rule.account != nil:
			ofAccounts = append(ofAccounts, i)
		case len(ofAccounts) == 0:
			before = append(before, i)
		default:
			after = append(after, i)
		}
	}
	return before, ofAccounts, append(after, later...)
}

// applyInOrder applies facts in the order of the slice. Each of its transactions
// locks the whole store.
func (a *application) applyInOrder(ctx context.Context, facts []int) error {
	return a.inGroups(ctx, facts, db.WholeStore)
}

// chain is a list of facts that must be applied one after the other. It contains
// every fact of the batch that concerns one of its partners.
type chain struct {
	partners []id.UUID
	facts    []int
}

// byPartner applies facts about accounts. On PostgreSQL it applies several
// chains at the same time.
func (a *application) byPartner(ctx context.Context, facts []int) error {
	if len(facts) == 0 {
		return nil
	}
	chains, err := a.makeChains(ctx, facts)
	if err != nil {
		return err
	}
	appliers, ctx := errgroup.WithContext(ctx)
	appliers.SetLimit(a.appliers(ctx))
	for _, c := range chains {
		keys := func() db.Keys { return a.groups.keys(c.partners) }
		if db.Inside(ctx) {
			keys = db.WholeStore // the facts join the caller's transaction, which has to lock the whole store
		}
		appliers.Go(func() error { return a.inGroups(ctx, c.facts, keys, c.partners...) })
	}
	return appliers.Wait() //nolint:wrapcheck // inGroups has already wrapped the error
}

func (a *application) appliers(ctx context.Context) int {
	if a.store.db.Engine() == db.SQLite || db.Inside(ctx) {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// makeChains groups facts by the partner of their account and sorts them by
// account, so that few groups read and write the same account. Partners with few
// facts share a chain, because a transaction of their own would cost more than
// their facts.
func (a *application) makeChains(ctx context.Context, facts []int) ([]*chain, error) {
	accounts := make([]string, len(facts))
	for n, i := range facts {
		accounts[n] = ruleOf(&a.facts[i]).account(&a.facts[i])
	}
	order := make([]int, len(facts))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(m, n int) int { return cmp.Compare(accounts[m], accounts[n]) })
	owners, err := a.store.Owners(ctx, accounts)
	if err != nil {
		return nil, err
	}
	var all []*chain
	of := map[id.UUID]*chain{}
	for _, n := range order {
		owner := owners[accounts[n]] // id.Nil if the account is not known yet
		c := of[owner]
		if c == nil {
			c = &chain{partners: []id.UUID{owner}}
			of[owner] = c
			all = append(all, c)
		}
		c.facts = append(c.facts, facts[n])
	}
	return merge(all, a.groups.size()), nil
}

// merge joins short chains, as long as the joined chain does not exceed the
// given number of facts.
func merge(chains []*chain, size int) []*chain {
	var merged []*chain
	var short *chain
	for _, c := range chains {
		switch {
		case len(c.facts) >= size:
			merged = append(merged, c)
		case short == nil || len(short.facts)+len(c.facts) > size || len(short.partners) == maxPartners:
			short = c
			merged = append(merged, c)
		default:
			short.partners = append(short.partners, c.partners...)
			short.facts = append(short.facts, c.facts...)
		}
	}
	return merged
}

// inGroups applies facts in the order of the slice, one group after the other.
// If a group needs more locks, it starts again with these locks, and the
// following groups take them too. If all facts belong to one partner, the locks
// are also remembered for later batches. With several partners, inGroups cannot
// know which of them needs the locks.
func (a *application) inGroups(ctx context.Context, facts []int, keys func() db.Keys, partners ...id.UUID) error {
	var more db.Keys
	for len(facts) > 0 {
		group := facts[:min(len(facts), a.groups.size())]
		err := a.applyGroup(ctx, group, keys().And(more))
		if needed, is := errors.AsType[*needsKeysError](err); is {
			more = more.And(needed.keys)
			if len(partners) == 1 {
				a.groups.learn(partners[0], more)
			}
			continue
		}
		if err != nil {
			return err
		}
		facts = facts[len(group):]
	}
	return nil
}

// applyGroup applies facts in one transaction that locks the given keys. It
// returns a needsKeysError if the facts concern partners without such a lock.
func (a *application) applyGroup(ctx context.Context, indexes []int, keys db.Keys) error {
	facts := make([]feed.Fact, len(indexes))
	for n, i := range indexes {
		facts[n] = a.facts[i]
	}
	return a.apply(ctx, keys, func(ctx context.Context, tx *applyTx) error {
		began := clock.System().Now()
		b, err := a.books(ctx, tx, a.requestID, a.clicks)
		if err != nil {
			return err
		}
		outcomes, err := b.batch(ctx, facts)
		if err != nil {
			return err
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		for n, i := range indexes {
			a.outcomes[i] = outcomes[n]
		}
		a.groups.record(len(facts), clock.System().Now().Sub(began))
		return nil
	})
}

// drainReady applies waiting facts that this batch released, and those that a
// crashed process released but did not apply. An error does not fail the batch,
// because the batch is already durable and acknowledged.
func (s *Service) drainReady(ctx context.Context) {
	ready, err := SQLTx{s.store.db}.Ready(ctx, 1)
	if err == nil && len(ready) > 0 {
		err = s.Drain(ctx)
	}
	if err != nil {
		s.log.ErrorContext(ctx, "waiting facts could not be applied; they will be retried after the next batch", "error", err)
	}
}
