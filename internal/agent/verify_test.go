package agent_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// agentDamage damages the books of agents in one way at a time. verify must
// report each damage.
func agentDamage(t *testing.T, open func(t *testing.T) db.DB) {
	const ledger = "the ledger has each agent's shares, and what their owners paid for them"
	for name, damage := range map[string]struct{ statement, check string }{
		"a share's order":            {`UPDATE agent_shares SET ticket = ticket + 50`, "an agent's share belongs to an order of its owner"},
		"a share's base":             {`UPDATE agent_shares SET base_usd_e6 = base_usd_e6 + 1 WHERE kind = 0`, "an agent's share belongs to an order of its owner"},
		"a share's day":              {`UPDATE agent_shares SET reward_day = reward_day + 1`, "an agent's share belongs to an order of its owner"},
		"a share above its part":     {`UPDATE agent_shares SET amount_usd_e6 = amount_usd_e6 + 1 WHERE kind = 0`, "an agent's share is at most its part of the reward"},
		"a share's percent":          {`UPDATE agent_shares SET share_e4 = share_e4 + 100`, "an agent earns under an agreement that was in force at the close"},
		"a later agreement":          {`UPDATE agent_agreements SET from_at = from_at + 100000000000000`, "an agent earns under an agreement that was in force at the close"},
		"another link":               {`UPDATE accounts SET link_code = 'alpha' WHERE client_account = '7001'`, "an agent earns only from accounts of its link"},
		"half of a reversal":         {`UPDATE agent_shares SET amount_e6 = amount_e6 - 1 WHERE kind = 1`, "a reversal cancels exactly what its order's agent earned"},
		"no reversal":                {`DELETE FROM agent_shares WHERE kind = 1`, "a reversal cancels exactly what its order's agent earned"},
		"a reversal without a share": {`DELETE FROM agent_shares WHERE kind = 0`, "a reversal takes from an agent only what it earned"},
		"what was earned":            {`UPDATE agent_agreements SET earned_usd_e6 = earned_usd_e6 - 1`, "an agreement's earnings are the sum of its shares, within its limit"},
		"a limit":                    {`UPDATE agent_agreements SET cap_usd_e6 = 499999`, "an agreement's earnings are the sum of its shares, within its limit"},
		"what a link shows":          {`UPDATE agent_links SET earned_usd_e6 = 0`, "an agent's link shows what was earned under its newest agreement"},
		"an agent's amount":          {`UPDATE agent_shares SET amount_e6 = amount_e6 + 1 WHERE ticket = 11`, ledger},
		"what an owner paid":         {`UPDATE agent_shares SET paid_e6 = paid_e6 + 1 WHERE ticket = 11`, ledger},
		"a lost share":               {`DELETE FROM agent_shares WHERE ticket = 11`, ledger},
		"a posting's kind":           {`UPDATE postings SET kind = 'agent_share' WHERE kind = 'reward'`, "a posting of an agent's share uses only the accounts wallet and expense"},
		"a lost route":               {`DELETE FROM agent_routes`, "an agent's link is among its owner's links, and its agent can find it"},
		"a lost link":                {`DELETE FROM partner_links WHERE link_code = 'agent'`, "an agent's link is among its owner's links, and its agent can find it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := programmetest.New(open(t))
			p.MustFeed(t, p.Setting()...)
			withAgent(t, p, 25_0000, 5_000_000)
			p.MustFeed(t,
				p.Order(agentAccount, 11, "EURUSD", march, ``), p.Order(agentAccount, 12, "EURUSD", march, ``),
				p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":12,"reason":"x"`))
			require.NoError(t, p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
				_, err := q.Exec(ctx, damage.statement)
				return err
			}))
			var found []string
			_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { found = append(found, f.Check) })
			require.NoError(t, err)
			require.Contains(t, found, damage.check)
		})
	}
}
