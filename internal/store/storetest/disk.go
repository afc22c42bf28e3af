package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
)

// DiskCall is something that a store asks of its disk.
type DiskCall string

// The calls that can fail.
const (
	DiskWrite DiskCall = "write"
	DiskSync  DiskCall = "sync"
)

// DiskFault says which call fails: the n-th, or all from the n-th on. The zero
// value is a disk that works.
type DiskFault struct {
	Call    DiskCall
	Nth     int
	Lasting bool
	Full    bool // the disk has no room; otherwise it reports an I/O error
}

// Disk is where a store has its file.
type Disk interface {
	// Break breaks the disk, and counts its calls from zero again.
	Break(fault DiskFault)
	// Calls returns how many calls of a kind there were since Break, and how
	// many failed.
	Calls(call DiskCall) (calls, failed int)
}

// DiskEngine returns a way to open the store whose file is at path, and its disk.
type DiskEngine func(path string) (open func(context.Context) (db.DB, error), disk Disk)

// diskFaults are the ways in which a disk fails, and what becomes of the server.
var diskFaults = []struct {
	name  string
	fault DiskFault
	after func(r *diskRun, t *testing.T)
}{
	{"a write fails and the server goes on", DiskFault{Call: DiskWrite}, (*diskRun).mend},
	{"the disk is full until the server starts again", DiskFault{Call: DiskWrite, Lasting: true, Full: true}, (*diskRun).startAgain},
	{"a sync fails and the server goes on", DiskFault{Call: DiskSync}, (*diskRun).mend},
	{"syncs fail and the server is killed", DiskFault{Call: DiskSync, Lasting: true}, (*diskRun).killed},
}

// DiskFaults pays rebates on a disk of which one call fails: the n-th, for each
// n up to the last call of a run without a fault, but of writes each stride-th.
// What the store acknowledged is there afterwards, nothing is there twice, and
// once the run has been finished its books are those of a run without a fault.
func DiskFaults(t *testing.T, engine DiskEngine, stride int) {
	template := filepath.Join(t.TempDir(), "template.db")
	foundDiskRun(t, engine, template)
	whole := newDiskRun(t, engine, template)
	whole.disk.Break(DiskFault{})
	whole.states = [][]string{diskBooks(t, whole.runsBundle)}
	whole.finish(t, func(err error) { require.NoError(t, err) })
	whole.look(t)

	for _, f := range diskFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			stride := stride
			if f.fault.Call == DiskSync { // there are few of them
				stride = 1
			}
			last, _ := whole.disk.Calls(f.fault.Call)
			require.Greater(t, last, 20)
			first, noticed := 1+rand.IntN(stride), 0
			for n := first; n <= last; n += stride {
				r := newDiskRun(t, engine, template)
				f.fault.Nth = n
				r.disk.Break(f.fault)
				if r.through(t, n, whole.states, f.fault.Lasting, f.after); r.failed {
					noticed++
				}
			}
			t.Logf("%d calls; from the %d. on each %d. failed, and %d runs noticed it", last, first, stride, noticed)
			require.Positive(t, noticed)
		})
	}
}

// through goes through a run whose disk breaks at its n-th call; states are the
// books of a run without a fault, after each transaction. When the disk fails
// until the server starts again, so does all that it tries meanwhile.
func (r *diskRun) through(t *testing.T, n int, states [][]string, lasting bool, after func(*diskRun, *testing.T)) {
	t.Helper()
	at := func() string { return fmt.Sprintf("call %d, after %d transactions", n, r.acknowledged) }
	r.refused = func(err error) {
		require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "%s: %v", at(), err)
		require.Equal(t, states[r.acknowledged], diskBooks(t, r.runsBundle), "what was refused shows: %s", at())
	}
	r.finish(t, func(err error) {
		if err == nil {
			return
		}
		require.False(t, r.failed, "the disk has been mended: %s: %v", at(), err)
		r.failed = true
		after(r, t)
		if lasting {
			require.Equal(t, states[r.acknowledged], diskBooks(t, r.runsBundle), "what was refused is there: %s", at())
		}
		RequireSound(t, r.DB)
	})
	_, failed := r.disk.Calls(DiskWrite)
	require.True(t, r.failed || failed > 0, "nothing failed: %s", at())
	r.startAgain(t) // what failed unnoticed is what SQLite tries again, as when it empties its log
	require.Equal(t, states[len(states)-1], diskBooks(t, r.runsBundle), at())
	RequireSound(t, r.DB)
	require.NoError(t, r.store.Close())
}

// mend mends the disk under a server that goes on.
func (r *diskRun) mend(t *testing.T) {
	r.disk.Break(DiskFault{})
	if !r.opened {
		require.NoError(t, r.start(t))
	}
}

// startAgain stops the server while the disk is still broken, mends it and
// starts the server.
func (r *diskRun) startAgain(t *testing.T) {
	if r.opened {
		_ = r.store.Close() // it says what it has said before, or leaves its log to the next who opens it
	}
	r.disk.Break(DiskFault{})
	require.NoError(t, r.start(t))
}

// killed takes the file and its log as they are, as a killed server leaves
// them: SQLite finds there what was written and could not be synced.
func (r *diskRun) killed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.db")
	for _, suffix := range []string{"", "-wal"} {
		if content, err := os.ReadFile(r.path + suffix); err == nil {
			require.NoError(t, os.WriteFile(path+suffix, content, 0o600))
		}
	}
	if r.opened {
		_ = r.store.Close() // nothing of it is used again
	}
	r.path = path
	r.open, r.disk = r.engine(path)
	require.NoError(t, r.start(t))
}
