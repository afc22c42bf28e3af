package partner_test

// One test sends a raw request, to check that no field of the response contains
// a secret.

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

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

type got struct {
	method, target, body string
	header               http.Header
}

// webhookServer is a local server that receives webhooks.
type webhookServer struct {
	*httptest.Server
	mu     sync.Mutex
	taken  []got
	status atomic.Int64
}

func newWebhookServer(t *testing.T) *webhookServer {
	t.Helper()
	r := &webhookServer{}
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

func (r *webhookServer) take() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.taken
	r.taken = nil
	return taken
}

// verify checks the signature of a request at a given time, as a receiver does. The
// signature covers the URL of a GET, and the body of any other request.
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
	w := apitest.SetupOutbox(t)
	a, r, ctx := w.Partner(t, "a"), newWebhookServer(t), t.Context()
	in := sdk.CreateWebhookIn{URL: r.URL + "/hook", Name: new("Mine"), Events: []string{"client.verified", "reward.booked"}}
	code, once := w.Code(t, a, sdk.OperationTypeCreateWebhook, in), sdk.WithIdempotencyKey("k")
	made := apitest.OK(a.CreateWebhook(ctx, in, code, once))(t)
	require.Equal(t, made, apitest.OK(a.CreateWebhook(ctx, in, code, once))(t), "made once")
	require.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	hook := sdk.Webhook{ID: made.ID, Name: "Mine", URL: in.URL, Events: in.Events, Status: sdk.EndpointStatusActive, Created: w.Clock.Now()}
	require.Equal(t, &hook, apitest.OK(a.Webhook(ctx, made.ID))(t), "the secret is shown once")
	require.Equal(t, hook, apitest.Only(t, a.Webhooks(ctx, sdk.PageQuery{})))
	require.NotContains(t, w.Call(t, "a", "GET", "/api/v1/webhooks/", "").Body.String(), "whsec_")

	w.MustFeed(t,
		w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.Deliver(t)
	bodies := map[string]string{}
	for _, taken := range r.take() {
		taken.verify(t, made.Secret, w.Clock.Now())
		require.Equal(t, "/hook", taken.target)
		require.Equal(t, "application/json", taken.header.Get("Content-Type"))
		require.Equal(t, strconv.FormatInt(w.Clock.Now().Unix(), 10), taken.header.Get("Webhook-Timestamp"))
		bodies[taken.header.Get("Webhook-Id")] = taken.body
	}
	events := apitest.OK(a.Events(ctx, sdk.EventsQuery{Type: in.Events}))(t).Data
	require.Len(t, events, 2)
	require.Len(t, bodies, 2)
	for _, e := range events {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.JSONEq(t, string(text), bodies[e.ID], "the feed and the webhook have the same event")
	}

	delivered := apitest.OK(a.WebhookDeliveriesPage(ctx, made.ID, sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{sdk.DeliveryStatusDelivered}, Limit: 1}))(t)
	require.EqualValues(t, 2, delivered.Totals.Count)
	delivery := delivered.Data[0]
	require.Equal(t, new(int64(200)), delivery.LastStatusCode)
	attempt := apitest.OK(a.WebhookDelivery(ctx, made.ID, delivery.ID))(t).Log[0]
	require.Equal(t, in.URL, attempt.URL)
	require.Equal(t, "thanks", attempt.Answer)
	require.Empty(t, attempt.Problem)
	require.Equal(t, sdk.DeliveryStatusPending, apitest.OK(a.ReplayWebhookDelivery(ctx, made.ID, delivery.ID))(t).Status)
	w.Deliver(t)
	taken := r.take()
	require.Len(t, taken, 1)
	require.Equal(t, delivery.MessageID, taken[0].header.Get("Webhook-Id"))

	// For an hour, each delivery has signatures with the new and the old secret.
	rotated := apitest.OK(a.RotateWebhookSecret(ctx, made.ID, sdk.RotateWebhookSecretIn{OverlapHours: new(int64(1))}))(t)
	require.Equal(t, w.Clock.Now().Add(time.Hour), rotated.PreviousExpiresAt)
	tested := apitest.OK(a.TestWebhook(ctx, made.ID))(t)
	require.Equal(t, "webhook.test", tested.Event)
	require.Nil(t, tested.EventID)
	w.Deliver(t)
	taken = r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, made.Secret, w.Clock.Now())
	taken[0].verify(t, rotated.Secret, w.Clock.Now())

	// The receiver returns errors for days.
	failing, since := w.Clock.Now(), time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	r.status.Store(http.StatusInternalServerError)
	apitest.OK(a.TestWebhook(ctx, made.ID))(t)
	for range 40 {
		w.Deliver(t)
		w.Clock.Advance(time.Hour)
	}
	apitest.Only(t, a.WebhookDeliveries(ctx, made.ID, sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{sdk.DeliveryStatusFailed}}))
	require.Equal(t, failing, apitest.OK(a.Webhook(ctx, made.ID))(t).FailingSince)
	require.EqualValues(t, 1, apitest.OK(a.ReplayWebhook(ctx, made.ID, sdk.ReplayWebhookIn{Since: since}))(t).Count)

	paused := apitest.OK(a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Status: sdk.EndpointStatusPaused, Name: new("Other")}))(t)
	require.Equal(t, sdk.EndpointStatusPaused, paused.Status)
	require.Equal(t, "Other", paused.Name)
	require.Equal(t, in.Events, paused.Events)
	_, err := a.TestWebhook(ctx, made.ID)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	resumed := apitest.OK(a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Status: sdk.EndpointStatusActive, Events: []string{}, SkipMissed: new(true)}))(t)
	require.Empty(t, resumed.Events)

	// Other partners cannot see the webhook, and the list of postbacks does not contain
	// it.
	b := w.Partner(t, "b")
	apitest.Refused(b.Webhook(ctx, made.ID))(t, sdk.NotFound)
	apitest.Refused(b.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Name: new("x")}))(t, sdk.NotFound)
	apitest.RequireRefused(t, b.DeleteWebhook(ctx, made.ID), sdk.NotFound)
	apitest.Refused(b.TestWebhook(ctx, made.ID))(t, sdk.NotFound)
	apitest.Refused(b.RotateWebhookSecret(ctx, made.ID, sdk.RotateWebhookSecretIn{}))(t, sdk.NotFound)
	apitest.Refused(b.WebhookDeliveriesPage(ctx, made.ID, sdk.WebhookDeliveriesQuery{}))(t, sdk.NotFound)
	apitest.Refused(b.WebhookDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	apitest.Refused(b.ReplayWebhookDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	apitest.Refused(b.ReplayWebhook(ctx, made.ID, sdk.ReplayWebhookIn{Since: since}))(t, sdk.NotFound)
	apitest.Refused(a.Postback(ctx, made.ID))(t, sdk.NotFound)
	apitest.RequireRefused(t, a.DeletePostback(ctx, made.ID), sdk.NotFound)
	apitest.Refused(a.PostbackDelivery(ctx, made.ID, delivery.ID))(t, sdk.NotFound)
	require.NoError(t, a.DeleteWebhook(ctx, made.ID))
	apitest.Refused(a.Webhook(ctx, made.ID))(t, sdk.NotFound)
}

func TestWebhooks_Refuses(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, ctx := w.Partner(t, "a"), t.Context()
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
		apitest.Refused(a.CreateWebhook(ctx, in))(t, sdk.ValidationError, tt.fault)
	}
	apitest.Refused(a.Webhook(ctx, "17"))(t, sdk.NotFound)
	apitest.Refused(a.WebhookDeliveriesPage(ctx, "0192f0c1-a2b3-7c4d-8e9f-001122334455", sdk.WebhookDeliveriesQuery{Status: []sdk.DeliveryStatus{"lost"}}))(t,
		sdk.ValidationError, "status invalid_choice")
}

