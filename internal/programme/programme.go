// Package programme is the composition root: it makes a partner programme's
// stores, services, jobs and router, once and in order. serve, demo, the other
// commands and the API tests build their programme here, so that a test sees
// the router that ships.
//
// Nothing is set on a service after Build: a service that needs another one is
// made after it.
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
	"github.com/tributary-server/tributary/internal/telemetry"
)

// Programme is a partner programme that was built. Close it at the end.
type Programme struct {
	// Deps are the services that the API calls.
	api.Deps

	DB      db.DB
	Stores  Stores // for commands that need data that no service returns
	Zone    *time.Location
	Metrics *telemetry.Metrics

	Tracked *click.Service  // follows tracked links
	Courier *outbox.Courier // calls webhooks and postbacks

	Router  *httpapi.Router // the API
	Handler http.Handler    // all that is served: the API, tracked links, probes, metrics
	Jobs    []jobs.Job      // see Run

	recorder *click.Recorder
}

// ConfigError reports a Config that does not fit the programme in the store, or
// that is invalid in itself.
type ConfigError struct{ error }

// Unwrap returns the reason.
func (e ConfigError) Unwrap() error { return e.error }

// Build builds a programme on a database with a current schema. clicks is the
// database of clicks: a separate file on SQLite, and main itself on PostgreSQL.
// The caller closes both after it has closed the programme.
//
// Build fixes the time zone of a store that was filled before stores kept one.
// It returns a ConfigError if another Config would succeed.
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
	metrics := telemetry.NewMetrics(r.Version, r.Clock)
	recorder := click.NewRecorder(ctx, &zonedClicks{Store: metrics.Clicks(stores.Clicks), zone: *zone}, click.DefaultQueue)
	b := &builder{settled: r, stores: stores, zone: zone.location, metrics: metrics, signer: signer, recorder: recorder, wakers: wakers}
	services, courier, err := b.services()
	if err != nil {
		recorder.Close()
		return nil, err
	}
	tracked := b.tracked()
	router := api.New(services)
	watchBacklogs(ctx, metrics, &stores, r.Logger)
	return &Programme{
		Deps: services, DB: main, Stores: stores, Zone: zone.location, Metrics: metrics, Tracked: tracked, Courier: courier,
		Router: router, Handler: b.handler(tracked, router), Jobs: b.jobs(&services, courier), recorder: recorder,
	}, nil
}

// Close stores the clicks that still wait and finishes the writes of services.
// No request or job may use the programme after that.
func (p *Programme) Close() error {
	p.recorder.Close()
	return p.Identity.Close()
}
