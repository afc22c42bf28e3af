package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

const (
	agentLinksPath  = "/api/v1/referral-agent-links/"
	agentClientPath = "/api/v1/referral-agents/affiliation/"
	clientsV2Path   = "/api/v2/reports/clients/shared/"
	clientsV3Path   = "/api/v3/reports/clients/shared/"
	rewardsV4Path   = "/api/v4/reports/rewards/shared/"
)

type agentWorld struct {
	*world

	agents *agent.Service
}

// setupAgents is the world with agents and their reports. A is the owner, B,
// who is paid in EUR, its agent.
func setupAgents(t *testing.T) *agentWorld {
	t.Helper()
	w := setupWorld(t)
	return &agentWorld{world: w, agents: w.p.Agents}
}

type agentLink struct {
	ID   int64
	Code string `json:"link_code"`
}

func (w *agentWorld) link(t *testing.T, token, alias, email string) agentLink {
	t.Helper()
	got := w.call(t, token, "POST", agentLinksPath, fmt.Sprintf(`{"alias":%q,"email":%q}`, alias, email))
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	var link agentLink
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &link))
	return link
}

func agreementsOf(link agentLink) string {
	return fmt.Sprintf("%s%d/agreements/", agentLinksPath, link.ID)
}

func sharedOf(link agentLink) string {
	return fmt.Sprintf("%s%d/shared-reports/", agentLinksPath, link.ID)
}

// temporary is the token that a code for an agreement gives.
func (w *agentWorld) temporary(t *testing.T, owner string, link agentLink, body string) string {
	t.Helper()
	bound, err := w.agents.Bind(t.Context(), uid(owner), json.RawMessage(strings.Replace(body, "{", fmt.Sprintf(`{"link_id":%d,`, link.ID), 1)))
	require.NoError(t, err)
	token := id.New().String()
	hash := verification.TokenHash(token)
	w.exec(t, `INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries,
		created_at, expires_at, completed_at, token_hash, token_expires_at) VALUES ($1, $2, 'SET_AGENT_COMMISSION', $3, '', 'email', '', 1, 0, 0, 0, $4, $5)`,
		uid(owner), id.New(), bound.Digest[:], hash[:], int64(1)<<60)
	return token
}

func (w *agentWorld) agree(t *testing.T, link agentLink, body, temporary string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, "a", http.MethodPost, agreementsOf(link), strings.NewReader(body),
		append([]string{"Content-Type", "application/json", "X-Temporary-Token", temporary}, pairs...)...)
}

