package move

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/trial"
)

// Store stores moves, as facts.
type Store struct{ db db.DB }

// NewStore returns a Store that uses db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// defaultCode returns the code of a partner's default link, or of its oldest link if
// no link is the default. The query uses the primary key of partner_links.
func defaultCode(ctx context.Context, q db.Querier, partnerID id.UUID) (code string, found bool, err error) {
	return db.One[string](ctx, q, `SELECT l.link_code FROM partners p JOIN partner_links l ON l.partner_id = p.partner_id
		WHERE p.partner_id = $1 AND p.programme <> $2 ORDER BY l.is_default DESC, l.created_at, l.link_code LIMIT 1`, partnerID, partner.House)
}

// countOrders counts the orders in the listed ranges. It stops at the limit.
func countOrders(ctx context.Context, q db.Querier, list []trial.Moving, limit int64) (int64, error) {
	n, _, err := db.One[int64](ctx, q, `SELECT count(*) FROM (SELECT 1 FROM @rows($1) CROSS JOIN reward_rows t WHERE `+trial.MovingSQL+` LIMIT $2) o`,
		db.JSONRows(list, func(m trial.Moving) []any { return m.Row() }), limit)
	return n, err
}

// countOrdersIn counts the orders of partners in these times, at most limit.
func countOrdersIn(ctx context.Context, q db.Querier, list []trial.PartnerSpan, limit int64) (int64, error) {
	n, _, err := db.One[int64](ctx, q, `SELECT count(*) FROM (SELECT 1 FROM @rows($1) CROSS JOIN reward_rows t WHERE `+trial.SpanSQL+` LIMIT $2) o`,
		db.JSONRows(list, func(s trial.PartnerSpan) []any { return s.Row() }), limit)
	return n, err
}
