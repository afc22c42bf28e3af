package move

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Store stores moves, as facts.
type Store struct{ db db.DB }

// NewStore returns the Store of db. db must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// defaultCode returns the code of a partner's default link, or of its oldest link if
// no link is the default. The query uses the primary key of partner_links.
func defaultCode(ctx context.Context, q db.Querier, partnerID id.UUID) (code string, found bool, err error) {
	return db.One[string](ctx, q, `SELECT l.link_code FROM partners p JOIN partner_links l ON l.partner_id = p.partner_id
		WHERE p.partner_id = $1 AND p.programme <> $2 ORDER BY l.is_default DESC, l.created_at, l.link_code LIMIT 1`, partnerID, partner.House)
}

// registered returns which of these clients are registered. The query uses the primary
// key of client_events.
func registered(ctx context.Context, q db.Querier, clients []id.UUID) (map[id.UUID]bool, error) {
	found, err := db.All[id.UUID](ctx, q, `SELECT client_uid FROM client_events WHERE client_uid @anyid($1) AND kind = 'client.registered'`, clients)
	out := make(map[id.UUID]bool, len(found))
	for _, u := range found {
		out[u] = true
	}
	return out, err
}
