package click_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/id"
)

// TestClicksOnAFailingDisk repeats the same clicks for every n, and makes the
// n-th write or sync fail. A visitor is redirected only when the click is
// durable, so the file of a killed server must contain exactly the clicks that
// Add accepted.
func TestClicksOnAFailingDisk(t *testing.T) {
	t.Parallel()
	for _, call := range []dbtest.DiskCall{dbtest.DiskWrite, dbtest.DiskSync} {
		t.Run(string(call), func(t *testing.T) {
			t.Parallel()
			n := 1
			for keepClicks(t, dbtest.DiskFault{Call: call, Nth: n}) > 0 {
				n++
			}
			t.Logf("each of %d calls failed", n-1)
			require.Greater(t, n, 3)
		})
	}
}

// keepClicks adds three clicks on a failing disk. It returns how many disk
// calls failed.
func keepClicks(t *testing.T, f dbtest.DiskFault) (failed int) {
	t.Helper()
	ctx, at := t.Context(), time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "tributary.db")
	disk := dbtest.WatchDisk(sqlite.ClicksPath(path))
	file, err := sqlite.OpenClicks(ctx, path)
	require.NoError(t, err)
	recorder := click.NewRecorder(ctx, click.NewSQLStore(file), click.DefaultQueue)
	disk.Break(f)
	added := map[id.UUID]error{}
	for range 3 {
		c := click.Click{PartnerID: id.New(), UID: id.New(), At: at, Hour: click.HourOf(at, time.UTC), Kind: click.Counted}
		added[c.UID] = recorder.Add(ctx, c, click.Visitor{Address: netip.MustParseAddr("192.0.2.1")})
	}
	_, failed = disk.Calls(f.Call)
	killed := filepath.Join(t.TempDir(), "tributary.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(sqlite.ClicksPath(path) + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(sqlite.ClicksPath(killed)+suffix, content, 0o600))
	}
	recorder.Close()
	require.NoError(t, file.Close())

	file, err = sqlite.OpenClicks(ctx, killed)
	require.NoError(t, err)
	defer file.Close()
	refused := 0
	for uid, err := range added {
		var kept bool
		require.NoError(t, file.QueryRow(ctx, `SELECT count(*) = 1 FROM clicks WHERE click_uid = $1`, uid).Scan(&kept))
		require.Equal(t, err == nil, kept, "%v of %v", f, err)
		if err != nil {
			refused++
		}
	}
	require.Equal(t, failed, refused)
	return failed
}
