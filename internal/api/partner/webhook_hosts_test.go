package partner_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestWebhooks_ANewHostTakesACode checks that a stolen session token cannot send a
// partner's events to a new host. The request also needs a code, and the partner gets
// a mail about every new host.
func TestWebhooks_ANewHostTakesACode(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	hosted := func(url string) sdk.CreateWebhookIn { return sdk.CreateWebhookIn{URL: url} }
	coded := func(p *sdk.Partner, url string) sdk.CallOption {
		return w.Code(t, p, sdk.OperationTypeCreateWebhook, hosted(url))
	}
	uncoded := func(p *sdk.Partner, url string, options ...sdk.CallOption) {
		t.Helper()
		_, err := p.CreateWebhook(ctx, hosted(url), options...)
		apitest.RequireUncoded(t, err)
		require.ErrorContains(t, err, "CREATE_WEBHOOK")
	}
	const first, second, third = "https://first.example.com/hook", "https://second.example.com/hook", "https://third.example.com/"

	code, once := coded(a, first), sdk.WithIdempotencyKey("k")
	uncoded(a, first, once)
	uncoded(a, first, once, sdk.WithTemporaryToken(id.New().String()))
	uncoded(a, second, code)
	uncoded(b, first, code)
	require.Empty(t, apitest.All(t, a.Webhooks(ctx, sdk.PageQuery{})))
	require.Empty(t, w.Notices(t, "a@example.com"))

	// The refused requests have used up neither their temporary token nor their
	// idempotency key.
	made := apitest.OK(a.CreateWebhook(ctx, hosted(first), code, once))(t)
	require.Equal(t, made, apitest.OK(a.CreateWebhook(ctx, hosted(first), code, once))(t))
	require.NoError(t, a.DeleteWebhook(ctx, made.ID))
	uncoded(a, first+"?", code)
	uncoded(a, first, code)
	made = apitest.OK(a.CreateWebhook(ctx, hosted(first), coded(a, first)))(t)

	// The host is now known, in any spelling, but only for this partner.
	apitest.OK(a.CreateWebhook(ctx, hosted("http://FIRST.example.com.:8080/other")))(t)
	uncoded(a, "https://sub.first.example.com/")
	uncoded(b, first)
	apitest.OK(b.CreateWebhook(ctx, hosted(first), coded(b, first)))(t)

	w.Clock.Advance(mail.QuotaWindow) // the quota would suppress further mails in the same window

	// A change of the webhook's URL to a new host also needs a code.
	moves := func(url string, options ...sdk.CallOption) (*sdk.Webhook, error) {
		return a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{URL: &url}, options...)
	}
	_, err := moves(second)
	apitest.RequireUncoded(t, err)
	require.Equal(t, first, apitest.OK(a.Webhook(ctx, made.ID))(t).URL)
	apitest.OK(a.UpdateWebhook(ctx, made.ID, sdk.UpdateWebhookIn{Name: new("x"), URL: new(first)}))(t)
	apitest.OK(moves(first + "/more"))(t)
	require.Equal(t, second, apitest.OK(moves(second, coded(a, second)))(t).URL)

	// A request with an API key needs no code. A new postback needs no code either, but
	// causes a mail.
	apitest.OK(w.Partner(t, "akey").CreateWebhook(ctx, hosted(third)))(t)
	postback := apitest.OK(a.CreatePostback(ctx, sdk.CreatePostbackIn{URL: "https://t123456789.example.com/{event}", Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit}}))(t)
	apitest.OK(a.UpdatePostback(ctx, postback.ID, sdk.UpdatePostbackIn{Name: new("y")}))(t)

	notices := w.Notices(t, "a@example.com")
	require.Len(t, notices, 7, "%q", notices)
	for i, want := range []string{
		"A new webhook was created: first.example.com", "A new webhook was created: first.example.com", "A new webhook was created: first.example.com",
		"Your webhook has a new address: first.example.com", "Your webhook has a new address: second.example.com",
		"A new webhook was created: third.example.com", "A new postback was created: t123 456 789.example.com",
	} {
		title, host, _ := strings.Cut(want, ": ")
		require.True(t, strings.HasPrefix(notices[i], title), notices[i])
		require.Contains(t, notices[i], "to: "+host)
		require.NotRegexp(t, `[0-9]{6}`, notices[i], "no part of the mail looks like a code")
	}
	require.Len(t, w.Notices(t, "b@example.com"), 1)
}

// TestAKeyCannotFloodItsOwner checks what a stolen key cannot do: flood its owner's
// mailbox, hide its changes, or use up the quota of mails, so that the owner could not
// reset the password.
func TestAKeyCannotFloodItsOwner(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	key, ctx := w.Partner(t, "akey"), t.Context()
	postback := apitest.OK(key.CreatePostback(ctx, sdk.CreatePostbackIn{URL: "https://t.example.com/{event}", Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit}}))(t)
	for i := range 60 {
		apitest.OK(key.UpdatePostback(ctx, postback.ID, sdk.UpdatePostbackIn{URL: new(fmt.Sprintf("https://t%d.example.com/{event}", i))}))(t)
	}
	require.Len(t, w.Notices(t, "a@example.com"), mail.NoticeQuota)
	merged, err := db.Collect(t.Context(), w.DB, func(rows db.Rows) (text string, err error) {
		var subject string
		err = rows.Scan(&subject, &text)
		return subject + "\n" + text, err
	}, `SELECT subject, text_body FROM mails WHERE recipient = 'a@example.com' AND kind = $1`, mail.KindMerged)
	require.NoError(t, err)
	require.Len(t, merged, 1)
	require.Contains(t, merged[0], "57 more changes in your account")
	require.Contains(t, merged[0], "Your postback has a new address, 57 times:")
	require.Contains(t, merged[0], "t59.example.com", "the latest")
	allowed, err := mail.NewSQLStore(w.DB, w.Clock, func() {}).Allow(t.Context(), "a@example.com", "reset by its owner")
	require.NoError(t, err)
	require.True(t, allowed)
}

func TestHostBinder_Refuses(t *testing.T) {
	t.Parallel()
	w := apitest.SetupOutbox(t)
	for payload, want := range map[string]string{
		`{}`:                           "This field is required.",
		`{"url":7}`:                    "Expected a string.",
		`{"url":"https://10.0.0.1/"}`:  "Enter a public http or https address.",
		`{"url":"ftp://example.com/"}`: "Enter a public http or https address.",
	} {
		_, err := w.Server.Outbox.HostBinder().Bind(t.Context(), programmetest.Alpha, json.RawMessage(payload))
		require.ErrorContains(t, err, want, payload)
	}
	bound, err := w.Server.Outbox.HostBinder().Bind(t.Context(), programmetest.Alpha, json.RawMessage(`{"url":"https://t123456.example.com/"}`))
	require.NoError(t, err)
	require.Contains(t, bound.Summary, "t123 456.example.com")
}
