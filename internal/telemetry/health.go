package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// pingPatience is how long a store may take to say that it is there.
const pingPatience = 2 * time.Second

// Health answers GET /healthz, /readyz and /metrics and passes everything else
// on. None of the three needs a token, and none says more than how the
// programme is.
type Health struct {
	next    http.Handler
	metrics http.Handler
	ping    func(context.Context) error
	log     *slog.Logger
	ready   atomic.Bool
}

// NewHealth returns a Health that is not ready. ping asks whether the store is
// there.
func NewHealth(next http.Handler, metrics *Metrics, ping func(context.Context) error, log *slog.Logger) *Health {
	return &Health{next: next, metrics: metrics.Handler(), ping: ping, log: log}
}

// Ready says whether to send work here.
func (h *Health) Ready(ready bool) { h.ready.Store(ready) }

// ServeHTTP implements http.Handler.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve := h.next
	switch r.URL.Path {
	case "/healthz":
		serve = http.HandlerFunc(alive)
	case "/readyz":
		serve = http.HandlerFunc(h.readiness)
	case "/metrics":
		serve = h.metrics
	default:
		serve.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		answer(w, http.StatusMethodNotAllowed, "only GET\n")
		return
	}
	serve.ServeHTTP(w, r)
}

func alive(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") }

func (h *Health) readiness(w http.ResponseWriter, r *http.Request) {
	if !h.ready.Load() {
		answer(w, http.StatusServiceUnavailable, "starting or stopping\n")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pingPatience)
	defer cancel()
	if err := h.ping(ctx); err != nil {
		h.log.ErrorContext(ctx, "the store does not answer", "error", err)
		answer(w, http.StatusServiceUnavailable, "the store does not answer\n")
		return
	}
	answer(w, http.StatusOK, "ready\n")
}

func answer(w http.ResponseWriter, status int, text string) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, text) //nolint:errcheck // the caller has gone away
}
