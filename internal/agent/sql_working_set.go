package agent

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// readLinks returns the agents' links with these keys, each with all its
// agreements. If the programme has no agents, it reads only one row of
// agent_routes to find out. Otherwise it uses the index agent_links_code once
// for each key, and the primary key.
func readLinks(ctx context.Context, q db.Querier, keys []LinkKey) ([]*SharedLink, error) {
	var some int
	if err := q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM agent_routes LIMIT 1) r`).Scan(&some); err != nil || some == 0 {
		return nil, err
	}
	links, err := db.All[*SharedLink](ctx, q, `SELECT l.partner_id, l.link_code, l.link_id, l.email FROM @rows($1)
		CROSS JOIN agent_links l WHERE l.partner_id = @uuid(k.value->>0) AND l.link_code = k.value->>1`,
		db.JSONRows(keys, func(k LinkKey) []any { return []any{k.OwnerID.Hex(), k.Code} }))
	if err != nil || len(links) == 0 {
		return nil, err
	}
	type numbered struct {
		OwnerID id.UUID `db:"partner_id"`
		LinkID  int64   `db:"link_id"`
	}
	type agreed struct {
		numbered
		Agreement
	}
	by := map[numbered]*SharedLink{}
	for _, l := range links {
		by[numbered{l.OwnerID, l.ID}] = l
	}
	agreements, err := db.All[*agreed](ctx, q, `SELECT a.partner_id, a.link_id, a.from_at, a.share_e4, a.cap_usd_e6, a.earned_usd_e6 FROM @rows($1)
		CROSS JOIN agent_agreements a WHERE a.partner_id = @uuid(k.value->>0) AND a.link_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(links, func(l *SharedLink) []any { return []any{l.OwnerID.Hex(), l.ID} }))
	for _, a := range agreements {
		link := by[a.numbered]
		link.Agreements = append(link.Agreements, &a.Agreement)
	}
	return links, err
}

// readRoutes returns the links of the agents with these e-mail addresses. The
// query uses primary keys.
func readRoutes(ctx context.Context, q db.Querier, emails []string) (map[string][]LinkKey, error) {
	type route struct {
		Email string `db:"email"`
		LinkKey
	}
	routes, err := db.All[route](ctx, q, `SELECT r.email, l.partner_id, l.link_code FROM agent_routes r
		JOIN agent_links l ON l.partner_id = r.owner_id AND l.link_id = r.link_id WHERE r.email @any($1) ORDER BY l.partner_id, l.link_id`, emails)
	out := map[string][]LinkKey{}
	for _, r := range routes {
		out[r.Email] = append(out[r.Email], r.LinkKey)
	}
	return out, err
}

var earnings = db.NewTable[*Earning]("agent_shares")

// readEarnings returns the agent's earnings from an order, including those of
// its reversals. The query uses the primary key.
func readEarnings(ctx context.Context, q db.Querier, agentID, ownerID id.UUID, key feed.OrderKey) ([]*Earning, error) {
	return db.All[*Earning](ctx, q, `SELECT `+earnings.Of("s")+` FROM agent_shares s WHERE s.partner_id = $1 AND s.owner_id = $2
		AND s.server = $3 AND s.ticket = $4 AND s.part = $5 AND s.client_account = $6`,
		agentID, ownerID, key.Server, key.Ticket, key.Part, key.ClientAccount)
}

// Save stores the collected changes and empties the set.
func (w *WorkingSet) Save(ctx context.Context) error {
	for _, e := range w.undone {
		if _, err := w.q.Exec(ctx, `DELETE FROM agent_shares WHERE partner_id = $1 AND owner_id = $2 AND server = $3 AND ticket = $4 AND part = $5
			AND client_account = $6 AND kind = $7`,
			e.AgentID, e.OwnerID, e.Key.Server, e.Key.Ticket, e.Key.Part, e.Key.ClientAccount, int64(e.Kind)); err != nil {
			return err
		}
	}
	if err := earnings.Insert(ctx, w.q, w.booked...); err != nil {
		return err
	}
	for agreement, link := range w.earned {
		if _, err := w.q.Exec(ctx, `UPDATE agent_agreements SET earned_usd_e6 = $4 WHERE partner_id = $1 AND link_id = $2 AND from_at = $3`,
			link.OwnerID, link.ID, db.Micros(agreement.From), int64(agreement.EarnedUSD)); err != nil {
			return err
		}
		// agent_links has the sum earned under the newest agreement of a link.
		if _, err := w.q.Exec(ctx, `UPDATE agent_links SET earned_usd_e6 = $4 WHERE partner_id = $1 AND link_id = $2
			AND NOT EXISTS (SELECT 1 FROM agent_agreements a WHERE a.partner_id = $1 AND a.link_id = $2 AND a.from_at > $3)`,
			link.OwnerID, link.ID, db.Micros(agreement.From), int64(agreement.EarnedUSD)); err != nil {
			return err
		}
	}
	w.booked, w.undone = nil, nil
	clear(w.earned)
	return nil
}
