package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/payout"
)

// Metrics has the metrics of a server. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	clock    clock.Clock
	requests *prometheus.CounterVec
	times    *prometheus.HistogramVec
	sent     *prometheus.CounterVec
	facts    *prometheus.CounterVec
	payouts  *prometheus.CounterVec
	batches  *prometheus.HistogramVec
	work     workMetrics
}

// NewMetrics returns Metrics that are all zero.
func NewMetrics(version string, c clock.Clock) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		clock:    c,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_http_requests_total", Help: "Requests answered, by operation and status.",
		}, []string{"operation", "status"}),
		times: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tributary_http_request_duration_seconds", Help: "Time from the arrival of a request to the end of its answer, by operation.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"operation"}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_http_response_bytes_total", Help: "Bytes in the bodies of answers, by operation.",
		}, []string{"operation"}),
		facts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_facts_total", Help: "Facts by outcome: accepted, duplicate, waiting for another fact, released.",
		}, []string{"outcome"}),
		payouts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_payout_answers_total", Help: "Payouts answered by the broker, by answer: paid or failed.",
		}, []string{"answer"}),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tributary_batch_duration_seconds",
			Help:    "Time to apply one batch of facts, including the wait for its turn, by result: ok or failed.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"result"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "tributary_build_info", Help: "Always 1; the label is the running version.",
	}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.times, m.sent, m.facts, m.payouts, m.batches, build,
	)
	m.work = newWork(m.registry)
	for _, result := range []string{resultOK, resultFailed} {
		m.batches.WithLabelValues(result) // create the metric at the start, because an alert cannot see the first failure otherwise
	}
	for _, outcome := range outcomes {
		m.facts.WithLabelValues(outcome)
	}
	for _, answer := range []payout.Status{payout.Paid, payout.Failed} {
		m.payouts.WithLabelValues(string(answer))
	}
	return m
}

// Observe counts a response. op is the id of the operation, or empty if the
// path belongs to no operation. op may be a label because there are few ids.
// Callers' paths may not, because they could create any number of metrics.
func (m *Metrics) Observe(op string, status int, took time.Duration, bytes int64) {
	if op == "" {
		op = "none"
	}
	m.requests.WithLabelValues(op, strconv.Itoa(status)).Inc()
	m.times.WithLabelValues(op).Observe(took.Seconds())
	m.sent.WithLabelValues(op).Add(float64(bytes))
}

// These constants limit how often a metric reads the database, because anyone may
// request the metrics at any rate.
const (
	gaugeFreshness = 10 * time.Second
	gaugePatience  = 2 * time.Second
)

// Backlog is work that waits, such as mails in the queue.
type Backlog struct {
	Name  string // name of the metric
	Help  string
	Count func(context.Context) (int64, error)
}

// Waiting adds a metric that counts a backlog. It reads the database at most once in
// ten seconds, with the context ctx.
func (m *Metrics) Waiting(ctx context.Context, of Backlog, log *slog.Logger) {
	var mu sync.Mutex
	var last float64
	var asked time.Time
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: of.Name, Help: of.Help,
	}, func() float64 {
		mu.Lock()
		defer mu.Unlock()
		now := m.clock.Now()
		if now.Sub(asked) < gaugeFreshness {
			return last
		}
		ctx, cancel := context.WithTimeout(ctx, gaugePatience)
		defer cancel()
		asked = now
		n, err := of.Count(ctx)
		if err != nil {
			log.WarnContext(ctx, "a backlog could not be counted", "metric", of.Name, "error", err)
			return last
		}
		last = float64(n)
		return last
	}))
}

// Handler serves the metrics in the text format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, EnableOpenMetrics: true})
}
