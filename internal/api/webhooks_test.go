package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// outboxWorld is a world with a way out, to receivers on this machine.
type outboxWorld struct {
	*world
	clock *clock.Fixed
}

func setupOutbox(t *testing.T) *outboxWorld {
	t.Helper()
	w := setupWorld(t, func(c *programme.Config) { c.Egress = thisMachine })
	return &outboxWorld{world: w, clock: w.Clock}
}

// deliver makes all deliveries that are due, with what each brings about.
func (w *outboxWorld) deliver(t *testing.T) {
	t.Helper()
	for range 10 {
		require.NoError(t, w.p.Courier.Round(t.Context()))
		w.p.Courier.Wait()
	}
}

// got is one request that a receiver took.
type got struct {
	method, target, body string
	header               http.Header
}

// taker is a receiver on this machine.
type taker struct {
	*httptest.Server
	mu     sync.Mutex
	taken  []got
	status atomic.Int64
}

func newTaker(t *testing.T) *taker {
	t.Helper()
	r := &taker{}
	r.status.Store(http.StatusOK)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.taken = append(r.taken, got{req.Method, req.RequestURI, string(body), req.Header})
		r.mu.Unlock()
		w.WriteHeader(int(r.status.Load()))
		fmt.Fprint(w, "thanks")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *taker) take() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.taken
	r.taken = nil
	return taken
}

