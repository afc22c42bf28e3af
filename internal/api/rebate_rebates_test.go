package api_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// A code pays exactly the ids and amounts that were shown, once.
func TestRebates_ApprovedOnce(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	ctx := t.Context()
	rebate, rows := w.closed(t, 4)
	all, some := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}, sdk.ApproveRebatesIn{RebateRows: rows[:2]}
	code := w.approving(t, w.a, all)
	uncoded := func(p *sdk.Partner, in sdk.ApproveRebatesIn, options ...sdk.CallOption) {
		t.Helper()
		_, err := p.ApproveRebates(ctx, in, options...)
		requireUncoded(t, err)
	}
	uncoded(w.a, all)
	uncoded(w.a, all, sdk.WithTemporaryToken("made up"))
	uncoded(w.b, all, code)
	uncoded(w.a, some, code)
	uncoded(w.a, sdk.ApproveRebatesIn{Rebates: all.Rebates, RebateRows: rows[:1]}, code)
	uncoded(w.a, sdk.ApproveRebatesIn{Rebates: []int64{99999}}, code)
	refused(w.a.ApproveRebates(ctx, sdk.ApproveRebatesIn{}, code))(t, sdk.ValidationError, "rebates required")

	// The amount differs from the one that the code was for.
	ok(w.a.RejectRebates(ctx, sdk.RejectRebatesIn{RebateRows: rows[:1]}))(t)
	once := sdk.WithIdempotencyKey("the one")
	uncoded(w.a, all, code, once)
	require.Zero(t, w.payouts(t))

	// The amount is the same, but the code has expired.
	code = w.approving(t, w.a, all)
	w.Clock.Advance(10 * time.Minute)
	uncoded(w.a, all, code, once)
	code = w.approving(t, w.a, all)
	first := ok(w.a.ApproveRebates(ctx, all, code, once))(t)
	require.EqualValues(t, 3, w.payouts(t), "the refusals used up neither the token nor the key")
	require.Equal(t, first, ok(w.a.ApproveRebates(ctx, all, code, once))(t), "replayed")
	refused(w.a.ApproveRebates(ctx, some, code, once))(t, sdk.ValidationError, "Idempotency-Key already_used")
	uncoded(w.a, all, code)
	require.EqualValues(t, 3, w.payouts(t), "once")
	programmetest.RequireSound(t, w.DB)
}

