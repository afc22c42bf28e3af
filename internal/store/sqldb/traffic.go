package sqldb

import (
	"context"
	"strconv"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/traffic"
)

// Traffic implements traffic.Store.
type Traffic struct{ db db.DB }

var _ traffic.Store = Traffic{}

// NewTraffic returns the traffic sources of db, which has to be a Joining one.
func NewTraffic(db db.DB) Traffic { return Traffic{db} }

// Atomically implements traffic.Store.
func (s Traffic) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

const sourceColumns = `partner_id, source_id, name, source_type, url, status, reason, created_at, checked_at`

func scanSource(row db.Row) (source traffic.Source, err error) {
	var created int64
	var checked *int64
	err = row.Scan(&source.PartnerID, &source.ID, &source.Name, &source.Type, &source.URL, (*string)(&source.Status), &source.Reason, &created, &checked)
	source.CreatedAt, source.CheckedAt = db.Instant(created), db.OptionalInstant(checked)
	return source, err
}

// List implements traffic.Store. Plan: a partner's by the primary key; the
// broker's list reads them all.
func (s Traffic) List(ctx context.Context, f traffic.Filter) (list []traffic.Source, count int64, err error) {
	from, args := ` FROM traffic_sources WHERE 1 = 1`, []any(nil)
	if len(f.PartnerIDs) > 0 {
		args = append(args, f.PartnerIDs)
		from += ` AND partner_id @anyid($` + strconv.Itoa(len(args)) + `)`
	}
	if len(f.Statuses) > 0 {
		args = append(args, f.Statuses)
		from += ` AND status @any($` + strconv.Itoa(len(args)) + `)`
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*)`+from, args...).Scan(&count); err != nil {
			return err
		}
		list, err = db.Collect(ctx, q, func(rows db.Rows) (traffic.Source, error) { return scanSource(rows) },
			`SELECT `+sourceColumns+from+` ORDER BY created_at DESC, source_id DESC LIMIT `+strconv.Itoa(f.Page.Limit)+` OFFSET `+strconv.Itoa(f.Page.Offset),
			args...)
		return err
	})
	return list, count, err
}

// Source implements traffic.Store. Plan: the primary key.
func (s Traffic) Source(ctx context.Context, partnerID, sourceID id.UUID) (traffic.Source, error) {
	return s.one(ctx, `partner_id = $1 AND source_id = $2`, partnerID, sourceID)
}

// Find implements traffic.Store. Plan: traffic_sources_uid.
func (s Traffic) Find(ctx context.Context, sourceID id.UUID) (traffic.Source, error) {
	return s.one(ctx, `source_id = $1`, sourceID)
}

func (s Traffic) one(ctx context.Context, condition string, args ...any) (traffic.Source, error) {
	source, err := scanSource(s.db.QueryRow(ctx, `SELECT `+sourceColumns+` FROM traffic_sources WHERE `+condition, args...))
	if found, err := db.Found(err); err != nil || !found {
		if err == nil {
			err = traffic.ErrUnknown
		}
		return traffic.Source{}, err
	}
	return source, nil
}

// Save implements traffic.Store.
func (s Traffic) Save(ctx context.Context, source traffic.Source) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO traffic_sources (`+sourceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (partner_id, source_id) DO UPDATE SET name = excluded.name, source_type = excluded.source_type, url = excluded.url,
				status = excluded.status, reason = excluded.reason, checked_at = excluded.checked_at`,
			source.PartnerID, source.ID, source.Name, source.Type, source.URL, string(source.Status), source.Reason, db.Micros(source.CreatedAt),
			db.OptionalMicros(source.CheckedAt))
		return err
	})
}

// Delete implements traffic.Store.
func (s Traffic) Delete(ctx context.Context, partnerID, sourceID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM traffic_sources WHERE partner_id = $1 AND source_id = $2`, partnerID, sourceID)
		if err == nil && removed == 0 {
			err = traffic.ErrUnknown
		}
		return err
	})
}
