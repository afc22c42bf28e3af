package api_test

// These tests send raw requests, because they repeat what existing programs send.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// setupPrograms returns a World with agents, in which client 1 has several accounts.
func setupPrograms(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t)
	for _, number := range []string{"88", "99", "0099", "1000", "500100", "1163683105934900001"} {
		w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-02-03T00:00:00Z",
			`"client_account":"`+number+`","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Raw Spread","currency":"USD"`))
	}
	w.MustFeed(t, w.Order("500100", 1, "EURUSD", "2026-03-02T10:00:00Z", ""))
	return w
}

// TestPrograms_LookUpByEmail sends the requests of a cashback site that looks up a
// visitor by e-mail and uses the first row. The row must never belong to another person.
func TestPrograms_LookUpByEmail(t *testing.T) {
	t.Parallel()
	w := setupPrograms(t)
	for _, path := range []string{"/api/v2/reports/clients/", "/api/reports/clients/", "/api/reports/clients/accounts/"} {
		for _, query := range []string{"email=One@Example.com", "search=one@example.com", "email=one@example.com&page_size=1&page=1"} {
			rows := w.List(t, path+"?"+query).Column("client_uid")
			require.NotEmpty(t, rows, path)
			require.Equal(t, programmetest.Client1[:8], rows[0].(string)[:8], "%s?%s", path, query)
		}
		for _, query := range []string{"email=nobody@example.com", "email=two@example.com", "search=two@example.com", "email=%20", "email=,"} { // two@example.com is another partner's client
			l := w.List(t, path+"?"+query)
			require.Empty(t, l.Data, "%s?%s", path, query)
			require.EqualValues(t, 0, l.Totals["count"])
		}
	}
}

// TestPrograms_RepeatedKeys sends the requests of a PHP dashboard, which sends each
// account as client_account[].
func TestPrograms_RepeatedKeys(t *testing.T) {
	t.Parallel()
	w := setupPrograms(t)
	for _, query := range []string{
		"client_account=88,500100", "client_account=88&client_account=500100", "client_account[]=88&client_account[]=500100",
		"client_account%5B0%5D=88&client_account%5B1%5D=500100.0",
	} {
		l := w.List(t, "/api/reports/clients/accounts/?ordering=client_account&page_size=20&"+query)
		require.Equal(t, []any{"88", "500100"}, l.Column("client_account"), query)
		require.EqualValues(t, 2, l.Totals["count"])
	}
	require.Equal(t, []any{"500100"}, w.List(t, "/api/reports/rewards/?client_account[]=500100").Column("client_account"))
	require.Equal(t, []any{"88", "99", "0099", "1000", "1001", "500100", "1163683105934900001"},
		w.List(t, "/api/reports/clients/accounts/?ordering=client_account").Column("client_account"))
	require.Len(t, w.List(t, "/api/reports/clients/accounts/?client_country=de&platform=MT5&client_account_type=raw+SPREAD").Data, 6)
}

// TestPrograms_UIDs sends the requests of a licence server that gets a short uid from
// affiliation/ and searches the reports for it. If the reports had the uid in another
// form, the server would revoke the licence.
func TestPrograms_UIDs(t *testing.T) {
	t.Parallel()
	w := setupPrograms(t)
	short := programmetest.Client1[:8]
	for path, count := range map[string]int{"/api/reports/clients/": 7, "/api/reports/clients/accounts/": 7, "/api/reports/rewards/": 1, "/api/reports/orders/": 1} {
		for _, form := range []string{short, strings.ToUpper(short), programmetest.Client1} {
			l := w.List(t, path+"?client_uid="+form)
			require.Len(t, l.Data, count, path)
			require.Equal(t, short, l.Data[0]["client_uid"])
		}
	}
	got := w.Call(t, "a", http.MethodGet, "/api/v2/reports/clients/?client_uid="+short, "")
	require.Equal(t, http.StatusBadRequest, got.Code)
	require.JSONEq(t, apitest.Wrong("client_uid", "invalid", "Must be a whole UUID."), got.Body.String())
	require.Equal(t, []any{programmetest.Client1}, w.List(t, "/api/v2/reports/clients/?client_uid="+programmetest.Client1).Column("client_uid"))
	require.Equal(t, []any{"1163683105934900001"}, w.List(t, "/api/reports/clients/accounts/?client_uid=1163683105934900001").Column("client_account"))
}

