package telemetry

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/outbox"
)

// workMetrics contains the metrics of jobs and of other work that no request
// starts.
type workMetrics struct {
	jobs        *prometheus.CounterVec
	jobTimes    *prometheus.HistogramVec
	jobLast     *prometheus.GaugeVec
	mails       *prometheus.CounterVec
	deliveries  *prometheus.CounterVec
	clicks      *prometheus.CounterVec
	clickFaults prometheus.Counter
}

// These are the values of the label for the results of work.
const (
	resultOK     = "ok"
	resultFailed = "failed"
)

func newWork(registry *prometheus.Registry) workMetrics {
	w := workMetrics{
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_job_runs_total", Help: "Runs of the server's jobs, by result: ok or failed.",
		}, []string{"job", "result"}),
		jobTimes: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tributary_job_duration_seconds", Help: "Duration of one run of a job.",
			Buckets: []float64{.001, .01, .1, 1, 10, 60, 600},
		}, []string{"job"}),
		jobLast: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tributary_job_last_success_timestamp_seconds", Help: "Time of a job's last successful run, by the programme's clock.",
		}, []string{"job"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_mail_attempts_total", Help: "Attempts to send a mail, by result: ok, failed (will be retried) or refused (will not).",
		}, []string{"result"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_delivery_attempts_total", Help: "Calls of webhooks and postbacks, by kind and by the state of the delivery afterwards:" +
				" delivered, pending (will be retried) or failed.",
		}, []string{"kind", "result"}),
		clicks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tributary_clicks_total", Help: "Stored visits to tracked links, by kind: click (the only kind that reports count), bot, prefetch or head.",
		}, []string{"kind"}),
		clickFaults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tributary_click_writes_failed_total", Help: "Transactions of clicks that could not be written.",
		}),
	}
	registry.MustRegister(w.jobs, w.jobTimes, w.jobLast, w.mails, w.deliveries, w.clicks, w.clickFaults)
	// Create every label at the start, because rates and alerts cannot see the first
	// event otherwise.
	for _, result := range []string{resultOK, resultFailed, "refused"} {
		w.mails.WithLabelValues(result)
	}
	for _, kind := range []outbox.Kind{outbox.Webhook, outbox.Postback} {
		for _, status := range []outbox.DeliveryStatus{outbox.Delivered, outbox.Pending, outbox.Failed} {
			w.deliveries.WithLabelValues(string(kind), string(status))
		}
	}
	for _, kind := range []click.Kind{click.Counted, click.Bot, click.Prefetch, click.Head} {
		w.clicks.WithLabelValues(string(kind))
	}
	return w
}

// Jobs returns the same jobs, with metrics about their runs.
func (m *Metrics) Jobs(list []jobs.Job) []jobs.Job {
	out := make([]jobs.Job, len(list))
	for i, job := range list {
		run := job.Run
		job.Run = func(ctx context.Context) error {
			began := m.clock.Now()
			err := run(ctx)
			if err != nil && ctx.Err() != nil {
				return err // the job failed only because the server is stopping
			}
			m.ran(job.Name, m.clock.Now().Sub(began), err)
			return err
		}
		m.work.jobs.WithLabelValues(job.Name, resultOK)
		m.work.jobs.WithLabelValues(job.Name, resultFailed)
		out[i] = job
	}
	return out
}

func (m *Metrics) ran(job string, took time.Duration, err error) {
	m.work.jobTimes.WithLabelValues(job).Observe(took.Seconds())
	if err != nil {
		m.work.jobs.WithLabelValues(job, resultFailed).Inc()
		return
	}
	m.work.jobs.WithLabelValues(job, resultOK).Inc()
	m.work.jobLast.WithLabelValues(job).Set(float64(m.clock.Now().Unix()))
}

// Mails returns a transport that counts the mails that it sends.
func (m *Metrics) Mails(to mail.Transport) mail.Transport { return countedMails{to, m} }

type countedMails struct {
	mail.Transport

	metrics *Metrics
}

func (c countedMails) Deliver(ctx context.Context, sent *mail.Mail) error {
	err := c.Transport.Deliver(ctx, sent)
	result := resultOK
	switch {
	case errors.Is(err, mail.ErrRefused):
		result = "refused"
	case err != nil:
		result = resultFailed
	}
	c.metrics.work.mails.WithLabelValues(result).Inc()
	return err
}

// Delivery counts an attempt to deliver. status is the status of the delivery after
// this attempt.
func (m *Metrics) Delivery(kind outbox.Kind, status outbox.DeliveryStatus) {
	m.work.deliveries.WithLabelValues(string(kind), string(status)).Inc()
}

// Clicks returns a store that counts the clicks that it stores.
func (m *Metrics) Clicks(store click.Store) click.Store { return countedClicks{store, m} }

type countedClicks struct {
	click.Store

	metrics *Metrics
}

func (c countedClicks) Add(ctx context.Context, clicks []click.Click) error {
	err := c.Store.Add(ctx, clicks)
	if err != nil {
		c.metrics.work.clickFaults.Inc()
		return err
	}
	for i := range clicks {
		c.metrics.work.clicks.WithLabelValues(string(clicks[i].Kind)).Inc()
	}
	return nil
}
