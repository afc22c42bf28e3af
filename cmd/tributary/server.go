package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/api/intake"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/telemetry"
)

// Limits on connections, beside those of intake. There is none on a whole
// request or answer: a feed streams in for hours and a report streams out.
const (
	headerPatience = 10 * time.Second
	idlePatience   = 2 * time.Minute
	maxHeader      = 64 << 10
	// drainPatience is how long running requests may take to end when the
	// programme is told to stop.
	drainPatience = 20 * time.Second
	// feedPatience is how much of it a feed has to come to its end; then it is
	// answered what was taken of it.
	feedPatience = 5 * time.Second
)

// server is the HTTP server with its surroundings.
type server struct {
	http     *http.Server
	gate     *intake.Gate
	listener net.Listener
	log      *slog.Logger
	ready    atomic.Bool        // whether to send work here
	cut      context.CancelFunc // ends the requests that still run
}

var errNotReady = errors.New("starting or stopping")

func newServer(ctx context.Context, a *app, p *programme, web *config.Web, listener net.Listener) (*server, error) {
	// Requests outlive the signal that ends the programme, but not the server.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	s := &server{listener: intake.Listen(drf.Listen(listener)), log: a.log, cut: cut}
	whole, err := handler(a, p, web, address(listener), func(context.Context) error {
		if !s.ready.Load() {
			return errNotReady
		}
		return nil
	})
	if err != nil {
		cut()
		return nil, err
	}
	p.watchBacklogs(base, a.log)
	s.gate = intake.Handler(whole, a.patience)
	s.http = &http.Server{
		Handler:           s.gate,
		ReadHeaderTimeout: headerPatience,
		IdleTimeout:       idlePatience,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       intake.Context,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // what strangers' connections do
	}
	s.http.RegisterOnShutdown(p.outward.feed.Stop)
	return s, nil
}

// run serves until ctx ends, then lets running requests finish.
func (s *server) run(ctx context.Context) error {
	defer s.cut()
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	s.log.InfoContext(ctx, "serving", "address", s.listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.log.InfoContext(ctx, "stopping: finishing the requests that run")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainPatience)
	defer cancel()
	defer time.AfterFunc(feedPatience, s.gate.Stop).Stop()
	if err := s.http.Shutdown(patience); err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stopping: %w", err)
		}
		s.log.WarnContext(ctx, "cutting off requests that did not end in time", "after", drainPatience.String())
		s.cut()
		s.http.Close()
	}
	s.log.InfoContext(ctx, "stopped")
	return nil
}

// watchBacklogs makes metrics of the work that waits.
func (p *programme) watchBacklogs(ctx context.Context, log *slog.Logger) {
	admin := sqldb.NewPartnerAdmin(p.store)
	for _, backlog := range []telemetry.Backlog{
		{Name: "tributary_facts_waiting", Help: "Facts kept that wait for their missing half, at most ten seconds ago.", Count: admin.Waiting},
		{Name: "tributary_payouts_waiting", Help: "Payouts that wait for the broker's answer, at most ten seconds ago.", Count: admin.PayoutsWaiting},
		{Name: "tributary_mails_waiting", Help: "Mails that are still to be sent, at most ten seconds ago.", Count: admin.MailsWaiting},
	} {
		p.metrics.Waiting(ctx, backlog, log)
	}
}
