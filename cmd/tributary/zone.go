package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// programmeZone is the time zone that a command or a server works in.
type programmeZone struct {
	location *time.Location
	fixed    bool // nothing changes it any more
	store    sqldb.Settings
	clock    clock.Clock
}

// openZone reads the programme's time zone from the store. A zone that the
// command was given is stored, and refused when the store has another one
// that the first fact or click fixed.
func (a *app) openZone(ctx context.Context, db db.DB) (*programmeZone, error) {
	z := &programmeZone{store: sqldb.NewSettings(db), clock: a.clock}
	values, err := z.store.Values(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.cli.CheckTracking(longestWindow(values, a.clock.Now())); err != nil {
		return nil, usageError{err}
	}
	name, set := settings.TimeZone.Info.At(values, settings.Beginning)
	given := a.cli.TimeZone.Location
	if given != nil && (!set || given.String() != name) {
		_, err := z.store.Set(ctx, &settings.TimeZone.Info, given.String(), settings.Beginning, a.clock.Now())
		if errors.Is(err, settings.ErrFixed) {
			return nil, usageError{settings.ZoneMismatch(name, given.String())}
		}
		if err != nil {
			return nil, err
		}
		name = given.String()
	}
	if z.location, err = clock.ParseZone(name); err != nil {
		return nil, fmt.Errorf("the time zone that the store keeps: %w", err)
	}
	z.fixed = values.IsFixed(settings.TimeZone.Name)
	if z.fixed {
		return z, nil
	}
	if err := z.adopt(ctx, db); err != nil {
		return nil, err
	}
	return z, nil
}

// adopt fixes the time zone of a store that was filled before stores kept one.
func (z *programmeZone) adopt(ctx context.Context, db db.DB) error {
	facts, err := sqldb.NewPartnerAdmin(db).AnyFact(ctx)
	if err != nil || !facts {
		return err
	}
	differs, err := sqldb.NewVerify(db).DaysDiffer(ctx, z.location)
	if err != nil {
		return err
	}
	if differs {
		return usageError{fmt.Errorf("the orders in the store do not fall on days of %s: name the time zone that they were taken in with"+
			" by --time-zone; the store keeps it from then on", z.location)}
	}
	return z.fix(ctx)
}

// fix makes the time zone the programme's for ever, and reads which one it is:
// another process may have been quicker.
func (z *programmeZone) fix(ctx context.Context) error {
	name, err := z.store.FixZone(ctx, z.location, z.clock.Now())
	if err != nil {
		return err
	}
	z.fixed = true
	z.location, err = clock.ParseZone(name)
	return err
}

// longestWindow is the longest attribution window that counts now or will.
func longestWindow(values settings.Values, now time.Time) time.Duration {
	longest := settings.AttributionWindow.At(values, now)
	for _, v := range values[settings.AttributionWindow.Name] {
		if v.From.After(now) {
			longest = max(longest, settings.AttributionWindow.At(values, v.From))
		}
	}
	return longest
}

// zonedClicks fixes the programme's time zone with its first click.
type zonedClicks struct {
	click.Store

	zone programmeZone // its own: the programme keeps the one that it was built with
}

// Add implements click.Store. The Recorder calls it from one goroutine.
func (s *zonedClicks) Add(ctx context.Context, clicks []click.Click) error {
	if !s.zone.fixed {
		if err := s.zone.fix(ctx); err != nil {
			return err
		}
	}
	for i := range clicks {
		clicks[i].Hour = click.HourOf(clicks[i].At, s.zone.location)
	}
	return s.Store.Add(ctx, clicks)
}

// errZoneChanged ends a server whose programme was given another time zone.
var errZoneChanged = errors.New("the programme has another time zone now")

// zonePause is how often a server looks for another time zone, until the
// first fact or click fixes it.
const zonePause = time.Second

// watchZone returns errZoneChanged when another command gave the programme
// another time zone than the server was built with.
func (p *programme) watchZone(ctx context.Context) error {
	store, ticker := sqldb.NewSettings(p.store), time.NewTicker(zonePause)
	defer ticker.Stop()
	for {
		values, err := store.Values(ctx)
		switch {
		case err != nil: // the store's trouble is noticed elsewhere
		case settings.Zone(values).String() != p.zone.String():
			return errZoneChanged
		case values.IsFixed(settings.TimeZone.Name):
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
