package programme_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme"
)

func TestMaterialClicks_AreThePartnersOwnAndCounted(t *testing.T) {
	t.Parallel()
	database, err := sqlite.OpenClicks(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	now := time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)
	east := time.FixedZone("east", 14*60*60) // in this time zone it is already the next day
	store, mine, theirs := click.NewSQLStore(db.Joining(database)), id.New(), id.New()
	made := func(partnerID id.UUID, kind click.Kind, material int64, at time.Time) click.Click {
		return click.Click{
			PartnerID: partnerID, UID: id.New(), At: at, Hour: click.HourOf(at, east), Kind: kind, Visitor: id.New(),
			Source: click.Source{LinkCode: "alpha", Platform: "web", MaterialID: material},
		}
	}
	require.NoError(t, store.Add(t.Context(), []click.Click{
		made(mine, click.Counted, 7, now), made(mine, click.Counted, 7, now.AddDate(-3, 0, 0)), made(mine, click.Bot, 7, now),
		made(mine, click.Counted, 8, now), made(mine, click.Counted, 0, now), made(theirs, click.Counted, 7, now),
	}))
	counts, err := programme.MaterialClicks(clock.At(now), store)(t.Context(), mine, []int64{7, 9})
	require.NoError(t, err)
	require.Equal(t, map[int64]int64{7: 2}, counts)
}
