package partner_test

// Some tests send raw requests, because they compare whole responses with
// golden files.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/sdk"
)

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// numberIDs replaces each id with a number, because the ids differ in every run.
func numberIDs(text string) string {
	seen := map[string]string{}
	return anyUUID.ReplaceAllStringFunc(text, func(uuid string) string {
		if seen[uuid] == "" {
			seen[uuid] = fmt.Sprintf("00000000-0000-7000-8000-%012d", len(seen)+1)
		}
		return seen[uuid]
	})
}

// requireGolden compares a response with a golden file.
func requireGolden(t *testing.T, name string, got *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	path, text := filepath.Join("testdata", "reports", name), numberIDs(got.Body.String())
	if *updateReports {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, name)
}

// TestTransactions_Golden compares the ledger's lines with a golden file, byte by
// byte except for the ids.
func TestTransactions_Golden(t *testing.T) {
	t.Parallel()
	w := setupWithFunds(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	apitest.OK(a.CreateWalletAccount(ctx, sdk.CreateWalletAccountIn{AccountName: "Savings", Currency: "EUR"}))(t)
	apitest.OK(a.CreateWalletTransfer(ctx, sdk.CreateWalletTransferIn{FromAccount: apitest.AccountA, ToAccount: apitest.EurosA, Amount: "100"}))(t)
	apitest.OK(w.Broker(t).FailPayout(ctx, w.Withdraws(t, a, "250").PayoutID, sdk.FailPayoutIn{Reason: new("closed")}))(t)
	w.MustFeed(t, w.Fact(feed.OrderReversed, "2026-06-29T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))

	for name, query := range map[string]string{
		"transactions.json": "", "transactions.csv": "?format=csv", "transactions_filters.json": "filters/", "transactions_filtered.json": "?kind=transfer,withdrawal&currency=USD&date_from=2026-06-30",
	} {
		requireGolden(t, name, w.Call(t, "a", http.MethodGet, "/api/wallet/transactions/"+query, ""))
	}
	require.Empty(t, apitest.All(t, w.Partner(t, "b").Transactions(ctx, sdk.TransactionsQuery{})))
	apitest.Refused(a.TransactionsPage(ctx, sdk.TransactionsQuery{Date: []sdk.Date{"x"}, Ordering: []string{"cause"}}))(t, sdk.ValidationError, "ordering invalid_choice", "date invalid")
}
