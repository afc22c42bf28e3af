package sqldb

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/settings"
)

// Settings keeps the settings of the programme.
type Settings struct{ db db.DB }

// NewSettings returns the settings of db.
func NewSettings(db db.DB) Settings { return Settings{db} }

// Values reads every value ever set.
func (s Settings) Values(ctx context.Context) (settings.Values, error) {
	return loadSettings(ctx, s.db)
}

// Set stores a value in the form that Canonical returned, unless the same
// counts already: then changed is false. It returns settings.ErrFixed when
// the setting has another value that can no longer be changed.
func (s Settings) Set(ctx context.Context, info *settings.Info, text string, from, now time.Time) (changed bool, err error) {
	err = s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		changed = false
		values, err := loadSettings(ctx, q)
		if err != nil {
			return err
		}
		current, set := info.At(values, from)
		if set && current == text {
			return nil
		}
		if values.IsFixed(info.Name) {
			return fmt.Errorf("%w: it is %s", settings.ErrFixed, current)
		}
		// Of two values from one moment the one created later counts, even if
		// both come within a microsecond or a clock was set back.
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

// FixZone makes the programme's time zone the one that it has for ever, which
// is zone if none was set, and returns its name.
func (s Settings) FixZone(ctx context.Context, zone *time.Location, now time.Time) (name string, err error) {
	err = s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		name, err = fixZone(ctx, q, zone, now)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("fixing the time zone: %w", err)
	}
	return name, nil
}

// fixZone runs under the store's lock.
func fixZone(ctx context.Context, q db.Querier, zone *time.Location, now time.Time) (string, error) {
	values, err := loadSettings(ctx, q)
	if err != nil {
		return "", err
	}
	info := &settings.TimeZone.Info
	name, set := info.At(values, settings.Beginning)
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
		info.Name, db.Micros(settings.Beginning), db.Micros(now), zone.String())
	return zone.String(), err
}

func loadSettings(ctx context.Context, q db.Querier) (settings.Values, error) {
	rows, err := q.Query(ctx, `SELECT name, from_at, created_at, value, fixed_at FROM settings`)
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	defer rows.Close()
	values := settings.Values{}
	for rows.Next() {
		var name string
		var from, created int64
		var fixed *int64
		var v settings.Value
		if err := rows.Scan(&name, &from, &created, &v.Text, &fixed); err != nil {
			return nil, fmt.Errorf("reading the settings: %w", err)
		}
		v.From, v.Created, v.Fixed = db.Instant(from), db.Instant(created), fixed != nil
		values.Add(name, v)
	}
	return values, rows.Err()
}

// Settings implements accrual.Tx.
func (tx booksTx) Settings(ctx context.Context) (settings.Values, error) {
	return loadSettings(ctx, tx.q)
}

// saveZone fixes the programme's time zone with the first facts.
func (tx booksTx) saveZone(ctx context.Context, c *accrual.Changes) error {
	if c.FixedZone == nil {
		return nil
	}
	_, err := fixZone(ctx, tx.q, c.FixedZone, c.Now)
	return err
}
