package programmetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// RequireTables checks that a dump has at least one row of each table. Otherwise a
// comparison of two dumps could pass because both are empty.
func RequireTables(t *testing.T, dump []string, tables ...string) {
	t.Helper()
	for _, table := range tables {
		require.True(t, slices.ContainsFunc(dump, func(row string) bool { return strings.HasPrefix(row, table+": ") }), "no %s in the books", table)
	}
}

// Dump returns the books as text. It leaves out ids, numbers, batches and times
// of writing, because these may differ if the same facts arrive in another order.
func Dump(ctx context.Context, t *testing.T, database db.DB) []string {
	t.Helper()
	var out []string
	for _, q := range []struct {
		name  string
		width int
		query string
	}{
		{"client", 14, `SELECT CAST(relation AS text), email, country, link_code, coalesce(verified_at, 0), contact_status, coalesce(first_deposit_at, 0), first_deposit_usd_e6,
			deposits_usd_e6, balance_usd_e6, coalesce(first_trade_day, 0), coalesce(last_trade_day, 0), orders_count, reward_usd_e6 FROM clients ORDER BY partner_id, client_uid`},
		{"source", 12, `SELECT params, click_id, coalesce(clicked_at, 0), link_code, campaign_code, coalesce(link_id, 0), tags, sub_id, country, platform,
			coalesce(material_id, 0), registered_at FROM client_sources ORDER BY partner_id, client_uid`},
		{"account", 11, `SELECT client_account, account_type, link_code, equity_usd_e6, coalesce(first_trade_day, 0), coalesce(last_trade_day, 0), orders_count, volume_lots_e8, volume_usd_e4,
			reward_e6, reward_usd_e6 FROM accounts ORDER BY partner_id, client_account`},
		{"reward", 14, `SELECT server, ticket, part, client_account, kind, account_type, formula_code, level, currency, reward_day, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6
			FROM rewards ORDER BY partner_id, server, ticket, part, client_account, kind`},
		{"override", 7, `SELECT ticket, kind, depth, reward_day, base_usd_e6, amount_usd_e6, amount_e6 FROM overrides ORDER BY partner_id, sub_partner_id, ticket, kind`},
		{"agent-share", 10, `SELECT ticket, client_account, kind, link_id, agreement_at, reward_day, base_usd_e6, amount_usd_e6, amount_e6, paid_e6
			FROM agent_shares ORDER BY partner_id, owner_id, ticket, client_account, kind`},
		{"agreement", 3, `SELECT link_id, from_at, earned_usd_e6 FROM agent_agreements ORDER BY partner_id, link_id, from_at`},
		{"account-day", 10, `SELECT reward_day, client_account, account_type, link_code, reward_rows, orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6
			FROM account_days ORDER BY partner_id, reward_day, client_account`},
		{"client-month", 2, `SELECT month_day, account_days FROM client_months ORDER BY partner_id, month_day, client_uid`},
		{"partner-day", 8, `SELECT reward_day, account_days, reward_rows, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6
			FROM partner_days WHERE reward_rows <> 0 OR override_usd_e6 <> 0 ORDER BY partner_id, reward_day`},
		{"totals", 9, `SELECT clients_active, clients_inactive, clients_changing, clients_left, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6
			FROM partner_totals ORDER BY partner_id`},
		{"sub-partner", 1, `SELECT override_usd_e6 FROM sub_partner_totals WHERE override_usd_e6 <> 0 ORDER BY partner_id, sub_partner_id`},
		{"cpa", 9, `SELECT status, reason, earns_usd_e6, coalesce(first_deposit_at, 0), first_deposit_usd_e6, coalesce(qualified_at, 0), coalesce(paid_day, 0), paid_e6, limited_by
			FROM cpa_clients ORDER BY partner_id, client_uid`},
		{"balance", 4, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE amount_e6 <> 0 OR amount_usd_e6 <> 0 ORDER BY partner_id, account, currency`},
		{"ledger", 6, `SELECT account, currency, coalesce(client_account, ''), coalesce(reward_day, 0), sum(amount_e6), sum(amount_usd_e6) FROM entries
			GROUP BY partner_id, account, currency, client_account, reward_day HAVING sum(amount_e6) <> 0
			ORDER BY partner_id, account, currency, client_account, reward_day`},
		{"server-day", 4, `SELECT server, day, orders, lots_e8 FROM server_days ORDER BY server, day`},
		// A fact that needs several others may wait for any of them, so compare only its id.
		{"waiting", 1, `SELECT fact_id FROM facts_waiting ORDER BY fact_id`},
	} {
		rows, err := db.Collect(ctx, database, func(rows db.Rows) (string, error) {
			values := make([]any, q.width)
			targets := make([]any, q.width)
			for i := range values {
				targets[i] = &values[i]
			}
			err := rows.Scan(targets...)
			return fmt.Sprint(append([]any{q.name + ": "}, values...)...), err
		}, strings.ReplaceAll(strings.ReplaceAll(q.query, "sum(amount_e6),", "CAST(sum(amount_e6) AS bigint),"), "sum(amount_usd_e6) FROM", "CAST(sum(amount_usd_e6) AS bigint) FROM"))
		require.NoError(t, err, q.name)
		out = append(out, rows...)
	}
	return out
}
