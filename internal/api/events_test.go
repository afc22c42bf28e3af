package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	const path = "/api/v1/events/"
	var types []string
	cursor := ""
	for more := true; more; {
		part := w.object(t, 200, "a", "GET", path+"?limit=1&cursor="+cursor, "")
		for _, e := range part["data"].([]any) {
			types = append(types, e.(map[string]any)["type"].(string))
		}
		cursor, more = part["next_cursor"].(string), part["has_more"].(bool)
	}
	require.Equal(t, []string{"client.registered", "account.opened"}, types)
	w.MustFeed(t, w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	part := w.object(t, 200, "a", "GET", path+"?cursor="+cursor, "")
	e := part["data"].([]any)[0].(map[string]any)
	require.Equal(t, "aaaaaaaa000040008000000000000001-3", e["id"])
	require.Equal(t, true, e["data"].(map[string]any)["kyc_passed"])
	require.Equal(t, programmetest.Client1, e["data"].(map[string]any)["client_uid"])
	all := w.send(t, "a", "GET", path+"?limit=5000", nil).Body.String()
	for _, hidden := range []string{"bbbbbbbb", "one@example.com", programmetest.Client2} {
		require.NotContains(t, all, hidden)
	}
	require.Empty(t, w.object(t, 200, "a", "GET", path+"?cursor=latest", "")["data"])
	require.Len(t, w.object(t, 200, "a", "GET", path+"?type=client.verified&type=account.opened", "")["data"], 2)
	require.Len(t, w.object(t, 200, "a", "GET", path+"?type=client.verified,account.opened", "")["data"], 2)

	w.play(t, []scene{
		{name: "nobody", target: path, status: 401, answer: nobody},
		{name: "the broker", token: "broker", target: path, status: 403, answer: denied},
		{name: "not for reading", token: "a:write", target: path, status: 403, answer: denied},
		{name: "no cursor", token: "a", target: path + "?cursor=x", status: 400, answer: wrong("cursor", "invalid", "Not a cursor of this feed.")},
		{name: "another's cursor", token: "b", target: path + "?cursor=" + cursor, status: 400, answer: wrong("cursor", "invalid", "Not a cursor of this feed.")},
		{name: "no limit", token: "a", target: path + "?limit=0", status: 400, answer: wrong("limit", "min_value", "Ensure this value is greater than or equal to 1.")},
		{name: "too long", token: "a", target: path + "?wait=31", status: 400, answer: wrong("wait", "max_value", "Ensure this value is less than or equal to 30.")},
		{name: "no type", token: "a", target: path + "?type=x", status: 400, answer: wrong("type", "invalid_choice", `\"x\" is not a valid choice.`)},
	})

	known := w.object(t, 200, "a", "GET", path+"types/", "")
	require.EqualValues(t, len(known["data"].([]any)), known["totals"].(map[string]any)["count"])
	for _, e := range known["data"].([]any) {
		row := e.(map[string]any)
		require.NotEmpty(t, row["example"], row["type"])
		require.Greater(t, len(row["description"].(string)), 20, row["type"])
	}
}

func TestEvents_Waits(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	latest := w.object(t, 200, "a", "GET", "/api/v1/events/?cursor=latest", "")["next_cursor"].(string)
	answer := make(chan *httptest.ResponseRecorder)
	jwt := "JWT " + w.as(t, "a")
	go func() {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/events/?wait=30&cursor="+latest, nil)
		req.Header.Set("Authorization", jwt)
		rec := httptest.NewRecorder()
		w.router.ServeHTTP(rec, req)
		answer <- rec
	}()
	time.Sleep(100 * time.Millisecond)
	w.MustFeed(t, w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	got := <-answer
	require.Equal(t, 200, got.Code)
	var part struct {
		Data []struct{ Type string }
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &part))
	require.Equal(t, "client.verified", part.Data[0].Type)
}

