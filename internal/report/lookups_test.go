package report_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/report"
)

func (b *reportBundle) rowsOf(t *testing.T, reportID, column, query string) []string {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	var list struct {
		Data []map[string]any `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(b.get(t, definition(t, reportID), params, report.JSON)), &list))
	values := []string{}
	for _, r := range list.Data {
		value, is := r[column].(string)
		require.True(t, is, "%s.%s", reportID, column)
		values = append(values, value)
	}
	return values
}

// testReportEmails checks that both parameters find a client by the complete
// e-mail address, ignoring case, and that an unknown address finds no client.
func testReportEmails(t *testing.T, b *reportBundle) {
	for _, c := range b.books.Clients {
		uid, address := c.UID("client_uid"), c.Text("email")
		var accounts []string
		for _, a := range b.books.Accounts {
			if a.UID("client_uid") == uid {
				accounts = append(accounts, a.Text("client_account"))
			}
		}
		for _, query := range []string{
			"email=" + address, "email=+" + strings.ToUpper(address) + "+", "search=" + address,
			"email=" + address + "&search=" + address, "email=nobody@example.com," + address,
		} {
			require.Equal(t, []string{uid.String()}, b.rowsOf(t, "clients_v2", "client_uid", query), query)
			require.ElementsMatch(t, accounts, b.rowsOf(t, "clients", "client_account", query), query)
			require.ElementsMatch(t, accounts, b.rowsOf(t, "client_accounts", "client_account", query), query)
		}
	}
	some := b.books.Clients[0].Text("email")
	for _, query := range []string{
		"email=", "email=nobody@example.com", "search=nobody@example.com", "email=" + some[:len(some)-1], "email=example.com",
		"email=" + some + "&search=nobody@example.com", "email=%25@example.com", "email=client0",
	} {
		for reportID, column := range map[string]string{"clients": "client_account", "clients_v2": "client_uid", "client_accounts": "client_account"} {
			require.Empty(t, b.rowsOf(t, reportID, column, query), query)
		}
	}
	for _, ignored := range []string{"", "search=client0", "search="} {
		require.Len(t, b.rowsOf(t, "clients_v2", "client_uid", ignored), len(b.books.Clients), ignored)
	}
}

// testReportNumbers checks that account numbers of any length are sorted as
// numbers, and that pages do not overlap.
func testReportNumbers(t *testing.T, b *reportBundle) {
	var want []string
	for _, a := range b.books.Accounts {
		want = append(want, a.Text("client_account"))
	}
	slices.SortFunc(want, func(x, y string) int { return compare(account(x), account(y), false) })
	for _, reportID := range []string{"clients", "client_accounts"} {
		require.Equal(t, want, b.rowsOf(t, reportID, "client_account", "ordering=client_account"), reportID)
		var paged []string
		for offset := 0; offset < len(want); offset += 3 {
			paged = append(paged, b.rowsOf(t, reportID, "client_account", url.Values{
				"ordering": {"-client_account"}, "limit": {"3"}, "offset": {integer(int64(offset)).wire},
			}.Encode())...)
		}
		slices.Reverse(paged)
		require.Equal(t, want, paged, reportID)
	}
}

func testReportUIDs(t *testing.T, b *reportBundle) {
	a := b.books.Accounts[0]
	uid, number := a.UID("client_uid"), b.books.Accounts[3].Text("client_account")
	require.GreaterOrEqual(t, len(number), 9)
	require.Equal(t, []string{number}, b.rowsOf(t, "client_accounts", "client_account", "client_uid="+number))
	require.Equal(t, []string{number}, b.rowsOf(t, "client_accounts", "client_account", "client_uid="+number+".0"))
	require.Contains(t, b.rowsOf(t, "client_accounts", "client_account", "client_uid="+number+","+uid.Short()), a.Text("client_account"))
	require.Contains(t, b.rowsOf(t, "client_accounts", "client_account", "client_uid="+number+","+uid.Short()), number)
	require.Empty(t, b.rowsOf(t, "client_accounts", "client_account", "client_uid=999999999"))
	require.Equal(t, []string{uid.String()}, b.rowsOf(t, "clients_v2", "client_uid", "client_uid="+uid.String()))
	for reportID, wrong := range map[string]string{"clients_v2": uid.Short(), "clients": number, "rewards": "123456789", "client_accounts": "x"} {
		_, err := b.service.Prepare(definition(t, reportID), &report.Request{PartnerID: b.books.Partner.ID, Params: url.Values{"client_uid": {wrong}}})
		require.ErrorContains(t, err, "client_uid", reportID)
	}
}
