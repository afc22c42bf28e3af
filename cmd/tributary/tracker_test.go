package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tracker starts a server that acts as a partner's tracker. The channel queries
// receives the query of each request.
func tracker(t *testing.T) (address string, queries <-chan url.Values) {
	t.Helper()
	called := make(chan url.Values, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.URL.Query() }))
	t.Cleanup(server.Close)
	return server.URL, called
}

// followLink follows a link as a browser does, and returns the click id.
func followLink(t *testing.T, link string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	require.NoError(t, err)
	request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusFound, answer.StatusCode)
	page, err := url.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)
	require.NotEmpty(t, page.Query().Get("click_id"), page.String())
	require.NotContains(t, page.String(), "mine", "the landing page does not get what only the partner needs")
	return page.Query().Get("click_id")
}

// TestTracker checks that a tracker gets its own click id with every event of a
// client. The values must have the same names as in the Exness programme.
func TestTracker(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		flags                     []string
		deposit, first, qualified string
	}{
		"amounts": {nil, "150.25", "150.25", "150.25"},
		"bands":   {[]string{"--postback-amounts", "band"}, "3", "3", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, database string) {
				t.Helper()
				call := partnerCalls(t, database)
				broker := lastOf(output(t, database, "key", "create", "--role", "broker"))
				cmd, server := startServer(t, database, append([]string{"--egress-allow", "127.0.0.1/32"}, tt.flags...)...)
				defer stopCommand(t, cmd)
				address, calls := tracker(t)
				template := address + "/postback?cid={clickid}&g={gclid}&fb={fbclid}&src={utm_source}&m={mine}&none={other}&sub={subid}&c={aff_client}&e={aff_cid}&v={aff_value}&t={event}&id={event_id}"
				call("POST", server+"/api/v1/postbacks/", fmt.Sprintf(`{"url":%q,"events":["registration","deposit","first_deposit","qualification","reward"]}`, template))

				clickID := followLink(t, server+"/intl/en/a/ALPHA&subid=s1?clickid=TRK-77&gclid=G%20G&mine=a%26b&utm_source=x&token=secret&event=evil&aff_value=9&amp;fbclid=F")
				const client = "00000000-0000-4000-8000-000000000001"
				at := time.Date(2026, 3, 1, 0, 1, 0, 0, time.UTC) // a minute after the servers' clocks start
				answer, err := push(server, broker, strings.NewReader(strings.Join([]string{
					fact("client.registered", at, `"client_uid":"`+client+`","email":"one@example.com","country":"DE","click_id":"`+clickID+`"`),
					fact("client.verified", at, `"client_uid":"`+client+`"`),
					fact("account.opened", at, `"client_account":"1001","client_uid":"`+client+`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`),
					fact("deposit.received", at, `"client_account":"1001","amount_usd":"150.25"`),
					fact("instrument.set", at.AddDate(-1, 0, 0), `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10`),
					fact("rate.set", at.AddDate(-1, 0, 0), `"currency":"EUR","usd":"1.1"`),
					fact("order.closed", at, fmt.Sprintf(`"server":"Real","ticket":1,"client_account":"1001","symbol":"EURUSD","side":"buy","lots":1,"open_time":%q,"close_time":%q,"open_price":1.1,"close_price":1.2`,
						at.Add(-time.Hour).Format(time.RFC3339), at.Format(time.RFC3339))),
				}, "\n")))
				require.NoError(t, err)
				require.Contains(t, answer, `"accepted":7,"duplicates":0,"unattributed":0`)
				got := map[string]string{}
				for range 5 {
					select {
					case q := <-calls:
						got[q.Get("t")] = q.Get("v")
						require.Equal(t, q.Get("id"), q.Get("e"))
						for _, name := range []string{"v", "t", "id", "e"} {
							q.Del(name)
						}
						require.Equal(t, "c="+client+"&cid=TRK-77&fb=F&g=G+G&m=a%26b&none=&src=x&sub=s1", q.Encode())
					case <-time.After(30 * time.Second):
						t.Fatalf("only %v arrived", got)
					}
				}
				require.Equal(t, map[string]string{
					"registration": "1", "deposit": tt.deposit, "first_deposit": tt.first, "qualification": tt.qualified, "reward": "2",
				}, got)
			})
		})
	}
}

// fact returns a line with a fact. The id contains the length of members. It is
// unique because, in this test, two facts of one type never have members of the
// same length.
func fact(kind string, at time.Time, members string) string {
	return fmt.Sprintf(`{"id":"%s %x","type":%q,"at":%q,%s}`, kind, len(members), kind, at.Format(time.RFC3339Nano), members)
}

// TestTemplateWarnings checks that the server accepts a postback URL with
// placeholders that it does not know, and returns warnings about them.
func TestTemplateWarnings(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + t.TempDir() + "/test.db"
	call := partnerCalls(t, database)
	cmd, server := startServer(t, database, "--egress-allow", "127.0.0.1/32")
	defer stopCommand(t, cmd)
	address, _ := tracker(t)
	for query, want := range map[string][]string{
		"c={click_id}&g={gclid}&u={utm_source}": {},
		"c=%7Bclick_id%7D&s=[sub_id]&x={event}": {"%7Bclick_id%7D", "[sub_id]"},
		"c=%7bwhatever%7d&a[x]=1&k=a:b&p=%20":   {"%7bwhatever%7d"},
		"c={clik_id}&t={mine}":                  {"{clik_id}", "{mine}"},
		"c=${click_id}&d=$click_id&e=<event>":   {"$click_id", "<event>"},
	} {
		checked := call("GET", server+"/api/partner_integrations/template/check/?url="+url.QueryEscape(address+"/?"+query), "")
		texts := []string{}
		for _, w := range checked["warnings"].([]any) {
			warning := w.(map[string]any)
			texts = append(texts, warning["text"].(string))
			require.NotEmpty(t, warning["message"])
			if warning["text"] == "{clik_id}" {
				require.Contains(t, warning["message"], "Did you mean {click_id}?")
			}
		}
		slices.Sort(texts)
		slices.Sort(want)
		require.Equal(t, want, texts, query)
	}
}