func TestTemplateProbe(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	r := newTaker(t)
	const check, probe = "/api/partner_integrations/template/check/", "/api/partner_integrations/template/probe/"
	template := r.URL + "/p/{event}?c={click_id}&e={event_id}"
	example := r.URL + "/p/registration?c=d41d8cd98f&e=0192f0c1a2b37c4d8e9f001122334455-42"
	checked := w.object(t, 200, "a", "GET", check+"?url="+url.QueryEscape(template), "")
	require.Equal(t, map[string]any{"url": template, "example_url": example, "tokens": []any{"event", "click_id", "event_id"}, "warnings": []any{}}, checked)
	require.Empty(t, r.take(), "nothing is sent")
	require.Equal(t, []any{}, w.object(t, 200, "b", "GET", check+"?url="+url.QueryEscape(r.URL), "")["tokens"])

	probed := w.object(t, 200, "a", "POST", probe, `{"data":{"url":"`+template+`"}}`)
	require.Equal(t, true, probed["success"])
	require.EqualValues(t, 200, probed["status_code"])
	require.Equal(t, example, probed["example_url"])
	require.NotContains(t, fmt.Sprint(probed), "thanks", "what the answer says is not shown")
	taken := r.take()
	require.Len(t, taken, 1)
	require.Equal(t, "GET", taken[0].method)
	r.status.Store(http.StatusFound)
	probed = w.object(t, 200, "a", "POST", probe, `{"data":{"url":"`+template+`"}}`)
	require.Equal(t, false, probed["success"])
	require.EqualValues(t, 302, probed["status_code"])

	closed := newTaker(t)
	closed.Close()
	bad := wrong("url", "invalid", "Enter a public http or https address.")
	for i, tt := range []struct{ url, answer string }{
		{"http://10.0.0.1/", bad},
		{"http://169.254.169.254/latest/meta-data/iam/", bad},
		{"http://2130706433/", bad},
		{"http://[::ffff:127.0.0.1]/", bad},
		{"http://0.0.0.0:8080/", bad},
		{"https://user@example.com/", bad},
		{"ftp://example.com/", bad},
		{"gopher://example.com:70/", bad},
		{"http://no-such-name.invalid/", bad},
		{"http://example.com:25/", bad},
		{"nonsense", bad},
		{"http://example.com/?a={token}", wrong("url", "invalid", "There is no token {token}.")},
	} {
		who := []string{"b", "c"}[i%2]
		w.clock.Advance(time.Minute) // how often one may ask is another test's subject
		w.play(t, []scene{
			{name: tt.url, token: who, target: check + "?url=" + url.QueryEscape(tt.url), status: 400, answer: tt.answer},
			{name: tt.url, token: who, method: "POST", target: probe, body: `{"data":{"url":"` + tt.url + `"}}`, status: 400, answer: tt.answer},
		})
	}
	w.play(t, []scene{
		{name: "nobody there", token: "a", method: "POST", target: probe, body: `{"data":{"url":"` + closed.URL + `"}}`, status: 400, answer: wrong("url", "unreachable", "The address did not answer.")},
		{name: "no url", token: "a", target: check, status: 400, answer: wrong("url", "required", "This field is required.")},
		{name: "nobody", target: check + "?url=" + url.QueryEscape(template), status: 401, answer: nobody},
		{name: "the broker", token: "broker", method: "POST", target: probe, body: `{"data":{"url":"x"}}`, status: 403, answer: denied},
	})
	for _, body := range []string{`{}`, `{"data":{}}`, `{"data":"x"}`, `{"data":{"url":17}}`, `{"data":{"url":["x"]}}`, `{"data":null}`} {
		require.Equal(t, 400, w.call(t, "a", "POST", probe, body).Code, body)
	}
	// Each call makes one of ours: a partner has so many of them.
	throttled := false
	for range 12 {
		answer := w.call(t, "a", "GET", check+"?url="+url.QueryEscape(template), "")
		if answer.Code == http.StatusTooManyRequests {
			throttled = true
			require.Equal(t, "2", answer.Header().Get("Retry-After"))
		}
	}
	require.True(t, throttled)
	require.Equal(t, 200, w.call(t, "c", "GET", check+"?url="+url.QueryEscape(template), "").Code, "others have theirs")
	require.NotContains(t, strings.ToLower(bad), "resolv")
}