// A refusal names the ids that cannot be approved.
func TestRebates_Refused(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	ctx := t.Context()
	rebate, rows := w.closed(t, 2)
	refuses := func(p *sdk.Partner, in sdk.StartRebateApprovalIn, fault string) {
		t.Helper()
		refused(p.StartRebateApproval(ctx, in))(t, sdk.ValidationError, fault)
	}
	waits := func(field string, ids ...int64) string {
		return field + " not_pending: These do not wait for approval: " + numbers(ids...) + "."
	}
	whole, row := sdk.StartRebateApprovalIn{Rebates: []int64{rebate.ID}}, sdk.StartRebateApprovalIn{RebateRows: rows[:1]}
	const nothing = "rebates required: Name rebates or rebate rows."
	refuses(w.a, sdk.StartRebateApprovalIn{}, nothing)
	refuses(w.a, sdk.StartRebateApprovalIn{Rebates: []int64{}, RebateRows: []int64{}}, nothing)
	refuses(w.a, sdk.StartRebateApprovalIn{Rebates: []int64{88888888, 99999999, -1}}, waits("rebates", -1, 88888888, 99999999))
	refuses(w.a, sdk.StartRebateApprovalIn{Rebates: whole.Rebates, RebateRows: []int64{9999, rows[0]}}, waits("rebate_rows", 9999))
	refuses(w.b, whole, waits("rebates", rebate.ID))
	refuses(w.b, row, waits("rebate_rows", rows[0]))
	refused(w.partner(t, "c").StartRebateApproval(ctx, whole))(t, sdk.PermissionDenied)
	refused(w.partner(t, "c").RebatesPage(ctx, sdk.RebatesQuery{}))(t, sdk.PermissionDenied)

	refused(w.b.RebateRowsPage(ctx, rebate.ID, sdk.RebateRowsQuery{}))(t, sdk.NotFound)
	refused(w.b.RebateOrdersPage(ctx, rows[0], sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	refused(w.a.RebateRowsFile(ctx, rows[0], sdk.RebateRowsQuery{}, sdk.CSV))(t, sdk.NotFound)
	refused(w.a.RebateOrdersPage(ctx, rebate.ID, sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	require.Equal(t, sdk.RebatesTotals{RewardUSD: "0", TopayRebate: "0", TopayRebateUSD: "0"}, ok(w.b.RebatesPage(ctx, sdk.RebatesQuery{}))(t).Totals)
	refused(w.a.RetryRebates(ctx, sdk.RetryRebatesIn{RebateRows: []int64{}}))(t, sdk.ValidationError, "rebate_rows empty")
	refused(w.a.RetryRebates(ctx, sdk.RetryRebatesIn{RebateRows: rows[:1]}))(t, sdk.ValidationError,
		"rebate_rows not_pending: These do not wait for another try: "+numbers(rows[0])+".")

	// A rebate is hidden while its period lasts.
	w.MustFeed(t, w.Order("5000", 99, "EURUSD", "2026-07-01T13:00:00Z", ``))
	open, openRow := w.number(t, `SELECT rebate_id FROM rebates WHERE status = 'open'`), w.number(t, `SELECT row_id FROM rebate_rows WHERE status = 'open'`)
	refuses(w.a, sdk.StartRebateApprovalIn{Rebates: []int64{open}}, waits("rebates", open))
	refuses(w.a, sdk.StartRebateApprovalIn{RebateRows: []int64{openRow}}, waits("rebate_rows", openRow))
	refused(w.a.RebateRowsPage(ctx, open, sdk.RebateRowsQuery{}))(t, sdk.NotFound)
	refused(w.a.RebateOrdersPage(ctx, openRow, sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	only(t, w.a.Rebates(ctx, sdk.RebatesQuery{}))
}

// No typed program sends these bodies.
func TestRebates_BadBodies(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	start := func(name, body, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: autorebates + "approve/start/", body: body, status: 400, answer: answer}
	}
	w.play(t, []scene{
		start("null", `{"rebates":null}`, wrong("rebates", "required", "Name rebates or rebate rows.")),
		start("no list", `{"rebates":"x"}`, wrong("rebates", "not_a_list", `Expected a list of items but got type \"str\".`)),
		start("no id", `{"rebate_rows":[1.5]}`, wrong("rebate_rows.0", "invalid", "A valid number is required.")),
		{name: "no number", token: "a", target: autorebates + "rebates/x/rows/", status: 404, answer: notFound},
		{name: "not verified, with doubled slashes", token: "c", target: "//api//v2/autorebates//history", status: 403, answer: denied},
	})
}

func (w *world) number(t *testing.T, query string) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// With more than a thousand ids the payload is a digest.
func TestRebates_ManyIDs(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	ctx := t.Context()
	_, rows := w.closed(t, 1001)
	all := sdk.ApproveRebatesIn{RebateRows: rows}
	digest := ok(w.a.StartRebateApproval(ctx, sdk.StartRebateApprovalIn(all)))(t).VerificationPayload
	require.Len(t, *digest.Digest, 64)
	require.Empty(t, digest.RebateRowIDs)
	require.Empty(t, digest.RebateIDs)
	listed := ok(w.a.StartRebateApproval(ctx, sdk.StartRebateApprovalIn{RebateRows: rows[:1000]}))(t).VerificationPayload
	require.Nil(t, listed.Digest)
	require.Len(t, listed.RebateRowIDs, 1000)

	ok(w.a.ApproveRebates(ctx, all, w.approving(t, w.a, all)))(t)
	require.EqualValues(t, 1001, w.payouts(t))
	refused(w.a.StartRebateApproval(ctx, sdk.StartRebateApprovalIn{RebateRows: slices.Repeat([]int64{1}, 100_001)}))(t, sdk.ValidationError, "rebate_rows max_length")
	programmetest.RequireSound(t, w.DB)
}

// Reserved money cannot be withdrawn, and a wallet below zero pays nothing.
func TestRebates_BelowZero(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	rebate, _ := w.closed(t, 2)
	all := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	code := w.approving(t, w.a, all)
	w.MustFeed(t,
		w.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":1,"reason":"x"`),
		w.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	_, err := w.a.ApproveRebates(t.Context(), all, code)
	require.ErrorContains(t, err, "The wallet is below zero")
	w.MustFeed(t, w.Order("1001", 50, "EURUSD", "2026-06-01T12:00:00Z", ``), w.Order("1001", 51, "EURUSD", "2026-06-01T12:00:00Z", ``))
	ok(w.a.ApproveRebates(t.Context(), all, code))(t)
	programmetest.RequireSound(t, w.DB)
}

// Only one of fifty concurrent calls that approve or reject the same rebate
// succeeds.
func TestRebates_Race(t *testing.T) {
	t.Parallel()
	w := setupRebateRuns(t)
	rebate, _ := w.closed(t, 3)
	all := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	code := w.approving(t, w.a, all)
	errs := make([]error, 50)
	var racers sync.WaitGroup
	for i := range errs {
		racers.Go(func() {
			if i%2 == 0 {
				_, errs[i] = w.a.ApproveRebates(t.Context(), all, code, sdk.WithIdempotencyKey(fmt.Sprint("key ", i)))
			} else {
				_, errs[i] = w.a.RejectRebates(t.Context(), sdk.RejectRebatesIn(all))
			}
		})
	}
	racers.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, []string{sdk.PermissionDenied, sdk.ValidationError}[i%2], sdk.ErrorCode(err))
	}
	require.Equal(t, 1, won)
	require.Contains(t, []int64{0, 3}, w.payouts(t))
	programmetest.RequireSound(t, w.DB)
}
