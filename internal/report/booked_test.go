package report_test

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

type revised struct {
	noted

	revision int64
}

func (r *revised) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return fn(ctx, r)
}

func (r *revised) Partner(_ context.Context, partnerID id.UUID) (*report.Partner, error) {
	return &report.Partner{ID: partnerID, Revision: r.revision}, nil
}

// TestTotals_Booked checks in which cases a service reuses cached totals, and
// in which cases it reads the totals from the store again.
func TestTotals_Booked(t *testing.T) {
	t.Parallel()
	store := &revised{}
	service := report.NewService(store, clock.System(), report.Options{})
	another := id.UUID{2}
	for _, c := range []struct {
		name     string
		report   string
		partner  id.UUID
		revision int64
		query    string
		read     bool
	}{
		{"the first time", "orders", partnerID, 7, "", true},
		{"again", "orders", partnerID, 7, "", false},
		{"another page", "orders", partnerID, 7, "limit=2&offset=2", false},
		{"with a filter", "orders", partnerID, 7, "symbol=EURUSD", true},
		{"another report", "rewards", partnerID, 7, "", true},
		{"another partner", "orders", another, 7, "", true},
		{"after a change of the books", "orders", partnerID, 8, "", true},
		{"again after the change", "orders", partnerID, 8, "", false},
		{"totals that other changes affect", "clients", partnerID, 8, "", true},
		{"such totals again", "clients", partnerID, 8, "", true},
	} {
		store.statements, store.revision = nil, c.revision
		params, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		answer, err := service.Prepare(report.ByID(c.report), &report.Request{PartnerID: c.partner, Params: params})
		require.NoError(t, err)
		require.NoError(t, answer.Write(t.Context(), &bytes.Buffer{}))
		last := store.statements[len(store.statements)-1]
		require.Equal(t, c.read, strings.Contains(last, "sum("), "%s: %s", c.name, last)
	}
}
