package rebate_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
)

func approveOnce(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 3)
	s := selectOf(t, []int64{rebateID}, nil)
	a, shown, err := b.Start(t.Context(), runsPartner, s)
	require.NoError(t, err)
	require.EqualValues(t, 3, shown.Paying)
	require.Equal(t, rebate.Sum{Amount: 1_500_000, USD: 1_500_000}, shown.Pay)
	require.Equal(t, money.Amount(6_000_000), shown.Reward.USD)
	require.Equal(t, "2026-06-30 2026-06-30 USD", shown.First.String()+" "+shown.Last.String()+" "+shown.Currency)

	token := b.start(t, s)
	out, err := b.Approve(t.Context(), runsPartner, s, token)
	require.NoError(t, err)
	require.True(t, out.Finished)
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.Equal(t, 3, b.count(t, "rebate_rows", "approved"))
	require.Equal(t, "1.5", b.balance(t, "payable"))
	require.Equal(t, "0", b.balance(t, "rebates_reserved"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'rebate_payout'`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'rebates.approved'`))
	require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM payouts p JOIN rebate_rows w ON w.row_id = p.subject_id AND w.payout_id = p.payout_id
		WHERE p.amount_e6 = w.topay_e6 AND p.client_account = w.client_account AND p.destination = w.client_account AND p.kind = 'rebate'`))

	for _, again := range []string{token, b.token(t, runsPartner, a.Digest)} {
		_, err = b.Approve(t.Context(), runsPartner, s, again)
		requireDenied(t, err)
	}
	require.EqualValues(t, 3, b.countPayouts(t), "once")
	_, _, err = b.Start(t.Context(), runsPartner, s)
	requireInvalid(t, err, "These rebates are not waiting for approval: "+strconv.FormatInt(rebateID, 10))
	b.feedPayouts(t, feed.PayoutPaid)
	require.Equal(t, 1, b.count(t, "rebates", "paid"))
}

func approveOther(t *testing.T, b *runsBundle) {
	rebateID, stranger := b.closePeriod(t, 3), programmetest.UUID(programmetest.PartnerB)
	rows := b.rows(t)
	all, two, three := selectOf(t, []int64{rebateID}, nil), selectOf(t, nil, rows[:2]), selectOf(t, nil, rows)
	token := b.start(t, all)
	refused := func(partnerID id.UUID, s rebate.Selection, token string) {
		t.Helper()
		_, err := b.Approve(t.Context(), partnerID, s, token)
		requireDenied(t, err)
		require.Zero(t, b.countPayouts(t))
		require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM verifications WHERE used_at IS NOT NULL`), "the token is as good as before")
	}
	refused(runsPartner, two, token)
	refused(runsPartner, three, token) // the same payments, but another selection
	refused(runsPartner, all, "")
	refused(runsPartner, all, "another token")
	refused(stranger, all, token)
	a, _, err := b.Start(t.Context(), runsPartner, all)
	require.NoError(t, err)
	refused(runsPartner, all, b.token(t, stranger, a.Digest))

	// One row was rejected, so the amount differs from the amount that was shown.
	_, err = b.Reject(t.Context(), runsPartner, selectOf(t, nil, rows[:1]))
	require.NoError(t, err)
	refused(runsPartner, all, token)
	refused(runsPartner, two, token)

	// No token can approve a selection that was never shown.
	digest := a.Digest
	digest[0]++
	refused(runsPartner, all, b.token(t, runsPartner, digest))
	token = b.start(t, all)
	b.Clock.Advance(10 * time.Minute)
	refused(runsPartner, all, token) // the code was requested too late
	b.approve(t, all)
	require.EqualValues(t, 2, b.countPayouts(t))

	for _, s := range []rebate.Selection{all, two, selectOf(t, []int64{1 << 60}, []int64{-1, 0})} {
		_, _, err = b.Start(t.Context(), stranger, s)
		requireInvalid(t, err, "are not waiting for approval")
	}
}

func approveRows(t *testing.T, b *runsBundle) {
	b.group(t, 25, "MANUAL")
	b.openAccounts(t, 4)
	b.closeOrders(t, "10", numbersFrom(5000, 3)...)
	b.closeOrders(t, "0.1", "5003") // earns 0.02, so the rebate is 0.005
	b.nextDay(t)
	rebateID, rows := dbtest.Scalar(t, b.DB, `SELECT rebate_id FROM rebates`), b.rows(t)
	small := dbtest.Scalar(t, b.DB, `SELECT row_id FROM rebate_rows WHERE topay_e6 = 0`)

	_, _, err := b.Start(t.Context(), runsPartner, selectOf(t, nil, []int64{small}))
	requireInvalid(t, err, "less than 0.01")
	out := b.approve(t, selectOf(t, nil, []int64{rows[0], small}))
	require.EqualValues(t, 1, out.Paying)
	require.Equal(t, money.Amount(2_020_000), out.Reward.USD)
	require.Equal(t, 1, b.count(t, "rebates", "pending"), "the others wait on")
	_, _, err = b.Start(t.Context(), runsPartner, selectOf(t, nil, rows[:2]))
	requireInvalid(t, err, "rebate_rows: These rows are not waiting for approval: "+strconv.FormatInt(rows[0], 10)+".")

	// If a row and its rebate are both selected, the row is paid once.
	out = b.approve(t, selectOf(t, []int64{rebateID}, rows[1:2]))
	require.EqualValues(t, 2, out.Paying)
	require.Equal(t, money.Amount(1_000_000), out.Pay.Amount)
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.EqualValues(t, 3, b.countPayouts(t))
	require.Equal(t, "0.005", b.balance(t, "rebates_reserved"))
}

