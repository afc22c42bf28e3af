package partner_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const autorebates = "/api/v2/autorebates/"

// TestRebates covers the whole life of a rebate: its period closes, the partner
// approves it with a code, and the broker pays it.
func TestRebates(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx := t.Context()
	rebate, rows := w.Closed(t, 3)
	closed := w.Clock.Now()
	require.Equal(t, sdk.RebatesRow{
		ID: rebate.ID, GroupID: rebate.GroupID, GroupTitle: new("all"), GroupType: "MANUAL", Status: "pending",
		PeriodStartDate: "2026-06-30", PeriodEndDate: "2026-06-30", ClientsCount: 3, Reward: "6", RewardUSD: "6",
		TopayRebate: "1.5", TopayRebateUSD: "1.5", Currency: "USD", Closed: closed, Expires: closed.AddDate(0, 0, 30),
	}, rebate)
	require.Equal(t, sdk.RebatesTotals{Count: 1, ClientsCount: 3, RewardUSD: "6", TopayRebate: "1.5", TopayRebateUSD: "1.5"},
		apitest.OK(w.A.RebatesPage(ctx, sdk.RebatesQuery{}))(t).Totals)
	require.Equal(t, sdk.RebateRowsRow{
		ID: rows[0], RebateID: rebate.ID, ClientAccount: "5000", ClientUID: "11111111", OrdersCount: 1, RebatePercent: "25", Reward: "2", RewardUSD: "2",
		Rebate: "0.500000", RebateUSD: "0.500000", TopayRebate: "0.5", TopayRebateUSD: "0.5", Status: "pending", Changed: closed,
	}, apitest.Only(t, w.A.RebateRows(ctx, rebate.ID, sdk.RebateRowsQuery{ClientAccount: []string{"5000"}})))
	orders := apitest.OK(w.A.RebateOrdersPage(ctx, rows[0], sdk.RebateOrdersQuery{}))(t)
	require.Equal(t, "Real:1", orders.Data[0].OrderID)
	require.Equal(t, sdk.Decimal("2.000000"), orders.Totals.Reward, "the rebate is a percent of the reward")

	all := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	shown := apitest.OK(w.A.StartRebateApproval(ctx, sdk.StartRebateApprovalIn(all)))(t)
	require.Equal(t, &sdk.RebateStart{
		VerificationPayload: sdk.RebatePayload{
			UserUID: programmetest.PartnerA, RequestedAt: closed, OperationType: "APPROVE_REBATES", RebateIDs: []int64{rebate.ID}, RebateRowIDs: []int64{},
		},
		ClientsApprovedCount: 3, Reward: "6", RewardUSD: "6", TopayRebate: "1.5", TopayRebateUSD: "1.5", Currency: "USD",
		PeriodStartDate: "2026-06-30", PeriodEndDate: "2026-06-30",
	}, shown)
	done := apitest.OK(w.A.ApproveRebates(ctx, all, w.Code(t, w.A, sdk.OperationTypeApproveRebates, shown.VerificationPayload)))(t)
	require.EqualValues(t, 3, done.ClientsApprovedCount)
	require.Equal(t, sdk.Decimal("1.5"), done.TopayRebate)
	require.EqualValues(t, 3, w.Payouts(t))
	require.Equal(t, "approved", apitest.Only(t, w.A.Rebates(ctx, sdk.RebatesQuery{})).Status)

	broker := w.Broker(t)
	payouts := apitest.OK(broker.PayoutsPage(ctx, sdk.PayoutsQuery{}))(t).Data
	require.Len(t, payouts, 3)
	for _, p := range payouts[:2] {
		apitest.OK(broker.ConfirmPayout(ctx, p.ID))(t)
	}
	apitest.OK(broker.FailPayout(ctx, payouts[2].ID, sdk.FailPayoutIn{Reason: new("closed account")}))(t)
	history := apitest.OK(w.A.RebateHistoryPage(ctx, sdk.RebateHistoryQuery{Ordering: []string{"status", "client_account"}}))(t)
	require.EqualValues(t, 3, history.Totals.Count)
	failed := history.Data[0]
	require.Equal(t, "failed", failed.Status)
	require.Equal(t, "closed account", *failed.Reason)
	require.Equal(t, sdk.Date("2026-06-30"), failed.PeriodEndDate)
	require.Equal(t, "all", *failed.GroupTitle)
	require.Equal(t, "paid", history.Data[1].Status)
	for _, tt := range []struct {
		query sdk.RebateHistoryQuery
		rows  int64
	}{
		{sdk.RebateHistoryQuery{Status: []string{"paid"}, PeriodFrom: "2026-06-30", PeriodTo: "2026-06-30", ClientUID: []string{"11111111"}, Group: []int64{rebate.GroupID}}, 2},
		{sdk.RebateHistoryQuery{ClientAccount: []string{"5000"}}, 1},
	} {
		require.Equal(t, tt.rows, apitest.OK(w.A.RebateHistoryPage(ctx, tt.query))(t).Totals.Count)
	}

	again := sdk.RetryRebatesIn{RebateRows: []int64{failed.ID}}
	apitest.Refused(w.A.RetryRebates(ctx, sdk.RetryRebatesIn{RebateRows: []int64{failed.ID, 5}}))(t, sdk.ValidationError, "rebate_rows not_pending")
	var answer sdk.Answer
	for range 2 {
		apitest.OK(w.A.RetryRebates(ctx, again, sdk.WithIdempotencyKey("again"), sdk.WithAnswer(&answer)))(t)
	}
	require.True(t, answer.Replayed)
	apitest.Refused(w.A.RetryRebates(ctx, again))(t, sdk.ValidationError, "rebate_rows not_pending")
	require.EqualValues(t, 4, w.Payouts(t))
	programmetest.RequireSound(t, w.DB)
}

