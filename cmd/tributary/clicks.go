package main

import (
	"context"
	"errors"
	"net/url"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/telemetry"
)

// tracking is the clicks of an open programme.
type tracking struct {
	db       db.DB // store itself, but on SQLite
	apart    bool  // db is one of its own
	store    sqldb.Clicks
	signer   click.Signer
	recorder *click.Recorder
}

// openTracking opens the clicks: on SQLite a file beside the database.
func (a *app) openTracking(
	ctx context.Context, database config.Database, programmes db.DB, zone *programmeZone, metrics *telemetry.Metrics,
) (*tracking, error) {
	t := &tracking{db: programmes}
	if database.Engine == config.SQLite {
		file, err := sqlite.OpenClicks(ctx, database.Address)
		if err != nil {
			return nil, err
		}
		t.db, t.apart = db.Joining(file), true
	}
	t.store = sqldb.NewClicks(t.db)
	signer, err := click.NewSigner(ctx, t.store, a.clock)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.signer, t.recorder = signer, click.NewRecorder(ctx, &zonedClicks{Store: metrics.Clicks(t.store), zone: *zone}, click.DefaultQueue)
	return t, nil
}

// Close keeps the clicks that wait.
func (t *tracking) Close() error {
	if t.recorder != nil {
		t.recorder.Close()
	}
	if t.apart {
		return t.db.Close()
	}
	return nil
}

// purge forgets clicks that are too old, and yesterday's visitors.
func (p *programme) purgeClicks(a *app) func(context.Context) error {
	return func(ctx context.Context) error {
		now := a.clock.Now()
		_, err := p.tracking.store.Purge(ctx, now.Add(-a.cli.ClickRetention.Duration), clock.DayOf(now, p.zone))
		return err
	}
}

// redirect follows the programme's tracked links. base is what they begin with.
func (a *app) redirect(p *programme, web *config.Web, base *url.URL) (*api.Redirect, error) {
	dead, err := web.DeadLink()
	if err != nil {
		return nil, usageError{err}
	}
	home := base
	if web.PublicURL != "" {
		if home, err = url.Parse(web.PublicURL); err != nil {
			return nil, usageError{err}
		}
	}
	clicks := click.New(p.tracking.recorder, p.tracking.signer, sqldb.NewClickCodes(p.store), sqldb.NewCampaigns(p.store), a.clock, click.Config{
		Zone: p.zone, Dead: dead, Home: api.HomeURL(home),
	})
	return &api.Redirect{
		Clicks: clicks, Path: base.Path, TrustedProxies: web.TrustedProxy, CountryHeader: web.CountryHeader,
		Clock: a.clock, Logger: a.log, Observe: p.metrics.Observe,
	}, nil
}

func (a *app) subPublishers(p *programme) *click.Publishers {
	return click.NewPublishers(p.tracking.store, sqldb.NewSubPublishers(p.store), a.clock, p.zone, sqldb.NewAudit(p.store, a.clock))
}
