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

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/web"
)

// The server has these limits in addition to those of intake. The total time of
// a request or response is not limited, because reading a feed or writing a
// report can take hours.
const (
	headerPatience = 10 * time.Second
	idlePatience   = 2 * time.Minute
	maxHeader      = 64 << 10
	// drainPatience is how long requests may continue after the process was
	// told to stop.
	drainPatience = 20 * time.Second
	// feedPatience is how long the server continues to read a feed after the
	// process was told to stop. The response then says how many facts were
	// stored.
	feedPatience = 5 * time.Second
)

type server struct {
	http     *http.Server
	gate     *intake.Gate
	listener net.Listener
	log      *slog.Logger
	ready    *readiness
	cut      context.CancelFunc // cancels the requests that are still running
}

// readiness says whether the server should get new requests.
type readiness struct{ atomic.Bool }

var errNotReady = errors.New("the server is starting or stopping")

func (r *readiness) check(context.Context) error {
	if !r.Load() {
		return errNotReady
	}
	return nil
}

func newServer(ctx context.Context, a *app, p *programme.Programme, ready *readiness, listener net.Listener) *server {
	// A request may continue after the signal to stop, but not after the server
	// has ended.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	s := &server{listener: intake.Listen(httpapi.Listen(listener)), log: a.log, ready: ready, cut: cut}
	s.gate = intake.Handler(p.Handler, a.patience)
	s.http = &http.Server{
		Handler:           s.gate,
		ReadHeaderTimeout: headerPatience,
		IdleTimeout:       idlePatience,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       intake.Context,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // such errors are caused by the clients' connections
	}
	s.http.RegisterOnShutdown(p.Feed.Stop)
	return s
}

// run serves until ctx ends. Then it waits for running requests.
func (s *server) run(ctx context.Context) error {
	defer s.cut()
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	s.log.InfoContext(ctx, "serving", "address", s.listener.Addr().String())
	if !web.Embedded().Built() {
		s.log.InfoContext(ctx, "this binary does not contain the page for partners. To include the page, run make build")
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.log.InfoContext(ctx, "stopping after the running requests have ended")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainPatience)
	defer cancel()
	defer time.AfterFunc(feedPatience, s.gate.Stop).Stop()
	if err := s.http.Shutdown(patience); err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stopping: %w", err)
		}
		s.log.WarnContext(ctx, "cancelling requests that did not end in time", "after", drainPatience.String())
		s.cut()
		s.http.Close()
	}
	s.log.InfoContext(ctx, "stopped")
	return nil
}
