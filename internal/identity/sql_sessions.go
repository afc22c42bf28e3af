package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Sessions lists one page of a partner's sessions that are valid at a given time,
// newest first. count is the number of valid sessions on all pages. Both queries
// use the index by expiry, so they read only sessions that have not expired.
func (s Store) Sessions(ctx context.Context, partnerID id.UUID, at time.Time, limit, offset int) (list []ListedSession, count int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		const working = ` FROM sessions WHERE partner_id = $1 AND expires_at > $2 AND revoked_at IS NULL`
		if err := q.QueryRow(ctx, `SELECT count(*)`+working, partnerID, db.Micros(at)).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[ListedSession](ctx, q, `SELECT coalesce(began_at, issued_at) AS logged_in_at, `+db.List("", db.ColumnsOf[Session]())+working+` ORDER BY issued_at DESC, session_id DESC LIMIT $3 OFFSET $4`,
			partnerID, db.Micros(at), int64(limit), int64(offset))
		return err
	})
	return list, count, err
}

// EndSession revokes a session and its family. ended is false if the partner
// has no valid session with this id.
func (s Store) EndSession(ctx context.Context, partnerID, sessionID id.UUID, at time.Time) (ended bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `
			UPDATE sessions SET revoked_at = $3 WHERE partner_id = $1 AND session_id = $2 AND expires_at > $4 AND revoked_at IS NULL`,
			partnerID, sessionID, db.Micros(at), db.Micros(at))
		if ended = affected > 0; err != nil || !ended {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE sessions SET revoked_at = coalesce(revoked_at, $3) WHERE`+inFamily, partnerID, sessionID, db.Micros(at))
		return err
	})
	return ended, err
}
