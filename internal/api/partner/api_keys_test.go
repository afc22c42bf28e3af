package partner_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

// keyRequest returns a request for a key. It is also the payload of the
// operation that needs a code.
func keyRequest(name string, scopes ...sdk.Scope) sdk.CreateAPIKeyIn {
	return sdk.CreateAPIKeyIn{Name: name, Scopes: scopes}
}

func alive(t *testing.T, p *sdk.Partner) bool {
	t.Helper()
	_, err := p.DescribeAuthToken(t.Context())
	if err != nil {
		apitest.RequireRefused(t, err, sdk.AuthenticationFailed)
	}
	return err == nil
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	p, ctx := b.Partner, t.Context()
	require.Empty(t, apitest.All(t, p.APIKeys(ctx, sdk.PageQuery{})))

	in := keyRequest(" bot ", sdk.ScopeReports, sdk.ScopeReports, sdk.ScopeRead)
	in.ExpiresAt = time.Date(2026, 7, 30, 10, 0, 0, 0, time.UTC)
	made := apitest.OK(p.CreateAPIKey(ctx, in, b.Coded(t, p, in)))(t)
	require.Regexp(t, `^trb_[0-9a-z]{12}_[0-9A-Za-z]{32}$`, made.Key)
	require.Equal(t, made.ID, made.Key[4:16])
	shown := sdk.Key{ID: made.ID, Name: "bot", Scopes: []string{"read", "reports"}, CreatedAt: b.Clock.Now(), ExpiresAt: in.ExpiresAt}
	require.Equal(t, shown, apitest.Only(t, p.APIKeys(ctx, sdk.PageQuery{})), "the key itself is never shown again")

	b.Clock.Advance(time.Minute)
	bot := b.With(t, made.Key)
	require.True(t, alive(t, bot))
	require.NoError(t, b.Service.Close()) // waits until the last-used time of the key is stored
	shown.LastUsedAt = b.Clock.Now()
	writes := keyRequest("second", sdk.ScopeWrite)
	second := apitest.OK(p.CreateAPIKey(ctx, writes, b.Coded(t, p, writes)))(t)
	keys := apitest.All(t, p.APIKeys(ctx, sdk.PageQuery{Limit: 1}))
	require.Len(t, keys, 2)
	require.Equal(t, "second", keys[0].Name)
	require.Zero(t, keys[0].ExpiresAt)
	require.Equal(t, shown, keys[1])

	require.Empty(t, apitest.All(t, b.Other.APIKeys(ctx, sdk.PageQuery{})))
	apitest.RequireRefused(t, b.Other.DeleteAPIKey(ctx, made.ID), sdk.NotFound)
	for _, unknown := range []string{"000000000000", "x"} {
		apitest.RequireRefused(t, p.DeleteAPIKey(ctx, unknown), sdk.NotFound)
	}
	require.True(t, alive(t, bot))
	require.NoError(t, p.DeleteAPIKey(ctx, made.ID))
	require.False(t, alive(t, bot))
	apitest.RequireRefused(t, p.DeleteAPIKey(ctx, made.ID), sdk.NotFound)
	apitest.Only(t, p.APIKeys(ctx, sdk.PageQuery{}))

	// A key cannot manage keys or sessions.
	key := b.With(t, second.Key)
	apitest.Refused(key.APIKeysPage(ctx, sdk.PageQuery{}))(t, sdk.PermissionDenied)
	apitest.Refused(key.CreateAPIKey(ctx, keyRequest("more", sdk.ScopeRead)))(t, sdk.PermissionDenied)
	apitest.RequireRefused(t, key.DeleteAPIKey(ctx, second.ID), sdk.PermissionDenied)
	apitest.Refused(key.SessionsPage(ctx, sdk.PageQuery{}))(t, sdk.PermissionDenied)
	apitest.RequireRefused(t, key.DeleteOtherSessions(ctx), sdk.PermissionDenied)

	broker, _, err := b.Service.CreateKey(ctx, identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	apitest.RequireRefused(t, p.DeleteAPIKey(ctx, broker[4:16]), sdk.NotFound)
}

func TestAPIKeys_Input(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	p, ctx := b.Partner, t.Context()
	past := keyRequest("x", sdk.ScopeRead)
	past.ExpiresAt = b.Clock.Now()
	for fault, in := range map[string]sdk.CreateAPIKeyIn{
		"name blank":              keyRequest("", sdk.ScopeRead),
		"name max_length":         keyRequest(strings.Repeat("é", 101), sdk.ScopeRead),
		"scopes required":         {Name: "x"},
		"scopes empty":            {Name: "x", Scopes: []sdk.Scope{}},
		"scopes.0 invalid_choice": keyRequest("x", "feed"),
		"expires_at min_value: This time must be in the future.": past,
	} {
		apitest.Refused(p.CreateAPIKey(ctx, in))(t, sdk.ValidationError, fault)
	}
	for body, want := range map[string]string{
		`{"scopes":["read"]}`:          apitest.Wrong("name", "required", "This field is required."),
		`{"name":"x","scopes":"read"}`: apitest.Wrong("scopes", "not_a_list", `Expected a list of items but got type \"str\".`),
	} {
		got := b.Call(t, http.MethodPost, "/api/v1/api-keys/", body, "Authorization", "JWT "+p.Token())
		require.JSONEq(t, want, got.Body.String(), body)
	}
	for i := range identity.MaxKeys {
		_, _, err := b.Service.CreateKey(ctx, identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Name: fmt.Sprint("key ", i), Scopes: []string{"read"}})
		require.NoError(t, err)
	}
	more := keyRequest("one more", sdk.ScopeRead)
	apitest.Refused(p.CreateAPIKey(ctx, more))(t, sdk.ValidationError, "name limit_reached: There are already 100 keys. Delete one before you create another.")
	apitest.OK(b.Other.CreateAPIKey(ctx, more, b.Coded(t, b.Other, more)))(t)
}

