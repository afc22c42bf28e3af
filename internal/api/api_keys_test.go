package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

const neighbourEmail = "other@example.com"

// ownBundle is two partners, each in a session.
type ownBundle struct {
	*authBundle
	partner, other *sdk.Partner
}

func setupOwn(t *testing.T) *ownBundle {
	t.Helper()
	b := &ownBundle{authBundle: setupAuth(t)}
	b.joins(t, id.New(), neighbourEmail)
	b.partner, b.other = b.session(t, authEmail), b.session(t, neighbourEmail)
	return b
}

// with returns a program that has only a token or a key.
func (b *authBundle) with(t *testing.T, token string) *sdk.Partner {
	t.Helper()
	return program(t, wire{handler: b.router}, sdk.WithToken(token), sdk.WithUserAgent("a browser"))
}

// session logs a partner in. It ends for good: the program does not know the
// password.
func (b *authBundle) session(t *testing.T, email string) *sdk.Partner {
	t.Helper()
	p := b.with(t, "")
	require.NoError(t, p.Login(t.Context(), email, authPassword))
	return b.with(t, p.Token())
}

// broker returns the program of the broker with a key.
func (b *authBundle) broker(t *testing.T, key string) *sdk.Broker {
	t.Helper()
	made, err := sdk.NewBroker(serverURL, key, sdk.WithHTTPClient(&http.Client{Transport: wire{tb: t, handler: b.router}}), sdk.WithPatience(0, 0))
	require.NoError(t, err)
	return made
}

// named is the request for a key, which is also the payload of its code.
func named(name string, scopes ...sdk.Scope) sdk.CreateAPIKeyIn {
	return sdk.CreateAPIKeyIn{Name: name, Scopes: scopes}
}

// coded returns the token for a new key.
func (b *ownBundle) coded(t *testing.T, p *sdk.Partner, in sdk.CreateAPIKeyIn) sdk.CallOption {
	t.Helper()
	return codeFor(t, b.db, p, sdk.OperationTypeCreateAPIKey, in)
}

