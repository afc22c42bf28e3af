package limit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// PoolConfig describes a Pool. Size is required.
type PoolConfig struct {
	Size int // places
	// Own is the most places of one owner; 0: all but one, so that another
	// owner always finds a place that the first cannot take.
	Own int
	// Queue is how many may wait; 0: none. One owner may have half of it.
	Queue int
	// Patience is how long a caller waits before it is refused.
	Patience time.Duration
	// Code is the error code of a refusal; empty: Throttled.
	Code fault.Code
}

// Pool shares a few places between owners. A free place goes to the waiting
// owner that holds the fewest; among equals, to the one that was served longest
// ago. So an owner that asks for much delays itself and not others. It is safe
// for concurrent use.
type Pool struct {
	config PoolConfig

	mu      sync.Mutex
	used    int
	owners  map[string]*owner // those that hold a place or wait for one
	waiting []*waiter         // in the order of arrival
	turn    int64
}

type owner struct {
	held, waits int
	served      int64 // the turn in which it got its last place
}

type waiter struct {
	name    string
	first   bool
	granted chan struct{}
}

// NewPool returns a Pool with all places free.
func NewPool(c PoolConfig) *Pool {
	if c.Own == 0 {
		c.Own = max(1, c.Size-1)
	}
	if c.Code == "" {
		c.Code = fault.Throttled
	}
	return &Pool{config: c, owners: map[string]*owner{}}
}

// Enter takes a place for an owner, and waits for one if it may. leave gives
// the place back, and may be called twice. A caller with first goes before all
// callers without.
//
// Enter fails with Throttled, or with the pool's own code, if no place becomes
// free in time or too many callers wait already. It fails with ctx's error if
// ctx ends first.
func (p *Pool) Enter(ctx context.Context, name string, first bool) (leave func(), err error) {
	p.mu.Lock()
	o := p.owner(name)
	if p.used < p.config.Size && o.held < p.config.Own {
		// The callers that already wait cannot use this place.
		p.take(o)
		p.mu.Unlock()
		return p.leaver(name), nil
	}
	if len(p.waiting) >= p.config.Queue || 2*(o.waits+1) > p.config.Queue+1 {
		p.forget(name, o)
		p.mu.Unlock()
		return nil, p.refusal()
	}
	w := &waiter{name: name, first: first, granted: make(chan struct{})}
	p.waiting = append(p.waiting, w)
	o.waits++
	p.mu.Unlock()
	return p.wait(ctx, w)
}

func (p *Pool) wait(ctx context.Context, w *waiter) (leave func(), err error) {
	patience := time.NewTimer(p.config.Patience)
	defer patience.Stop()
	select {
	case <-w.granted:
		return p.leaver(w.name), nil
	case <-ctx.Done():
		err = fmt.Errorf("waiting for a place: %w", context.Cause(ctx))
	case <-patience.C:
		err = p.refusal()
	}
	if !p.giveUp(w) { // a place was granted in the meantime
		return p.leaver(w.name), nil
	}
	return nil, err
}

func (p *Pool) refusal() error {
	return &fault.Error{Code: p.config.Code, RetryAfter: max(time.Second, p.config.Patience/2)}
}

// giveUp removes w from the queue. It returns false if w already has a place.
func (p *Pool) giveUp(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.waiting {
		if other == w {
			p.remove(i)
			p.forget(w.name, p.owners[w.name])
			return true
		}
	}
	return false
}

func (p *Pool) leaver(name string) func() {
	var once sync.Once
	return func() { once.Do(func() { p.leave(name) }) }
}

func (p *Pool) leave(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners[name]
	p.used--
	o.held--
	for p.used < p.config.Size {
		next := p.next()
		if next < 0 {
			break
		}
		w := p.waiting[next]
		p.remove(next)
		p.take(p.owners[w.name])
		close(w.granted)
	}
	p.forget(name, o)
}

// next finds the waiter that gets the free place, or -1 if none may have it.
func (p *Pool) next() int {
	best := -1
	for i, w := range p.waiting {
		if p.owners[w.name].held >= p.config.Own {
			continue
		}
		if best < 0 || p.before(w, p.waiting[best]) {
			best = i
		}
	}
	return best
}

// before reports whether a, the later caller, goes before b.
func (p *Pool) before(a, b *waiter) bool {
	if a.first != b.first {
		return a.first
	}
	x, y := p.owners[a.name], p.owners[b.name]
	if x.held != y.held {
		return x.held < y.held
	}
	return x.served < y.served
}

func (p *Pool) take(o *owner) {
	p.turn++
	p.used++
	o.held++
	o.served = p.turn
}

func (p *Pool) remove(i int) {
	p.owners[p.waiting[i].name].waits--
	p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
}

func (p *Pool) owner(name string) *owner {
	o := p.owners[name]
	if o == nil {
		o = &owner{}
		p.owners[name] = o
	}
	return o
}

// forget drops an owner that neither holds a place nor waits for one.
func (p *Pool) forget(name string, o *owner) {
	if o.held == 0 && o.waits == 0 {
		delete(p.owners, name)
	}
}

// Load is how busy a pool is.
type Load struct{ Used, Waiting int }

// Load returns how many places are taken and how many callers wait.
func (p *Pool) Load() Load {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Load{Used: p.used, Waiting: len(p.waiting)}
}
