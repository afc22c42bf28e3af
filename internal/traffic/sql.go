package traffic

import (
	"context"
	"strconv"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores sources.
type Store struct{ db db.DB }

// NewStore returns a Store on db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. Until the transaction ends, no other
// transaction can change sources. Statements that fn runs with its context
// belong to the transaction.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

var sources = db.NewTable[Source]("traffic_sources")

// List returns the sources that match a filter. If the filter names partners,
// the query reads their sources by primary key. Otherwise, it reads all
// sources.
func (s Store) List(ctx context.Context, f Filter) (list []Source, count int64, err error) {
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
		list, err = db.All[Source](ctx, q, `SELECT `+sources.Of("")+from+` ORDER BY created_at DESC, source_id DESC LIMIT `+strconv.Itoa(f.Page.Limit)+` OFFSET `+strconv.Itoa(f.Page.Offset),
			args...)
		return err
	})
	return list, count, err
}

// Source returns a partner's source, or ErrUnknown. The query uses the primary
// key.
func (s Store) Source(ctx context.Context, partnerID, sourceID id.UUID) (Source, error) {
	return s.findOne(ctx, `partner_id = $1 AND source_id = $2`, partnerID, sourceID)
}

// Find returns a source of any partner, or ErrUnknown. The query uses the index
// traffic_sources_uid.
func (s Store) Find(ctx context.Context, sourceID id.UUID) (Source, error) {
	return s.findOne(ctx, `source_id = $1`, sourceID)
}

func (s Store) findOne(ctx context.Context, condition string, args ...any) (Source, error) {
	return db.OneOr[Source](ctx, s.db, ErrUnknown, `SELECT `+sources.Of("")+` FROM traffic_sources WHERE `+condition, args...)
}

// Save adds or replaces a source.
func (s Store) Save(ctx context.Context, source Source) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return sources.InsertOn(ctx, q, sources.Replacing("partner_id, source_id", "created_at"), source)
	})
}

// Delete removes a partner's source. It returns ErrUnknown if there is no such
// source.
func (s Store) Delete(ctx context.Context, partnerID, sourceID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM traffic_sources WHERE partner_id = $1 AND source_id = $2`, partnerID, sourceID)
		if err == nil && removed == 0 {
			err = ErrUnknown
		}
		return err
	})
}
