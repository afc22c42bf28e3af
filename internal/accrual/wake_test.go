package accrual_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestWake checks that waiting facts take effect when another service releases
// them.
func TestWake(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, db.DB){
			"after the commit":              wakeAfterCommit,
			"not without a commit":          wakeNotUndone,
			"although the caller is gone":   wakeWithoutCaller,
			"a failure is logged":           wakeFails,
			"at once outside a transaction": wakeAtOnce,
		} {
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t, db.Joining(open(t))) })
		}
	})
}

// setupWaitingClient returns a programme in which one client waits for the
// partner code "later".
func setupWaitingClient(t *testing.T, store db.DB) *programmetest.Programme {
	t.Helper()
	p := programmetest.New(store)
	p.MustFeed(t, p.Setting()[:1]...)
	client := p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z",
		`"client_uid":"`+programmetest.Client1+`","email":"one@example.com","country":"DE","partner_code":"later"`)
	require.EqualValues(t, 1, p.Feed(t, client).Unattributed)
	return p
}

// release creates the partner code and releases the facts that wait for it.
func release(ctx context.Context, t *testing.T, q db.Querier) {
	t.Helper()
	require.NoError(t, partner.SaveLinks(ctx, q, []partner.Link{{PartnerID: programmetest.Alpha, Code: "later", RewardSchema: partner.SchemaRevShare}}))
	released, err := partner.ReleaseCode(ctx, q, "later")
	require.NoError(t, err)
	require.True(t, released)
}

func countWaiting(t *testing.T, store db.DB) (n int) {
	t.Helper()
	require.NoError(t, store.QueryRow(t.Context(), `SELECT count(*) FROM facts_waiting`).Scan(&n))
	return n
}

func wakeAfterCommit(t *testing.T, store db.DB) {
	p := setupWaitingClient(t, store)
	require.NoError(t, store.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		release(ctx, t, q)
		p.Accrual.Wake(ctx)
		var n int
		require.NoError(t, q.QueryRow(ctx, `SELECT count(*) FROM facts_waiting`).Scan(&n))
		require.Equal(t, 1, n, "the transaction is still open")
		return nil
	}))
	require.Zero(t, countWaiting(t, store))
	programmetest.RequireSound(t, store)
}

func wakeNotUndone(t *testing.T, store db.DB) {
	p := setupWaitingClient(t, store)
	undone := errors.New("undone")
	require.ErrorIs(t, store.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		release(ctx, t, q)
		p.Accrual.Wake(ctx)
		return undone
	}), undone)
	require.Equal(t, 1, countWaiting(t, store))
}

func wakeWithoutCaller(t *testing.T, store db.DB) {
	p := setupWaitingClient(t, store)
	require.NoError(t, store.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		release(ctx, t, q)
		return nil
	}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Accrual.Wake(ctx)
	require.Zero(t, countWaiting(t, store))
}

func wakeFails(t *testing.T, store db.DB) {
	setupWaitingClient(t, store)
	var logged bytes.Buffer
	service := accrual.New(accrual.NewSQLStore(broken{store}), programmetest.New(store).Clock, time.UTC, slog.New(slog.NewTextHandler(&logged, nil)), accrual.Config{})
	service.Wake(t.Context())
	require.Contains(t, logged.String(), "the disk is full")
}

func wakeAtOnce(t *testing.T, store db.DB) {
	p := setupWaitingClient(t, store)
	require.NoError(t, store.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		release(ctx, t, q)
		return nil
	}))
	require.Equal(t, 1, countWaiting(t, store))
	p.Accrual.Wake(t.Context())
	require.Zero(t, countWaiting(t, store))
}

type broken struct{ db.DB }

func (broken) Lock(context.Context, db.Keys, func(context.Context, db.Querier) error) error {
	return errors.New("the disk is full")
}