// alive reports whether a token or key opens anything.
func alive(t *testing.T, p *sdk.Partner) bool {
	t.Helper()
	_, err := p.DescribeAuthToken(t.Context())
	if err != nil {
		requireRefused(t, err, sdk.AuthenticationFailed)
	}
	return err == nil
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	p, ctx := b.partner, t.Context()
	require.Empty(t, all(t, p.APIKeys(ctx, sdk.PageQuery{})))

	in := named(" bot ", sdk.ScopeReports, sdk.ScopeReports, sdk.ScopeRead)
	in.ExpiresAt = time.Date(2026, 7, 30, 10, 0, 0, 0, time.UTC)
	made := ok(p.CreateAPIKey(ctx, in, b.coded(t, p, in)))(t)
	require.Regexp(t, `^trb_[0-9a-z]{12}_[0-9A-Za-z]{32}$`, made.Key)
	require.Equal(t, made.ID, made.Key[4:16])
	shown := sdk.Key{ID: made.ID, Name: "bot", Scopes: []string{"read", "reports"}, CreatedAt: b.clock.Now(), ExpiresAt: in.ExpiresAt}
	require.Equal(t, shown, only(t, p.APIKeys(ctx, sdk.PageQuery{})), "the key itself is never shown again")

	b.clock.Advance(time.Minute)
	bot := b.with(t, made.Key)
	require.True(t, alive(t, bot))
	require.NoError(t, b.service.Close()) // waits for the note of use
	shown.LastUsedAt = b.clock.Now()
	writes := named("second", sdk.ScopeWrite)
	second := ok(p.CreateAPIKey(ctx, writes, b.coded(t, p, writes)))(t)
	keys := all(t, p.APIKeys(ctx, sdk.PageQuery{Limit: 1}))
	require.Len(t, keys, 2)
	require.Equal(t, "second", keys[0].Name)
	require.Zero(t, keys[0].ExpiresAt)
	require.Equal(t, shown, keys[1])

	require.Empty(t, all(t, b.other.APIKeys(ctx, sdk.PageQuery{})))
	requireRefused(t, b.other.DeleteAPIKey(ctx, made.ID), sdk.NotFound)
	for _, unknown := range []string{"000000000000", "x"} {
		requireRefused(t, p.DeleteAPIKey(ctx, unknown), sdk.NotFound)
	}
	require.True(t, alive(t, bot))
	require.NoError(t, p.DeleteAPIKey(ctx, made.ID))
	require.False(t, alive(t, bot))
	requireRefused(t, p.DeleteAPIKey(ctx, made.ID), sdk.NotFound)
	only(t, p.APIKeys(ctx, sdk.PageQuery{}))

	// A key manages neither keys nor sessions.
	key := b.with(t, second.Key)
	refused(key.APIKeysPage(ctx, sdk.PageQuery{}))(t, sdk.PermissionDenied)
	refused(key.CreateAPIKey(ctx, named("more", sdk.ScopeRead)))(t, sdk.PermissionDenied)
	requireRefused(t, key.DeleteAPIKey(ctx, second.ID), sdk.PermissionDenied)
	refused(key.SessionsPage(ctx, sdk.PageQuery{}))(t, sdk.PermissionDenied)
	requireRefused(t, key.DeleteOtherSessions(ctx), sdk.PermissionDenied)

	broker, _, err := b.service.CreateKey(ctx, identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	requireRefused(t, p.DeleteAPIKey(ctx, broker[4:16]), sdk.NotFound)
}

func TestAPIKeys_Input(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	p, ctx := b.partner, t.Context()
	past := named("x", sdk.ScopeRead)
	past.ExpiresAt = b.clock.Now()
	for fault, in := range map[string]sdk.CreateAPIKeyIn{
		"name blank":              named("", sdk.ScopeRead),
		"name max_length":         named(strings.Repeat("é", 101), sdk.ScopeRead),
		"scopes required":         {Name: "x"},
		"scopes empty":            {Name: "x", Scopes: []sdk.Scope{}},
		"scopes.0 invalid_choice": named("x", "feed"),
		"expires_at min_value: Must be in the future.": past,
	} {
		refused(p.CreateAPIKey(ctx, in))(t, sdk.ValidationError, fault)
	}
	for body, want := range map[string]string{
		`{"scopes":["read"]}`:          wrong("name", "required", "This field is required."),
		`{"name":"x","scopes":"read"}`: wrong("scopes", "not_a_list", `Expected a list of items but got type \"str\".`),
	} {
		got := b.call(t, http.MethodPost, "/api/v1/api-keys/", body, "Authorization", "JWT "+p.Token())
		require.JSONEq(t, want, got.Body.String(), body)
	}
	for i := range identity.MaxKeys {
		_, _, err := b.service.CreateKey(ctx, identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Name: fmt.Sprint("key ", i), Scopes: []string{"read"}})
		require.NoError(t, err)
	}
	more := named("one more", sdk.ScopeRead)
	refused(p.CreateAPIKey(ctx, more))(t, sdk.ValidationError, "name limit_reached: There are 100 keys already: delete one first.")
	ok(b.other.CreateAPIKey(ctx, more, b.coded(t, b.other, more)))(t)
}

// A program that lost the answer asks again, and there is still one key.
func TestAPIKeys_Repeated(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	ctx, once := t.Context(), sdk.WithIdempotencyKey("8f14e45f-ceea-4e3a")
	bot, writer := named("bot", sdk.ScopeRead), named("bot", sdk.ScopeWrite)
	var answer sdk.Answer
	first := ok(b.partner.CreateAPIKey(ctx, bot, once, b.coded(t, b.partner, bot), sdk.WithAnswer(&answer)))(t)
	require.False(t, answer.Replayed)
	require.Equal(t, first, ok(b.partner.CreateAPIKey(ctx, bot, once, b.coded(t, b.partner, bot), sdk.WithAnswer(&answer)))(t))
	require.True(t, answer.Replayed)
	refused(b.partner.CreateAPIKey(ctx, writer, once, b.coded(t, b.partner, writer)))(t, sdk.ValidationError, "Idempotency-Key already_used")
	theirs := ok(b.other.CreateAPIKey(ctx, bot, once, b.coded(t, b.other, bot), sdk.WithAnswer(&answer)))(t)
	require.False(t, answer.Replayed)
	require.NotEqual(t, first, theirs)
	only(t, b.partner.APIKeys(ctx, sdk.PageQuery{}))

	kept, err := db.Collect(ctx, b.db, func(rows db.Rows) (answer []byte, err error) {
		err = rows.Scan(&answer)
		return answer, err
	}, `SELECT answer FROM idempotency_keys`)
	require.NoError(t, err)
	require.NotEmpty(t, kept)
	for _, answer := range kept {
		require.NotContains(t, string(answer), first.Key[17:])
	}
}
