package process_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/process"
)

// A server that stops removes its row, so that the others get its share of the
// limits at once.
func TestAStoppedServerSignsOff(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store := process.NewStore(open(t))
		one := process.New(store, process.All, slog.New(slog.DiscardHandler))
		two := process.New(store, process.All, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			two.Run(ctx)
		}()
		require.Eventually(t, func() bool {
			require.NoError(t, one.Beat(t.Context()))
			return one.APIs() == 2
		}, 10*time.Second, 20*time.Millisecond)
		stop()
		<-done
		require.NoError(t, one.Beat(t.Context()))
		require.Equal(t, 1, one.APIs())
	})
}
