package partner_test

// Some tests send raw requests, because the SDK cannot write their bodies and
// paths.

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestRebates_ApprovedOnce checks that a code approves only the ids and amounts for
// which it was requested, and only once.
func TestRebates_ApprovedOnce(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx := t.Context()
	rebate, rows := w.Closed(t, 4)
	all, some := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}, sdk.ApproveRebatesIn{RebateRows: rows[:2]}
	code := w.Approving(t, w.A, all)
	uncoded := func(p *sdk.Partner, in sdk.ApproveRebatesIn, options ...sdk.CallOption) {
		t.Helper()
		_, err := p.ApproveRebates(ctx, in, options...)
		apitest.RequireUncoded(t, err)
	}
	uncoded(w.A, all)
	uncoded(w.A, all, sdk.WithTemporaryToken("made up"))
	uncoded(w.B, all, code)
	uncoded(w.A, some, code)
	uncoded(w.A, sdk.ApproveRebatesIn{Rebates: all.Rebates, RebateRows: rows[:1]}, code)
	uncoded(w.A, sdk.ApproveRebatesIn{Rebates: []int64{99999}}, code)
	apitest.Refused(w.A.ApproveRebates(ctx, sdk.ApproveRebatesIn{}, code))(t, sdk.ValidationError, "rebates required")

	// The amount changes after the code was requested.
	apitest.OK(w.A.RejectRebates(ctx, sdk.RejectRebatesIn{RebateRows: rows[:1]}))(t)
	once := sdk.WithIdempotencyKey("the one")
	uncoded(w.A, all, code, once)
	require.Zero(t, w.Payouts(t))

	// The amount is unchanged, but the code has expired.
	code = w.Approving(t, w.A, all)
	w.Clock.Advance(10 * time.Minute)
	uncoded(w.A, all, code, once)
	code = w.Approving(t, w.A, all)
	first := apitest.OK(w.A.ApproveRebates(ctx, all, code, once))(t)
	require.EqualValues(t, 3, w.Payouts(t), "the refusals used up neither the token nor the key")
	require.Equal(t, first, apitest.OK(w.A.ApproveRebates(ctx, all, code, once))(t), "replayed")
	apitest.Refused(w.A.ApproveRebates(ctx, some, code, once))(t, sdk.ValidationError, "Idempotency-Key already_used")
	uncoded(w.A, all, code)
	require.EqualValues(t, 3, w.Payouts(t), "once")
	programmetest.RequireSound(t, w.DB)
}

