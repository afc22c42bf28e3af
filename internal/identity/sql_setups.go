package identity

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
)

// SetUps reads and changes what partners have set up.
type SetUps struct{ db db.DB }

// NewSetUps returns the SetUps of db, which must be a Joining one.
func NewSetUps(db db.DB) SetUps { return SetUps{db} }

// PauseSince pauses the active webhooks and postbacks of a partner that were
// made or changed after a moment, and returns their ids.
func (s SetUps) PauseSince(ctx context.Context, partnerID id.UUID, since time.Time) (paused []id.UUID, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		paused, err = db.Collect(ctx, q, func(rows db.Rows) (endpoint id.UUID, err error) {
			err = rows.Scan(&endpoint)
			return endpoint, err
		}, `UPDATE endpoints SET status = $3 WHERE partner_id = $1 AND status = $4 AND (created_at > $2 OR updated_at > $2) RETURNING endpoint_id`,
			partnerID, db.Micros(since), string(outbox.Paused), string(outbox.Active))
		return err
	})
	return paused, err
}

// SetUps lists everything that a partner has set up, newest first in each kind.
// Plan: the partner's rows by the primary keys; each kind has a limit.
func (s SetUps) SetUps(ctx context.Context, partnerID id.UUID) (list []SetUp, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list, err = db.Collect(ctx, q, func(rows db.Rows) (u SetUp, err error) {
			var endpoint id.UUID
			var created, changed int64
			err = rows.Scan(&u.Kind, &endpoint, &u.Name, &u.Target, &u.Status, &created, &changed)
			u.ID, u.Created, u.Changed = endpoint.String(), db.Instant(created), db.Instant(changed)
			return u, err
		}, `SELECT kind, endpoint_id, name, url, status, created_at, updated_at FROM endpoints WHERE partner_id = $1
			ORDER BY kind DESC, endpoint_id DESC`, partnerID)
		if err != nil {
			return err
		}
		links, err := db.Collect(ctx, q, func(rows db.Rows) (u SetUp, err error) {
			var link, created int64
			err = rows.Scan(&link, &u.Name, &u.Target, &created)
			u.Kind, u.ID, u.Status = "agent_link", strconv.FormatInt(link, 10), "active"
			u.Created, u.Changed = db.Instant(created), db.Instant(created)
			return u, err
		}, `SELECT link_id, alias, email, created_at FROM agent_links WHERE partner_id = $1 ORDER BY created_at DESC, link_id DESC`, partnerID)
		if err != nil {
			return err
		}
		apps, err := db.Collect(ctx, q, func(rows db.Rows) (u SetUp, err error) {
			var confirmed int64
			err = rows.Scan(&confirmed)
			u.Kind, u.Status, u.Created, u.Changed = "authenticator", "active", db.Instant(confirmed), db.Instant(confirmed)
			return u, err
		}, `SELECT confirmed_at FROM totp_secrets WHERE partner_id = $1 AND confirmed_at IS NOT NULL`, partnerID)
		list = append(append(list, links...), apps...)
		return err
	})
	return list, err
}

// Resume makes a paused or disabled endpoint active. found is false if the
// partner has no endpoint with this id.
func (s SetUps) Resume(ctx context.Context, partnerID, endpointID id.UUID, at time.Time) (found bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE endpoints SET status = $3, reason = '', failing_since = NULL, updated_at = $4
			WHERE partner_id = $1 AND endpoint_id = $2`, partnerID, endpointID, string(outbox.Active), db.Micros(at))
		found = affected > 0
		return err
	})
	return found, err
}
