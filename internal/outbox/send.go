package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// pauses are the waits between the attempts of a delivery. They add up to about
// a day. If the attempt after the last pause fails, the delivery has failed.
var pauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour,
}

const (
	// jitter is the largest fraction by which a pause is made longer or shorter
	// at random, so that the retries of many deliveries do not start together.
	jitter = 0.1
	// maxRetryAfter is the longest wait that a receiver can request.
	maxRetryAfter = time.Hour
	// maxExcerpt is the maximum number of bytes of a response's body that are stored.
	maxExcerpt = 500
	// maxCalled is the maximum length in bytes of a URL whose tokens have been
	// replaced.
	maxCalled = guard.MaxURL
)

func (c *Courier) send(ctx context.Context, claim *Claim) []Outcome {
	outcomes := make([]Outcome, len(claim.Deliveries))
	var calls sync.WaitGroup
	for i := range claim.Deliveries {
		calls.Go(func() { outcomes[i] = c.try(ctx, claim, &claim.Deliveries[i]) })
	}
	calls.Wait()
	return outcomes
}

func (c *Courier) try(ctx context.Context, claim *Claim, d *Claimed) Outcome {
	at := c.Clock.Now()
	if d.Event == nil && d.Content == "" {
		return Outcome{DeliveryID: d.ID, Status: Failed, Attempt: &Attempt{N: d.Attempts, At: at, URL: claim.Endpoint.URL, Problem: ProblemExpired}}
	}
	request, err := compose(&claim.Endpoint, claim.Secrets, d, at)
	began := clock.System().Now() // not the programme's clock, because an operator can move that clock
	var answer *guard.Answer
	if err == nil {
		answer, err = c.Caller.Do(ctx, request)
	}
	attempt := &Attempt{N: d.Attempts, At: at, Took: clock.System().Now().Sub(began)}
	if request != nil {
		attempt.URL = request.URL
	}
	outcome := Outcome{DeliveryID: d.ID, Status: Delivered, Attempt: attempt}
	switch {
	case err != nil && ctx.Err() != nil:
		// The courier is stopping, so the receiver is not to blame for the
		// error.
		return Outcome{DeliveryID: d.ID, Status: Pending, NextAt: at}
	case errors.Is(err, guard.ErrRefused):
		attempt.Problem = ProblemRefused
	case err != nil:
		attempt.Problem = ProblemUnreachable
	default:
		attempt.StatusCode, attempt.Answer = answer.Status, excerpt(answer.Body)
		if answer.Status < 200 || answer.Status > 299 {
			attempt.Problem = ProblemStatus
		}
	}
	if attempt.Problem == "" {
		return outcome
	}
	if err != nil {
		c.Logger.DebugContext(ctx, "a delivery failed", "delivery", d.ID.String(), "cause", guard.Cause(err))
	}
	outcome.Status = Failed
	if d.Tries <= len(pauses) {
		outcome.Status = Pending
		outcome.NextAt = c.Clock.Now().Add(max(spread(pauses[d.Tries-1]), retryAfter(answer)))
	}
	return outcome
}

func spread(pause time.Duration) time.Duration {
	return pause + time.Duration((2*rand.Float64()-1)*jitter*float64(pause)) //nolint:gosec // it does not matter if someone can predict the pause
}

func retryAfter(answer *guard.Answer) time.Duration {
	if answer == nil || (answer.Status != http.StatusTooManyRequests && answer.Status != http.StatusServiceUnavailable) {
		return 0
	}
	seconds, err := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// compose returns the request for a delivery. The signature covers the body. A
// GET request has no body, so its signature covers the path and query of the
// URL.
func compose(e *Endpoint, secrets []Secret, d *Claimed, at time.Time) (*guard.Request, error) {
	r := &guard.Request{Method: e.Method, URL: e.URL}
	content := d.Content
	if d.Event != nil {
		content = encodeJSON(d.Event.Envelope())
	}
	if e.Kind == Postback {
		template, err := ParseTemplate(e.URL)
		if err != nil {
			return r, guard.ErrRefused
		}
		var values map[string]string
		if err := json.Unmarshal([]byte(content), &values); err != nil {
			return r, guard.ErrRefused
		}
		if r.URL = template.Render(values); len(r.URL) > maxCalled {
			r.URL = r.URL[:maxExcerpt]
			return r, guard.ErrRefused
		}
	}
	payload := []byte(content)
	if r.Method == methodGet {
		target, err := guard.Target(r.URL)
		if err != nil {
			return r, err
		}
		payload = []byte(target)
	} else {
		r.Body = payload
	}
	r.Header = signedHeaders(secrets, d.MessageID, at, payload)
	r.Header.Set("User-Agent", "Tributary")
	if r.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// excerpt returns the beginning of a response's body, as printable text.
func excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), maxExcerpt)]), "")
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

func wants(e *Endpoint, of *event.Event) bool {
	return len(e.Types) == 0 || slices.Contains(e.Types, string(of.Type))
}
