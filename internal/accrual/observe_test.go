package accrual_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// conflicting is a store in which every locked transaction has one conflict.
// The first attempt is rolled back, and fn runs again.
type conflicting struct{ db.DB }

var errConflict = errors.New("conflict")

func (s conflicting) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	err := s.DB.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error {
		if err := fn(ctx, q); err != nil {
			return err
		}
		return errConflict
	})
	if !errors.Is(err, errConflict) {
		return err
	}
	return s.DB.Lock(ctx, keys, fn)
}

// TestObserver checks that the observer gets each transaction once, with the
// numbers of the committed attempt.
func TestObserver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		var seen []accrual.Batch
		service := accrual.New(accrual.NewSQLStore(conflicting{p.DB}), p.Clock, time.UTC, slog.New(slog.DiscardHandler),
			accrual.Config{Observe: func(b accrual.Batch) { seen = append(seen, b) }})
		feed := func(lines ...string) {
			_, err := service.Ingest(t.Context(), accrual.Lines(strings.NewReader(strings.Join(lines, "\n"))), nil)
			require.NoError(t, err)
		}
		setting := p.Setting()
		order := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
		feed(order, order)
		feed(append(setting, setting[0])...)
		feed(setting[0])

		require.Equal(t, []accrual.Batch{
			{Accepted: 1, Waiting: 1}, {Known: 1}, // the order, then its repeat
			{Accepted: len(setting)}, {Known: 1}, // the setting, then a repeat of one of its lines
			{Released: 1}, {}, // the order takes effect; then no released fact is left
			{Known: 1},
		}, seen)

		require.NoError(t, p.DB.Close())
		_, err := service.Ingest(t.Context(), accrual.Lines(strings.NewReader(setting[0])), nil)
		require.Error(t, err)
		require.ErrorIs(t, err, seen[7].Err)
	})
}
