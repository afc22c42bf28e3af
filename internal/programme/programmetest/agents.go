package programmetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
)

// AgentLink gives a partner's agent a link, as the service for agents does.
func (p *Programme) AgentLink(t *testing.T, owner string, link int64, code, email string) {
	t.Helper()
	p.Write(t, `INSERT INTO link_codes (link_code, partner_id) VALUES ($1, $2)`, code, UUID(owner))
	p.Write(t, `INSERT INTO partner_links (partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at) VALUES ($1, $2, 'revenue_share', $3, $3, $3, 0)`,
		UUID(owner), code, false)
	p.Write(t, `INSERT INTO agent_links (partner_id, link_id, link_code, alias, email, share_rewards, share_clients, earned_usd_e6, created_at)
		VALUES ($1, $2, $3, $3, $4, $5, $5, 0, 0)`, UUID(owner), link, code, email, true)
	p.Write(t, `INSERT INTO agent_routes (email, owner_id, link_id) VALUES ($1, $2, $3)`, email, UUID(owner), link)
}

// Agree adds an agreement that applies from a given time onwards. A limit of 0 means
// no limit.
func (p *Programme) Agree(t *testing.T, owner string, link int64, from string, shareE4, limit int64) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	var most *int64
	if limit > 0 {
		most = &limit
	}
	p.Write(t, `INSERT INTO agent_agreements (partner_id, link_id, from_at, share_e4, cap_usd_e6, earned_usd_e6) VALUES ($1, $2, $3, $4, $5, 0)`,
		UUID(owner), link, db.Micros(at), shareE4, most)
	p.Write(t, `UPDATE agent_links SET earned_usd_e6 = 0 WHERE partner_id = $1 AND link_id = $2`, UUID(owner), link)
}

// OpenAccount returns a fact that opens another account of a client. The account
// belongs to the link with this code.
func (p *Programme) OpenAccount(client, account, code, more string) string {
	return p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
		`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":%q%s`, account, client, code, more))
}
