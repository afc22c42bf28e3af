package partner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestNew_TakesOnlyAWebAddressForLinks(t *testing.T) {
	t.Parallel()
	for base, good := range map[string]bool{
		"https://go.example.com": true, "https://go.example.com/": true, "http://localhost:8080/in": true,
		"": false, "go.example.com": false, "ftp://go.example.com": false, "https://": false, "https://go.example.com/?x=1": false, "https://%": false,
	} {
		_, err := partner.New(nil, clock.At(noon), partner.Config{LinkBase: base})
		require.Equal(t, good, err == nil, "%q: %v", base, err)
	}
}

func TestDaysAt(t *testing.T) {
	t.Parallel()
	sydney, err := time.LoadLocation("Australia/Sydney")
	require.NoError(t, err)
	for _, c := range []struct {
		now                  string
		zone                 *time.Location
		today, month, window string
	}{
		{"2026-06-30T12:00:00Z", time.UTC, "2026-06-30", "2026-06-01", "2026-04-02"},
		{"2026-06-30T23:59:59Z", sydney, "2026-07-01", "2026-07-01", "2026-04-03"},
		{"2026-01-01T00:00:00Z", time.UTC, "2026-01-01", "2026-01-01", "2025-10-04"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		days := partner.DaysAt(now, c.zone)
		require.Equal(t, []string{c.today, c.month, c.window}, []string{days.Today.String(), days.Month.String(), days.Window.String()}, c.now)
	}
}

func TestSummary_Level(t *testing.T) {
	t.Parallel()
	later := reward.Default()
	later.From = noon.Add(time.Hour)
	later.Levels = later.Levels[1:]
	for _, c := range []struct {
		name, stored string
		at           time.Time
		level, next  string
	}{
		{"a new partner", "", noon, "Trading Partner", "Advanced"},
		{"in the middle", "Gold", noon, "Gold", "Platinum"},
		{"at the top", "Brilliant", noon, "Brilliant", ""},
		{"a level that the plan does not have", "Iron", noon, "Iron", ""},
		{"the plan of tomorrow", "", noon.Add(time.Hour), "Advanced", "Bronze"},
	} {
		overview := &partner.Overview{
			Level: c.stored, Plans: []*reward.Plan{reward.Default(), later},
			Recent: partner.Recent{WindowVolume: 150_0000, ActiveClients: 7},
		}
		days := partner.DaysAt(c.at, time.UTC)
		summary, err := overview.Summary(days, c.at)
		require.NoError(t, err)
		require.Equal(t, c.level, summary.Level, c.name)
		if c.next == "" {
			require.Nil(t, summary.Progress.Next, c.name)
		} else {
			require.Equal(t, c.next, summary.Progress.Next.Name, c.name)
		}
		require.EqualValues(t, 7, summary.Progress.ActiveClients)
		require.Equal(t, days.Window, summary.Progress.From)
	}
}

func TestSummary_RoundsTheAverageVolumeOnce(t *testing.T) {
	t.Parallel()
	for volume, want := range map[money.Volume]string{
		0:                     "0",
		300_0000:              "0.0001", // 300 USD in 90 days is 100 USD a month
		149_9999:              "0",
		150_0000:              "0", // 50 USD a month is half a unit of the last place, which is rounded to even
		450_0000:              "0.0002",
		150_0001:              "0.0001",
		9_000_000_000_000_000: "300000",
	} {
		overview := &partner.Overview{Plans: []*reward.Plan{reward.Default()}, Recent: partner.Recent{WindowVolume: volume}}
		summary, err := overview.Summary(partner.DaysAt(noon, time.UTC), noon)
		require.NoError(t, err)
		require.Equal(t, want, summary.Progress.VolumeMlnUSD.String(), volume)
	}
}
