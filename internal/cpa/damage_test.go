package cpa_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestVerify damages the CPA of clients in several ways, one at a time, and
// expects verify to report each.
func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		months    = "the sums for the caps per month are those of the payments"
		campaigns = "the sums for the caps per campaign are those of the payments"
		follows   = "the CPA for a client follows from its deposits and orders, and from the caps"
		ledger    = "the ledger has exactly the CPA that was paid and not taken back"
		run       = "CPA is paid in a monthly run, after the client met the conditions"
		belongs   = "CPA belongs to a client who registered with the partner"
	)
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, damage := range map[string]struct{ check, statement string }{
			"a status":                {follows, `UPDATE cpa_clients SET status = 'rejected' WHERE paid_day IS NULL`},
			"an amount":               {follows, `UPDATE cpa_clients SET earns_usd_e6 = earns_usd_e6 + 1 WHERE earns_usd_e6 > 0`},
			"a first deposit":         {follows, `UPDATE cpa_clients SET first_deposit_usd_e6 = first_deposit_usd_e6 + 1 WHERE paid_day IS NULL AND first_deposit_at IS NOT NULL`},
			"a moment":                {follows, `UPDATE cpa_clients SET qualified_at = qualified_at + 1 WHERE paid_day IS NULL AND qualified_at IS NOT NULL`},
			"a lost deposit":          {follows, `DELETE FROM deposits WHERE amount_usd_e6 = 100000000`},
			"a payment above the cap": {follows, `UPDATE cpa_clients SET paid_usd_e6 = 200000000 WHERE limited_by <> ''`},
			"a cap that is not named": {follows, `UPDATE cpa_clients SET limited_by = '' WHERE limited_by <> ''`},
			"a payment before the first deposit was complete": {follows, `UPDATE cpa_clients SET paid_day = 20607 WHERE paid_day IS NOT NULL`},
			"a sum of a month":          {months, `UPDATE cpa_months SET paid_usd_e6 = paid_usd_e6 + 1`},
			"a lost sum of a month":     {months, `DELETE FROM cpa_months`},
			"a sum of a campaign":       {campaigns, `UPDATE cpa_campaigns SET paid_usd_e6 = paid_usd_e6 + 1`},
			"a lost posting":            {ledger, `DELETE FROM postings WHERE kind = 'cpa'`},
			"a lost clawback":           {ledger, `DELETE FROM postings WHERE kind = 'cpa_clawback'`},
			"a posting of another kind": {ledger, `UPDATE postings SET kind = 'override' WHERE kind = 'cpa'`},
			"an entry of a day":         {"CPA moves only wallets and the programme's cost", `UPDATE entries SET reward_day = 20000 WHERE posting_id IN (SELECT posting_id FROM postings WHERE kind = 'cpa')`},
			"a payment before its time": {run, `UPDATE cpa_clients SET qualified_at = NULL WHERE paid_day IS NOT NULL`},
			"a rejected payment":        {run, `UPDATE cpa_clients SET decision = 'rejected' WHERE paid_day IS NOT NULL`},
			"another registration":      {belongs, `UPDATE cpa_clients SET registered_at = registered_at - 1`},
			"an unknown client":         {belongs, `DELETE FROM client_events WHERE kind = 'client.registered'`},
			"two payments":              {"CPA is paid once for a client", `INSERT INTO postings (posting_id, partner_id, kind, booked_at, cause) SELECT partner_id AS posting_id, partner_id, kind, booked_at, cause FROM postings WHERE kind = 'cpa' LIMIT 1`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				capped := basic
				capped.CapPerMonthUSD = usd(500)
				s := newScene(t, open(t), capped)
				for n := 1; n <= 4; n++ {
					s.client(n, "2026-06-02", "")
				}
				s.qualify(1, "2026-06-03")
				s.qualify(2, "2026-06-04")
				s.qualify(3, "2026-06-05") // the cap leaves 100 USD
				s.payOn("2026-07-01")
				s.deposit(1, "2026-07-01T00:00:00Z", -100)
				s.qualify(4, "2026-06-06")
				_, err := verify.Run(t.Context(), verify.NewStore(s.DB), func(f verify.Fault) { t.Errorf("before the damage: %s", f) })
				require.NoError(t, err)
				require.NoError(t, s.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
					changed, err := q.Exec(ctx, damage.statement)
					require.NotZero(t, changed)
					return err
				}))
				var found []string
				_, err = verify.Run(t.Context(), verify.NewStore(s.DB), func(f verify.Fault) { found = append(found, f.Check) })
				require.NoError(t, err)
				require.Contains(t, found, damage.check)
			})
		}
	})
}