// TestRebates_IDsAsTexts checks that a request can contain ids as strings, in any
// order and more than once. The payload for the code must contain each id once,
// as a number.
func TestRebates_IDsAsTexts(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	rebate, rows := w.Closed(t, 3)
	body := fmt.Sprintf(`{"rebates":["%d"],"rebate_rows":["%d",%d,"%d"],"more":null}`, rebate.ID, rows[2], rows[0], rows[0])
	got := w.Call(t, "a", http.MethodPost, autorebates+"approve/start/", body)
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	require.Contains(t, got.Body.String(), fmt.Sprintf(`"rebate_ids":[%d],"rebate_row_ids":[%d,%d]}`, rebate.ID, rows[0], rows[2]))
}

func TestRebates_Exports(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx := t.Context()
	rebate, _ := w.Closed(t, 3)
	apitest.OK(w.A.RejectRebates(ctx, sdk.RejectRebatesIn{Rebates: []int64{rebate.ID}}))(t)
	history := func(status ...string) func(sdk.Format) (*sdk.File, error) {
		return func(format sdk.Format) (*sdk.File, error) {
			return w.A.RebateHistoryFile(ctx, sdk.RebateHistoryQuery{Status: status}, format)
		}
	}
	for name, tt := range map[string]struct {
		open func(sdk.Format) (*sdk.File, error)
		rows int
	}{
		"rebates": {func(f sdk.Format) (*sdk.File, error) { return w.A.RebatesFile(ctx, sdk.RebatesQuery{}, f) }, 1},
		"rows": {func(f sdk.Format) (*sdk.File, error) {
			return w.A.RebateRowsFile(ctx, rebate.ID, sdk.RebateRowsQuery{}, f)
		}, 3},
		"history": {history(), 3}, "paid": {history("paid"), 0}, "rejected": {history("rejected"), 3},
	} {
		text := apitest.OK(tt.open(sdk.CSV))(t)
		records, err := csv.NewReader(text).ReadAll()
		require.NoError(t, err)
		require.Len(t, records, 1+tt.rows, name)
		book, err := excelize.OpenReader(apitest.OK(tt.open(sdk.XLSX))(t))
		require.NoError(t, err)
		sheet, err := book.GetRows(book.GetSheetList()[0])
		require.NoError(t, err)
		require.Len(t, sheet, 1+tt.rows, name)
	}
	values := apitest.OK(w.A.RebateHistoryFilters(ctx, sdk.FiltersQuery{}))(t)
	require.Equal(t, []string{"rejected"}, values.Status)
	require.Equal(t, []string{"5000", "5001", "5002"}, values.ClientAccount)
	require.Equal(t, []sdk.Date{"2026-06-30"}, values.Period)
	w.MustFeed(t, w.Order("5000", 99, "EURUSD", "2026-07-01T13:00:00Z", ``))
	w.NextDay(t)
	require.Equal(t, []string{"pending"}, apitest.OK(w.A.RebatesFilters(ctx, sdk.FiltersQuery{Field: "status", Q: "pend"}))(t).Status)
}

func numbers(ids ...int64) string {
	texts := make([]string, len(ids))
	for i, n := range ids {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(texts, ", ")
}
