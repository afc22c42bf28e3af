// Package programme is the composition root. It creates the stores, services, jobs
// and router of a partner programme. All commands and the API tests build their
// programme here, so that tests use the same router as the server.
//
// Build creates the services in the order in which they need each other.
// Nothing is set on a service afterwards.
package programme

import (
	"context"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/process"
	"github.com/tributary-server/tributary/internal/telemetry"
)

// Programme is a partner programme that Build has created. The caller must close
// it.
type Programme struct {
	api.Deps

	DB      db.DB
	Stores  Stores // used by commands that need data which no service returns
	Zone    *time.Location
	Metrics *telemetry.Metrics

	Tracked *click.Service  // handles tracked links
	Courier *outbox.Courier // calls webhooks and postbacks

	Router  *httpapi.Router // serves the API
	Handler http.Handler    // serves everything: the API, the page, tracked links, health checks and metrics
	Jobs    []jobs.Job      // jobs that Run runs; empty if this server runs no jobs

	// Servers counts the servers on the database. It is nil on SQLite, which allows only
	// one server.
	Servers *process.Register

	recorder *click.Recorder
}

// ConfigError says that a Config is invalid, or that it contradicts the data in the
// database.
type ConfigError struct{ error }

// Unwrap returns the wrapped error.
func (e ConfigError) Unwrap() error { return e.error }

// Build builds a programme on two databases with the current schema: the main database,
// and the database for clicks. On SQLite, the clicks are in a separate file. On
// PostgreSQL, the caller passes the same database twice. The caller must close the
// databases after the programme.
//
// A database from an older version may have facts but no time zone. Build then makes
// the zone in the Config permanent. Build returns a ConfigError if the operator can
// solve the problem with another Config.
func Build(ctx context.Context, main, clicks db.DB, c Config) (*Programme, error) {
	r, err := c.resolve()
	if err != nil {
		return nil, ConfigError{err}
	}
	apart := clicks != main
	main = db.Joining(main)
	if apart {
		clicks = db.Joining(clicks)
	} else {
		clicks = main
	}
	zone, err := openZone(ctx, main, r.Clock, r.Zone)
	if err != nil {
		return nil, err
	}
	wakers := newWakers()
	stores := newStores(main, clicks, zone.location, r.Clock, wakers)
	signer, err := click.NewSigner(ctx, stores.Clicks, r.Clock)
	if err != nil {
		return nil, err
	}
	servers := r.servers(&stores, main.Engine())
	metrics := telemetry.NewMetrics(r.Version, r.Clock)
	recorder := click.NewRecorder(ctx, &zonedClicks{Store: metrics.Clicks(stores.Clicks), zone: *zone}, click.DefaultQueue)
	b := &builder{settled: r, stores: stores, zone: zone.location, metrics: metrics, signer: signer, recorder: recorder, wakers: wakers, servers: servers}
	services, courier, err := b.services()
	if err != nil {
		recorder.Close()
		return nil, err
	}
	tracked := b.clickService()
	router := api.New(services)
	watchBacklogs(ctx, metrics, &stores, r.Logger)
	metrics.Servers(r.Role, servers)
	return &Programme{
		Deps: services, DB: main, Stores: stores, Zone: zone.location, Metrics: metrics, Tracked: tracked, Courier: courier,
		Router: router, Handler: b.inRole(b.handler(tracked, router)), Jobs: b.jobs(&services, courier), Servers: servers, recorder: recorder,
	}, nil
}

// Close stores the clicks that are still in the queue and waits for other pending
// writes. No request or job may use the programme after Close.
func (p *Programme) Close() error {
	p.recorder.Close()
	return p.Identity.Close()
}
