package partner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestAdminStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		store, ctx := partner.NewAdminStore(p.DB), t.Context()
		list := func(f partner.Filter) (ids []id.UUID) {
			f.Page.Limit = 10
			list, count, err := store.List(ctx, f)
			require.NoError(t, err)
			require.EqualValues(t, len(list), count)
			for i := range list {
				ids = append(ids, list[i].ID)
			}
			return ids
		}
		a, err := store.Partner(ctx, programmetest.Alpha)
		require.NoError(t, err)
		require.Equal(t, "a@example.com", a.Email)
		require.Nil(t, a.ParentID)
		b, err := store.Partner(ctx, programmetest.Beta)
		require.NoError(t, err)
		require.Equal(t, programmetest.Alpha, b.ParentAt(programmetest.Now))
		for _, unknown := range []id.UUID{id.Nil, id.New()} {
			_, err = store.Partner(ctx, unknown)
			require.ErrorIs(t, err, partner.ErrUnknown)
		}
		require.Equal(t, []id.UUID{programmetest.Beta, programmetest.Alpha}, list(partner.Filter{}), "newest first, without the house")

		a.Verified, b.Status = true, partner.Suspended
		require.NoError(t, store.SetStanding(ctx, &a))
		require.NoError(t, store.SetStanding(ctx, &b))
		yes, no := true, false
		require.Equal(t, []id.UUID{programmetest.Alpha}, list(partner.Filter{Verified: &yes}))
		require.Equal(t, []id.UUID{programmetest.Beta}, list(partner.Filter{Verified: &no}))
		require.Equal(t, []id.UUID{programmetest.Beta}, list(partner.Filter{Statuses: []string{"suspended"}}))
		require.Equal(t, []id.UUID{programmetest.Alpha}, list(partner.Filter{Email: "a@example.com"}))
		require.Equal(t, []id.UUID{programmetest.Beta, programmetest.Alpha}, list(partner.Filter{Countries: []string{"TH", "CY"}}))
		require.Empty(t, list(partner.Filter{Countries: []string{"DE"}}))
		got, count, err := store.List(ctx, partner.Filter{Page: page.Page{Limit: 1, Offset: 1}})
		require.NoError(t, err)
		require.EqualValues(t, 2, count)
		require.Equal(t, []partner.Partner{a}, got)
	})
}
