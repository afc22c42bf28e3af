package partner_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// TestSettle adds random changes of parents in two orders. At no time may a partner be
// above itself, and both orders must give the same history.
func TestSettle(t *testing.T) {
	t.Parallel()
	const partners = 5
	uid := func(n int) id.UUID { return id.UUID{15: byte(n + 1)} }
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var changes []partner.Change
		for i := range 12 {
			c := partner.Change{
				PartnerID: uid(random.IntN(partners)), From: time.Date(2026, 1, 1+random.IntN(6), 0, 0, 0, 0, time.UTC), FactID: strconv.Itoa(i), SetsParent: true,
			}
			if random.IntN(5) > 0 {
				c.ParentID = new(uid(random.IntN(partners)))
			}
			changes = append(changes, c)
		}
		settle := func() map[id.UUID]*partner.Partner {
			all := map[id.UUID]*partner.Partner{}
			for n := range partners {
				p := &partner.Partner{ID: uid(n)}
				if n > 0 {
					p.ParentID = new(uid(n - 1)) // a chain
				}
				all[p.ID] = p
			}
			for _, c := range changes {
				all[c.PartnerID].AddChange(c)
				partner.Settle(all)
			}
			return all
		}
		all := settle()
		random.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		require.Equal(t, all, settle(), seed)
		for day := range 8 {
			at := time.Date(2025, 12, 31+day, 0, 0, 0, 0, time.UTC)
			for _, p := range all {
				above := partner.Above(func(partnerID id.UUID) *partner.Partner { return all[partnerID] }, p, at, partners+1)
				require.NotContains(t, above, p.ID)
				require.LessOrEqual(t, len(above), partners-1)
			}
		}
		for _, p := range all {
			last := p.ParentAt(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
			require.True(t, (p.ParentID == nil && last == id.Nil) || *p.ParentID == last)
		}
	}
}