// verify checks a signature as a receiver does.
func (g *got) verify(t *testing.T, secret string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	payload := g.body
	if g.method == http.MethodGet {
		payload = g.target
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", g.header.Get("Webhook-Id"), g.header.Get("Webhook-Timestamp"), payload)
	require.Contains(t, strings.Split(g.header.Get("Webhook-Signature"), " "), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// object calls and returns a JSON object, and checks the status.
func (w *outboxWorld) object(t *testing.T, status int, token, method, target, body string, pairs ...string) map[string]any {
	t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
		pairs = append(pairs, "Content-Type", "application/json")
	}
	answer := w.send(t, token, method, target, in, pairs...)
	require.Equal(t, status, answer.Code, "%s %s: %s", method, target, answer.Body)
	out := map[string]any{}
	if answer.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &out))
	}
	return out
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	r := newTaker(t)
	const path = "/api/v1/webhooks/"
	token := w.paid(t, uid(programmetest.PartnerA), r.URL+"/hook")
	made := w.object(t, 201, "a", "POST", path, `{"url":"`+r.URL+`/hook","name":"Mine","events":["client.verified","reward.booked"]}`, "Idempotency-Key", "k", "X-Temporary-Token", token)
	again := w.object(t, 201, "a", "POST", path, `{"url":"`+r.URL+`/hook","name":"Mine","events":["client.verified","reward.booked"]}`, "Idempotency-Key", "k", "X-Temporary-Token", token)
	require.Equal(t, made, again, "made once")
	secret := made["secret"].(string)
	require.True(t, strings.HasPrefix(secret, "whsec_"))
	webhook := path + made["id"].(string) + "/"
	delete(made, "secret")
	require.Equal(t, made, w.object(t, 200, "a", "GET", webhook, ""), "the secret is shown once")
	listed := w.object(t, 200, "a", "GET", path, "")
	require.Equal(t, []any{made}, listed["data"])
	require.NotContains(t, fmt.Sprint(listed), "whsec_")

	w.MustFeed(t,
		w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.deliver(t)
	taken := r.take()
	require.Len(t, taken, 2)
	for i := range taken {
		taken[i].verify(t, secret)
		require.Equal(t, "/hook", taken[i].target)
		require.Equal(t, "application/json", taken[i].header.Get("Content-Type"))
		require.Equal(t, strconv.FormatInt(w.clock.Now().Unix(), 10), taken[i].header.Get("Webhook-Timestamp"))
	}
	feedOf := w.object(t, 200, "a", "GET", "/api/v1/events/?type=client.verified,reward.booked", "")
	for i, e := range feedOf["data"].([]any) {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		found := false
		for _, g := range taken {
			if g.header.Get("Webhook-Id") == e.(map[string]any)["id"] {
				require.JSONEq(t, string(text), g.body, "event %d is the same in the feed and in the webhook", i)
				found = true
			}
		}
		require.True(t, found)
	}

	log := w.object(t, 200, "a", "GET", webhook+"deliveries/?status=delivered&limit=1", "")
	require.EqualValues(t, 2, log["totals"].(map[string]any)["count"])
	delivery := log["data"].([]any)[0].(map[string]any)
	require.EqualValues(t, 200, delivery["last_status_code"])
	one := w.object(t, 200, "a", "GET", webhook+"deliveries/"+delivery["id"].(string)+"/", "")
	attempt := one["log"].([]any)[0].(map[string]any)
	require.Equal(t, r.URL+"/hook", attempt["url"])
	require.Equal(t, "thanks", attempt["answer"])
	require.Nil(t, attempt["problem"])

	replayed := w.object(t, 202, "a", "POST", webhook+"deliveries/"+delivery["id"].(string)+"/replay/", "")
	require.Equal(t, "pending", replayed["status"])
	w.deliver(t)
	taken = r.take()
	require.Len(t, taken, 1)
	require.Equal(t, delivery["message_id"], taken[0].header.Get("Webhook-Id"))

	rotated := w.object(t, 200, "a", "POST", webhook+"secret/", `{"overlap_hours":1}`)
	require.Equal(t, "2026-06-30T13:00:00Z", rotated["previous_expires_at"])
	tested := w.object(t, 202, "a", "POST", webhook+"test/", "")
	require.Equal(t, "webhook.test", tested["event"])
	require.Nil(t, tested["event_id"])
	w.deliver(t)
	taken = r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, secret)
	taken[0].verify(t, rotated["secret"].(string))

	r.status.Store(http.StatusInternalServerError)
	w.object(t, 202, "a", "POST", webhook+"test/", "")
	for range 40 {
		w.deliver(t)
		w.clock.Advance(time.Hour)
	}
	require.Len(t, w.object(t, 200, "a", "GET", webhook+"deliveries/?status=failed", "")["data"], 1)
	require.Equal(t, "2026-06-30T12:00:00Z", w.object(t, 200, "a", "GET", webhook, "")["failing_since"])
	require.EqualValues(t, 1, w.object(t, 202, "a", "POST", webhook+"replay/", `{"since":"2026-06-30T00:00:00Z"}`)["count"])

	paused := w.object(t, 200, "a", "PATCH", webhook, `{"status":"paused","name":"Other"}`)
	require.Equal(t, "paused", paused["status"])
	require.Equal(t, "Other", paused["name"])
	require.Equal(t, []any{"client.verified", "reward.booked"}, paused["events"])
	w.object(t, 403, "a", "POST", webhook+"test/", "")
	require.Empty(t, w.object(t, 200, "a", "PATCH", webhook, `{"status":"active","events":[],"skip_missed":true}`)["events"])

	for _, call := range [][3]string{
		{"GET", webhook, ""},
		{"PATCH", webhook, `{"name":"x"}`},
		{"DELETE", webhook, ""},
		{"POST", webhook + "test/", ""},
		{"POST", webhook + "secret/", ""},
		{"GET", webhook + "deliveries/", ""},
		{"GET", webhook + "deliveries/" + delivery["id"].(string) + "/", ""},
		{"POST", webhook + "deliveries/" + delivery["id"].(string) + "/replay/", ""},
		{"POST", webhook + "replay/", `{"since":"2026-06-30T00:00:00Z"}`},
	} {
		w.object(t, 404, "b", call[0], call[1], call[2])
		w.object(t, 404, "a", call[0], strings.Replace(call[1], "webhooks", "postbacks", 1), call[2])
		scope := "read"
		if call[0] == "GET" {
			scope = "write"
		}
		w.object(t, 403, "a:"+scope, call[0], call[1], call[2])
		w.object(t, 401, "", call[0], call[1], call[2])
	}
	w.object(t, 204, "a", "DELETE", webhook, "")
	w.object(t, 404, "a", "GET", webhook, "")
}

