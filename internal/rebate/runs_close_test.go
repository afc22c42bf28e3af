package rebate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
)

func runCloses(t *testing.T, b *runsBundle) {
	b.group(t, 25, "MANUAL")
	b.openAccounts(t, 3)
	b.closeOrders(t, "10", "5000", "5001", "5002", "5000")
	require.NoError(t, b.Run(t.Context()))
	require.Equal(t, 1, b.count(t, "rebates", "open"), "the day is not over")

	b.Clock.Advance(12 * time.Hour)
	require.NoError(t, b.Run(t.Context()))
	require.Equal(t, 1, b.count(t, "rebates", "pending"))
	require.Equal(t, 3, b.count(t, "rebate_rows", "pending"))
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT rows_count FROM rebates`))
	require.EqualValues(t, 8_000_000, dbtest.Scalar(t, b.DB, `SELECT reward_usd_e6 FROM rebates`))
	require.EqualValues(t, 2_000_000, dbtest.Scalar(t, b.DB, `SELECT topay_e6 FROM rebates`))
	require.EqualValues(t, 30*86_400_000_000, dbtest.Scalar(t, b.DB, `SELECT expires_at - closed_at FROM rebates`))
	require.Equal(t, "2", b.balance(t, "rebates_reserved"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails WHERE recipient = 'a@example.com' AND kind = 'rebates_waiting'
		AND text_body LIKE '%2.00 USD of rebates to 3 client accounts%2026-07-31%'`))

	before := b.dump(t)
	b.Clock.Advance(time.Hour)
	require.NoError(t, b.Run(t.Context()))
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, before, b.dump(t), "run again, nothing changes")
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`))

	b.closeOrders(t, "10", "5000")
	b.closeOrders(t, "10", "2001") // an account of another partner, who has no rebate group
	b.nextDay(t)
	require.Equal(t, 2, b.count(t, "rebates", "pending"), "the next day is another rebate")
}

func runCarries(t *testing.T, b *runsBundle) {
	b.group(t, 1, "MANUAL")
	b.openAccounts(t, 2)
	b.closeOrders(t, "9", "5000")   // earns 1.80, so the rebate is 0.018
	b.closeOrders(t, "2.5", "5001") // earns 0.50, so the rebate is 0.005
	b.nextDay(t)
	require.Equal(t, []int64{10_000, 0}, b.queryNumbers(t, `SELECT topay_e6 FROM rebate_rows ORDER BY client_account`))
	require.Equal(t, []int64{8_000, 5_000}, b.queryNumbers(t, `SELECT carry_e6 FROM rebate_accounts ORDER BY client_account`))
	require.Equal(t, 1, b.count(t, "rebate_rows", "pending"))
	require.Equal(t, "0.023", b.balance(t, "rebates_reserved"))

	b.closeOrders(t, "1.5", "5000", "5001") // earns 0.30, so the rebate is 0.003
	b.nextDay(t)
	require.Equal(t, []int64{10_000, 0}, b.queryNumbers(t, `SELECT topay_e6 FROM rebate_rows WHERE rebate_e6 = 3000 ORDER BY client_account`))
	require.Equal(t, []int64{1_000, 8_000}, b.queryNumbers(t, `SELECT carry_e6 FROM rebate_accounts ORDER BY client_account`))

	// A reversal after the end of the period makes the carry negative. Later
	// rebates first cover this amount.
	b.MustFeed(t, b.Fact(feed.OrderReversed, b.Clock.Now().Format(time.RFC3339), `"server":"Real","ticket":1,"reason":"x"`))
	b.closeOrders(t, "2.5", "5000")
	b.nextDay(t)
	require.Equal(t, []int64{-12_000, 8_000}, b.queryNumbers(t, `SELECT carry_e6 FROM rebate_accounts ORDER BY client_account`))
	require.Equal(t, []int64{0, 8_000}, b.queryNumbers(t, `SELECT held_e6 FROM rebate_accounts ORDER BY client_account`))
	b.closeOrders(t, "14", "5000") // earns 2.80, so the rebate is 0.028
	b.nextDay(t)
	require.Equal(t, []int64{10_000}, b.queryNumbers(t, `SELECT topay_e6 FROM rebate_rows WHERE rebate_e6 = 28000`))
	require.Equal(t, []int64{6_000, 8_000}, b.queryNumbers(t, `SELECT carry_e6 FROM rebate_accounts ORDER BY client_account`))
}

func runNothing(t *testing.T, b *runsBundle) {
	b.group(t, 1, "MANUAL")
	b.openAccounts(t, 1)
	b.closeOrders(t, "2.5", "5000")
	b.nextDay(t)
	require.Equal(t, 1, b.count(t, "rebates", "paid"))
	require.Zero(t, b.countPayouts(t))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`))
	require.Equal(t, "0.005", b.balance(t, "rebates_reserved"), "it carries over")
}

func runAutomatic(t *testing.T, b *runsBundle) {
	b.group(t, 25, "AUTO")
	b.openAccounts(t, 3)
	b.closeOrders(t, "10", numbersFrom(5000, 3)...)
	b.nextDay(t)
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.Equal(t, 3, b.count(t, "rebate_rows", "approved"))
	require.Equal(t, "1.5", b.balance(t, "payable"))
	require.Equal(t, "0", b.balance(t, "rebates_reserved"))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`), "nothing waits for the partner")
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.paid_automatically' AND actor = 'system'`))

	require.NoError(t, b.Run(t.Context()))
	require.EqualValues(t, 3, b.countPayouts(t), "run again, nothing changes")
	b.feedPayouts(t, feed.PayoutPaid)
	require.Equal(t, 1, b.count(t, "rebates", "paid"))
	require.Equal(t, "1.5", b.balance(t, "paid"))
}

func runAutomaticWaits(t *testing.T, b *runsBundle) {
	b.group(t, 100, "AUTO")
	b.openAccounts(t, 2)
	b.closeOrders(t, "10", "5000")
	b.barred = true
	b.nextDay(t)
	require.Equal(t, 1, b.count(t, "rebates", "pending"), "the partner may not")
	b.closeOrders(t, "10", "5001")
	b.nextDay(t)
	b.Clock.Advance(29 * 24 * time.Hour)
	require.NoError(t, b.Expire(t.Context()))
	require.Equal(t, 1, b.count(t, "rebates", "expired"), "the first one waited for a month")
	require.Equal(t, 1, b.count(t, "rebates", "pending"))

	b.barred = false
	b.closeOrders(t, "10", "1001")
	b.nextDay(t)
	require.Equal(t, 2, b.count(t, "rebates", "approved"))
	b.closeOrders(t, "10", "5001") // the wallet falls below zero later, because this reward is reversed after its rebate has been paid
	b.nextDay(t)
	for _, ticket := range []string{"1", "4"} { // the expired rebate has returned to the wallet
		b.MustFeed(t, b.Fact(feed.OrderReversed, b.Clock.Now().Format(time.RFC3339), `"server":"Real","ticket":`+ticket+`,"reason":"x"`))
	}
	require.Equal(t, "-2", b.balance(t, "wallet"))
	b.closeOrders(t, "10", "1001")
	b.nextDay(t)
	require.Equal(t, 1, b.count(t, "rebates", "pending"), "the wallet is below zero")
	b.Write(t, `UPDATE rebate_group_terms SET percent_e4 = 0`)
	b.closeOrders(t, "10", "5000")
	require.NoError(t, b.Run(t.Context()))
	require.Equal(t, 4, b.count(t, "rebates", "approved"))
}
