package rebate_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestRebateRunsVerify damages the books of closed and paid rebates in one way
// at a time. verify must report each damage.
func TestRebateRunsVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, damage := range map[string]struct {
			invariant int
			statement string
		}{
			"a row that pays more":              {3, `UPDATE rebate_rows SET topay_e6 = topay_e6 + 10000 WHERE client_account = '5001'`},
			"a row that pays part of a cent":    {3, `UPDATE rebate_rows SET topay_e6 = 1 WHERE topay_e6 = 0`},
			"a rebate's count":                  {3, `UPDATE rebates SET rows_count = rows_count + 1 WHERE status <> 'open'`},
			"a rebate's sums":                   {3, `UPDATE rebates SET reward_usd_e6 = reward_usd_e6 - 1 WHERE status <> 'open'`},
			"a rebate that was decided":         {3, `UPDATE rebates SET status = 'rejected' WHERE status = 'pending'`},
			"a rebate that waits for nothing":   {3, `UPDATE rebates SET status = 'pending' WHERE status = 'rejected'`},
			"a rebate that is approved already": {3, `UPDATE rebates SET status = 'approved' WHERE status = 'pending'`},
			"a rebate's rows that failed":       {3, `UPDATE rebates SET failed_rows = 0 WHERE status = 'pending'`},
			"a row without its payout":          {3, `UPDATE rebate_rows SET payout_id = NULL WHERE status = 'failed'`},
			"a row that is paid again":          {3, `UPDATE payouts SET status = 'pending', answered_at = NULL WHERE status = 'failed'`},
			"a payout of another amount":        {3, `UPDATE payouts SET amount_e6 = amount_e6 + 10000 WHERE status = 'failed'`},
			"a lost payout":                     {3, `DELETE FROM payouts WHERE status = 'failed'`},
			"an approval of less":               {5, `UPDATE rebate_approvals SET topay_e6 = topay_e6 - 10000 WHERE approved_at IS NOT NULL`},
			"an approval of more":               {5, `UPDATE rebate_approvals SET topay_e6 = topay_e6 + 10000 WHERE approved_at IS NOT NULL`},
			"a payment without approval":        {5, `UPDATE rebate_approvals SET approved_at = NULL`},
			"a row without an approval":         {5, `UPDATE rebate_rows SET status = 'approving' WHERE status = 'pending'`},
			"a rejected row's reserve":          {3, `UPDATE rebate_rows SET status = 'pending' WHERE status = 'rejected'`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newRunsBundle(open(t))
				b.MustFeed(t, b.Setting()...)
				b.allKinds(t)
				programmetest.RequireSound(t, b.DB)
				b.Write(t, damage.statement)
				named := map[int]bool{}
				var faults []verify.Fault
				_, err := verify.Run(t.Context(), verify.NewStore(b.DB), func(f verify.Fault) {
					faults = append(faults, f)
					named[f.Invariant] = true
				})
				require.NoError(t, err)
				require.True(t, named[damage.invariant], "%v", faults)
			})
		}
	})
}

// allKinds creates rows that are paid, failed, sent to the broker, rejected,
// waiting, open and too small to pay.
func (b *runsBundle) allKinds(t *testing.T) {
	t.Helper()
	b.closePeriod(t, 6)
	rows := b.rows(t)
	b.approve(t, selectOf(t, nil, rows[:3]))
	payouts := b.payouts(t)
	b.feedPayouts(t, feed.PayoutPaid, payouts[0])
	b.feedPayouts(t, feed.PayoutFailed, payouts[1])
	_, err := b.Reject(t.Context(), runsPartner, selectOf(t, nil, rows[3:4]))
	require.NoError(t, err)
	b.closeOrders(t, "10", "5000")
	b.closeOrders(t, "0.1", "5001") // less than a cent
	b.nextDay(t)
	rejected := dbtest.Scalar(t, b.DB, `SELECT max(rebate_id) FROM rebates WHERE status = 'pending'`)
	_, err = b.Reject(t.Context(), runsPartner, selectOf(t, []int64{rejected}, nil))
	require.NoError(t, err)
	b.closeOrders(t, "10", strconv.Itoa(5005))
	_, _, err = b.Start(t.Context(), runsPartner, rebate.Selection{Rows: rows[4:5]}) // shown but not approved
	require.NoError(t, err)
}
