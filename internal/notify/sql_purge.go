package notify

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Purge removes notifications that were created before a given time, even if
// they are unread. It handles up to limit partners, each in a separate
// transaction, and removes up to limit notifications of each, the oldest first.
// It returns true if further notifications can be removed. The primary key is
// sorted by time, so Purge reads only the notifications that it removes, and
// one cursor for each partner.
func (s Store) Purge(ctx context.Context, before time.Time, limit int) (more bool, err error) {
	var partners []id.UUID
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		partners, err = db.All[id.UUID](ctx, q, `SELECT c.partner_id FROM notification_cursors c WHERE (SELECT n.created_at FROM notifications n
			WHERE n.partner_id = c.partner_id ORDER BY n.notification_id LIMIT 1) < $1 LIMIT $2`, db.Micros(before), int64(limit))
		return err
	})
	if err != nil {
		return false, err
	}
	more = len(partners) == limit
	for _, partnerID := range partners {
		err := s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
			removed, err := q.Exec(ctx, `DELETE FROM notifications WHERE partner_id = $1 AND notification_id IN (SELECT t.notification_id FROM
				(SELECT notification_id, created_at FROM notifications WHERE partner_id = $1 ORDER BY notification_id LIMIT $2) t WHERE t.created_at < $3)`,
				partnerID, int64(limit), db.Micros(before))
			more = more || removed == int64(limit)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return more, nil
}