func approveLarge(t *testing.T, b *runsBundle) {
	const n = 23
	rebateID := b.closePeriod(t, n)
	b.closeOrders(t, "10", numbersFrom(5000, n)...)
	b.nextDay(t)
	rows := b.queryNumbers(t, `SELECT row_id FROM rebate_rows WHERE rebate_id <> $1`, rebateID)
	woken := 0
	b.Runs = b.runs(rebate.NewSQLRunStore(b.DB), rebate.RunConfig{StepRows: 5, AtOnce: 3})
	out := b.approve(t, selectOf(t, []int64{rebateID}, rows[:20]))
	require.False(t, out.Finished)
	require.EqualValues(t, n+20, out.Paying)
	require.Zero(t, b.countPayouts(t))
	require.Equal(t, 1, b.count(t, "rebates", "approving"))
	require.Equal(t, 20, b.count(t, "rebate_rows", "approving"))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_approvals WHERE approved_at IS NOT NULL AND done_at IS NULL`))
	for _, s := range []rebate.Selection{selectOf(t, []int64{rebateID}, nil), selectOf(t, nil, rows[:1])} {
		_, err := b.Reject(t.Context(), runsPartner, s)
		requireInvalid(t, err, "not waiting for")
	}
	require.Zero(t, woken)
	require.NoError(t, b.Run(t.Context()))
	require.EqualValues(t, n+20, b.countPayouts(t))
	require.EqualValues(t, 5+4, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM postings WHERE kind = 'rebate_payout'`), "one for each step")
	require.Equal(t, 1, b.count(t, "rebates", "approved"))
	require.Equal(t, 1, b.count(t, "rebates", "pending"), "three rows wait on")
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_approvals WHERE done_at IS NULL`))
	before := b.dump(t)
	require.NoError(t, b.Run(t.Context()))
	require.Equal(t, before, b.dump(t))
	b.approve(t, selectOf(t, nil, rows[20:]))
	require.Equal(t, 2, b.count(t, "rebates", "approved"))
}

func bindPayload(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 12)
	rows := b.rows(t)
	s := selectOf(t, nil, rows)
	a, _, err := b.Start(t.Context(), runsPartner, s)
	require.NoError(t, err)
	bind := func(partnerID id.UUID, change func(map[string]any)) error {
		var fields map[string]any
		require.NoError(t, json.Unmarshal(payloadOf(a), &fields))
		change(fields)
		raw, err := json.Marshal(fields)
		require.NoError(t, err)
		bound, err := b.Bind(t.Context(), partnerID, raw)
		if err == nil {
			require.Equal(t, a.Digest, bound.Digest)
			require.Equal(t, "Pay 6.00 USD of rebates to 12 client accounts", bound.Summary)
		}
		return err
	}
	text := make([]any, len(rows))
	for i, n := range rows {
		text[len(rows)-1-i] = strconv.FormatInt(n, 10)
	}
	require.NoError(t, bind(runsPartner, func(map[string]any) {}))
	require.NoError(t, bind(runsPartner, func(p map[string]any) { p["rebate_row_ids"], p["more"], p["rebate_ids"] = text, "of it", nil }))
	require.NoError(t, bind(runsPartner, func(p map[string]any) { p["user_uid"] = strings.ToUpper(runsPartner.String()) }))
	require.NoError(t, bind(runsPartner, func(p map[string]any) { p["requested_at"] = a.RequestedAt.Format("2006-01-02T15:04:05.000000-07:00") }))
	byDigest := func(p map[string]any) {
		delete(p, "rebate_row_ids")
		p["digest"] = hex.EncodeToString(a.Digest[:])
	}
	require.NoError(t, bind(runsPartner, byDigest))

	for _, tt := range []struct {
		change func(map[string]any)
		field  string // empty for a fault of the payload as a whole
	}{
		{func(p map[string]any) { p["rebate_row_ids"] = text[1:] }, verification.Whole},
		{func(p map[string]any) { p["rebate_row_ids"], p["rebate_ids"] = nil, []int64{rebateID} }, verification.Whole},
		{func(p map[string]any) { p["rebate_row_ids"] = []any{"x"} }, verification.Whole},
		{func(p map[string]any) { p["rebate_row_ids"] = []any{1.5} }, verification.Whole},
		{func(p map[string]any) { p["rebate_row_ids"] = nil }, verification.Whole},
		{func(p map[string]any) { p["rebate_row_ids"] = "all" }, verification.Whole},
		{func(p map[string]any) { p["requested_at"] = a.RequestedAt.Add(time.Second) }, verification.Whole},
		{func(p map[string]any) { p["requested_at"] = "yesterday" }, verification.Whole},
		{func(p map[string]any) { delete(p, "requested_at") }, "requested_at"},
		{func(p map[string]any) { delete(p, "user_uid") }, "user_uid"},
		{func(p map[string]any) { p["user_uid"] = programmetest.PartnerB }, "user_uid"},
		{func(p map[string]any) { p["operation_type"] = "WITHDRAW" }, "operation_type"},
		{func(p map[string]any) { p["digest"] = "00" }, verification.Whole},
		{func(p map[string]any) { p["digest"] = strings.Repeat("0", 64) }, verification.Whole},
		{func(p map[string]any) { p["digest"] = 5 }, verification.Whole},
	} {
		requireInvalid(t, bind(runsPartner, tt.change), "; "+tt.field+": ")
	}
	for _, change := range []func(map[string]any){func(map[string]any) {}, byDigest} {
		requireInvalid(t, bind(programmetest.UUID(programmetest.PartnerB), func(p map[string]any) { change(p); p["user_uid"] = programmetest.PartnerB }), "")
	}
	for raw, field := range map[string]string{
		``: verification.Whole, `[]`: verification.Whole, `5`: verification.Whole, `null`: "requested_at", `{}`: "requested_at",
	} {
		_, err = b.Bind(t.Context(), runsPartner, json.RawMessage(raw))
		requireInvalid(t, err, "; "+field+": ")
	}
	b.Clock.Advance(10 * time.Minute)
	require.NoError(t, bind(runsPartner, byDigest))
	b.Clock.Advance(time.Second)
	requireInvalid(t, bind(runsPartner, byDigest), "ten minutes")

	a, _, err = b.Start(t.Context(), runsPartner, s)
	require.NoError(t, err)
	_, err = b.Reject(t.Context(), runsPartner, selectOf(t, nil, rows[:1]))
	require.NoError(t, err)
	requireInvalid(t, bind(runsPartner, func(map[string]any) {}), "not waiting for")
	requireInvalid(t, bind(runsPartner, byDigest), "not waiting for")
	b.Clock.Advance(2 * time.Hour)
	_, _, err = b.Start(t.Context(), runsPartner, selectOf(t, nil, rows[1:]))
	require.NoError(t, err)
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM rebate_approvals`), "unapproved selections are deleted")
}

