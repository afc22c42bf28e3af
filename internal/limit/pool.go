package limit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// PoolConfig holds the settings of a Pool.
type PoolConfig struct {
	Size int // number of slots; required
	// Own is the maximum number of slots that one owner can use. 0 means all except
	// one, so that another owner always finds a slot.
	Own int
	// Queue is the maximum number of callers that wait. 0 means that no caller waits.
	// One owner can use at most half of the queue.
	Queue int
	// Patience is how long a caller waits for a slot before the Pool refuses it.
	Patience time.Duration
	// Code is the error code of a refusal. If it is empty, the code is Throttled.
	Code fault.Code
}

// Pool shares a few slots between owners. A free slot goes to the waiting owner
// who uses the fewest slots. If several owners use equally few, it goes to the one
// who has waited longest since their last slot. An owner with many requests
// therefore delays only their own requests. Pool is safe for concurrent use.
type Pool struct {
	config PoolConfig

	mu      sync.Mutex
	used    int
	owners  map[string]*owner // owners that use a slot or wait for one
	waiting []*waiter         // sorted by arrival
	turn    int64
}

type owner struct {
	held, waits int
	served      int64 // number of slots that the pool had given to all owners when this owner got its last slot
}

type waiter struct {
	name    string
	first   bool
	granted chan struct{}
}

// NewPool returns a Pool whose slots are all free.
func NewPool(c PoolConfig) *Pool {
	if c.Own == 0 {
		c.Own = max(1, c.Size-1)
	}
	if c.Code == "" {
		c.Code = fault.Throttled
	}
	return &Pool{config: c, owners: map[string]*owner{}}
}

// Enter takes a slot for an owner, or waits for one. The caller must call leave
// to release the slot. Further calls of leave do nothing. If first is true, the
// caller is served before all callers for whom it is false.
//
// Enter returns Throttled, or the pool's own code, if no slot becomes free in
// time or if too many callers already wait. It returns the error of ctx if ctx
// ends first.
func (p *Pool) Enter(ctx context.Context, name string, first bool) (leave func(), err error) {
	p.mu.Lock()
	o := p.owner(name)
	if p.used < p.config.Size && o.held < p.config.Own {
		// The callers that already wait are at their own limits, so they cannot use this slot.
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
		err = fmt.Errorf("waiting for a slot: %w", context.Cause(ctx))
	case <-patience.C:
		err = p.refusal()
	}
	if !p.giveUp(w) { // a slot was granted just before the caller gave up
		return p.leaver(w.name), nil
	}
	return nil, err
}

func (p *Pool) refusal() error {
	return &fault.Error{Code: p.config.Code, RetryAfter: max(time.Second, p.config.Patience/2)}
}

// giveUp removes w from the queue. It returns false if w has just got a slot.
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

// next returns the index of the waiter that gets the free slot, or -1 if no
// waiter may use it.
func (p *Pool) next() int {
	best := -1
	for i, w := range p.waiting {
		if p.owners[w.name].held >= p.config.Own {
			continue
		}
		if best < 0 || p.overtakes(w, p.waiting[best]) {
			best = i
		}
	}
	return best
}

// overtakes reports whether the later of two waiters is served before the
// earlier one.
func (p *Pool) overtakes(later, earlier *waiter) bool {
	if later.first != earlier.first {
		return later.first
	}
	x, y := p.owners[later.name], p.owners[earlier.name]
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

func (p *Pool) forget(name string, o *owner) {
	if o.held == 0 && o.waits == 0 {
		delete(p.owners, name)
	}
}

// Load holds the numbers of used slots and waiting callers.
type Load struct{ Used, Waiting int }

// Load returns the current load of the pool.
func (p *Pool) Load() Load {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Load{Used: p.used, Waiting: len(p.waiting)}
}
