package report_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

// TestGroups_Rollups checks that groups and totals from rollups equal those of the
// account-days, for random books with reversals, moves and late facts.
func TestGroups_Rollups(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		seed := programmetest.FromEnv(t, "TRIBUTARY_SEED", 41)
		random := rand.New(rand.NewPCG(seed, 41))
		allBooks(t, p, random)
		store := &explaining{SQLStore: report.NewSQLStore(p.DB)}
		own, all := definition(t, "rewards_v2"), anyReport(t, "all_rewards_v2")
		filters := []string{
			"", "", "country=TH,CY", "country=XX", "link_code=alpha,ofagent", "client_account=7001,1001", "client_uid=" + programmetest.Client1[:8], "client_account_type=Pro",
			"partner_account=1", "reward_date=2026-03-01", "reward_date_from=2026-03-01", "reward_date_from=2026-03-01&reward_date_to=2026-03-31", "reward_date_to=2026-04-30",
			"reward_date_from=2026-03-02&reward_date_to=2026-04-30", "reward_date_from=2026-03-01&reward_date_to=2026-04-29", "reward_date_from=2026-05-01&reward_date_to=2026-04-30",
		}
		const year = "&reward_date_from=2026-01-01&reward_date_to=2026-12-31"
		used := map[string]int{}
		for range 150 {
			by := map[string]bool{}
			for range 1 + random.IntN(2) {
				by[programmetest.Pick(random, "country", "month", "client_uid", "client_account", "link_code", "partner_account", "client_account_type", "reward_date")] = true
			}
			query := programmetest.Pick(random, filters...)
			if random.IntN(4) == 0 {
				query += "&" + programmetest.Pick(random, filters...)
			}
			d, owner := own, programmetest.UUID(programmetest.Pick(random, owners...))
			if random.IntN(3) == 0 {
				d, owner = all, id.Nil
				if by["partner"] = random.IntN(2) == 0; !by["partner"] {
					delete(by, "partner")
				}
				if params, err := url.ParseQuery(query); err != nil || !params.Has("reward_date_from") || !params.Has("reward_date_to") {
					query = strings.Join(strings.Split(query+year, "reward_date=2026-03-01"), "")
				}
			}
			query = "limit=1000&aggregate_by=" + strings.Join(slices.Sorted(maps.Keys(by)), ",") + "&" + query
			for _, format := range []string{"", "&format=csv"} {
				store.plans = nil
				got := textOf(t, store, d, owner, query+format)
				for _, name := range []string{"client_months", "t.orders_count > 0"} {
					if strings.Contains(strings.Join(store.plans, ""), name) {
						used[name]++
					}
				}
				require.Equal(t, textOf(t, store, d.WithoutRollups(), owner, query+format), got, "%s %s%s", d.ID, query, format)
			}
		}
		require.Greater(t, used["client_months"], 20)
		require.Greater(t, used["t.orders_count > 0"], 20)
	})
}
