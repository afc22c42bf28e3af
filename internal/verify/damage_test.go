package verify_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestVerify damages the books in one way at a time. verify must report exactly
// this damage.
func TestVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, damage := range map[string]struct {
			invariant int
			statement string
		}{
			"nothing":                                {0, `SELECT 1`},
			"an entry":                               {1, `UPDATE entries SET amount_e6 = amount_e6 + 1 WHERE account = 'wallet'`},
			"a balance":                              {1, `UPDATE balances SET amount_usd_e6 = amount_usd_e6 - 1 WHERE account = 'wallet'`},
			"a balance after a line":                 {1, `UPDATE entries SET balance_e6 = balance_e6 + 1 WHERE account = 'wallet' AND amount_e6 < 0`},
			"a reason for 0":                         {2, `UPDATE reward_rows SET limited_by = 'no_spread' WHERE ticket = 1 AND kind = 0`},
			"a lost balance":                         {1, `DELETE FROM balances`},
			"a lost posting":                         {1, `DELETE FROM postings`},
			"a reward's amount":                      {2, `UPDATE reward_rows SET reward_usd_e6 = reward_usd_e6 + 1 WHERE ticket = 1`},
			"a reward's input":                       {2, `UPDATE reward_terms SET percent_e4 = percent_e4 + 1`},
			"a reward's lost terms":                  {2, `DELETE FROM reward_terms`},
			"a reward's account":                     {2, `UPDATE reward_rows SET account = account + 1000`},
			"a route":                                {2, `DELETE FROM account_routes`},
			"an attribution":                         {2, `DELETE FROM attributions`},
			"a reversal":                             {2, `UPDATE reward_rows SET reward_e6 = reward_e6 - 1 WHERE kind = 1`},
			"a lost order":                           {6, `DELETE FROM reward_rows WHERE kind = 0 AND ticket = 1`},
			"an account-day":                         {4, `UPDATE account_days SET orders_count = orders_count + 1`},
			"a lost account-day":                     {4, `DELETE FROM account_days WHERE orders_count = 0`},
			"a client's month":                       {4, `UPDATE client_months SET account_days = account_days + 1`},
			"a lost month":                           {4, `DELETE FROM client_months`},
			"an account-day's country":               {4, `UPDATE account_days SET country = 'XX'`},
			"a partner's day":                        {4, `UPDATE partner_days SET volume_usd_e4 = volume_usd_e4 + 1`},
			"a partner's totals":                     {4, `UPDATE partner_totals SET reward_usd_e6 = reward_usd_e6 + 1`},
			"a partner's clients":                    {4, `UPDATE partner_totals SET clients_inactive = clients_inactive + 1`},
			"an account's total":                     {4, `UPDATE accounts SET volume_lots_e8 = volume_lots_e8 + 1`},
			"a client's total":                       {4, `UPDATE clients SET reward_usd_e6 = reward_usd_e6 + 1`},
			"a client's deposits":                    {4, `UPDATE clients SET deposits_usd_e6 = deposits_usd_e6 + 1`},
			"an override":                            {4, `UPDATE overrides SET amount_usd_e6 = amount_usd_e6 + 1 WHERE kind = 0`},
			"a sub-partner's overrides":              {4, `UPDATE sub_partner_totals SET override_usd_e6 = override_usd_e6 + 1`},
			"a lost sub-partner":                     {4, `DELETE FROM sub_partner_totals`},
			"a client's relation":                    {6, `UPDATE clients SET relation = 'LEFT'`},
			"a waiting fact's envelope":              {6, `DELETE FROM facts WHERE type = 'deposit.received'`},
			"a reversal recorded as a reinstatement": {6, `UPDATE order_changes SET reinstated = NOT reinstated`},
			"a reversal without a fact":              {6, `DELETE FROM order_changes`},
			"an order's server":                      {2, `UPDATE reward_terms SET server = 'Other'`},
			"a lost correction":                      {2, `UPDATE instruments SET corrected_by = 'nobody'`},
			"a server's day":                         {8, `UPDATE server_days SET orders = orders + 1`},
			"a row's rebate":                         {3, `UPDATE rebate_rows SET rebate_e6 = rebate_e6 + 1`},
			"a row's reward":                         {3, `UPDATE rebate_rows SET reward_usd_e6 = reward_usd_e6 - 1`},
			"a row's orders":                         {3, `UPDATE rebate_rows SET orders_count = orders_count + 1`},
			"a reward's row":                         {3, `UPDATE reward_rows SET rebate_row = NULL WHERE kind = 0 AND rebate_row IS NOT NULL`},
			"a reserve":                              {3, `UPDATE rebate_accounts SET held_e6 = held_e6 + 1`},
			"a carried amount":                       {3, `UPDATE rebate_accounts SET carry_e6 = carry_e6 + 1, held_e6 = held_e6 + 1`},
			"a lost rebate":                          {3, `DELETE FROM rebates`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				programmetest.WithOverrides(t, p)
				p.MustFeed(t, p.Setting()...)
				p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
				p.MustFeed(t,
					p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
					p.Order("2001", 2, "USDJPY", "2026-03-01T10:00:00Z", ``),
					p.Order("2001", 3, "USDJPY", "2026-03-02T10:00:00Z", ``),
					p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
				p.Feed(t, p.Fact(feed.DepositReceived, "2026-03-05T00:00:00Z", `"client_account":"404","amount_usd":1`))
				require.NoError(t, p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
					_, err := q.Exec(ctx, damage.statement)
					return err
				}))
				var faults []verify.Fault
				summary, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { faults = append(faults, f) })
				require.NoError(t, err)
				require.EqualValues(t, len(faults), summary.Faults)
				if damage.invariant == 0 {
					require.Empty(t, faults)
					return
				}
				named := map[int]bool{}
				for _, f := range faults {
					named[f.Invariant] = true
					require.NotEmpty(t, f.String())
				}
				require.True(t, named[damage.invariant], "%v", faults)
			})
		}
	})
}
