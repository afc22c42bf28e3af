package settings

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
)

// Store stores the programme's settings.
type Store struct{ db db.DB }

// NewStore returns a Store of settings in db.
func NewStore(db db.DB) Store { return Store{db} }

// Values reads all stored values.
func (s Store) Values(ctx context.Context) (Values, error) {
	return Load(ctx, s.db)
}

// Set stores a value that Canonical has returned, unless this value already
// applies. It reports whether it has stored the value. It returns ErrFixed if
// the setting is permanent and has a different value.
func (s Store) Set(ctx context.Context, info *Info, text string, from, now time.Time) (changed bool, err error) {
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		changed = false
		values, err := Load(ctx, q)
		if err != nil {
			return err
		}
		current, set := info.At(values, from)
		if set && current == text {
			return nil
		}
		if values.IsFixed(info.Name) {
			return fmt.Errorf("%w: it is %s", ErrFixed, current)
		}
		// If two values start at the same time, the one that was set later must apply. Its
		// time must therefore be later, even if both were set in the same microsecond or
		// the clock was set back in between.
		created := now
		for _, v := range values[info.Name] {
			if v.From.Equal(from) && !created.After(v.Created) {
				created = v.Created.Add(time.Microsecond)
			}
		}
		changed = true
		_, err = q.Exec(ctx, `INSERT INTO settings (name, from_at, created_at, value) VALUES ($1, $2, $3, $4)`,
			info.Name, db.Micros(from), db.Micros(created), text)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("setting %s: %w", info.Name, err)
	}
	return changed, nil
}

// FixZone makes the programme's time zone permanent and returns its name. If no
// time zone was set before, FixZone first sets it to the given zone.
func (s Store) FixZone(ctx context.Context, zone *time.Location, now time.Time) (name string, err error) {
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		name, err = FixZone(ctx, q, zone, now)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("making the time zone permanent: %w", err)
	}
	return name, nil
}

// FixZone is like Store.FixZone, but runs in the caller's transaction, which must
// have locked the whole store.
func FixZone(ctx context.Context, q db.Querier, zone *time.Location, now time.Time) (string, error) {
	values, err := Load(ctx, q)
	if err != nil {
		return "", err
	}
	info := &TimeZone.Info
	name, set := info.At(values, Beginning)
	if values.IsFixed(info.Name) {
		return name, nil
	}
	if set {
		newest := values[info.Name][len(values[info.Name])-1]
		_, err = q.Exec(ctx, `UPDATE settings SET fixed_at = $4 WHERE name = $1 AND from_at = $2 AND created_at = $3`,
			info.Name, db.Micros(newest.From), db.Micros(newest.Created), db.Micros(now))
		return name, err
	}
	_, err = q.Exec(ctx, `INSERT INTO settings (name, from_at, created_at, value, fixed_at) VALUES ($1, $2, $3, $4, $3)`,
		info.Name, db.Micros(Beginning), db.Micros(now), zone.String())
	return zone.String(), err
}

// Load reads all stored values.
func Load(ctx context.Context, q db.Querier) (Values, error) {
	rows, err := q.Query(ctx, `SELECT name, from_at, created_at, value, fixed_at FROM settings`)
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	defer rows.Close()
	values := Values{}
	for rows.Next() {
		var name string
		var from, created int64
		var fixed *int64
		var v Value
		if err := rows.Scan(&name, &from, &created, &v.Text, &fixed); err != nil {
			return nil, fmt.Errorf("reading the settings: %w", err)
		}
		v.From, v.Created, v.Fixed = db.Instant(from), db.Instant(created), fixed != nil
		values.Add(name, v)
	}
	return values, rows.Err()
}
