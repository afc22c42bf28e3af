package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, w.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}

// send makes a request; pairs are header names and values.
func (w *world) send(t *testing.T, token, method, target string, body io.Reader, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, body)
	if token != "" {
		req.Header.Set("Authorization", "JWT "+w.as(t, token))
	}
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	answer := httptest.NewRecorder()
	conform(t, w.router, answer, req)
	return answer
}

// call sends JSON, or nothing.
func (w *world) call(t *testing.T, token, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	if body == "" {
		return w.send(t, token, method, target, nil)
	}
	return w.send(t, token, method, target, strings.NewReader(body), "Content-Type", "application/json")
}

// scene is one request and its whole answer.
type scene struct {
	name, token, method, target, body string

	status int
	answer string
}

func (w *world) play(t *testing.T, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		method := s.method
		if method == "" {
			method = http.MethodGet
		}
		got := w.call(t, s.token, method, s.target, s.body)
		require.Equal(t, s.status, got.Code, "%s: %s", s.name, got.Body)
		require.Equal(t, "application/json", got.Header().Get("Content-Type"), s.name)
		require.JSONEq(t, s.answer, got.Body.String(), s.name)
	}
}

// The errors of the contract's table.
const (
	notFound = `{"code":"NotFound","message":"Not found"}`
	denied   = `{"code":"PermissionDenied","message":"You do not have permission to perform this action"}`
	nobody   = `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`
	badInput = `{"code":"ParseError","message":"Malformed request"}`
)

func wrong(field, code, message string) string {
	return `{"code":"ValidationError","message":"Bad request","details":[{"field":"` + field + `","code":"` + code + `","message":"` + message + `"}]}`
}

func TestSummary(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	w.MustFeed(t,
		w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":8,"close_spread":"9.5"`),
		w.Order("1001", 2, "EURUSD", "2026-06-02T10:00:00Z", ``),
		w.Order("2001", 3, "usdjpy", "2026-06-30T10:00:00Z", ``))

	const summaryA = `{
		"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","email":"a@example.com","country":"CY","status":"active","programme":"ib",
		"level":"Trading Partner","level_progress":{"from":"2026-04-02","volume_mln_usd":0.04,"active_clients":1,
			"next_level":{"name":"Advanced","min_volume_mln_usd":%MIN_VOLUME%,"min_active_clients":%MIN_CLIENTS%}},
		"security_type":"standard","accounts":[{"id":"%ACCOUNT_A%","name":"a","currency":"USD","balance":3.75}],
		"clients":{"ACTIVE":1,"INACTIVE":0,"CHANGING":0,"LEFT":0,"total":1},
		"reward_usd":{"today":0,"this_month":2,"all_time":3.75},"override_usd":{"today":0,"this_month":0,"all_time":0},
		"volume_mln_usd":{"today":0,"this_month":0.12,"all_time":0.24},"volume_lots":{"today":0,"this_month":1,"all_time":2},
		"default_link":{"full_default_link":"https://go.example.com/a/alpha","domain":"go.example.com","code":"alpha"}}`
	const summaryB = `{
		"partner_uid":"bbbbbbbb-0000-4000-8000-000000000002","email":"b@example.com","country":"TH","status":"active","programme":"ib",
		"level":"Trading Partner","level_progress":{"from":"2026-04-02","volume_mln_usd":0.0003,"active_clients":1,
			"next_level":{"name":"Advanced","min_volume_mln_usd":%MIN_VOLUME%,"min_active_clients":%MIN_CLIENTS%}},
		"security_type":"standard","accounts":[{"id":"%ACCOUNT_B%","name":"b","currency":"EUR","balance":1.53}],
		"clients":{"ACTIVE":0,"INACTIVE":1,"CHANGING":0,"LEFT":0,"total":1},
		"reward_usd":{"today":1.67,"this_month":1.67,"all_time":1.67},"override_usd":{"today":0,"this_month":0,"all_time":0},
		"volume_mln_usd":{"today":0.0008,"this_month":0.0008,"all_time":0.0008},"volume_lots":{"today":1,"this_month":1,"all_time":1},
		"default_link":{"full_default_link":"https://go.example.com/a/beta","domain":"go.example.com","code":"beta"}}`
	fill := planned(t)
	w.play(t, []scene{
		{name: "a", token: "a", target: "/api/partner/summary/", status: 200, answer: fill(summaryA)},
		{name: "b", token: "b", target: "/api/partner/summary/", status: 200, answer: fill(summaryB)},
		{name: "v3", token: "a", target: "/api/v3/partner/summary", status: 200, answer: fill(summaryA)},
		{name: "a key that may read", token: "a:read", target: "/api/partner/summary/", status: 200, answer: fill(summaryA)},
		{name: "a key that may not", token: "a:write", target: "/api/partner/summary/", status: 403, answer: denied},
		{name: "the broker", token: "broker", target: "/api/partner/summary/", status: 403, answer: denied},
		{name: "nobody", target: "/api/partner/summary/", status: 401, answer: nobody},
	})

	w.exec(t, `INSERT INTO partner_levels (partner_id, from_day, level) VALUES ($1, 20000, 'Brilliant')`, uid(programmetest.PartnerA))
	top := w.call(t, "a", "GET", "/api/partner/summary/", "").Body.String()
	require.Contains(t, top, `"level":"Brilliant"`)
	require.Contains(t, top, `"next_level":null`)
	require.Contains(t, top, `"security_type":"standard"`)
	w.exec(t, `INSERT INTO partner_security (partner_id, security_type, changed_at) VALUES ($1, 'secure', 0)`, uid(programmetest.PartnerA))
	require.Contains(t, w.call(t, "a", "GET", "/api/partner/summary/", "").Body.String(), `"security_type":"secure"`)
	require.NotContains(t, top, "bbbbbbbb")
}

