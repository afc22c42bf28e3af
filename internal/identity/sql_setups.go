package identity

import (
	"context"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
)

// SetUps stores what partners have set up: webhooks, postbacks, links of referral
// agents, and authenticator apps.
type SetUps struct{ db db.DB }

// NewSetUps returns the SetUps of db. db must be the result of db.Joining.
func NewSetUps(db db.DB) SetUps { return SetUps{db} }

// PauseSince pauses a partner's active webhooks and postbacks that were created or
// changed after the given time. It returns their ids.
func (s SetUps) PauseSince(ctx context.Context, partnerID id.UUID, since time.Time) (paused []id.UUID, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		paused, err = db.All[id.UUID](ctx, q, `UPDATE endpoints SET status = $3 WHERE partner_id = $1 AND status = $4 AND (created_at > $2 OR updated_at > $2) RETURNING endpoint_id`,
			partnerID, db.Micros(since), string(outbox.Paused), string(outbox.Active))
		return err
	})
	return paused, err
}

// SetUps lists what a partner has set up, newest first within each kind. The
// queries find the partner's rows by primary key. They read few rows, because a
// partner can set up only a limited number of each kind.
func (s SetUps) SetUps(ctx context.Context, partnerID id.UUID) (list []SetUp, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		type endpoint struct {
			SetUp

			Number id.UUID `db:"endpoint_id"`
		}
		list, err = db.AllAs(ctx, q, func(e endpoint) (SetUp, error) {
			e.ID = e.Number.String()
			return e.SetUp, nil
		}, `SELECT kind, endpoint_id, name, url AS target, status, created_at, updated_at FROM endpoints WHERE partner_id = $1
			ORDER BY kind DESC, endpoint_id DESC`, partnerID)
		if err != nil {
			return err
		}
		type agentLink struct {
			SetUp

			Number int64 `db:"link_id"`
		}
		links, err := db.AllAs(ctx, q, func(l agentLink) (SetUp, error) {
			l.ID = strconv.FormatInt(l.Number, 10)
			return l.SetUp, nil
		}, `SELECT 'agent_link' AS kind, link_id, alias AS name, email AS target, 'active' AS status, created_at, created_at AS updated_at
			FROM agent_links WHERE partner_id = $1 ORDER BY created_at DESC, link_id DESC`, partnerID)
		if err != nil {
			return err
		}
		apps, err := db.All[SetUp](ctx, q, `SELECT 'authenticator' AS kind, 'active' AS status, confirmed_at AS created_at, confirmed_at AS updated_at
			FROM totp_secrets WHERE partner_id = $1 AND confirmed_at IS NOT NULL`, partnerID)
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