func TestWebhooks_Refuses(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	const path = "/api/v1/webhooks/"
	const notPublic = "Enter a public http or https address."
	try := func(body, field, code, message string) scene {
		return scene{name: body, token: "a", method: "POST", target: path, body: body, status: 400, answer: wrong(field, code, message)}
	}
	w.play(t, []scene{
		try(`{}`, "url", "required", "This field is required."),
		try(`{"url":""}`, "url", "blank", "This field may not be blank."),
		try(`{"url":"ftp://example.com/"}`, "url", "invalid", notPublic),
		try(`{"url":"http://10.0.0.1/"}`, "url", "invalid", notPublic),
		try(`{"url":"http://0x7f.1/"}`, "url", "invalid", notPublic),
		try(`{"url":"http://169.254.169.254/latest/"}`, "url", "invalid", notPublic),
		try(`{"url":"https://user:pass@example.com/"}`, "url", "invalid", notPublic),
		try(`{"url":"https://example.com:22/"}`, "url", "invalid", notPublic),
		try(`{"url":"https://example.com/","events":["client.born"]}`, "events", "invalid_choice", `\"client.born\" is not a valid choice.`),
		try(`{"url":"https://example.com/","events":["webhook.test"]}`, "events", "invalid_choice", `\"webhook.test\" is not a valid choice.`),
		{name: "a number", token: "a", target: path + "17/", status: 404, answer: notFound},
		{name: "the broker", token: "broker", target: path, status: 403, answer: denied},
		{name: "unknown status", token: "a", target: path + "0192f0c1-a2b3-7c4d-8e9f-001122334455/deliveries/?status=lost", status: 400, answer: wrong("status", "invalid_choice", `\"lost\" is not a valid choice.`)},
	})
}

func TestPostbacks(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	r := newTaker(t)
	const path = "/api/v1/postbacks/"
	made := w.object(t, 201, "a", "POST", path, `{"url":"`+r.URL+`/p/{event}?uid={client_uid}&band={amount_band}&ü=|","events":["deposit","first_deposit"]}`)
	require.Equal(t, "GET", made["method"])
	postback := path + made["id"].(string) + "/"
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.deliver(t)
	targets := map[string]bool{}
	for _, g := range r.take() {
		g.verify(t, made["secret"].(string))
		require.Equal(t, "GET", g.method)
		require.Empty(t, g.body)
		targets[g.target] = true
	}
	const uid = "?uid=" + programmetest.Client1 + "&band=3&%C3%BC=%7C"
	require.Equal(t, map[string]bool{"/p/deposit" + uid: true, "/p/first_deposit" + uid: true}, targets)

	changed := w.object(t, 200, "a", "PATCH", postback, `{"method":"POST","events":["reward"],"url":"`+r.URL+`/r?n={orders_count}&usd={amount_usd}"}`)
	require.Equal(t, "POST", changed["method"])
	require.Equal(t, []any{changed}, w.object(t, 200, "a", "GET", path, "")["data"])
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), w.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.deliver(t)
	taken := r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, made["secret"].(string))
	require.Equal(t, "/r?n=2&usd=4", taken[0].target)
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(taken[0].body), &values))
	require.Equal(t, "reward", values["event"])
	require.Equal(t, "2026-03-01", values["reward_date"])

	w.object(t, 202, "a", "POST", postback+"test/", `{"event":"reward"}`)
	w.deliver(t)
	require.Equal(t, "/r?n=1&usd=3.5", r.take()[0].target)
	require.Len(t, w.object(t, 200, "a", "GET", postback+"deliveries/", "")["data"], 4)
	w.object(t, 200, "a", "POST", postback+"secret/", "")
	w.object(t, 404, "b", "GET", postback, "")
	w.object(t, 204, "a", "DELETE", postback, "")

	try := func(body, field, code, message string) scene {
		return scene{name: body, token: "a", method: "POST", target: path, body: body, status: 400, answer: wrong(field, code, message)}
	}
	w.play(t, []scene{
		try(`{"url":"https://example.com/"}`, "events", "required", "This field is required."),
		try(`{"url":"https://example.com/","events":[]}`, "events", "empty", "This list may not be empty."),
		try(`{"url":"https://example.com/","events":["withdrawal"]}`, "events.0", "invalid_choice", `\"withdrawal\" is not a valid choice.`),
		try(`{"url":"https://example.com/?a={password}","events":["deposit"]}`, "url", "invalid", "There is no token {password}."),
		try(`{"url":"https://example.com/?a={","events":["deposit"]}`, "url", "invalid", "There is no token {}."),
		try(`{"url":"https://example.com/?a=}","events":["deposit"]}`, "url", "invalid", "A closing brace without an opening one."),
		try(`{"url":"https://{sub_id}.example.com/","events":["deposit"]}`, "url", "invalid", "Tokens may stand behind the host only."),
		try(`{"url":"{sub_id}","events":["deposit"]}`, "url", "invalid", "Tokens may stand behind the host only."),
		try(`{"url":"https://192.168.0.1/?a={sub_id}","events":["deposit"]}`, "url", "invalid", "Enter a public http or https address."),
		{name: "no such event", token: "a", method: "PATCH", target: postback, body: `{"events":["x"]}`, status: 400, answer: wrong("events.0", "invalid_choice", `\"x\" is not a valid choice.`)},
	})
}
