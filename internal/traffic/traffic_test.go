package traffic_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/traffic"
)

func TestTraffic(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		store := traffic.NewStore(open(t))
		ctx := t.Context()
		source := func(partnerID id.UUID, name string, age time.Duration, status traffic.Status) traffic.Source {
			s := traffic.Source{
				PartnerID: partnerID, ID: id.New(), Name: name, Type: "website", URL: "https://example.com/" + name, Status: status, CreatedAt: programmetest.Now.Add(-age),
			}
			require.NoError(t, store.Save(ctx, s))
			return s
		}
		old := source(programmetest.Alpha, "old", time.Hour, traffic.Draft)
		fresh := source(programmetest.Alpha, "fresh", 0, traffic.Pending)
		other := source(programmetest.Beta, "other", time.Minute, traffic.Pending)

		list := func(f traffic.Filter) ([]traffic.Source, int64) {
			if f.Page.Limit == 0 {
				f.Page.Limit = 10
			}
			list, count, err := store.List(ctx, f)
			require.NoError(t, err)
			return list, count
		}
		got, count := list(traffic.Filter{PartnerIDs: []id.UUID{programmetest.Alpha}})
		require.Equal(t, []traffic.Source{fresh, old}, got)
		require.EqualValues(t, 2, count)
		got, count = list(traffic.Filter{PartnerIDs: []id.UUID{programmetest.Alpha}, Page: page.Page{Limit: 1, Offset: 1}})
		require.Equal(t, []traffic.Source{old}, got)
		require.EqualValues(t, 2, count)
		got, _ = list(traffic.Filter{Statuses: []string{"pending", "rejected"}})
		require.Equal(t, []traffic.Source{fresh, other}, got)

		_, err := store.Source(ctx, programmetest.Beta, old.ID)
		require.ErrorIs(t, err, traffic.ErrUnknown)
		_, err = store.Find(ctx, id.New())
		require.ErrorIs(t, err, traffic.ErrUnknown)
		found, err := store.Find(ctx, other.ID)
		require.NoError(t, err)
		require.Equal(t, other, found)

		at := programmetest.Now.Add(time.Second)
		old.Name, old.URL, old.Status, old.Reason, old.CheckedAt = "renamed", "https://example.com/", traffic.Rejected, "no", &at
		require.NoError(t, store.Save(ctx, old))
		found, err = store.Source(ctx, programmetest.Alpha, old.ID)
		require.NoError(t, err)
		require.Equal(t, old, found)

		require.ErrorIs(t, store.Delete(ctx, programmetest.Beta, old.ID), traffic.ErrUnknown)
		require.NoError(t, store.Delete(ctx, programmetest.Alpha, old.ID))
		require.ErrorIs(t, store.Delete(ctx, programmetest.Alpha, old.ID), traffic.ErrUnknown)
		_, count = list(traffic.Filter{})
		require.EqualValues(t, 2, count)
	})
}