func TestSummary_ShowsWhatTheFeedAcknowledged(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	for n, want := range []string{`"today":2,`, `"today":4,`, `"today":6,`} {
		w.MustFeed(t, w.Order("1001", n, "EURUSD", "2026-06-30T10:00:00Z", ``))
		require.Contains(t, w.call(t, "a", "GET", "/api/partner/summary/", "").Body.String(), `"reward_usd":{`+want)
	}
}

func TestAffiliation(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	const (
		target = "/api/partner/affiliation/"
		mine   = `{"affiliation":true,"accounts":["1001"],"client_uid":"11111111"}`
		not    = `{"affiliation":false,"accounts":[],"client_uid":null}`
	)
	ask := func(name, email string, status int, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: target, body: `{"email":` + email + `}`, status: status, answer: answer}
	}
	w.play(t, []scene{
		ask("mine", `"one@example.com"`, 200, mine),
		ask("trimmed, in any case", `" ONE@Example.com "`, 200, mine),
		ask("another partner's", `"two@example.com"`, 200, not),
		ask("nobody's", `"nobody@example.com"`, 200, not),
		ask("no e-mail", `"one"`, 400, wrong("email", "invalid", "Enter a valid email address.")),
		ask("blank", `""`, 400, wrong("email", "blank", "This field may not be blank.")),
		ask("null", `null`, 400, wrong("email", "required", "This field is required.")),
		ask("an object", `{}`, 400, wrong("email", "invalid", "Not a valid string.")),
		{name: "nothing", token: "a", method: "POST", target: target, status: 400, answer: wrong("email", "required", "This field is required.")},
		{name: "no JSON", token: "a", method: "POST", target: target, body: `{`, status: 400, answer: badInput},
		{name: "the broker", token: "broker", method: "POST", target: target, body: `{"email":"one@example.com"}`, status: 403, answer: denied},
		{name: "by account", token: "a", method: "POST", target: target, body: `{"client_account":"1001"}`, status: 200, answer: mine},
		{name: "by a number", token: "a", method: "POST", target: target, body: `{"email":null,"client_account":1001.0}`, status: 200, answer: mine},
		{name: "another partner's account", token: "a", method: "POST", target: target, body: `{"client_account":"2001"}`, status: 200, answer: not},
		{name: "nobody's account", token: "a", method: "POST", target: target, body: `{"client_account":"3"}`, status: 200, answer: not},
		{
			name: "no account", token: "a", method: "POST", target: target, body: `{"client_account":"x"}`, status: 400,
			answer: wrong("client_account", "invalid", "A valid integer is required."),
		},
		{
			name: "both", token: "a", method: "POST", target: target, body: `{"client_account":"1001","email":"one@example.com"}`, status: 400,
			answer: wrong("client_account", "invalid", "Send email or client_account, not both."),
		},
		{name: "its own partner", token: "b", method: "POST", target: target, body: `{"email":"two@example.com"}`, status: 200, answer: `{"affiliation":true,"accounts":["2001"],"client_uid":"22222222"}`},
	})
	form := w.send(t, "a", "POST", target, strings.NewReader("email=one%40example.com"), "Content-Type", "application/x-www-form-urlencoded")
	require.JSONEq(t, mine, form.Body.String())
}

