package partner_test

// These tests send raw requests to compare whole responses with golden files.

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/sdk"
)

// TestClientTransactions follows deposits, rewards and rebates: three rebates
// wait, then one is paid and one fails.
func TestClientTransactions(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	ctx, broker := t.Context(), w.Broker(t)
	rebate, _ := w.Closed(t, 3)
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-06-30T10:00:00Z", `"client_account":"5000","amount_usd":100`),
		w.Fact(feed.DepositReceived, "2026-06-30T11:00:00Z", `"client_account":"5000","amount_usd":7000`))
	statuses := func() (all []sdk.PendingTransactionsRowStatus) {
		t.Helper()
		for _, row := range apitest.All(t, w.A.PendingTransactions(ctx, sdk.PendingTransactionsQuery{})) {
			require.Equal(t, sdk.Decimal("-0.50"), row.AmountUSD)
			all = append(all, row.Status)
		}
		return all
	}
	require.Equal(t, []sdk.PendingTransactionsRowStatus{"pending", "pending", "pending"}, statuses())
	what := sdk.ApproveRebatesIn{Rebates: []int64{rebate.ID}}
	apitest.OK(w.A.ApproveRebates(ctx, what, w.Approving(t, w.A, what)))(t)
	require.Equal(t, []sdk.PendingTransactionsRowStatus{"approved", "approved", "approved"}, statuses())
	payouts := apitest.OK(broker.PayoutsPage(ctx, sdk.PayoutsQuery{}))(t).Data
	apitest.OK(broker.ConfirmPayout(ctx, payouts[0].ID))(t)
	apitest.OK(broker.FailPayout(ctx, payouts[1].ID, sdk.FailPayoutIn{Reason: new("closed")}))(t)
	require.ElementsMatch(t, []sdk.PendingTransactionsRowStatus{"approved", "failed"}, statuses())

	totals := apitest.OK(w.A.ClientTransactionsPage(ctx, sdk.ClientTransactionsQuery{}))(t).Totals
	require.Equal(t, sdk.ClientTransactionsTotals{Count: 6, DepositsCount: 2, FirstDepositsCount: 1, RewardUSD: "6.00", RebateUSD: "0.50"}, totals)
	paid := apitest.Only(t, w.A.ClientTransactions(ctx, sdk.ClientTransactionsQuery{Kind: []sdk.ClientTransactionsQueryKind{"rebate"}}))
	require.Equal(t, sdk.Decimal("-0.50"), paid.AmountUSD)
	for _, query := range []sdk.ClientTransactionsQuery{{}, {ClientAccount: []string{"5000"}}} {
		require.Empty(t, apitest.All(t, w.B.ClientTransactions(ctx, query)), "B sees nothing of A")
	}
	require.Empty(t, apitest.All(t, w.B.PendingTransactions(ctx, sdk.PendingTransactionsQuery{})))
	apitest.Refused(w.A.ClientTransactionsPage(ctx, sdk.ClientTransactionsQuery{Date: []sdk.Date{"x"}, Ordering: []string{"kind"}}))(t, sdk.ValidationError, "ordering invalid_choice", "date invalid")

	for name, target := range map[string]string{
		"client_transactions.json": "", "client_transactions.csv": "?format=csv", "client_transactions_filters.json": "filters/",
		"pending_transactions.json": "pending/", "pending_transactions.csv": "pending/?format=csv", "pending_transactions_filters.json": "pending/filters/",
	} {
		requireGolden(t, name, w.Call(t, "a", http.MethodGet, "/api/reports/transactions/"+target, ""))
	}
}
