package level_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestVerify damages a progress reward in several ways, one at a time, and expects
// verify to report each.
func TestVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, damage := range map[string]struct{ check, statement string }{
			"an amount":                    {"a progress reward equals the sum of its rows", `UPDATE progress_rows SET amount_usd_e6 = amount_usd_e6 + 1`},
			"the sums":                     {"a progress reward equals the sum of its rows", `UPDATE level_reviews SET orders_count = orders_count + 1 WHERE progress_id IS NOT NULL`},
			"a lost row":                   {"a progress reward follows from the rewards of its month", `DELETE FROM progress_rows WHERE ticket = 1`},
			"a row's share":                {"a progress reward follows from the rewards of its month", `UPDATE progress_rows SET new_percent_e4 = new_percent_e4 + 1`},
			"a row of another month":       {"a progress reward follows from the rewards of its month", `UPDATE progress_rows SET ticket = 3 WHERE ticket = 1`},
			"a row without a reward":       {"a progress reward's row belongs to a reward", `UPDATE progress_rows SET ticket = 99 WHERE ticket = 1`},
			"a row without its review":     {"a progress reward's row belongs to a reward", `UPDATE progress_rows SET progress_id = progress_id + 1000`},
			"a lost posting":               {"the ledger has exactly the progress rewards", `DELETE FROM postings WHERE kind = 'progress_reward'`},
			"a posting of another kind":    {"the ledger has exactly the progress rewards", `UPDATE postings SET kind = 'override' WHERE kind = 'progress_reward'`},
			"an entry of a day":            {"a progress reward moves only wallets and the programme's cost", `UPDATE entries SET reward_day = 20000 WHERE posting_id IN (SELECT posting_id FROM postings WHERE kind = 'progress_reward')`},
			"a rise with effect too early": {"a rise takes effect on the day after its review, and a fall on the day itself", `UPDATE level_reviews SET from_day = review_day`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t))
				s.addOrder("1001", june)
				s.addOrder("1001", june)
				s.addOrder("1001", "2026-05-01T10:00:00Z")
				s.reviewOn("2026-07-01")
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