// TestRebates_Refused checks that the error names each id that cannot be approved.
func TestRebates_Refused(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx := t.Context()
	rebate, rows := w.Closed(t, 2)
	refuses := func(p *sdk.Partner, in sdk.StartRebateApprovalIn, fault string) {
		t.Helper()
		apitest.Refused(p.StartRebateApproval(ctx, in))(t, sdk.ValidationError, fault)
	}
	waits := func(field string, ids ...int64) string {
		return field + " not_pending: These " + strings.TrimPrefix(field, "rebate_") + " are not waiting for approval: " + numbers(ids...) + "."
	}
	whole, row := sdk.StartRebateApprovalIn{Rebates: []int64{rebate.ID}}, sdk.StartRebateApprovalIn{RebateRows: rows[:1]}
	const nothing = "rebates required: Send at least one id of a rebate or of a rebate row."
	refuses(w.A, sdk.StartRebateApprovalIn{}, nothing)
	refuses(w.A, sdk.StartRebateApprovalIn{Rebates: []int64{}, RebateRows: []int64{}}, nothing)
	refuses(w.A, sdk.StartRebateApprovalIn{Rebates: []int64{88888888, 99999999, -1}}, waits("rebates", -1, 88888888, 99999999))
	refuses(w.A, sdk.StartRebateApprovalIn{Rebates: whole.Rebates, RebateRows: []int64{9999, rows[0]}}, waits("rebate_rows", 9999))
	refuses(w.B, whole, waits("rebates", rebate.ID))
	refuses(w.B, row, waits("rebate_rows", rows[0]))
	apitest.Refused(w.Partner(t, "c").StartRebateApproval(ctx, whole))(t, sdk.PermissionDenied)
	apitest.Refused(w.Partner(t, "c").RebatesPage(ctx, sdk.RebatesQuery{}))(t, sdk.PermissionDenied)

	apitest.Refused(w.B.RebateRowsPage(ctx, rebate.ID, sdk.RebateRowsQuery{}))(t, sdk.NotFound)
	apitest.Refused(w.B.RebateOrdersPage(ctx, rows[0], sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	apitest.Refused(w.A.RebateRowsFile(ctx, rows[0], sdk.RebateRowsQuery{}, sdk.CSV))(t, sdk.NotFound)
	apitest.Refused(w.A.RebateOrdersPage(ctx, rebate.ID, sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	require.Equal(t, sdk.RebatesTotals{RewardUSD: "0", TopayRebate: "0", TopayRebateUSD: "0"}, apitest.OK(w.B.RebatesPage(ctx, sdk.RebatesQuery{}))(t).Totals)
	apitest.Refused(w.A.RetryRebates(ctx, sdk.RetryRebatesIn{RebateRows: []int64{}}))(t, sdk.ValidationError, "rebate_rows empty")
	apitest.Refused(w.A.RetryRebates(ctx, sdk.RetryRebatesIn{RebateRows: rows[:1]}))(t, sdk.ValidationError,
		"rebate_rows not_pending: These rows are not waiting for a retry: "+numbers(rows[0])+".")

	// A partner cannot see a rebate before its period has closed.
	w.MustFeed(t, w.Order("5000", 99, "EURUSD", "2026-07-01T13:00:00Z", ``))
	open, openRow := w.Number(t, `SELECT rebate_id FROM rebates WHERE status = 'open'`), w.Number(t, `SELECT row_id FROM rebate_rows WHERE status = 'open'`)
	refuses(w.A, sdk.StartRebateApprovalIn{Rebates: []int64{open}}, waits("rebates", open))
	refuses(w.A, sdk.StartRebateApprovalIn{RebateRows: []int64{openRow}}, waits("rebate_rows", openRow))
	apitest.Refused(w.A.RebateRowsPage(ctx, open, sdk.RebateRowsQuery{}))(t, sdk.NotFound)
	apitest.Refused(w.A.RebateOrdersPage(ctx, openRow, sdk.RebateOrdersQuery{}))(t, sdk.NotFound)
	apitest.Only(t, w.A.Rebates(ctx, sdk.RebatesQuery{}))
}

// TestRebates_BadBodies sends bodies that the SDK cannot send.
func TestRebates_BadBodies(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	start := func(name, body, answer string) apitest.Scene {
		return apitest.Scene{Name: name, Token: "a", Method: "POST", Target: autorebates + "approve/start/", Body: body, Status: 400, Answer: answer}
	}
	w.Play(t, []apitest.Scene{
		start("null", `{"rebates":null}`, apitest.Wrong("rebates", "required", "Send at least one id of a rebate or of a rebate row.")),
		start("no list", `{"rebates":"x"}`, apitest.Wrong("rebates", "not_a_list", `Expected a list of items but got type \"str\".`)),
		start("no id", `{"rebate_rows":[1.5]}`, apitest.Wrong("rebate_rows.0", "invalid", "A valid number is required.")),
		{Name: "no number", Token: "a", Target: autorebates + "rebates/x/rows/", Status: 404, Answer: apitest.NotFound},
		{Name: "not verified, with doubled slashes", Token: "c", Target: "//api//v2/autorebates//history", Status: 403, Answer: apitest.Denied},
	})
}

// TestRebates_ManyIDs checks that the payload for more than 1,000 ids contains a
// digest of the ids instead of a list.
func TestRebates_ManyIDs(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx := t.Context()
	_, rows := w.Closed(t, 1001)
	all := sdk.ApproveRebatesIn{RebateRows: rows}
	digest := apitest.OK(w.A.StartRebateApproval(ctx, sdk.StartRebateApprovalIn(all)))(t).VerificationPayload
	require.Len(t, *digest.Digest, 64)
	require.Empty(t, digest.RebateRowIDs)
	require.Empty(t, digest.RebateIDs)
	listed := apitest.OK(w.A.StartRebateApproval(ctx, sdk.StartRebateApprovalIn{RebateRows: rows[:1000]}))(t).VerificationPayload
	require.Nil(t, listed.Digest)
	require.Len(t, listed.RebateRowIDs, 1000)

	apitest.OK(w.A.ApproveRebates(ctx, all, w.Approving(t, w.A, all)))(t)
	require.EqualValues(t, 1001, w.Payouts(t))
	apitest.Refused(w.A.StartRebateApproval(ctx, sdk.StartRebateApprovalIn{RebateRows: slices.Repeat([]int64{1}, 100_001)}))(t, sdk.ValidationError, "rebate_rows max_length")
	programmetest.RequireSound(t, w.DB)
}

// TestRebates_BelowZero checks that reserved money cannot be withdrawn, and that a
// wallet with a negative balance pays nothing.
func TestRebates_BelowZero(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	rebate, _ := w.Closed(t, 2)
	all := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	code := w.Approving(t, w.A, all)
	w.MustFeed(t,
		w.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":1,"reason":"x"`),
		w.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	_, err := w.A.ApproveRebates(t.Context(), all, code)
	require.ErrorContains(t, err, "The wallet is below zero")
	w.MustFeed(t, w.Order("1001", 50, "EURUSD", "2026-06-01T12:00:00Z", ``), w.Order("1001", 51, "EURUSD", "2026-06-01T12:00:00Z", ``))
	apitest.OK(w.A.ApproveRebates(t.Context(), all, code))(t)
	programmetest.RequireSound(t, w.DB)
}

// TestRebates_Race sends fifty requests at once to approve or reject one rebate.
// Exactly one of them must succeed.
func TestRebates_Race(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	rebate, _ := w.Closed(t, 3)
	all := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	code := w.Approving(t, w.A, all)
	errs := make([]error, 50)
	var racers sync.WaitGroup
	for i := range errs {
		racers.Go(func() {
			if i%2 == 0 {
				_, errs[i] = w.A.ApproveRebates(t.Context(), all, code, sdk.WithIdempotencyKey(fmt.Sprint("key ", i)))
			} else {
				_, errs[i] = w.A.RejectRebates(t.Context(), sdk.RejectRebatesIn(all))
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
	require.Contains(t, []int64{0, 3}, w.Payouts(t))
	programmetest.RequireSound(t, w.DB)
}
