package partner_test

// Some tests send raw requests, because they compare bytes or send bodies that the
// SDK cannot write.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	const path = "/api/v1/events/"
	var types []string
	cursor := ""
	for more := true; more; {
		part := apitest.OK(a.Events(ctx, sdk.EventsQuery{Limit: 1, Cursor: cursor}))(t)
		for _, e := range part.Data {
			types = append(types, e.Type)
		}
		cursor, more = part.NextCursor, part.HasMore
	}
	require.Equal(t, []string{"client.registered", "account.opened"}, types)
	w.MustFeed(t, w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
	verified := apitest.OK(a.Events(ctx, sdk.EventsQuery{Cursor: cursor}))(t).Data[0]
	require.Equal(t, "aaaaaaaa000040008000000000000001-3", verified.ID)
	var data struct {
		KYCPassed bool   `json:"kyc_passed"`
		ClientUID string `json:"client_uid"`
	}
	require.NoError(t, json.Unmarshal(verified.Data, &data))
	require.True(t, data.KYCPassed)
	require.Equal(t, programmetest.Client1, data.ClientUID)
	everything := w.Call(t, "a", "GET", path+"?limit=5000", "").Body.String()
	for _, hidden := range []string{"bbbbbbbb", "one@example.com", programmetest.Client2} {
		require.NotContains(t, everything, hidden)
	}
	require.Empty(t, apitest.OK(a.Events(ctx, sdk.EventsQuery{Cursor: "latest"}))(t).Data)
	require.Len(t, apitest.OK(a.Events(ctx, sdk.EventsQuery{Type: []string{"client.verified", "account.opened"}}))(t).Data, 2)
	require.Equal(t, http.StatusOK, w.Call(t, "a", "GET", path+"?type=client.verified,account.opened", "").Code, "types may be separated by commas")

	const foreign = "cursor invalid: Send a cursor that this feed returned."
	apitest.Refused(b.Events(ctx, sdk.EventsQuery{Cursor: cursor}))(t, sdk.ValidationError, foreign)
	for fault, query := range map[string]sdk.EventsQuery{
		foreign:               {Cursor: "x"},
		"limit min_value":     {Limit: -1},
		"wait max_value":      {Wait: 31},
		"type invalid_choice": {Type: []string{"x"}},
	} {
		apitest.Refused(a.Events(ctx, query))(t, sdk.ValidationError, fault)
	}

	for _, known := range apitest.OK(a.EventTypes(ctx))(t) {
		require.NotEmpty(t, known.Example, known.Type)
		require.Greater(t, len(known.Description), 20, known.Type)
	}
}

// TestEvents_Follow checks that a program that waits for events gets each event as
// soon as it is stored.
func TestEvents_Follow(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a := w.Partner(t, "a")
	latest := apitest.OK(a.Events(t.Context(), sdk.EventsQuery{Cursor: "latest"}))(t).NextCursor
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	followed := make(chan *sdk.Events)
	go func() {
		defer close(followed)
		for events, err := range a.FollowEvents(ctx, sdk.EventsQuery{Cursor: latest, Type: []string{"reward.booked"}}) {
			if err != nil {
				return
			}
			followed <- events
		}
	}()
	for ticket := range 3 {
		w.MustFeed(t, w.Order("1001", ticket, "EURUSD", fmt.Sprintf("2026-03-0%dT10:00:00Z", 1+ticket), ``))
		require.Equal(t, "reward.booked", (<-followed).Data[0].Type)
	}
}

func TestTemplateProbe(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, b, c, r, ctx := w.Partner(t, "a"), w.Partner(t, "b"), w.Partner(t, "c"), newWebhookServer(t), t.Context()
	probe := func(p *sdk.Partner, url string) (*sdk.TemplateProbe, error) {
		return p.ProbeTemplate(ctx, sdk.ProbeTemplateIn{Data: sdk.ProbeTemplateURL{URL: url}})
	}
	template := r.URL + "/p/{event}?c={click_id}&e={event_id}"
	example := r.URL + "/p/registration?c=d41d8cd98f&e=0192f0c1a2b37c4d8e9f001122334455-42"
	require.Equal(t, &sdk.TemplateCheck{URL: template, ExampleURL: example, Tokens: []string{"event", "click_id", "event_id"}, Warnings: []sdk.TemplateWarning{}},
		apitest.OK(a.CheckTemplate(ctx, template))(t))
	require.Empty(t, r.take(), "a probe sends nothing")
	require.Empty(t, apitest.OK(b.CheckTemplate(ctx, r.URL))(t).Tokens)

	probed := apitest.OK(probe(a, template))(t)
	require.True(t, probed.Success)
	require.EqualValues(t, 200, probed.StatusCode)
	require.Equal(t, example, probed.ExampleURL)
	text, err := json.Marshal(probed)
	require.NoError(t, err)
	require.NotContains(t, string(text), "thanks", "the receiver's answer is not shown")
	taken := r.take()
	require.Len(t, taken, 1)
	require.Equal(t, "GET", taken[0].method)
	r.status.Store(http.StatusFound)
	probed = apitest.OK(probe(a, template))(t)
	require.False(t, probed.Success)
	require.EqualValues(t, 302, probed.StatusCode)

	const bad = "url invalid: Enter a public http or https address."
	for i, tt := range []struct{ url, fault string }{
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
		{"http://example.com/?a={token}", "url invalid: There is no token {token}."},
	} {
		p := []*sdk.Partner{b, c}[i%2]
		w.Clock.Advance(time.Minute) // the rate limit allows the next request only after a pause
		apitest.Refused(p.CheckTemplate(ctx, tt.url))(t, sdk.ValidationError, tt.fault)
		apitest.Refused(probe(p, tt.url))(t, sdk.ValidationError, tt.fault)
	}
	closed := newWebhookServer(t)
	closed.Close()
	apitest.Refused(probe(a, closed.URL))(t, sdk.ValidationError, "url unreachable: No valid response came from this address in time. Check the address and its server.")
	for _, body := range []string{`{}`, `{"data":{}}`, `{"data":"x"}`, `{"data":{"url":17}}`, `{"data":{"url":["x"]}}`, `{"data":null}`} {
		require.Equal(t, 400, w.Call(t, "a", "POST", "/api/partner_integrations/template/probe/", body).Code, body)
	}

	// Checks are rate-limited, because each of them looks up a host or sends a request.
	throttled := false
	for range 12 {
		_, err := a.CheckTemplate(ctx, template)
		if refusal, _ := errors.AsType[*sdk.Error](err); refusal != nil {
			throttled = true
			require.Equal(t, sdk.Throttled, refusal.Code)
			require.Equal(t, 2*time.Second, refusal.RetryAfter)
		}
	}
	require.True(t, throttled)
	apitest.OK(c.CheckTemplate(ctx, template))(t)
}
