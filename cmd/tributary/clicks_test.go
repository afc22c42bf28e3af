package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

func lookAtClicks(t *testing.T, database string) db.DB {
	t.Helper()
	path, is := strings.CutPrefix(database, "sqlite:")
	if !is {
		return openStore(t, database)
	}
	db, err := sqlite.OpenClicks(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// TestCrashOfRedirects kills the server several times while visitors click.
// Every click whose visitor was redirected must be stored once and counted
// once.
func TestCrashOfRedirects(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		output(t, database, "partner", "create", "--email", "ann@example.com", "--code", "ann")
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		var mu sync.Mutex
		var answered []string
		for round := range 3 {
			cmd, server := startServer(t, database)
			var callers sync.WaitGroup
			enough := make(chan struct{})
			var once sync.Once
			before := len(answered)
			for caller := range 8 {
				callers.Go(func() {
					for n := 0; ; n++ {
						request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/a/ann?sub_id=%d-%d-%d", server, round, caller, n), nil)
						if err != nil {
							return
						}
						request.Header.Set("User-Agent", "Mozilla/5.0")
						answer, err := client.Do(request)
						if err != nil {
							return // the server has been killed
						}
						answer.Body.Close()
						location, err := url.Parse(answer.Header.Get("Location"))
						if err != nil || answer.StatusCode != http.StatusFound {
							continue
						}
						mu.Lock()
						answered = append(answered, location.Query().Get("click_id"))
						if len(answered) > before+300 {
							once.Do(func() { close(enough) })
						}
						mu.Unlock()
					}
				})
			}
			select {
			case <-enough:
			case <-time.After(2 * time.Minute):
				require.Fail(t, "the server answers too slowly")
			}
			require.NoError(t, cmd.Process.Kill())
			require.Error(t, cmd.Wait())
			callers.Wait()
		}
		_, _ = startServer(t, database)
		db := lookAtClicks(t, database)
		store := click.NewSQLStore(db)
		signer, err := click.NewSigner(t.Context(), store, clock.System())
		require.NoError(t, err)
		found, err := click.NewFinder(store, signer).Clicks(context.WithoutCancel(t.Context()), answered)
		require.NoError(t, err)
		require.Greater(t, len(answered), 900)
		require.Len(t, found, len(answered), "each answered click has its own id and is stored")
		// More clicks may be stored, because some visitors got no response.
		// Every stored click must be counted once.
		kept := count(t, db, `SELECT count(*) FROM clicks`)
		require.GreaterOrEqual(t, kept, int64(len(answered)))
		require.Equal(t, kept, count(t, db, `SELECT CAST(sum(clicks) AS bigint) FROM click_hours`))
		require.EqualValues(t, 1, count(t, db, `SELECT CAST(sum(uniques) AS bigint) FROM click_hours`), "each server recognises the one visitor")
	})
}
