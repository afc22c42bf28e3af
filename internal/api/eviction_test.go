package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

// TestAResetEvicts checks that a password reset stops an intruder: it revokes
// all keys, pauses recent webhooks and postbacks, and lists all of the
// partner's webhooks and postbacks.
func TestAResetEvicts(t *testing.T) {
	t.Parallel()
	d, ctx := apitest.SetupDoor(t), t.Context()
	signIn := func(email, password string) *sdk.Partner { return apitest.OK(d.Login(t, email, password))(t) }
	webhook := func(p *sdk.Partner, url string) string {
		in := sdk.CreateWebhookIn{URL: url}
		return apitest.OK(p.CreateWebhook(ctx, in, d.Code(t, p, sdk.OperationTypeCreateWebhook, in)))(t).ID
	}
	rename := func(p *sdk.Partner, webhook string) {
		apitest.OK(p.UpdateWebhook(ctx, webhook, sdk.UpdateWebhookIn{Name: new("renamed")}))(t)
	}
	const day = 24 * time.Hour

	a := signIn("a@example.com", apitest.AuthPassword)
	old, changed := webhook(a, "https://old.example.com/"), webhook(a, "https://changed.example.com/")
	d.Clock.Advance(59 * day)
	rename(signIn("a@example.com", apitest.AuthPassword), old)
	d.Clock.Advance(2 * day)
	rename(signIn("a@example.com", apitest.AuthPassword), changed)
	d.Clock.Advance(27 * day)
	a = signIn("a@example.com", apitest.AuthPassword)
	made := apitest.OK(a.CreatePostback(ctx, sdk.CreatePostbackIn{URL: "https://made.example.com/", Events: []sdk.PostbackEvent{sdk.PostbackEventDeposit}}))(t).ID
	bot := sdk.CreateAPIKeyIn{Name: "bot", Scopes: []sdk.Scope{sdk.ScopeRead}}
	key := d.As(t, apitest.OK(a.CreateAPIKey(ctx, bot, d.Code(t, a, sdk.OperationTypeCreateAPIKey, bot)))(t).Key)
	apitest.OK(key.Summary(ctx))(t)
	d.News(t)
	d.AskReset(t, "b@example.com")
	_, secret := d.Link(t, "password_reset")
	apitest.OK(d.Reset(t, secret, apitest.AuthPassword))(t)
	d.Clock.Advance(2 * day)
	b := signIn("b@example.com", apitest.AuthPassword)
	theirs := webhook(b, "https://theirs.example.com/")

	d.News(t)
	d.AskReset(t, "a@example.com")
	_, secret = d.Link(t, "password_reset")
	done := apitest.OK(d.Reset(t, secret, "another horse"))(t)
	require.EqualValues(t, 1, done.APIKeysRevoked)
	require.EqualValues(t, 2, done.Paused)
	listed := map[string]string{}
	for _, u := range done.SetUp {
		listed[u.Target] = fmt.Sprint(u.Kind, " ", u.Status, " ", u.PausedByReset)
	}
	require.Equal(t, map[string]string{
		"https://old.example.com/": "webhook active false", "https://changed.example.com/": "webhook paused true",
		"https://made.example.com/": "postback paused true",
	}, listed)
	apitest.Refused(key.Summary(ctx))(t, sdk.AuthenticationFailed)
	news := d.News(t)
	require.Len(t, news, 1)
	require.Contains(t, news[0].Text, "Your API keys were revoked: 1.")
	require.Contains(t, news[0].Text, "were paused: 2.")

	a = signIn("a@example.com", "another horse")
	status := func(webhook string) sdk.EndpointStatus { return apitest.OK(a.Webhook(ctx, webhook))(t).Status }
	madeIs := func() sdk.EndpointStatus { return apitest.OK(a.Postback(ctx, made))(t).Status }
	require.Equal(t, sdk.EndpointStatusActive, status(old))
	require.Equal(t, sdk.EndpointStatusPaused, status(changed))
	require.Equal(t, sdk.EndpointStatusPaused, madeIs())
	require.Equal(t, sdk.EndpointStatusActive, apitest.OK(b.Webhook(ctx, theirs))(t).Status, "another partner's webhook stays active")
	reset := apitest.Only(t, a.AuditLog(ctx, sdk.AuditLogQuery{Action: []string{"password.reset"}}))
	require.Contains(t, string(reset.Details), `"api_keys_revoked":1`)

	apitest.Refused(a.ResumeSecuritySetUp(ctx, sdk.ResumeSecuritySetUpIn{IDs: []string{changed, theirs}}))(t, sdk.ValidationError, "ids.1 does_not_exist")
	require.Equal(t, sdk.EndpointStatusPaused, status(changed), "all or none")
	apitest.OK(a.ResumeSecuritySetUp(ctx, sdk.ResumeSecuritySetUpIn{IDs: []string{changed}}))(t)
	require.Equal(t, sdk.EndpointStatusActive, status(changed))
	require.Equal(t, sdk.EndpointStatusPaused, madeIs())
	require.Len(t, apitest.OK(a.SecuritySetUp(ctx))(t), 3)
}

