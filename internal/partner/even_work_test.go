package partner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestEvenAffiliation checks that the same statements run whether or not the
// client exists. Otherwise the response time could reveal whether someone is a
// client.
func TestEvenAffiliation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		noticing := &dbtest.Noticing{DB: open(t)}
		p := programmetest.New(db.Joining(noticing))
		p.MustFeed(t, p.Setting()...)
		s, a := partner.NewStore(p.DB), programmetest.UUID(programmetest.PartnerA)
		byEmail := func(email string, known bool) []string {
			return noticing.During(func() {
				_, ok, err := s.Affiliation(t.Context(), a, email)
				require.NoError(t, err)
				require.Equal(t, known, ok, email)
			})
		}
		own := byEmail("one@example.com", true)
		require.Len(t, own, 1)
		require.Equal(t, own, byEmail("two@example.com", false), "another partner's client")
		require.Equal(t, own, byEmail("nobody@example.com", false))

		byAccount := func(account string, known bool) []string {
			return noticing.During(func() {
				_, ok, err := s.AffiliationByAccount(t.Context(), a, account)
				require.NoError(t, err)
				require.Equal(t, known, ok, account)
			})
		}
		own = byAccount("1001", true)
		require.Len(t, own, 1)
		require.Equal(t, own, byAccount("2001", false), "another partner's account")
		require.Equal(t, own, byAccount("9999", false))
	})
}
