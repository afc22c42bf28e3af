package accrual_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// partnerUnder returns the registration of partner n under the partner with a
// link code. An empty code means no parent.
func partnerUnder(p *programmetest.Programme, n int, code, parent string) string {
	members := fmt.Sprintf(`"partner_uid":"cccccccc-0000-4000-8000-%012d","email":"p%d@example.com","country":"TH","program":"ib","partner_code":%q,"currency":"USD"`, n, n, code)
	if parent != "" {
		members += fmt.Sprintf(`,"parent_code":%q`, parent)
	}
	return p.Fact(feed.PartnerRegistered, "2026-01-01T00:00:00Z", members)
}

// ancestry is a query that counts the steps from all partners to all of their
// ancestors, up to ten steps each.
const ancestry = `WITH RECURSIVE up AS (SELECT partner_id, parent_id, 1 AS steps FROM partners WHERE parent_id IS NOT NULL
	UNION ALL SELECT u.partner_id, p.parent_id, u.steps + 1 FROM up u JOIN partners p ON p.partner_id = u.parent_id WHERE p.parent_id IS NOT NULL AND u.steps < 10)
	SELECT count(*) FROM up WHERE partner_id = parent_id OR steps = 10`

// TestParents checks that no partner becomes its own ancestor, in whatever
// order the registrations arrive.
func TestParents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, c := range map[string]struct {
			parents    []string // the parent codes of partners a, b, c and so on
			registered int64
		}{
			"itself":                 {[]string{"a"}, 0},
			"each other":             {[]string{"b", "a"}, 0},
			"a ring of three":        {[]string{"b", "c", "a"}, 0},
			"below a ring":           {[]string{"b", "a", "a", "c"}, 0},
			"a chain":                {[]string{"", "a", "b", "c"}, 4},
			"a chain beside a ring":  {[]string{"", "a", "d", "c"}, 2},
			"itself in another case": {[]string{"A"}, 0},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, reversed := range []bool{false, true} {
					p := programmetest.New(open(t))
					var facts []string
					for i, parent := range c.parents {
						facts = append(facts, partnerUnder(p, i, string(rune('a'+i)), parent))
					}
					if reversed {
						slices.Reverse(facts)
					}
					for _, fact := range facts {
						s := p.Feed(t, fact)
						require.Empty(t, s.Rejected)
						require.EqualValues(t, 1, s.Accepted)
					}
					require.Equal(t, c.registered, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM partners WHERE programme <> 'house'`))
					require.Equal(t, int64(len(c.parents))-c.registered, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`), "the others wait")
					require.Zero(t, dbtest.Scalar(t, p.DB, ancestry))
				}
			})
		}
		t.Run("random", func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(3, 4))
			var most int64
			for range 6 {
				p := programmetest.New(open(t))
				var facts []string
				for i := range 8 {
					parent := ""
					if random.IntN(4) > 0 {
						parent = string(rune('a' + random.IntN(6)))
					}
					facts = append(facts, partnerUnder(p, i, string(rune('a'+random.IntN(6))), parent)) // two partners may want the same code
				}
				random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
				p.Feed(t, facts[:4]...)
				p.Feed(t, facts[4:]...)
				require.Zero(t, dbtest.Scalar(t, p.DB, ancestry))
				most = max(most, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM partners WHERE parent_id IS NOT NULL`))
			}
			require.Greater(t, most, int64(1), "some partners have parents")
		})
	})
}
