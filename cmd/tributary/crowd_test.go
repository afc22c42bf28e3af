package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// The flooding caller sends far more password guesses and export requests than
// the server can handle within crowdBound. If the server handled requests in
// their order of arrival, the test would fail.
const (
	crowdGuesses = 55
	crowdExports = 45
	crowdOrders  = 3000
	crowdBound   = 5 * time.Second // far longer than measured, because the machine may be busy
)

// TestCrowd lets one caller flood the server with password guesses and export
// requests. For another caller, a login, a small export and a page of a report
// must each take less than crowdBound.
func TestCrowd(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	w.fillCrowd(t)
	another := w.key(t, caller.Partner, programmetest.PartnerB)
	steps := []struct {
		name string
		run  func(t *testing.T, address string)
	}{
		{"login", func(t *testing.T, address string) {
			t.Helper()
			answer := w.sendFrom(address, "", http.MethodPost, "/api/auth/", crowdLogin("b@example.com", matrixPassword))
			require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		}},
		{"export", func(t *testing.T, address string) {
			t.Helper()
			answer := w.sendFrom(address, another, http.MethodGet, "/api/reports/orders/?format=csv", "")
			require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		}},
		{"page", func(t *testing.T, address string) {
			t.Helper()
			answer := w.sendFrom(address, another, http.MethodGet, "/api/reports/clients/", "")
			require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		}},
	}
	idle := map[string]time.Duration{}
	for _, step := range steps {
		idle[step.name] = measure(func() { step.run(t, "198.51.100.7:1") })
	}

	crowd := w.startCrowd(t)
	for _, step := range steps {
		guessed, exported := crowd.guessed.Load(), crowd.exported.Load()
		lasted := measure(func() { step.run(t, "198.51.100.8:1") })
		guesses, exports := crowd.guessed.Load()-guessed, crowd.exported.Load()-exported
		t.Logf("%s: %v idle, %v under a crowd; meanwhile %d guesses and %d exports were served", step.name, idle[step.name], lasted, guesses, exports)
		require.Less(t, lasted, crowdBound, step.name)
		switch step.name {
		case "login":
			require.Less(t, guessed, int64(crowdGuesses/2), "the crowd ended before the measurement")
			require.Less(t, guesses, int64(crowdGuesses/3), "the login waited for the guesses before it")
		case "export":
			require.Less(t, exports, int64(crowdExports/3), "the export waited for the exports before it")
		}
	}
	require.Positive(t, crowd.exported.Load())
}

// floodCounts counts the responses that the flooding caller gets.
type floodCounts struct{ guessed, exported atomic.Int64 }

// startCrowd starts to flood the server, and returns after the first responses.
func (w *matrixWorld) startCrowd(t *testing.T) *floodCounts {
	t.Helper()
	c, over, served := &floodCounts{}, make(chan struct{}), make(chan struct{}, crowdExports)
	var all sync.WaitGroup
	t.Cleanup(func() { close(over); all.Wait() })
	for range crowdExports {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				answer := w.sendFrom("192.0.2.1:1", w.keys[""], http.MethodGet, "/api/reports/orders/?format=csv", "")
				if answer.Code == http.StatusOK {
					c.exported.Add(1)
					select {
					case served <- struct{}{}:
					default: // no request is waiting for this signal
					}
					continue
				}
				select { // the server refused this request, so wait until it has handled another one
				case <-served:
				case <-over:
				}
			}
		})
	}
	require.Eventually(t, func() bool { return c.exported.Load() > 0 }, time.Minute, time.Millisecond)
	for i := range crowdGuesses {
		all.Go(func() {
			w.sendFrom("192.0.2.1:1", "", http.MethodPost, "/api/auth/", crowdLogin(fmt.Sprintf("guess%d@example.com", i), "wrong password"))
			c.guessed.Add(1)
		})
	}
	require.Eventually(t, func() bool { return c.guessed.Load() > 0 }, time.Minute, time.Millisecond)
	return c
}

func measure(fn func()) time.Duration {
	began := clock.System().Now()
	fn()
	return clock.System().Now().Sub(began)
}

func crowdLogin(email, password string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q}`, email, password)
}

func (w *matrixWorld) sendFrom(address, token, method, target, body string) *httptest.ResponseRecorder {
	w.clock.Advance(time.Second) // stay below the rate limits, which another test covers
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.RemoteAddr = address
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, req)
	return answer
}

// fillCrowd gives partner A more orders than the server buffers in one
// response.
func (w *matrixWorld) fillCrowd(t *testing.T) {
	t.Helper()
	p := &programmetest.Programme{DB: w.p.DB, Accrual: w.p.Facts}
	const before = 100 // ids below this number belong to other facts
	for range before {
		p.Order("1001", 1, "EURUSD", "2026-03-02T10:00:00Z", ``)
	}
	lines := make([]string, 0, crowdOrders)
	for i := range crowdOrders {
		lines = append(lines, p.Order("1001", 100+i, "EURUSD", "2026-03-02T10:00:00Z", ``))
	}
	p.MustFeed(t, lines...)
}