// TestSessions_RenewalsEnd checks that a session cannot be renewed forever, and that
// revoking a session also revokes every session that was renewed from it.
func TestSessions_RenewalsEnd(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	current, renewals := b.JWT, 0
	for {
		b.Clock.Advance(5 * time.Hour)
		renewed, err := b.With(t, current).RenewAuthToken(t.Context(), sdk.RenewAuthTokenIn{})
		if err != nil {
			require.Equal(t, sdk.AuthenticationFailed, sdk.ErrorCode(err), "%v", err)
			break
		}
		current = renewed.Token
		renewals++
		require.Less(t, renewals, 200)
	}
	require.Equal(t, 30*24/5-1, renewals)
}

func TestSessions_TheOldestEndsAboveAThousand(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	for range identity.MaxSessions - 1 {
		b.Clock.Advance(time.Second)
		_, err := b.Service.Login(t.Context(), identity.Login{Login: apitest.AuthEmail, Password: apitest.AuthPassword, Address: "192.0.2.1"})
		require.NoError(t, err)
	}
	apitest.OK(b.Person(t).Security(t.Context()))(t)
	b.Clock.Advance(time.Second)
	newest := b.Session(t, apitest.AuthEmail)
	apitest.Refused(b.Person(t).Security(t.Context()))(t, sdk.AuthenticationFailed)
	working := apitest.OK(newest.SessionsPage(t.Context(), sdk.PageQuery{}))(t)
	require.EqualValues(t, identity.MaxSessions, working.Totals.Count)
}

// TestNewKeysAreMailed checks that the partner gets a mail about every new key,
// no matter who created the key.
func TestNewKeysAreMailed(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func(*testing.T, *apitest.SecureBundle){
		"by the partner": func(t *testing.T, b *apitest.SecureBundle) {
			t.Helper()
			bot := sdk.CreateAPIKeyIn{Name: "cashback bot", Scopes: []sdk.Scope{sdk.ScopeRead}}
			apitest.OK(b.Person(t).CreateAPIKey(t.Context(), bot, b.Mailed(t, sdk.OperationTypeCreateAPIKey, bot)))(t)
		},
		"by the operator": func(t *testing.T, b *apitest.SecureBundle) {
			t.Helper()
			_, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Name: "cashback bot", Scopes: []string{"read"}})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := apitest.SetupSecure(t)
			create(t, b)
			news := slices.DeleteFunc(b.Mailbox(t, apitest.AuthEmail), func(m apitest.MailRow) bool { return m.Kind == "verification_code" })
			require.Len(t, news, 1)
			require.Contains(t, fmt.Sprint(news[0]), "cashback bot")
		})
	}
}
