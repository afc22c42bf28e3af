package click

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// PublisherStore stores blocked sub_ids, and reads the clients that each sub_id
// brought.
type PublisherStore struct {
	SQLCodes
	db db.DB
}

// NewPublisherStore returns a PublisherStore on db.
func NewPublisherStore(db db.DB) PublisherStore { return PublisherStore{SQLCodes{db}, db} }

// Registered returns, for each sub_id, figures about the clients who registered
// in a period. The query reads a range of the index client_sources_registered,
// and then each client by primary key.
func (s PublisherStore) Registered(ctx context.Context, partnerID id.UUID, from, to time.Time) ([]Publisher, error) {
	return db.All[Publisher](ctx, s.db, `SELECT o.sub_id, count(*) AS registrations, count(c.first_deposit_at) AS deposits,
			CAST(sum(c.reward_usd_e6) AS bigint) AS reward_usd_e6 FROM client_sources o
		JOIN clients c ON c.partner_id = o.partner_id AND c.client_uid = o.client_uid
		WHERE o.partner_id = $1 AND o.registered_at >= $2 AND o.registered_at < $3 AND o.sub_id <> '' GROUP BY o.sub_id`,
		partnerID, db.Micros(from), db.Micros(to))
}

// Block blocks a sub_id. It returns false if the sub_id was already blocked, and
// ErrTooManyBlocked if the partner has already blocked limit sub_ids.
func (s PublisherStore) Block(ctx context.Context, partnerID id.UUID, subID string, at time.Time, limit int) (changed bool, err error) {
	err = s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		var blocked, already int
		err := q.QueryRow(ctx, `SELECT (SELECT count(*) FROM sub_publishers WHERE partner_id = $1),
			(SELECT count(*) FROM sub_publishers WHERE partner_id = $1 AND sub_id = $2)`, partnerID, subID).Scan(&blocked, &already)
		if err != nil || already > 0 {
			return err
		}
		if blocked >= limit {
			return ErrTooManyBlocked
		}
		n, err := q.Exec(ctx, `INSERT INTO sub_publishers (partner_id, sub_id, blocked_at) VALUES ($1, $2, $3)`, partnerID, subID, db.Micros(at))
		changed = n > 0
		return err
	})
	return changed, err
}

// Unblock unblocks a sub_id. It returns false if the sub_id was not blocked.
func (s PublisherStore) Unblock(ctx context.Context, partnerID id.UUID, subID string) (changed bool, err error) {
	err = s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		n, err := q.Exec(ctx, `DELETE FROM sub_publishers WHERE partner_id = $1 AND sub_id = $2`, partnerID, subID)
		changed = n > 0
		return err
	})
	return changed, err
}

// Atomically runs fn in one transaction, so that the calls in fn are stored
// together or not at all.
func (s PublisherStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}
