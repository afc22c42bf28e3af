package outbox

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// The bounds on trying URLs: each call makes one of ours.
const (
	probePause = 2 * time.Second // on average, for each partner
	probeBurst = 10
	maxProbes  = 32 // at a time, of all partners
	maxProbers = 10_000
)

// Prober tries URL templates before they are used.
type Prober struct {
	caller Caller
	clock  clock.Clock
	places chan struct{}

	mu sync.Mutex
	by map[id.UUID]*rate.Limiter
}

// NewProber returns a Prober.
func NewProber(caller Caller, clk clock.Clock) *Prober {
	return &Prober{caller: caller, clock: clk, places: make(chan struct{}, maxProbes), by: map[id.UUID]*rate.Limiter{}}
}

// Checked is a template that may be used.
type Checked struct {
	Example string   // the URL with the tokens' examples in it
	Tokens  []string // that it has
}

// Probed is what came of calling it.
type Probed struct {
	Checked

	StatusCode int
	Took       time.Duration
}

// Check reads a template and looks up where it leads. Nothing is sent there.
//
// ValidationError on url: no template, not public, or a name that does not
// resolve. Throttled: too many of the partner's.
func (p *Prober) Check(ctx context.Context, partnerID id.UUID, url string) (Checked, error) {
	done, err := p.enter(partnerID)
	if err != nil {
		return Checked{}, err
	}
	defer done()
	checked, err := read(url)
	if err != nil {
		return Checked{}, err
	}
	return checked, toldURL(p.caller.Check(ctx, checked.Example))
}

// Probe calls a template's example URL with GET.
//
// Errors: as Check; ValidationError on url: nobody answers there.
func (p *Prober) Probe(ctx context.Context, partnerID id.UUID, url string) (Probed, error) {
	done, err := p.enter(partnerID)
	if err != nil {
		return Probed{}, err
	}
	defer done()
	checked, err := read(url)
	if err != nil {
		return Probed{}, err
	}
	began := clock.System().Now() // how long a call takes is no matter of the programme's clock
	answer, err := p.caller.Do(ctx, &guard.Request{
		Method: methodGet, URL: checked.Example, Header: map[string][]string{"User-Agent": {"Tributary"}},
	})
	if err != nil {
		return Probed{}, toldURL(err)
	}
	return Probed{checked, answer.Status, clock.System().Now().Sub(began)}, nil
}

func read(url string) (Checked, error) {
	template, err := ParseTemplate(url)
	if err != nil {
		return Checked{}, err
	}
	return Checked{Example: template.Render(examples()), Tokens: template.Names}, nil
}

// enter finds a place, and holds a partner to its rate.
func (p *Prober) enter(partnerID id.UUID) (done func(), err error) {
	if !p.limiter(partnerID).AllowN(p.clock.Now(), 1) {
		return nil, &fault.Error{Code: fault.Throttled, RetryAfter: probePause}
	}
	select {
	case p.places <- struct{}{}:
		return func() { <-p.places }, nil
	default:
		return nil, &fault.Error{Code: fault.Throttled, RetryAfter: probePause}
	}
}

func (p *Prober) limiter(partnerID id.UUID) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.by) >= maxProbers {
		clear(p.by) // better forgive some than grow
	}
	if p.by[partnerID] == nil {
		p.by[partnerID] = rate.NewLimiter(rate.Every(probePause), probeBurst)
	}
	return p.by[partnerID]
}
