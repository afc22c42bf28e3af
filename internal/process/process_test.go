package process_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/process"
)

func beat(t *testing.T, times int, all ...*process.Register) {
	t.Helper()
	for range times {
		for _, r := range all {
			require.NoError(t, r.Beat(t.Context()))
		}
	}
}

func TestServersCountEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store := process.NewStore(open(t))
		join := func(role process.Role) *process.Register {
			return process.New(store, role, slog.New(slog.DiscardHandler))
		}
		one, two, three := join(process.All), join(process.API), join(process.Worker)
		require.Equal(t, process.Count{ByRole: map[process.Role]int{process.Worker: 1}, APIs: 1, Workers: 1}, three.Count(),
			"a count is never zero, because callers divide by it")
		beat(t, 2, one, two, three)
		all := process.Count{ByRole: map[process.Role]int{process.All: 1, process.API: 1, process.Worker: 1}, APIs: 2, Workers: 2}
		for _, r := range []*process.Register{one, two, three} {
			require.Equal(t, all, r.Count())
		}

		// The second server has been killed. The first of these checks still finds
		// the server's last change. The next three find no change, but the server
		// still counts, because its row may only be late.
		beat(t, 4, one, three)
		require.Equal(t, 2, one.APIs())
		beat(t, 1, one, three)
		require.Equal(t, 1, one.APIs())
		require.Equal(t, 2, one.Workers())
		require.Equal(t, 1, three.APIs())

		// A server that was only paused counts again after its next Beat.
		beat(t, 1, two, one)
		require.Equal(t, 2, one.APIs())
		require.Equal(t, all, two.Count())
	})
}

func TestANewServerCountsTheOthersAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store := process.NewStore(open(t))
		join := func() *process.Register { return process.New(store, process.All, slog.New(slog.DiscardHandler)) }
		one, two := join(), join()
		beat(t, 1, one, two)
		require.Equal(t, 2, two.APIs(), "otherwise it would allow the whole rate until it knows the others")
		require.Equal(t, 1, one.APIs())
		beat(t, 1, one)
		require.Equal(t, 2, one.APIs())
	})
}

func TestRowsOfDeadServersAreDeleted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		database := open(t)
		store := process.NewStore(database)
		join := func() *process.Register { return process.New(store, process.All, slog.New(slog.DiscardHandler)) }
		rows := func() (n int) {
			require.NoError(t, database.QueryRow(t.Context(), `SELECT count(*) FROM processes`).Scan(&n))
			return n
		}
		one, dead := join(), join()
		beat(t, 1, dead, one)
		beat(t, 29, one)
		require.Equal(t, 2, rows())
		beat(t, 1, one)
		require.Equal(t, 1, rows())
		beat(t, 1, dead, one)
		require.Equal(t, 2, rows(), "a server that was only paused writes its row again")
		require.Equal(t, 2, one.APIs())
	})
}
