package api_test

import (
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

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// setupOutbox is a world that may send to receivers on this machine.
func setupOutbox(t *testing.T) *world {
	t.Helper()
	return setupWorld(t, func(c *programme.Config) { c.Egress = thisMachine })
}

// deliver makes all due deliveries, and those that follow from them.
func (w *world) deliver(t *testing.T) {
	t.Helper()
	for range 10 {
		require.NoError(t, w.p.Courier.Round(t.Context()))
		w.p.Courier.Wait()
	}
}

// got is one request that a receiver got.
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

// verify checks a signature at a moment as a receiver does: a GET signs its
// target, any other request its body.
func (g *got) verify(t *testing.T, secret string, at time.Time) {
	t.Helper()
	verifier, err := sdk.NewWebhookVerifier(secret)
	require.NoError(t, err)
	signed := g.body
	if g.method == http.MethodGet {
		signed = g.target
	}
	require.NoError(t, verifier.VerifyAt(at, g.header, []byte(signed)))
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	a, r, ctx := w.partner(t, "a"), newTaker(t), t.Context()
	in := sdk.CreateWebhookIn{URL: r.URL + "/hook", Name: new("Mine"), Events: []string{"client.verified", "reward.booked"}}
	code, once := w.code(t, a, sdk.OperationTypeCreateWebhook, in), sdk.WithIdempotencyKey("k")
	made := ok(a.CreateWebhook(ctx, in, code, once))(t)
	require.Equal(t, made, ok(a.CreateWebhook(ctx, in, code, once))(t), "made once")
	require.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	hook := sdk.Webhook{ID: made.ID, Name: "Mine", URL: in.URL, Events: in.Events, Status: sdk.EndpointStatusActive, Created: w.Clock.Now()}
	require.Equal(t, &hook, ok(a.Webhook(ctx, made.ID))(t), "the secret is shown once")
	require.Equal(t, hook, only(t, a.Webhooks(ctx, sdk.PageQuery{})))
	require.NotContains(t, w.call(t, "a", "GET", "/api/v1/webhooks/", "").Body.String(), "whsec_")

	w.MustFeed(t,
		w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.deliver(t)
	bodies := map[string]string{}
	for _, taken := range r.take() {
		taken.verify(t, made.Secret, w.Clock.Now())
		require.Equal(t, "/hook", taken.target)
		require.Equal(t, "application/json", taken.header.Get("Content-Type"))
		require.Equal(t, strconv.FormatInt(w.Clock.Now().Unix(), 10), taken.header.Get("Webhook-Timestamp"))
		bodies[taken.header.Get("Webhook-Id")] = taken.body
	}
	events := ok(a.Events(ctx, sdk.EventsQuery{Type: in.Events}))(t).Data
	require.Len(t, events, 2)
	require.Len(t, bodies, 2)
	for _, e := range events {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.JSONEq(t, string(text), bodies[e.ID], "the feed and the webhook have the same event")
	}

	delivered := ok(a.WebhookDeliveriesPage(ctx, made.ID, sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{sdk.DeliveryStatusDelivered}, Limit: 1}))(t)
	require.EqualValues(t, 2, delivered.Totals.Count)
	delivery := delivered.Data[0]
	require.Equal(t, new(int64(200)), delivery.LastStatusCode)
	attempt := ok(a.WebhookDelivery(ctx, made.ID, delivery.ID))(t).Log[0]
	require.Equal(t, in.URL, attempt.URL)
	require.Equal(t, "thanks", attempt.Answer)
	require.Empty(t, attempt.Problem)
	require.Equal(t, sdk.DeliveryStatusPending, ok(a.ReplayWebhookDelivery(ctx, made.ID, delivery.ID))(t).Status)
	w.deliver(t)
	taken := r.take()
	require.Len(t, taken, 1)
	require.Equal(t, delivery.MessageID, taken[0].header.Get("Webhook-Id"))

	// For an hour both the new and the old secret sign.
	rotated := ok(a.RotateWebhookSecret(ctx, made.ID, sdk.RotateWebhookSecretIn{OverlapHours: new(int64(1))}))(t)
	require.Equal(t, w.Clock.Now().Add(time.Hour), rotated.PreviousExpiresAt)
	tested := ok(a.TestWebhook(ctx, made.ID))(t)
	require.Equal(t, "webhook.test", tested.Event)
	require.Nil(t, tested.EventID)
	w.deliver(t)
	taken = r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, made.Secret, w.Clock.Now())
	taken[0].verify(t, rotated.Secret, w.Clock.Now())

	// A receiver that fails for days.
	failing, since := w.Clock.Now(), time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	r.status.Store(http.StatusInternalServerError)
	ok(a.TestWebhook(ctx, made.ID))(t)
	for range 40 {
		w.deliver(t)
		w.Clock.Advance(time.Hour)
	}
	only(t, a.WebhookDeliveries(ctx, made.ID, sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{sdk.DeliveryStatusFailed}}))
	require.Equal(t, failing, ok(a.Webhook(ctx, made.ID))(t).FailingSince)
	require.EqualValues(t, 1, ok(a.ReplayWebhook(ctx, made.ID, sdk.ReplayWebhookIn{Since: since}))(t).Count)

	paused := ok(a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Status: sdk.EndpointStatusPaused, Name: new("Other")}))(t)
	require.Equal(t, sdk.EndpointStatusPaused, paused.Status)
	require.Equal(t, "Other", paused.Name)
	require.Equal(t, in.Events, paused.Events)
	_, err := a.TestWebhook(ctx, made.ID)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	resumed := ok(a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Status: sdk.EndpointStatusActive, Events: []string{}, SkipMissed: new(true)}))(t)
	require.Empty(t, resumed.Events)

	// Other partners cannot see it, and it is not a postback.
	b := w.partner(t, "b")
	refused(b.Webhook(ctx, made.ID))(t, sdk.NotFound)
	refused(b.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Name: new("x")}))(t, sdk.NotFound)
	requireRefused(t, b.DeleteWebhook(ctx, made.ID), sdk.NotFound)
	refused(b.TestWebhook(ctx, made.ID))(t, sdk.NotFound)
	refused(b.RotateWebhookSecret(ctx, made.ID, sdk.RotateWebhookSecretIn{}))(t, sdk.NotFound)
	refused(b.WebhookDeliveriesPage(ctx, made.ID, sdk.WebhookDeliveriesQuery{}))(t, sdk.NotFound)
	refused(b.WebhookDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	refused(b.ReplayWebhookDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	refused(b.ReplayWebhook(ctx, made.ID, sdk.ReplayWebhookIn{Since: since}))(t, sdk.NotFound)
	refused(a.Postback(ctx, made.ID))(t, sdk.NotFound)
	requireRefused(t, a.DeletePostback(ctx, made.ID), sdk.NotFound)
	refused(a.PostbackDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	require.NoError(t, a.DeleteWebhook(ctx, made.ID))
	refused(a.Webhook(ctx, made.ID))(t, sdk.NotFound)
}

func TestWebhooks_Refuses(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	a, ctx := w.partner(t, "a"), t.Context()
	const notPublic = "url invalid: Enter a public http or https address."
	for _, tt := range []struct{ url, event, fault string }{
		{"", "", "url blank"},
		{"ftp://example.com/", "", notPublic},
		{"http://10.0.0.1/", "", notPublic},
		{"http://0x7f.1/", "", notPublic},
		{"http://169.254.169.254/latest/", "", notPublic},
		{"https://user:pass@example.com/", "", notPublic},
		{"https://example.com:22/", "", notPublic},
		{"https://example.com/", "client.born", "events invalid_choice"},
		{"https://example.com/", "webhook.test", "events invalid_choice"},
	} {
		in := sdk.CreateWebhookIn{URL: tt.url}
		if tt.event != "" {
			in.Events = []string{tt.event}
		}
		refused(a.CreateWebhook(ctx, in))(t, sdk.ValidationError, tt.fault)
	}
	refused(a.Webhook(ctx, "17"))(t, sdk.NotFound)
	refused(a.WebhookDeliveriesPage(ctx, "0192f0c1-a2b3-7c4d-8e9f-001122334455", sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{"lost"}}))(t,
		sdk.ValidationError, "status invalid_choice")
}

func TestPostbacks(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	a, r, ctx := w.partner(t, "a"), newTaker(t), t.Context()
	made := ok(a.CreatePostback(ctx, sdk.CreatePostbackIn{
		URL: r.URL + "/p/{event}?uid={client_uid}&band={amount_band}&ü=|", Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit, sdk.PostbackEventFirstDeposit},
	}))(t)
	require.Equal(t, sdk.PostbackMethodGet, made.Method)
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.deliver(t)
	targets := map[string]bool{}
	for _, taken := range r.take() {
		taken.verify(t, made.Secret, w.Clock.Now())
		require.Equal(t, "GET", taken.method)
		require.Empty(t, taken.body)
		targets[taken.target] = true
	}
	const uid = "?uid=" + programmetest.Client1 + "&band=3&%C3%BC=%7C"
	require.Equal(t, map[string]bool{"/p/deposit" + uid: true, "/p/first_deposit" + uid: true}, targets)

	changed := ok(a.UpdatePostback(ctx, made.ID, sdk.UpdatePostbackIn{
		Method: sdk.PostbackMethodPost, Events: []sdk.PostbackEvent{sdk.PostbackEventReward}, URL: new(r.URL + "/r?n={orders_count}&usd={amount_usd}"),
	}))(t)
	require.Equal(t, sdk.PostbackMethodPost, changed.Method)
	require.Equal(t, *changed, only(t, a.Postbacks(ctx, sdk.PageQuery{})))
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), w.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.deliver(t)
	taken := r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, made.Secret, w.Clock.Now())
	require.Equal(t, "/r?n=2&usd=4", taken[0].target)
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(taken[0].body), &values))
	require.Equal(t, "reward", values["event"])
	require.Equal(t, "2026-03-01", values["reward_date"])

	ok(a.TestPostback(ctx, made.ID, sdk.TestPostbackIn{Event: new("reward")}))(t)
	w.deliver(t)
	require.Equal(t, "/r?n=1&usd=3.5", r.take()[0].target)
	require.Len(t, all(t, a.PostbackDeliveries(ctx, made.ID, sdk.PostbackDeliveriesQuery{})), 4)
	ok(a.RotatePostbackSecret(ctx, made.ID, sdk.RotatePostbackSecretIn{}))(t)
	refused(w.partner(t, "b").Postback(ctx, made.ID))(t, sdk.NotFound)
	refused(a.UpdatePostback(ctx, made.ID, sdk.UpdatePostbackIn{Events: []sdk.PostbackEvent{"x"}}))(t, sdk.ValidationError, "events.0 invalid_choice")
	require.NoError(t, a.DeletePostback(ctx, made.ID))
}

func TestPostbacks_Refuses(t *testing.T) {
	t.Parallel()
	w := setupOutbox(t)
	a, ctx := w.partner(t, "a"), t.Context()
	for fault, in := range map[string]sdk.CreatePostbackIn{
		"events required":         {URL: "https://example.com/"},
		"events empty":            {URL: "https://example.com/", Events: []sdk.PostbackEvent{}},
		"events.0 invalid_choice": {URL: "https://example.com/", Events: []sdk.PostbackEvent{"withdrawal"}},
	} {
		refused(a.CreatePostback(ctx, in))(t, sdk.ValidationError, fault)
	}
	for url, message := range map[string]string{
		"https://example.com/?a={password}": "There is no token {password}.",
		"https://example.com/?a={":          "There is no token {}.",
		"https://example.com/?a=}":          "Remove the closing brace that has no opening one.",
		"https://{sub_id}.example.com/":     "Put tokens only after the host name.",
		"{sub_id}":                          "Put tokens only after the host name.",
		"https://192.168.0.1/?a={sub_id}":   "Enter a public http or https address.",
	} {
		refused(a.CreatePostback(ctx, sdk.CreatePostbackIn{URL: url, Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit}}))(t, sdk.ValidationError, "url invalid: "+message)
	}
}