func TestAllocation(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z",
		`"client_account":"22222222","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	found := func(value, kind string) string {
		return `{"value":"` + value + `","type":"` + kind + `","client_uid":"11111111","registered_at":"2026-02-01T00:00:00Z","client_status":"INACTIVE"}`
	}
	const path = "/api/affiliate/partner/allocation"
	w.play(t, []scene{
		{name: "e-mail", token: "a", target: path + "?value=One@example.com", status: 200, answer: found("One@example.com", "email")},
		{name: "with a slash", token: "a", target: path + "/?value=one@example.com", status: 200, answer: found("one@example.com", "email")},
		{name: "uid", token: "a", target: path + "?value=" + programmetest.Client1, status: 200, answer: found(programmetest.Client1, "client_uid")},
		{name: "short uid", token: "a", target: path + "?value=11111111", status: 200, answer: found("11111111", "client_uid")},
		{name: "account", token: "a", target: path + "?value=1001", status: 200, answer: found("1001", "client_account")},
		{name: "an account as a spreadsheet writes it", token: "a", target: path + "?value=1001.0", status: 200, answer: found("1001.0", "client_account")},
		{name: "an account of eight digits", token: "a", target: path + "?value=22222222", status: 200, answer: found("22222222", "client_account")},
		{name: "which is a uid to b", token: "b", target: path + "?value=22222222", status: 200, answer: `{"value":"22222222","type":"client_uid","client_uid":"22222222","registered_at":"2026-02-01T00:00:00Z","client_status":"INACTIVE"}`},
		{name: "b's e-mail", token: "a", target: path + "?value=two@example.com", status: 404, answer: notFound},
		{name: "b's uid", token: "a", target: path + "?value=" + programmetest.Client2, status: 404, answer: notFound},
		{name: "b's account", token: "a", target: path + "?value=2001", status: 404, answer: notFound},
		{name: "unknown account", token: "a", target: path + "?value=98765432109876543210", status: 404, answer: notFound},
		{name: "neither", token: "a", target: path + "?value=%D0%B9!", status: 404, answer: notFound},
		{name: "no value", token: "a", target: path, status: 400, answer: wrong("value", "required", "This field is required.")},
		{name: "an empty value", token: "a", target: path + "?value=", status: 400, answer: wrong("value", "required", "This field is required.")},
		{name: "a blank value", token: "a", target: path + "?value=+", status: 400, answer: wrong("value", "blank", "This field may not be blank.")},
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	fill := planned(t)
	link := func(code, account string, standard, custom bool) string {
		flag := map[bool]string{true: "true", false: "false"}
		return fill(`{"reward_schema":"revenue_share","link_code":"` + code + `","is_default":` + flag[standard] + `,"is_blocked":false,"is_custom":` +
			flag[custom] + `,"partner_account":"` + account + `"}`)
	}
	const path, a = "/api/partner/links/", "%ACCOUNT_A%"
	create := func(token, code string, status int, answer string) scene {
		return scene{name: "create " + code, token: token, method: "POST", target: path, body: `{"link_code":"` + code + `"}`, status: status, answer: answer}
	}
	invalid := wrong("link_code", "invalid", "A code has 1 to 20 lower-case letters, hyphens and underscores.")
	taken := wrong("link_code", "already_in_use", "This code is already in use.")
	w.play(t, []scene{
		{name: "at first", token: "a", target: path, status: 200, answer: `{"data":[` + link("alpha", a, true, false) + `],"totals":{"count":1}}`},
		create("a", "my_code-too", 201, link("my_code-too", a, false, true)),
		create("a", "my_code-too", 400, taken),
		create("b", "my_code-too", 400, taken),
		create("b", "alpha", 400, taken),
		create("a", "Capital", 400, invalid),
		create("a", "digits1", 400, invalid),
		create("a", "a code", 400, invalid),
		create("a", "abcdefghijklmnopqrstu", 400, wrong("link_code", "max_length", "Ensure this field has no more than 20 characters.")),
		create("a", "c_gamma", 400, wrong("link_code", "invalid", "A code may not begin with c_, which stands before affiliates' codes in links.")),
		create("a", "", 400, wrong("link_code", "blank", "This field may not be blank.")),
		{name: "no code", token: "a", method: "POST", target: path, body: `{}`, status: 400, answer: wrong("link_code", "required", "This field is required.")},
		create("a:read", "other", 403, denied),
		{name: "both", token: "a", target: path, status: 200, answer: `{"data":[` + link("my_code-too", a, false, true) + `,` + link("alpha", a, true, false) + `],"totals":{"count":2}}`},
		{name: "a page", token: "a", target: path + "?limit=1&offset=1", status: 200, answer: `{"data":[` + link("alpha", a, true, false) + `],"totals":{"count":2}}`},
		{name: "past the end", token: "a", target: path + "?offset=5", status: 200, answer: `{"data":[],"totals":{"count":2}}`},
		{name: "no number", token: "a", target: path + "?limit=x", status: 400, answer: wrong("limit", "invalid", "A valid integer is required.")},
		{name: "make default", token: "a", method: "PATCH", target: path + "my_code-too/", body: `{"is_default":true}`, status: 200, answer: link("my_code-too", a, true, true)},
		{name: "it is", token: "a", target: "/api/partner/default_link/", status: 200, answer: `{"full_default_link":"https://go.example.com/a/my_code-too","domain":"go.example.com","code":"my_code-too"}`},
		{name: "back again", token: "a", method: "PATCH", target: path + "alpha", status: 200, answer: link("alpha", a, true, false)},
		{name: "not the default", token: "a", method: "PATCH", target: path + "alpha/", body: `{"is_default":false}`, status: 400, answer: wrong("is_default", "invalid", "One link is always the default: make another one the default instead.")},
		{name: "another's", token: "b", method: "PATCH", target: path + "alpha/", status: 404, answer: notFound},
		{name: "unknown", token: "a", method: "PATCH", target: path + "unknown/", status: 404, answer: notFound},
		{name: "an affiliate's", token: "c", target: "/api/partner/default_link", status: 200, answer: `{"full_default_link":"https://go.example.com/a/c_gamma","domain":"go.example.com","code":"gamma"}`},
	})
	w.exec(t, `UPDATE partner_links SET is_blocked = 1 WHERE link_code = 'my_code-too'`)
	w.play(t, []scene{{
		name: "blocked", token: "a", method: "PATCH", target: path + "my_code-too/", status: 403,
		answer: `{"code":"PermissionDenied","message":"You do not have permission to perform this action",
			"details":[{"field":"non_field_errors","code":"permission_denied","message":"A blocked link cannot be the default."}]}`,
	}})
}

func TestLinks_TakeTheClientsThatWaitForThem(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	s := w.Feed(t,
		w.Fact(feed.ClientRegistered, "2025-02-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"later"`),
		w.Fact(feed.AccountOpened, "2025-02-02T00:00:00Z", `"client_account":"3001","client_uid":"33333333-0000-4000-8000-000000000003","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		w.Order("3001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.EqualValues(t, 3, s.Unattributed)
	require.Equal(t, 201, w.call(t, "c", "POST", "/api/partner/links/", `{"link_code":"later"}`).Code)
	w.play(t, []scene{
		{name: "the client", token: "c", method: "POST", target: "/api/partner/affiliation/", body: `{"email":"three@example.com"}`, status: 200, answer: `{"affiliation":true,"accounts":["3001"],"client_uid":"33333333"}`},
	})
	require.Contains(t, w.call(t, "c", "GET", "/api/wallet/accounts/", "").Body.String(), `"balance":2,`, "and its order is paid")
}

func TestLinks_AreNotWithoutBound(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	w.exec(t, `INSERT INTO partner_links (partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at)
		WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $2)
		SELECT $1, 'n' || value, 'revenue_share', 0, 0, 1, 0 FROM n`, uid(programmetest.PartnerA), int64(partner.MaxLinks-1))
	w.play(t, []scene{{
		name: "one more", token: "a", method: "POST", target: "/api/partner/links/", body: `{"link_code":"more"}`, status: 400,
		answer: wrong("link_code", "limit_reached", "A partner has at most 1000 links."),
	}})
}
