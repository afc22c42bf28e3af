package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// numbered replaces the ids that each run makes anew by their place.
func numbered(text string) string {
	seen := map[string]string{}
	return anyUUID.ReplaceAllStringFunc(text, func(uuid string) string {
		if seen[uuid] == "" {
			seen[uuid] = fmt.Sprintf("00000000-0000-7000-8000-%012d", len(seen)+1)
		}
		return seen[uuid]
	})
}

// The wire of the wallet's ledger lines, byte by byte but for the ids.
func TestTransactions_Golden(t *testing.T) {
	t.Parallel()
	w := rich(t)
	require.Equal(t, 200, w.call(t, "a", "POST", accountsPath, `{"account_name":"Savings","currency":"EUR"}`).Code)
	require.Equal(t, 201, w.call(t, "a", "POST", transfersPath, fmt.Sprintf(`{"from_account":%q,"to_account":%q,"amount":100}`, accountA, eurosA)).Code)
	status, answer := w.withdraw(t, withdrawalBody("250"), w.temporary(t, programmetest.PartnerA, withdrawalBody("250")))
	require.Equal(t, 201, status)
	payoutID := regexp.MustCompile(`"payout_id":"([^"]+)"`).FindStringSubmatch(answer)[1]
	require.Equal(t, 200, w.call(t, "broker", "POST", payoutsPath+payoutID+"/fail/", `{"reason":"closed"}`).Code)
	w.MustFeed(t, w.Fact(feed.OrderReversed, "2026-06-29T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))

	for name, query := range map[string]string{
		"transactions.json": "", "transactions.csv": "?format=csv", "transactions_filters.json": "filters/", "transactions_filtered.json": "?kind=transfer,withdrawal&currency=USD&date_from=2026-06-30",
	} {
		got := w.call(t, "a", http.MethodGet, "/api/wallet/transactions/"+query, "")
		require.Equal(t, 200, got.Code, got.Body)
		path, text := filepath.Join("testdata", "reports", name), numbered(got.Body.String())
		if *updateReports {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), text, name)
	}
	require.True(t, strings.HasPrefix(w.call(t, "b", http.MethodGet, "/api/wallet/transactions/", "").Body.String(), `{"data":[],"totals":{"count":0,`))
	require.Equal(t, 403, w.call(t, "broker", http.MethodGet, "/api/wallet/transactions/", "").Code)
	require.Equal(t, 400, w.call(t, "a", http.MethodGet, "/api/wallet/transactions/?date=x&ordering=cause", "").Code)
}
