package rebate_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// diskFaults lists the ways in which a disk fails, and what happens to the
// server afterwards.
var diskFaults = []struct {
	name  string
	fault dbtest.DiskFault
	after func(r *diskRun, t *testing.T)
}{
	{"a write fails and the server goes on", dbtest.DiskFault{Call: dbtest.DiskWrite}, (*diskRun).mend},
	{"the disk is full until the server starts again", dbtest.DiskFault{Call: dbtest.DiskWrite, Lasting: true, Full: true}, (*diskRun).startAgain},
	{"a sync fails and the server goes on", dbtest.DiskFault{Call: dbtest.DiskSync}, (*diskRun).mend},
	{"syncs fail and the server is killed", dbtest.DiskFault{Call: dbtest.DiskSync, Lasting: true}, (*diskRun).simulateKill},
}

// TestDiskFaults pays rebates on a disk on which one write or sync fails. It
// first counts the syncs and writes of a run without a fault. Then it makes a
// separate run for the failure of each sync, and of every eighth write. In each
// run, everything that the store has acknowledged must be stored exactly once.
// In the end, the books must be the same as without a fault.
//
// make fault-disk tests every write. It sets TRIBUTARY_TEST_DISK_STRIDE=1.
func TestDiskFaults(t *testing.T) {
	t.Parallel()
	stride := 8
	if text := os.Getenv("TRIBUTARY_TEST_DISK_STRIDE"); text != "" {
		var err error
		stride, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	template := filepath.Join(t.TempDir(), "template.db")
	createDiskRun(t, template)
	whole := newDiskRun(t, template)
	whole.disk.Break(dbtest.DiskFault{})
	whole.states = [][]string{diskBooks(t, whole.runsBundle)}
	whole.finish(t, func(err error) { require.NoError(t, err) })
	whole.look(t)

	for _, f := range diskFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			stride := stride
			if f.fault.Call == dbtest.DiskSync { // there are only a few syncs
				stride = 1
			}
			last, _ := whole.disk.Calls(f.fault.Call)
			require.Greater(t, last, 20)
			first, noticed := 1+rand.IntN(stride), 0
			for n := first; n <= last; n += stride {
				r := newDiskRun(t, template)
				f.fault.Nth = n
				r.disk.Break(f.fault)
				if r.runWithFault(t, n, whole.states, f.fault.Lasting, f.after); r.failed {
					noticed++
				}
			}
			t.Logf("%d calls; from the %d. on each %d. failed, and %d runs noticed it", last, first, stride, noticed)
			require.Positive(t, noticed)
		})
	}
}

// runWithFault makes a run on a disk whose nth call fails. expected has the books
// after each transaction of a run without a fault. If untilRestart is true, all
// later calls fail too until the server is started again, and a failed step must
// leave no trace.
func (r *diskRun) runWithFault(t *testing.T, n int, expected [][]string, untilRestart bool, after func(*diskRun, *testing.T)) {
	t.Helper()
	at := func() string { return fmt.Sprintf("call %d, after %d transactions", n, r.acknowledged) }
	r.refused = func(err error) {
		require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "%s: %v", at(), err)
		require.Equal(t, expected[r.acknowledged], diskBooks(t, r.runsBundle), "what was refused shows: %s", at())
	}
	r.finish(t, func(err error) {
		if err == nil {
			return
		}
		require.False(t, r.failed, "the disk has been mended: %s: %v", at(), err)
		r.failed = true
		after(r, t)
		if untilRestart {
			require.Equal(t, expected[r.acknowledged], diskBooks(t, r.runsBundle), "what was refused is there: %s", at())
		}
		programmetest.RequireSound(t, r.DB)
	})
	_, failed := r.disk.Calls(dbtest.DiskWrite)
	require.True(t, r.failed || failed > 0, "nothing failed: %s", at())
	r.startAgain(t) // SQLite may have repeated the failed call itself without an error, for example when it emptied its log
	require.Equal(t, expected[len(expected)-1], diskBooks(t, r.runsBundle), at())
	programmetest.RequireSound(t, r.DB)
	require.NoError(t, r.store.Close())
}

func (r *diskRun) mend(t *testing.T) {
	r.disk.Break(dbtest.DiskFault{})
	if !r.opened {
		require.NoError(t, r.start(t))
	}
}

func (r *diskRun) startAgain(t *testing.T) {
	if r.opened {
		_ = r.store.Close() // Close may return the earlier error again, or leave the log to the next process
	}
	r.disk.Break(dbtest.DiskFault{})
	require.NoError(t, r.start(t))
}

// simulateKill copies the file and its log, as they are when a server is killed.
// The copies have all data that was written, even if it was not synced.
func (r *diskRun) simulateKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.db")
	for _, suffix := range []string{"", "-wal"} {
		if content, err := os.ReadFile(r.path + suffix); err == nil {
			require.NoError(t, os.WriteFile(path+suffix, content, 0o600))
		}
	}
	if r.opened {
		_ = r.store.Close() // the old server is not used again
	}
	r.path = path
	r.disk = dbtest.WatchDisk(path)
	require.NoError(t, r.start(t))
}