// TestPrograms_AgentLinks sends the requests of a bot that creates agents' links and
// lists them newest first. The error code tells the bot that an alias is in use.
func TestPrograms_AgentLinks(t *testing.T) {
	t.Parallel()
	w := setupPrograms(t)
	for _, alias := range []string{"first", "second"} {
		apitest.OK(w.Partner(t, "a").CreateAgentLink(t.Context(), sdk.CreateAgentLinkIn{Alias: alias, Email: alias + "@example.com"}))(t)
	}
	l := w.List(t, "/api/v1/referral-agent-links/?ordering=-created&page_size=100")
	require.Len(t, l.Data, 2)
	require.Equal(t, l.Data, l.Results)
	require.Equal(t, 2, l.Count)
	require.EqualValues(t, 2, l.Totals["count"])
	taken := w.Call(t, "a", http.MethodPost, "/api/v1/referral-agent-links/", `{"alias":"first","email":"third@example.com"}`)
	require.Equal(t, http.StatusBadRequest, taken.Code)
	require.Contains(t, taken.Body.String(), `"code":"already_in_use"`)
	strict := w.Send(t, "a", http.MethodGet, "/api/v1/referral-agent-links/?ordering=-created", nil, "Prefer", "handling=strict")
	require.Equal(t, http.StatusBadRequest, strict.Code)
	require.Contains(t, strict.Body.String(), `"field":"ordering"`)
}

// TestPrograms_Excel sends the requests of a person who opens a report in the browser
// and then in Excel.
func TestPrograms_Excel(t *testing.T) {
	t.Parallel()
	w := setupPrograms(t)
	w.Exec(t, `UPDATE clients SET comment = 'Любимый клиент' WHERE client_uid = $1`, apitest.UID(programmetest.Client1))
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	const path = "/api/reports/clients/accounts/?ordering=-client_account&format=csv"
	for bom, want := range map[string]string{"": "", "&bom=0": "", "&bom=1": "\ufeff", "&bom=true": "\ufeff"} {
		got := w.Send(t, "a", http.MethodGet, path+bom, nil, "Accept", browser)
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "text/csv; charset=utf-8", got.Header().Get("Content-Type"))
		text, found := strings.CutPrefix(got.Body.String(), want)
		require.True(t, found, bom)
		require.True(t, strings.HasPrefix(text, "id,"), bom)
		lines := strings.Split(text, "\r\n")
		require.Len(t, lines, 9)
		require.Contains(t, lines[1], ",1163683105934900001,")
		require.Contains(t, lines[1], "Любимый клиент")
	}
	got := w.Call(t, "a", http.MethodGet, path+"&bom=perhaps", "")
	require.Equal(t, http.StatusBadRequest, got.Code)
}

// TestPrograms_LogInAgainOn401 sends the requests of a bot that logs in with
// token: null, and logs in again after a 401 response.
func TestPrograms_LogInAgainOn401(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	logIn := func() string {
		return apitest.Token(t, b.Call(t, http.MethodPost, "/api/v2/auth/", `{"login":"`+apitest.AuthEmail+`","password":"`+apitest.AuthPassword+`","token":null}`))
	}
	ask := func(held string) (status int, challenge string) {
		got := b.Call(t, http.MethodGet, "/api/v2/auth/token/", "", "Authorization", "JWT "+held)
		return got.Code, got.Header().Get("WWW-Authenticate")
	}
	held := logIn()
	status, _ := ask(held)
	require.Equal(t, http.StatusOK, status)
	b.Clock.Advance(6*time.Hour + time.Second)
	status, challenge := ask(held)
	require.Equal(t, http.StatusUnauthorized, status)
	require.Equal(t, `JWT realm="api"`, challenge)
	status, _ = ask(logIn())
	require.Equal(t, http.StatusOK, status)

	form := url.Values{"email": {apitest.AuthEmail}, "password": {apitest.AuthPassword}, "token": {""}}
	got := b.Call(t, http.MethodPost, "/api/auth", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, got.Code, got.Body)
}
