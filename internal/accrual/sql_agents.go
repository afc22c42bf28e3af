package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// AgentLinks returns the agents' links among these keys, each with all the
// agreements it has had. Plan: one look at agent_routes, and nothing more where
// there are no agents; otherwise index agent_links_code once for each key, and
// the primary key.
func (tx SQLTx) AgentLinks(ctx context.Context, keys []LinkKey) ([]*AgentLink, error) {
	var some int
	if err := tx.q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM agent_routes LIMIT 1) r`).Scan(&some); err != nil || some == 0 {
		return nil, err
	}
	links, err := db.All[*AgentLink](ctx, tx.q, `SELECT l.partner_id, l.link_code, l.link_id, l.email FROM @rows($1)
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
		agent.Agreement
	}
	by := map[numbered]*AgentLink{}
	for _, l := range links {
		by[numbered{l.OwnerID, l.ID}] = l
	}
	agreements, err := db.All[*agreed](ctx, tx.q, `SELECT a.partner_id, a.link_id, a.from_at, a.share_e4, a.cap_usd_e6, a.earned_usd_e6 FROM @rows($1)
		CROSS JOIN agent_agreements a WHERE a.partner_id = @uuid(k.value->>0) AND a.link_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(links, func(l *AgentLink) []any { return []any{l.OwnerID.Hex(), l.ID} }))
	for _, a := range agreements {
		link := by[a.numbered]
		link.Agreements = append(link.Agreements, &a.Agreement)
	}
	return links, err
}

// AgentRoutes returns the links of the agents with these e-mails. Plan: primary
// keys.
func (tx SQLTx) AgentRoutes(ctx context.Context, emails []string) (map[string][]LinkKey, error) {
	type route struct {
		Email string `db:"email"`
		LinkKey
	}
	routes, err := db.All[route](ctx, tx.q, `SELECT r.email, l.partner_id, l.link_code FROM agent_routes r
		JOIN agent_links l ON l.partner_id = r.owner_id AND l.link_id = r.link_id WHERE r.email @any($1) ORDER BY l.partner_id, l.link_id`, emails)
	out := map[string][]LinkKey{}
	for _, r := range routes {
		out[r.Email] = append(out[r.Email], r.LinkKey)
	}
	return out, err
}

// LinkAccounts returns the accounts that count under a link. Plan: index
// accounts_link.
func (tx SQLTx) LinkAccounts(ctx context.Context, key LinkKey) ([]string, error) {
	return db.All[string](ctx, tx.q, `SELECT client_account FROM accounts WHERE partner_id = $1 AND link_code = $2 ORDER BY client_account`, key.OwnerID, key.Code)
}

var agentShares = db.NewTable[*AgentShare]("agent_shares")

// AgentShares returns what the agent earned by an order of the owner's client,
// and what was taken back. Plan: the primary key.
func (tx SQLTx) AgentShares(ctx context.Context, agentID, ownerID id.UUID, key feed.OrderKey) ([]*AgentShare, error) {
	return db.All[*AgentShare](ctx, tx.q, `SELECT `+agentShares.Of("s")+` FROM agent_shares s WHERE s.partner_id = $1 AND s.owner_id = $2
		AND s.server = $3 AND s.ticket = $4 AND s.part = $5 AND s.client_account = $6`,
		agentID, ownerID, key.Server, key.Ticket, key.Part, key.ClientAccount)
}

// saveAgents writes accrual's changes to agents.
func (tx SQLTx) saveAgents(ctx context.Context, c *Changes) error {
	for _, s := range c.Agents.Undone {
		if _, err := tx.q.Exec(ctx, `DELETE FROM agent_shares WHERE partner_id = $1 AND owner_id = $2 AND server = $3 AND ticket = $4 AND part = $5
			AND client_account = $6 AND kind = $7`,
			s.AgentID, s.OwnerID, s.Key.Server, s.Key.Ticket, s.Key.Part, s.Key.ClientAccount, int64(s.Kind)); err != nil {
			return err
		}
	}
	if err := agentShares.Insert(ctx, tx.q, c.Agents.Shares...); err != nil {
		return err
	}
	for _, e := range c.Agents.Earned {
		if _, err := tx.q.Exec(ctx, `UPDATE agent_agreements SET earned_usd_e6 = $4 WHERE partner_id = $1 AND link_id = $2 AND from_at = $3`,
			e.OwnerID, e.LinkID, db.Micros(e.From), int64(e.EarnedUSD)); err != nil {
			return err
		}
		// The link shows the sum earned under its newest agreement.
		if _, err := tx.q.Exec(ctx, `UPDATE agent_links SET earned_usd_e6 = $4 WHERE partner_id = $1 AND link_id = $2
			AND NOT EXISTS (SELECT 1 FROM agent_agreements a WHERE a.partner_id = $1 AND a.link_id = $2 AND a.from_at > $3)`,
			e.OwnerID, e.LinkID, db.Micros(e.From), int64(e.EarnedUSD)); err != nil {
			return err
		}
	}
	return nil
}
