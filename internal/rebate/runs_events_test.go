package rebate_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// TestOutboxRebates runs scenarios with rebates. The partner must get an event
// for every step of a rebate that the partner can see, and no other event.
func TestOutboxRebates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, scenario := range map[string]func(*testing.T, *runsBundle){
			"approved":       approveOnce,
			"row by row":     approveRows,
			"large":          approveLarge,
			"rejected":       rejectFrees,
			"rejected large": rejectLarge,
			"expired":        expireWaiting,
			"retried":        retryFailed,
			"given up":       giveUpFailed,
			"answered early": answerBeforePayout,
			"killed":         runKilled,
			"at random":      runRandom,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newRunsBundle(open(t))
				b.MustFeed(t, b.Setting()...)
				scenario(t, b)
				requireToldOfRebates(t, b.DB)
			})
		}
	})
}

// requireToldOfRebates applies all events of each rebate in order, and requires
// that the result is the current state of the rebate.
func requireToldOfRebates(t *testing.T, db db.DB) {
	t.Helper()
	type key struct {
		partnerID id.UUID
		rebateID  int64
	}
	type state struct {
		Status string
		Pay    money.Amount
		Rows   int64
	}
	told := map[key]state{}
	rows, err := db.Query(t.Context(), `SELECT partner_id, data FROM events WHERE type = $1 ORDER BY partner_id, event_seq`, string(event.RebateChanged))
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var k key
		var text string
		var data event.Rebate
		require.NoError(t, rows.Scan(&k.partnerID, &text))
		require.NoError(t, json.Unmarshal([]byte(text), &data))
		k.rebateID = data.RebateID
		require.Equal(t, told[k].Status, data.PreviousStatus, "rebate %d, one step after the other", k.rebateID)
		require.NotEqual(t, data.PreviousStatus, data.Status)
		require.NotEmpty(t, data.GroupTitle)
		require.LessOrEqual(t, data.First, data.Last)
		told[k] = state{data.Status, data.ToPay, data.Clients}
	}
	require.NoError(t, rows.Err())
	kept := map[key]state{}
	shown, err := db.Query(t.Context(), `SELECT partner_id, rebate_id, topay_e6, rows_count,
		CASE status WHEN 'rejecting' THEN 'rejected' WHEN 'expiring' THEN 'expired' ELSE status END FROM rebates WHERE status NOT IN ('open', 'closing')`)
	require.NoError(t, err)
	defer shown.Close()
	for shown.Next() {
		var k key
		var s state
		require.NoError(t, shown.Scan(&k.partnerID, &k.rebateID, (*int64)(&s.Pay), &s.Rows, &s.Status))
		kept[k] = s
	}
	require.NoError(t, shown.Err())
	require.NotEmpty(t, kept)
	require.Equal(t, kept, told)
}