func TestAgentLinks(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	w.play(t, []scene{{name: "at first", token: "a", target: agentLinksPath, status: 200, answer: `{"data":[],"totals":{"count":0},"results":[],"count":0}`}})
	got := w.call(t, "a", "POST", agentLinksPath, `{"alias":" Blog ","email":"B@Example.com"}`)
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	var link agentLink
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &link))
	row := fmt.Sprintf(`{"id":%d,"link_code":%q,"referral_link":"https://go.example.com/a/%s","alias":"Blog","email":"b@example.com","created":"2026-06-30T12:00:00Z"}`,
		link.ID, link.Code, link.Code)
	require.JSONEq(t, row, got.Body.String())
	second := w.link(t, "a", "Channel", "nobody@example.com")
	affiliates := w.call(t, "c", "POST", agentLinksPath, `{"alias":"Blog","email":"b@example.com"}`)
	require.Contains(t, affiliates.Body.String(), `"referral_link":"https://go.example.com/a/c_`)

	create := func(name, body string, status int, answer string) scene {
		return scene{name: name, token: "a", method: "POST", target: agentLinksPath, body: body, status: status, answer: answer}
	}
	w.play(t, []scene{
		{name: "a page", token: "a", target: agentLinksPath + "?limit=1&offset=1", status: 200, answer: `{"data":[` + row + `],"totals":{"count":2},"results":[` + row + `],"count":2}`},
		{name: "not a number", token: "a", target: agentLinksPath + "?limit=x", status: 400, answer: wrong("limit", "invalid", "A valid integer is required.")},
		create("taken", `{"alias":"Blog","email":"other@example.com"}`, 400, wrong("alias", "already_in_use", "This alias is already in use.")),
		create("no e-mail", `{"alias":"x","email":"x"}`, 400, wrong("email", "invalid", "Enter a valid email address.")),
		create("no alias", `{"alias":" ","email":"x@example.com"}`, 400, wrong("alias", "blank", "This field may not be blank.")),
		create("a long alias", `{"alias":"`+strings.Repeat("x", 101)+`","email":"x@example.com"}`, 400, wrong("alias", "max_length", "Ensure this field has no more than 100 characters.")),
		create("no object", `[]`, 400, badInput),
		{name: "a key that reads", token: "a:read", method: "POST", target: agentLinksPath, body: `{"alias":"x","email":"x@example.com"}`, status: 403, answer: denied},
		{name: "the broker", token: "broker", target: agentLinksPath, status: 403, answer: denied},
		{name: "nobody", target: agentLinksPath, status: 401, answer: nobody},
	})
	links := w.call(t, "a", "GET", "/api/partner/links/", "").Body.String()
	require.Contains(t, links, `"link_code":"`+second.Code+`","is_default":false,"is_blocked":false,"is_custom":false`, "clients can come by it")

	// The same key twice makes one link.
	body := `{"alias":"Keyed","email":"x@example.com"}`
	first := w.send(t, "a", "POST", agentLinksPath, strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", "k1")
	again := w.send(t, "a", "POST", agentLinksPath, strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", "k1")
	require.Equal(t, http.StatusCreated, again.Code, again.Body)
	require.Equal(t, first.Body.String(), again.Body.String())
}

func TestAgentLinks_TakeTheClientsThatCome(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	link := w.link(t, "a", "Blog", "b@example.com")
	w.MustFeed(t, w.Fact(feed.ClientRegistered, "2026-06-30T12:30:00Z",
		`"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"`+link.Code+`"`))
	w.play(t, []scene{
		{name: "the owner's", token: "a", method: "POST", target: "/api/partner/affiliation/", body: `{"email":"three@example.com"}`, status: 200, answer: `{"affiliation":true,"accounts":[],"client_uid":"33333333"}`},
		{name: "not the agent's", token: "b", method: "POST", target: "/api/partner/affiliation/", body: `{"email":"three@example.com"}`, status: 200, answer: `{"affiliation":false,"accounts":[],"client_uid":null}`},
	})
}

func TestAgentAgreements(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	link := w.link(t, "a", "Blog", "b@example.com")
	const terms = `{"share_perc":25,"cap_amount_usd":0.75}`
	token := w.temporary(t, programmetest.PartnerA, link, terms)
	for name, tt := range map[string]struct {
		body, token string
		status      int
		answer      string
	}{
		"no token":       {terms, "", 403, unpaid(verification.SetAgentCommission)},
		"another token":  {terms, "x", 403, unpaid(verification.SetAgentCommission)},
		"another share":  {`{"share_perc":26,"cap_amount_usd":0.75}`, token, 403, unpaid(verification.SetAgentCommission)},
		"another limit":  {`{"share_perc":25,"cap_amount_usd":0.76}`, token, 403, unpaid(verification.SetAgentCommission)},
		"no limit":       {`{"share_perc":25}`, token, 403, unpaid(verification.SetAgentCommission)},
		"no share":       {`{"cap_amount_usd":0.75}`, token, 400, wrong("share_perc", "required", "This field is required.")},
		"too much":       {`{"share_perc":100.01}`, token, 400, wrong("share_perc", "max_value", "Ensure this value is less than or equal to 100.")},
		"less than none": {`{"share_perc":-1}`, token, 400, wrong("share_perc", "min_value", "Ensure this value is greater than or equal to 0.")},
		"too fine":       {`{"share_perc":0.001}`, token, 400, wrong("share_perc", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")},
		"limit 0":        {`{"share_perc":1,"cap_amount_usd":0}`, token, 400, wrong("cap_amount_usd", "min_value", "Ensure this value is greater than 0.")},
		"no number":      {`{"share_perc":"x"}`, token, 400, wrong("share_perc", "invalid", "A valid number is required.")},
	} {
		got := w.agree(t, link, tt.body, tt.token)
		require.Equal(t, tt.status, got.Code, "%s: %s", name, got.Body)
		require.JSONEq(t, tt.answer, got.Body.String(), name)
	}
	got := w.agree(t, link, terms, token)
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	require.JSONEq(t, `{"code":"OK","message":"The agreement is in force."}`, got.Body.String())
	require.Equal(t, http.StatusForbidden, w.agree(t, link, terms, token).Code, "once")

	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-06-30T12:30:00Z",
		`"client_account":"7001","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+link.Code+`"`),
		w.Order("7001", 1, "EURUSD", "2026-06-30T13:00:00Z", ``), w.Order("7001", 2, "EURUSD", "2026-06-30T13:00:00Z", ``))
	// 0.5 of 2 USD, then the 0.25 that the limit left; in EUR over 1.085.
	require.Contains(t, w.call(t, "b", "GET", accountsPath, "").Body.String(), `"balance":0.69,`)
	require.Contains(t, w.call(t, "a", "GET", accountsPath, "").Body.String(), `"balance":3.25,`)
	next := w.temporary(t, programmetest.PartnerA, link, `{"share_perc":"10.50"}`)
	require.Equal(t, http.StatusOK, w.agree(t, link, `{"share_perc":"10.50","cap_amount_usd":null}`, next).Code)
	keyed := w.temporary(t, programmetest.PartnerA, link, `{"share_perc":10.5}`)
	for range 2 {
		require.Equal(t, http.StatusForbidden, w.agree(t, link, `{"share_perc":10.5}`, "x", "Idempotency-Key", "k").Code, "a refusal spends neither key nor token")
	}
	for range 2 {
		require.Equal(t, http.StatusOK, w.agree(t, link, `{"share_perc":10.5}`, keyed, "Idempotency-Key", "k").Code, "once, however often it is asked")
	}
	w.play(t, []scene{
		{name: "stages", token: "a", target: agreementsOf(link), status: 200, answer: `{"data":[
			{"share_perc":10.5,"cap_amount_usd":null,"earned_usd":0,"effective_from":"2026-06-30T12:00:00Z"},
			{"share_perc":10.5,"cap_amount_usd":null,"earned_usd":0,"effective_from":"2026-06-30T12:00:00Z"},
			{"share_perc":25,"cap_amount_usd":0.75,"earned_usd":0.75,"effective_from":"2026-06-30T12:00:00Z"}],"totals":{"count":3}}`},
		{name: "one of them", token: "a", target: agreementsOf(link) + "?limit=1&offset=2", status: 200, answer: `{"data":[
			{"share_perc":25,"cap_amount_usd":0.75,"earned_usd":0.75,"effective_from":"2026-06-30T12:00:00Z"}],"totals":{"count":3}}`},
		{name: "another partner's", token: "b", target: agreementsOf(link), status: 404, answer: notFound},
		{name: "to change", token: "b", method: "POST", target: agreementsOf(link), body: terms, status: 404, answer: notFound},
		{name: "unknown", token: "a", method: "POST", target: agreementsOf(agentLink{ID: 1 << 40}), body: terms, status: 404, answer: notFound},
		{name: "no number", token: "a", target: agentLinksPath + "x/agreements/", status: 404, answer: notFound},
		{name: "a key that reads", token: "a:read", method: "POST", target: agreementsOf(link), body: terms, status: 403, answer: denied},
	})
	programmetest.RequireSound(t, w.DB)
}

func TestAgentSharedReports(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	link := w.link(t, "a", "Blog", "b@example.com")
	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-06-30T12:30:00Z",
		`"client_account":"7001","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+link.Code+`"`),
		w.Order("7001", 1, "EURUSD", "2026-06-30T13:00:00Z", ``))
	set := func(name, token, body string, status int, answer string) scene {
		return scene{name: name, token: token, method: "PUT", target: sharedOf(link), body: body, status: status, answer: answer}
	}
	reads := func(clients, rewards int) {
		t.Helper()
		for path, want := range map[string]int{clientsV2Path: clients, clientsV3Path: clients, rewardsV4Path: rewards} {
			got := w.call(t, "b", "GET", path, "")
			require.Equal(t, http.StatusOK, got.Code, got.Body)
			require.Contains(t, got.Body.String(), fmt.Sprintf(`"count":%d,`, want), path)
			require.Contains(t, w.call(t, "a", "GET", path, "").Body.String(), `"count":0,`, "the owner is no agent")
			values := w.call(t, "b", "GET", path+"filters/", "").Body.String()
			require.Equal(t, want, strings.Count(values, `"7001"`), values)
		}
	}
	reads(0, 0)
	w.play(t, []scene{
		{name: "nothing", token: "a", target: sharedOf(link), status: 200, answer: `{"shared_reports":[]}`},
		set("clients", "a", `{"shared_reports":["client_report"]}`, 200, `{"shared_reports":["client_report"]}`),
	})
	reads(1, 0)
	w.play(t, []scene{set("rewards", "a", `{"shared_reports":["reward_history","reward_history"]}`, 200, `{"shared_reports":["reward_history"]}`)})
	reads(0, 1)
	w.play(t, []scene{
		set("both", "a", `{"shared_reports":["client_report","reward_history"]}`, 200, `{"shared_reports":["reward_history","client_report"]}`),
		{name: "it is", token: "a", target: sharedOf(link), status: 200, answer: `{"shared_reports":["reward_history","client_report"]}`},
		set("another's", "b", `{"shared_reports":[]}`, 404, notFound),
		set("unknown report", "a", `{"shared_reports":["all"]}`, 400, wrong("shared_reports.0", "invalid_choice", `\"all\" is not a valid choice.`)),
		set("no list", "a", `{}`, 400, wrong("shared_reports", "required", "This field is required.")),
		set("a key that reads", "a:read", `{"shared_reports":[]}`, 403, denied),
		{name: "read another's", token: "b", target: sharedOf(link), status: 404, answer: notFound},
	})
	reads(1, 1)
	w.play(t, []scene{set("none", "a", `{"shared_reports":[]}`, 200, `{"shared_reports":[]}`)})
	reads(0, 0)
}

func TestAgentAffiliation(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	link := w.link(t, "a", "Blog", "b@example.com")
	for _, account := range []string{"7001", "7002"} {
		w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-06-30T12:30:00Z",
			`"client_account":"`+account+`","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+link.Code+`"`))
	}
	const not = `{"is_affiliated":false,"link_code":null,"accounts":[]}`
	ask := func(name, token, body string, status int, answer string) scene {
		return scene{name: name, token: token, method: "POST", target: agentClientPath, body: body, status: status, answer: answer}
	}
	w.play(t, []scene{
		ask("mine", "b", `{"client_email":" ONE@example.com","max_accounts":5}`, 200, `{"is_affiliated":true,"link_code":"`+link.Code+`","accounts":["7001","7002"]}`),
		ask("cut", "b", `{"client_email":"one@example.com","max_accounts":1}`, 200, `{"is_affiliated":true,"link_code":"`+link.Code+`","accounts":["7001"]}`),
		ask("many", "b", `{"client_email":"one@example.com","max_accounts":9223372036854775807}`, 200, `{"is_affiliated":true,"link_code":"`+link.Code+`","accounts":["7001","7002"]}`),
		ask("no number", "b", `{"client_email":"one@example.com"}`, 200, `{"is_affiliated":true,"link_code":"`+link.Code+`","accounts":["7001","7002"]}`),
		ask("its own client, not by a link", "b", `{"client_email":"two@example.com","max_accounts":5}`, 200, not),
		ask("nobody's", "b", `{"client_email":"nobody@example.com","max_accounts":5}`, 200, not),
		ask("the owner asks", "a", `{"client_email":"one@example.com","max_accounts":5}`, 200, not),
		ask("another partner", "c", `{"client_email":"one@example.com","max_accounts":5}`, 200, not),
		ask("less than none", "b", `{"client_email":"one@example.com","max_accounts":-1}`, 400, wrong("max_accounts", "min_value", "Ensure this value is greater than or equal to 0.")),
		ask("no e-mail", "b", `{"client_email":"one"}`, 400, wrong("client_email", "invalid", "Enter a valid email address.")),
		ask("the broker", "broker", `{"client_email":"one@example.com"}`, 403, denied),
	})
}

// The wire, byte by byte.
func TestAgentReports_Golden(t *testing.T) {
	t.Parallel()
	w := setupAgents(t)
	w.AgentLink(t, programmetest.PartnerA, 700, "blog", "b@example.com")
	w.AgentLink(t, partnerC, 700, "channel", "b@example.com")
	w.Agree(t, programmetest.PartnerA, 700, "2026-03-01T00:00:00Z", 25_0000, 0)
	open := func(account, client, code string) string {
		return w.Fact(feed.AccountOpened, "2026-02-0"+account[3:]+"T00:00:00Z", `"client_account":"`+account+`","client_uid":"`+client+
			`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+code+`"`)
	}
	w.MustFeed(t, open("7002", programmetest.Client1, "blog"), open("7003", programmetest.Client1, "blog"), open("7004", programmetest.Client2, "channel"),
		w.Order("7002", 1, "EURUSD", "2026-02-10T10:00:00Z", ``), w.Order("7002", 2, "EURUSD", "2026-03-02T10:00:00Z", ``),
		w.Order("7002", 3, "USDJPY", "2026-03-03T10:00:00Z", ``), w.Order("7004", 4, "EURUSD", "2026-03-03T10:00:00Z", ``),
		w.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	for name, target := range map[string]string{
		"clients_shared.json":            clientsV2Path,
		"clients_shared.csv":             clientsV2Path + "?format=csv",
		"clients_shared_filters.json":    clientsV2Path + "filters/",
		"clients_shared_v3.json":         clientsV3Path,
		"clients_shared_v3.csv":          clientsV3Path + "?format=csv",
		"clients_shared_v3_filters.json": clientsV3Path + "filters/",
		"rewards_shared.json":            rewardsV4Path,
		"rewards_shared.csv":             rewardsV4Path + "?format=csv",
		"rewards_shared_filters.json":    rewardsV4Path + "filters/",
	} {
		got := w.call(t, "b", "GET", target, "")
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		path := filepath.Join("testdata", "reports", name)
		if *updateReports {
			require.NoError(t, os.WriteFile(path, got.Body.Bytes(), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got.Body.String(), name)
	}
	require.Equal(t, http.StatusOK, w.call(t, "b", "GET", clientsV2Path+"?format=xlsx", "").Code)
	none := w.call(t, "b", "GET", rewardsV4Path+"?country=XX", "")
	require.JSONEq(t, `{"data":[],"totals":{"count":0,"volume_lots":0,"volume_mln_usd":0,"share_amount_usd":0}}`, none.Body.String())
}
