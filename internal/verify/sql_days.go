package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/settings"
)

// daySources select rows that store both a time and the day that follows from
// it. Each query returns two columns that identify the row, then the time and
// the day.
var daySources = []struct{ kind, query string }{
	{"an order's reward", `SELECT server, CAST(ticket AS text), close_at, reward_day FROM rewards WHERE kind = 0 AND server IS NOT NULL`},
	{"a reversal's reward", `SELECT r.server, CAST(r.ticket AS text), f.at, r.reward_day FROM rewards r JOIN facts f ON f.fact_id = r.fact_id WHERE r.kind = 1 AND r.server IS NOT NULL`},
	{"a client's registration", `SELECT 'client', CAST(number AS text), registered_at, reg_day FROM clients`},
	{"an account's opening", `SELECT 'account', client_account, opened_at, opened_day FROM accounts`},
}

// Zone returns the programme's time zone.
func (tx Tx) Zone(ctx context.Context) (*time.Location, error) {
	values, err := settings.Load(ctx, tx.q)
	return settings.Zone(values), err
}

// Days calls visit with every stored day, and with the time from which the day
// follows.
func (tx Tx) Days(ctx context.Context, visit func(Dated) error) error {
	for _, source := range daySources {
		if err := eachDay(ctx, tx.q, source.kind, source.query, visit); err != nil {
			return err
		}
	}
	return nil
}

func eachDay(ctx context.Context, q db.Querier, kind, query string, visit func(Dated) error) error {
	rows, err := q.Query(ctx, query)
	if err != nil {
		return fmt.Errorf("reading the day of %s: %w", kind, err)
	}
	defer rows.Close()
	for rows.Next() {
		var of, name string
		var at, day int64
		if err := rows.Scan(&of, &name, &at, &day); err != nil {
			return fmt.Errorf("reading the day of %s: %w", kind, err)
		}
		if err := visit(Dated{Kind: kind, Name: of + ":" + name, At: db.Instant(at), Day: clock.Day(day)}); err != nil {
			return err
		}
	}
	return rows.Err()
}

var errEnough = errors.New("enough seen")

// sampleDays is the number of days that DaysDiffer compares.
const sampleDays = 1000

// DaysDiffer reports whether any of a sample of stored times falls on a day other
// than the stored day in the given time zone.
func (v Store) DaysDiffer(ctx context.Context, zone *time.Location) (differs bool, err error) {
	left := sampleDays
	err = Tx{v.db}.Days(ctx, func(row Dated) error {
		if clock.DayOf(row.At, zone) != row.Day {
			differs = true
		}
		if left--; differs || left == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return differs, err
}