func approveBelowZero(t *testing.T, b *runsBundle) {
	b.group(t, 100, "MANUAL")
	b.openAccounts(t, 2)
	b.closeOrders(t, "10", "5000", "5001")
	b.nextDay(t)
	s := selectOf(t, b.queryNumbers(t, `SELECT rebate_id FROM rebates`), nil)
	token := b.start(t, s)
	b.MustFeed(t, b.Fact(feed.OrderReversed, b.Clock.Now().Format(time.RFC3339), `"server":"Real","ticket":1,"reason":"x"`))
	require.Equal(t, "-2", b.balance(t, "wallet"))
	_, err := b.Approve(t.Context(), runsPartner, s, token)
	requireDenied(t, err)
	require.ErrorContains(t, err, "The wallet is below zero")
	a, _, err := b.Start(t.Context(), runsPartner, s)
	require.NoError(t, err)
	_, err = b.Bind(t.Context(), runsPartner, payloadOf(a))
	requireDenied(t, err)
	b.closeOrders(t, "10", "1001")
	b.Write(t, `UPDATE rebate_group_terms SET percent_e4 = 0`)
	b.closeOrders(t, "10", "1001")
	_, err = b.Approve(t.Context(), runsPartner, s, token)
	require.NoError(t, err, "the same token, now that it is not")
}

func approveDestination(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 2)
	b.Write(t, `UPDATE rebate_accounts SET destination = '5001' WHERE client_account = '5000'`)
	b.approve(t, selectOf(t, []int64{rebateID}, nil))
	require.Equal(t, []string{"5001", "5001"}, b.destinations(t))
	b.feedPayouts(t, feed.PayoutFailed)
	b.Write(t, `UPDATE rebate_accounts SET destination = ''`)
	_, err := b.Retry(t.Context(), runsPartner, b.rows(t))
	require.NoError(t, err)
	require.Equal(t, []string{"5001", "5001"}, b.destinations(t, payout.Pending),
		"where the approved one was to go")
}

func answerBeforePayout(t *testing.T, b *runsBundle) {
	rebateID := b.closePeriod(t, 1)
	next := dbtest.Scalar(t, b.DB, `SELECT next_number FROM partners WHERE partner_id = $1`, runsPartner)
	early := b.Fact(feed.PayoutPaid, b.Clock.Now().Format(time.RFC3339), fmt.Sprintf(`"payout_id":"%s-%d"`, runsPartner.Hex(), next))
	require.EqualValues(t, 1, b.Feed(t, early).Unattributed)
	b.approve(t, selectOf(t, []int64{rebateID}, nil))
	require.Equal(t, 1, b.drained)
	require.NoError(t, b.Accrual.Drain(context.WithoutCancel(t.Context())))
	require.Equal(t, 1, b.count(t, "rebates", "paid"))
}
