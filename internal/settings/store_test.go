package settings_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/verify"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Run("a dated value counts from its moment on", func(t *testing.T) {
			t.Parallel()
			store, info := settings.NewStore(open(t)), &settings.AttributionWindow.Info
			july := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
			set := func(text string, from time.Time, changes bool) {
				t.Helper()
				changed, err := store.Set(t.Context(), info, text, from, programmetest.Now)
				require.NoError(t, err)
				require.Equal(t, changes, changed)
			}
			set("60d", july, true)
			set("60d", july, false)
			set("61d", july, true) // two values start at the same time, so the one set later applies
			set("7d", settings.Beginning, true)
			values, err := store.Values(t.Context())
			require.NoError(t, err)
			const day = 24 * time.Hour
			for at, want := range map[time.Time]time.Duration{
				settings.Beginning: 7 * day, july.Add(-time.Microsecond): 7 * day, july: 61 * day, july.AddDate(9, 0, 0): 61 * day,
			} {
				require.Equal(t, want, settings.AttributionWindow.At(values, at), at)
			}
		})
		t.Run("the first fact fixes the time zone", func(t *testing.T) {
			t.Parallel()
			p := programmetest.New(open(t))
			store, info := settings.NewStore(p.DB), &settings.TimeZone.Info
			for _, name := range []string{"Europe/Athens", "Asia/Bangkok"} { // the time zone can still be changed before the first fact
				changed, err := store.Set(t.Context(), info, name, settings.Beginning, programmetest.Now)
				require.NoError(t, err)
				require.True(t, changed)
			}
			p.MustFeed(t, p.Setting()...)
			p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T18:00:00Z", ``)) // in the permanent time zone, this order belongs to the next day
			_, err := store.Set(t.Context(), info, "UTC", settings.Beginning, programmetest.Now)
			require.ErrorIs(t, err, settings.ErrFixed)
			changed, err := store.Set(t.Context(), info, "Asia/Bangkok", settings.Beginning, programmetest.Now)
			require.NoError(t, err)
			require.False(t, changed, "the same value again")
			name, err := store.FixZone(t.Context(), time.UTC, programmetest.Now)
			require.NoError(t, err)
			require.Equal(t, "Asia/Bangkok", name)
			require.Empty(t, faultsOf(t, p.DB))
			differs, err := verify.NewStore(p.DB).DaysDiffer(t.Context(), time.UTC)
			require.NoError(t, err)
			require.True(t, differs)

			// verify reports each row whose day does not match the time zone.
			require.NoError(t, p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
				_, err := q.Exec(ctx, `UPDATE settings SET value = 'UTC' WHERE name = 'time_zone'`)
				return err
			}))
			faults := faultsOf(t, p.DB)
			require.Len(t, faults, 1)
			require.Equal(t, "the day of an order's reward follows from its time in UTC", faults[0].Check)
			require.Equal(t, "Real:1 at 2026-03-01T18:00:00Z: stored 2026-03-02, recomputed 2026-03-01", faults[0].Found)
		})
		t.Run("a refused fact fixes nothing", func(t *testing.T) {
			t.Parallel()
			p := programmetest.New(open(t))
			require.EqualValues(t, 1, p.Feed(t, `{}`).RejectedCount)
			values, err := settings.NewStore(p.DB).Values(t.Context())
			require.NoError(t, err)
			require.Empty(t, values)
		})
	})
}

func faultsOf(t *testing.T, db db.DB) (faults []verify.Fault) {
	t.Helper()
	_, err := verify.Run(t.Context(), verify.NewStore(db), func(f verify.Fault) { faults = append(faults, f) })
	require.NoError(t, err)
	return faults
}
