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

type programmeZone struct {
	location *time.Location
	fixed    bool // true if the zone is permanent
	store    settings.Store
	clock    clock.Clock
}

// openZone reads the programme's time zone from the database. If a zone is given,
// openZone first stores it. It returns a ConfigError if another zone has already
// become permanent.
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
		return nil, fmt.Errorf("reading the stored time zone: %w", err)
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

// adopt makes the time zone permanent in a database of an older version that has
// facts. It returns a ConfigError if the facts were imported in another zone.
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
		return ConfigError{fmt.Errorf("the orders in the database were imported in a time zone other than %s: give the zone of the import"+
			" with --time-zone; the store then keeps it permanently", z.location)}
	}
	return z.fix(ctx)
}

// fix makes the programme's time zone permanent. Another process may have made a
// different zone permanent first, so fix then uses the zone in the database.
func (z *programmeZone) fix(ctx context.Context) error {
	name, err := z.store.FixZone(ctx, z.location, z.clock.Now())
	if err != nil {
		return err
	}
	z.fixed = true
	z.location, err = clock.ParseZone(name)
	return err
}

// ErrZoneChanged says that a command has changed the programme's time zone. The
// caller must build the programme again.
var ErrZoneChanged = errors.New("the programme's time zone was changed")

// zonePause is how often a server checks for a changed time zone, until the first
// fact or click makes the zone permanent.
const zonePause = time.Second

// WatchZone waits until the time zone in the database differs from the one with which
// the programme was built, and returns ErrZoneChanged. It returns nil when the zone
// becomes permanent or ctx ends.
func (p *Programme) WatchZone(ctx context.Context) error {
	ticker := time.NewTicker(zonePause)
	defer ticker.Stop()
	for {
		values, err := p.Stores.Settings.Values(ctx)
		switch {
		case err != nil: // check again after the pause; other users of the store report its errors
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
