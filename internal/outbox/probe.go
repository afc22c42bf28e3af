package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// These limits prevent partners from making the server send many requests.
const (
	probePause = 2 * time.Second // average interval between one partner's requests
	probeBurst = 10
	maxProbes  = 32 // maximum number of concurrent requests of all partners together
	ownProbes  = 4  // maximum number of concurrent requests of one partner
)

// Prober tries out a postback's URL before the partner stores it.
type Prober struct {
	caller Caller
	places *limit.Pool
	pace   *limit.Limiter
}

// NewProber returns a Prober. processes returns the number of processes that
// share the limits.
func NewProber(caller Caller, clk clock.Clock, processes func() int) *Prober {
	return &Prober{
		caller: caller,
		places: limit.NewPool(limit.PoolConfig{Size: maxProbes, Own: ownProbes}),
		pace:   limit.NewLimiter("probe", limit.Every(probePause, probeBurst), limit.Among(processes), clk),
	}
}

// Checked is the result of Check.
type Checked struct {
	Example string   // the URL with example values for the tokens
	Tokens  []string // names of the tokens in the template

	Warnings []Warning // parts that may be mistakes
}

// Probed is the result of Probe.
type Probed struct {
	Checked

	StatusCode int
	Took       time.Duration
}

// Check parses a template and looks up its host's name. It sends nothing to the
// host.
//
// It returns ValidationError for url if the template is not valid, if the host
// is not public, or if the name cannot be resolved. It returns Throttled if the
// partner checks too many templates.
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
	return checked, urlErrorForPartner(p.caller.Check(ctx, checked.Example))
}

// Probe sends a GET request to the template's example URL.
//
// It returns the errors of Check, and also ValidationError for url if the host
// does not respond.
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
	began := clock.System().Now() // not the programme's clock, because an operator can move that clock
	answer, err := p.caller.Do(ctx, &guard.Request{
		Method: methodGet, URL: checked.Example, Header: map[string][]string{"User-Agent": {"Tributary"}},
	})
	if err != nil {
		return Probed{}, urlErrorForPartner(err)
	}
	return Probed{checked, answer.Status, clock.System().Now().Sub(began)}, nil
}

func read(url string) (Checked, error) {
	template, err := ParseTemplate(url)
	if err != nil {
		return Checked{}, err
	}
	return Checked{Example: template.Render(template.examples()), Tokens: template.Names, Warnings: template.findWarnings()}, nil
}

// enter waits for a slot and applies the partner's rate limit. The caller must
// call the returned function afterwards.
func (p *Prober) enter(ctx context.Context, partnerID id.UUID) (done func(), err error) {
	if err := p.pace.Allow(ctx, string(partnerID[:])); err != nil {
		return nil, err
	}
	return p.places.Enter(ctx, string(partnerID[:]), false)
}
