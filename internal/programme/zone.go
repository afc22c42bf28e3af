package programme

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/verify"
)

// programmeZone is the time zone that a programme works in.
type programmeZone struct {
	location *time.Location
	fixed    bool // it can no longer change
	store    settings.Store
	clock    clock.Clock
}

// openZone reads the programme's time zone from the store. If given is set, it
// is stored. It is refused if the first fact or click has fixed another zone.
func openZone(ctx context.Context, db db.DB, clk clock.Clock, given *time.Location) (*programmeZone, error) {
	z := &programmeZone{store: settings.NewStore(db), clock: clk}
	values, err := z.store.Values(ctx)
	if err != nil {
		return nil, err
	}
	name, set := settings.TimeZone.Info.At(values, settings.Beginning)
	if given != nil && (!set || given.String() != name) {
		_, err := z.store.Set(ctx, &settings.TimeZone.Info, given.String(), settings.Beginning, clk.Now())
		if errors.Is(err, settings.ErrFixed) {
			return nil, ConfigError{settings.ZoneMismatch(name, given.String())}
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
	facts, err := inbox.NewStore(db).AnyFact(ctx)
	if err != nil || !facts {
		return err
	}
	differs, err := verify.NewStore(db).DaysDiffer(ctx, z.location)
	if err != nil {
		return err
	}
	if differs {
		return ConfigError{fmt.Errorf("the orders in the store were imported in another time zone than %s: give that zone"+
			" with --time-zone; the store keeps it from then on", z.location)}
	}
	return z.fix(ctx)
}

// fix makes the programme's time zone permanent. It then reads it back, because
// another process may have fixed another one first.
func (z *programmeZone) fix(ctx context.Context) error {
	name, err := z.store.FixZone(ctx, z.location, z.clock.Now())
	if err != nil {
		return err
	}
	z.fixed = true
	z.location, err = clock.ParseZone(name)
	return err
}

// ErrZoneChanged reports that a command has changed the programme's time zone:
// build the programme again.
var ErrZoneChanged = errors.New("the programme's time zone was changed")

// zonePause is how often a server checks for a changed time zone, until the
// first fact or click fixes it.
const zonePause = time.Second

// WatchZone returns ErrZoneChanged when the store gets another time zone than
// the programme was built with. It returns nil once the zone is fixed or ctx
// has ended.
func (p *Programme) WatchZone(ctx context.Context) error {
	ticker := time.NewTicker(zonePause)
	defer ticker.Stop()
	for {
		values, err := p.Stores.Settings.Values(ctx)
		switch {
		case err != nil: // other callers report the store's errors
		case settings.Zone(values).String() != p.Zone.String():
			return ErrZoneChanged
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