func TestPostbacks(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, r, ctx := w.Partner(t, "a"), newWebhookServer(t), t.Context()
	made := apitest.OK(a.CreatePostback(ctx, sdk.CreatePostbackIn{
		URL: r.URL + "/p/{event}?uid={client_uid}&band={amount_band}&ü=|", Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit, sdk.PostbackEventFirstDeposit},
	}))(t)
	require.Equal(t, sdk.PostbackMethodGet, made.Method)
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	w.Deliver(t)
	targets := map[string]bool{}
	for _, taken := range r.take() {
		taken.verify(t, made.Secret, w.Clock.Now())
		require.Equal(t, "GET", taken.method)
		require.Empty(t, taken.body)
		targets[taken.target] = true
	}
	const uid = "?uid=" + programmetest.Client1 + "&band=3&%C3%BC=%7C"
	require.Equal(t, map[string]bool{"/p/deposit" + uid: true, "/p/first_deposit" + uid: true}, targets)

	changed := apitest.OK(a.UpdatePostback(ctx, made.ID, sdk.UpdatePostbackIn{
		Method: sdk.PostbackMethodPost, Events: []sdk.PostbackEvent{sdk.PostbackEventReward}, URL: new(r.URL + "/r?n={orders_count}&usd={amount_usd}"),
	}))(t)
	require.Equal(t, sdk.PostbackMethodPost, changed.Method)
	require.Equal(t, *changed, apitest.Only(t, a.Postbacks(ctx, sdk.PageQuery{})))
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), w.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.Deliver(t)
	taken := r.take()
	require.Len(t, taken, 1)
	taken[0].verify(t, made.Secret, w.Clock.Now())
	require.Equal(t, "/r?n=2&usd=4", taken[0].target)
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(taken[0].body), &values))
	require.Equal(t, "reward", values["event"])
	require.Equal(t, "2026-03-01", values["reward_date"])

	apitest.OK(a.TestPostback(ctx, made.ID, sdk.TestPostbackIn{Event: new("reward")}))(t)
	w.Deliver(t)
	require.Equal(t, "/r?n=1&usd=3.5", r.take()[0].target)
	require.Len(t, apitest.All(t, a.PostbackDeliveries(ctx, made.ID, sdk.PostbackDeliveriesQuery{})), 4)
	apitest.OK(a.RotatePostbackSecret(ctx, made.ID, sdk.RotatePostbackSecretIn{}))(t)
	apitest.Refused(w.Partner(t, "b").Postback(ctx, made.ID))(t, sdk.NotFound)
	apitest.Refused(a.UpdatePostback(ctx, made.ID, sdk.UpdatePostbackIn{Events: []sdk.PostbackEvent{"x"}}))(t, sdk.ValidationError, "events.0 invalid_choice")
	require.NoError(t, a.DeletePostback(ctx, made.ID))
}

func TestPostbacks_Refuses(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	for fault, in := range map[string]sdk.CreatePostbackIn{
		"events required":         {URL: "https://example.com/"},
		"events empty":            {URL: "https://example.com/", Events: []sdk.PostbackEvent{}},
		"events.0 invalid_choice": {URL: "https://example.com/", Events: []sdk.PostbackEvent{"withdrawal"}},
	} {
		apitest.Refused(a.CreatePostback(ctx, in))(t, sdk.ValidationError, fault)
	}
	for url, message := range map[string]string{
		"https://example.com/?a={password}": "There is no token {password}.",
		"https://example.com/?a={":          "There is no token {}.",
		"https://example.com/?a=}":          "Remove the closing brace that has no opening one.",
		"https://{sub_id}.example.com/":     "Put tokens only after the host name.",
		"{sub_id}":                          "Put tokens only after the host name.",
		"https://192.168.0.1/?a={sub_id}":   "Enter a public http or https address.",
	} {
		apitest.Refused(a.CreatePostback(ctx, sdk.CreatePostbackIn{URL: url, Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit}}))(t, sdk.ValidationError, "url invalid: "+message)
	}
}