// TestAPIKeys_Repeated checks that a repeated request for a key returns the same key.
func TestAPIKeys_Repeated(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	ctx, once := t.Context(), sdk.WithIdempotencyKey("8f14e45f-ceea-4e3a")
	bot, writer := keyRequest("bot", sdk.ScopeRead), keyRequest("bot", sdk.ScopeWrite)
	var answer sdk.Answer
	first := apitest.OK(b.Partner.CreateAPIKey(ctx, bot, once, b.Coded(t, b.Partner, bot), sdk.WithAnswer(&answer)))(t)
	require.False(t, answer.Replayed)
	require.Equal(t, first, apitest.OK(b.Partner.CreateAPIKey(ctx, bot, once, b.Coded(t, b.Partner, bot), sdk.WithAnswer(&answer)))(t))
	require.True(t, answer.Replayed)
	apitest.Refused(b.Partner.CreateAPIKey(ctx, writer, once, b.Coded(t, b.Partner, writer)))(t, sdk.ValidationError, "Idempotency-Key already_used")
	theirs := apitest.OK(b.Other.CreateAPIKey(ctx, bot, once, b.Coded(t, b.Other, bot), sdk.WithAnswer(&answer)))(t)
	require.False(t, answer.Replayed)
	require.NotEqual(t, first, theirs)
	apitest.Only(t, b.Partner.APIKeys(ctx, sdk.PageQuery{}))

	kept, err := db.Collect(ctx, b.DB, func(rows db.Rows) (answer []byte, err error) {
		err = rows.Scan(&answer)
		return answer, err
	}, `SELECT answer FROM idempotency_keys`)
	require.NoError(t, err)
	require.NotEmpty(t, kept)
	for _, answer := range kept {
		require.NotContains(t, string(answer), first.Key[17:])
	}
}
