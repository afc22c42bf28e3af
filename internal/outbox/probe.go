package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// These bound the calls for trying URLs: each of the partner's calls makes the
// server send one.
const (
	probePause = 2 * time.Second // on average, for each partner
	probeBurst = 10
	maxProbes  = 32 // at a time, for all partners
	ownProbes  = 4  // at a time, for one partner
)

// Prober tries URL templates before they are used.
type Prober struct {
	caller Caller
	places *limit.Pool
	pace   *limit.Limiter
}

// NewProber returns a Prober.
func NewProber(caller Caller, clk clock.Clock) *Prober {
	return &Prober{
		caller: caller,
		places: limit.NewPool(limit.PoolConfig{Size: maxProbes, Own: ownProbes}),
		pace:   limit.NewLimiter("probe", limit.Every(probePause, probeBurst), nil, clk),
	}
}

// Checked is a template that may be used.
type Checked struct {
	Example string   // the URL with the tokens' examples in it
	Tokens  []string // the tokens that it has

	Warnings []Warning // about parts that may not be meant literally
}

// Probed is the result of calling a template.
type Probed struct {
	Checked

	StatusCode int
	Took       time.Duration
}

// Check reads a template and looks up the host that it leads to. It sends
// nothing there.
//
// It returns a ValidationError on url if the text is not a template, the
// address is not public, or the name does not resolve. It returns Throttled if
// the partner checks too many.
func (p *Prober) Check(ctx context.Context, partnerID id.UUID, url string) (Checked, error) {
	done, err := p.enter(ctx, partnerID)
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
// It returns the errors of Check, and a ValidationError on url if there is no
// answer.
func (p *Prober) Probe(ctx context.Context, partnerID id.UUID, url string) (Probed, error) {
	done, err := p.enter(ctx, partnerID)
	if err != nil {
		return Probed{}, err
	}
	defer done()
	checked, err := read(url)
	if err != nil {
		return Probed{}, err
	}
	began := clock.System().Now() // a call's duration does not depend on the programme's clock
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
	return Checked{Example: template.Render(template.examples()), Tokens: template.Names, Warnings: template.warnings()}, nil
}

// enter takes a place and limits a partner's rate.
func (p *Prober) enter(ctx context.Context, partnerID id.UUID) (done func(), err error) {
	if err := p.pace.Allow(ctx, string(partnerID[:])); err != nil {
		return nil, err
	}
	return p.places.Enter(ctx, string(partnerID[:]), false)
}
