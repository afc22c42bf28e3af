package inbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestAStoreWithAPlanIsNotFresh(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		database := open(t)
		store := inbox.NewStore(database)
		fresh := func() bool {
			fresh, err := store.Fresh(t.Context())
			require.NoError(t, err)
			return fresh
		}
		require.True(t, fresh())
		waiting, err := store.Waiting(t.Context())
		require.NoError(t, err)
		require.Zero(t, waiting)

		plan := reward.Default()
		plan.MinOrderLife = 60
		_, err = reward.NewStore(database).Add(t.Context(), plan, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		require.False(t, fresh())
		facts, err := store.AnyFact(t.Context())
		require.NoError(t, err)
		require.False(t, facts)
	})
}
