package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/telemetry"
)

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return w.Body.String()
}

func TestRequests(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("v1.2.3", clock.At(time.Unix(0, 0)))
	m.Observe("auth_login", 200, 30*time.Millisecond, 100)
	m.Observe("auth_login", 401, 30*time.Millisecond, 50)
	m.Observe("", 404, time.Millisecond, 10)
	text := scrape(t, m)
	require.Contains(t, text, `tributary_http_requests_total{operation="auth_login",status="200"} 1`)
	require.Contains(t, text, `tributary_http_requests_total{operation="none",status="404"} 1`)
	require.Contains(t, text, `tributary_http_request_duration_seconds_sum{operation="auth_login"} 0.06`)
	require.Contains(t, text, `tributary_http_response_bytes_total{operation="auth_login"} 150`)
	require.Contains(t, text, `tributary_build_info{version="v1.2.3"} 1`)
	require.Contains(t, text, "go_memstats_heap_alloc_bytes ")
}

func TestFacts(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("v1", clock.At(time.Unix(0, 0)))
	batch := accrual.Batch{
		Took: 40 * time.Millisecond, Accepted: 3, Known: 1, Waiting: 2, Released: 1, Answers: map[payout.Status]int{payout.Paid: 2, payout.Failed: 1},
	}
	m.Batch(batch)
	m.Batch(batch)
	batch.Err = errors.New("no disk")
	m.Batch(batch) // the transaction was rolled back, so nothing is counted
	text := scrape(t, m)
	for outcome, want := range map[string]string{"accepted": "6", "known": "2", "waiting": "4", "released": "2"} {
		require.Contains(t, text, `tributary_facts_total{outcome="`+outcome+`"} `+want+"\n")
	}
	require.Contains(t, text, `tributary_payout_answers_total{answer="paid"} 4`)
	require.Contains(t, text, `tributary_payout_answers_total{answer="failed"} 2`)
	require.Contains(t, text, `tributary_batch_duration_seconds_count{result="ok"} 2`)
	require.Contains(t, text, `tributary_batch_duration_seconds_sum{result="ok"} 0.08`)
	require.Contains(t, text, `tributary_batch_duration_seconds_count{result="failed"} 1`)
}

// TestWaiting checks that frequent requests for the metrics read the database at most
// once in ten seconds.
func TestWaiting(t *testing.T) {
	t.Parallel()
	clk := clock.At(time.Unix(1000, 0))
	m := telemetry.NewMetrics("v1", clk)
	asked, answer := 0, error(nil)
	var log bytes.Buffer
	m.Waiting(t.Context(), telemetry.Backlog{
		Name: "tributary_facts_waiting", Help: "Facts that wait.",
		Count: func(context.Context) (int64, error) { asked++; return int64(asked), answer },
	}, slog.New(slog.NewTextHandler(&log, nil)))
	require.Contains(t, scrape(t, m), "\ntributary_facts_waiting 1\n")
	require.Contains(t, scrape(t, m), "\ntributary_facts_waiting 1\n")
	clk.Advance(11 * time.Second)
	require.Contains(t, scrape(t, m), "\ntributary_facts_waiting 2\n")
	clk.Advance(11 * time.Second)
	answer = errors.New("gone")
	require.Contains(t, scrape(t, m), "\ntributary_facts_waiting 2\n")
	require.Contains(t, log.String(), "gone")
	require.Equal(t, 3, asked)
}

func TestLogger(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		level, format string
		terminal      bool
		want          string
	}{
		{"info", "auto", false, `"msg":"told"`},
		{"info", "auto", true, `msg=told`},
		{"info", "json", true, `"msg":"told"`},
		{"info", "text", false, `msg=told`},
		{"debug", "text", false, `msg=told`},
		{"warn", "text", false, ``},
	} {
		var out strings.Builder
		telemetry.Logger(&out, tt.level, tt.format, tt.terminal).InfoContext(t.Context(), "told")
		require.Contains(t, out.String(), tt.want)
		if tt.want != "" {
			require.Regexp(t, `time"?[=:]"?\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})`, out.String())
		}
		require.Equal(t, tt.want == "", out.Len() == 0, "%+v", tt)
	}
}
