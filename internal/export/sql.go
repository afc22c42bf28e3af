package export

import (
	"context"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores exports. Methods that take a partner's id leave out expired
// exports.
type Store struct {
	db   db.DB
	wake func()
}

// NewStore returns a Store in db. The store calls wake when an export is
// waiting for a process. wake must not block.
func NewStore(db db.DB, wake func()) Store { return Store{db, wake} }

var (
	exports = db.NewTable[Export]("report_exports")
	columns = exports.Of("")
)

const unfinished = `status IN ('waiting', 'running')` // the index report_exports_unfinished has the same condition

// Add stores a new export. If the partner already has an unfinished export for
// the same request, Add returns that export instead. If the partner already has
// maxExports exports, Add returns ErrTooMany. Add locks the partner, so that
// concurrent requests neither create two equal exports nor exceed the limit.
// The query reads the partner's rows by primary key.
func (s Store) Add(ctx context.Context, e Export, maxExports int) (kept Export, err error) {
	err = s.db.Lock(ctx, db.Partners(e.PartnerID), func(ctx context.Context, q db.Querier) error {
		kept = e
		list, err := listExports(ctx, q, e.PartnerID, e.Created)
		if err != nil {
			return err
		}
		for i := range list {
			if known := &list[i]; known.Request == e.Request && known.Report == e.Report && !known.Ended() {
				kept = *known
				return nil
			}
		}
		if len(list) >= maxExports {
			return ErrTooMany
		}
		err = exports.Insert(ctx, q, e)
		if err == nil {
			db.AfterCommit(ctx, s.wake)
		}
		return err
	})
	return kept, err
}

// List returns a partner's exports, the newest first.
func (s Store) List(ctx context.Context, partnerID id.UUID, now time.Time) ([]Export, error) {
	return listExports(ctx, s.db, partnerID, now)
}

func listExports(ctx context.Context, q db.Querier, partnerID id.UUID, now time.Time) ([]Export, error) {
	list, err := db.All[Export](ctx, q, `SELECT `+columns+` FROM report_exports WHERE partner_id = $1 AND expires_at > $2 ORDER BY created_at DESC, export_id DESC`,
		partnerID, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("listing exports: %w", err)
	}
	return list, nil
}

// Get returns an export, or NotFound if there is no such export.
func (s Store) Get(ctx context.Context, partnerID, exportID id.UUID, now time.Time) (Export, error) {
	e, found, err := db.One[Export](ctx, s.db, `SELECT `+columns+` FROM report_exports
		WHERE partner_id = $1 AND export_id = $2 AND expires_at > $3`, partnerID, exportID, db.Micros(now))
	if err != nil {
		return Export{}, fmt.Errorf("reading an export: %w", err)
	}
	if !found {
		return Export{}, fault.New(fault.NotFound)
	}
	return e, nil
}

// Expire makes an export expire now. It returns NotFound if there is no such
// export.
func (s Store) Expire(ctx context.Context, partnerID, exportID id.UUID, now time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE report_exports SET expires_at = $3 WHERE partner_id = $1 AND export_id = $2 AND expires_at > $3`,
			partnerID, exportID, db.Micros(now))
		if err == nil && affected == 0 {
			return fault.New(fault.NotFound)
		}
		return err
	})
}

// Due returns the export to create next. Every partner's first export comes
// before any partner's second. Due also returns an export that is not due until
// after horizon, because the clock must have been set back since that export
// was stored. The query reads the index report_exports_unfinished, which is
// small because it has no finished exports.
func (s Store) Due(ctx context.Context, now, horizon time.Time) (e Export, found bool, err error) {
	e, found, err = db.One[Export](ctx, s.db, `SELECT `+columns+` FROM (
			SELECT `+columns+`, row_number() OVER (PARTITION BY partner_id ORDER BY created_at, export_id) AS place
			FROM report_exports WHERE `+unfinished+` AND expires_at > $1) t
		WHERE held_until <= $1 OR held_until > $2 ORDER BY place, created_at, export_id LIMIT 1`, db.Micros(now), db.Micros(horizon))
	if err != nil {
		return Export{}, false, fmt.Errorf("looking for an export to create: %w", err)
	}
	return e, found, nil
}

// Claim starts an attempt at an export that Due has returned. It returns false
// if another process has claimed the export in the meantime.
func (s Store) Claim(ctx context.Context, e Export, until time.Time) (claimed bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE report_exports SET status = 'running', held_until = $4, attempts = attempts + 1, rows_written = 0
			WHERE partner_id = $1 AND export_id = $2 AND held_until = $3 AND `+unfinished, e.PartnerID, e.ID, db.Micros(e.Until), db.Micros(until))
		claimed = affected == 1
		return err
	})
	return claimed, err
}

// Save stores e if the caller's lease, which ends at leaseEnd, is still valid
// and the export has not expired. It reports whether it has stored e.
func (s Store) Save(ctx context.Context, e Export, leaseEnd, now time.Time) (kept bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		var f db.Filter
		set := exports.Set(&f, e, "status", "rows_written", "rows_total", "file_name", "file_bytes", "problem", "attempts", "finished_at", "expires_at", "held_until")
		f.Is("partner_id", e.PartnerID)
		f.Is("export_id", e.ID)
		f.Is("held_until", db.Micros(leaseEnd))
		f.And("status = 'running' AND expires_at > " + f.Bind(db.Micros(now)))
		affected, err := q.Exec(ctx, `UPDATE report_exports SET `+set+f.Where(), f.Values()...)
		kept = affected == 1
		return err
	})
	return kept, err
}

// Expired returns up to limit expired exports that no process is working on.
// The query reads the index report_exports_expiring from its beginning.
func (s Store) Expired(ctx context.Context, now time.Time, limit int) ([]Export, error) {
	list, err := db.All[Export](ctx, s.db, `SELECT `+columns+` FROM report_exports WHERE expires_at <= $1 AND (status <> 'running' OR held_until <= $1)
		ORDER BY expires_at LIMIT $2`, db.Micros(now), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("looking for exports that have expired: %w", err)
	}
	return list, nil
}

// Remove deletes an export's row.
func (s Store) Remove(ctx context.Context, partnerID, exportID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM report_exports WHERE partner_id = $1 AND export_id = $2`, partnerID, exportID)
		return err
	})
}
