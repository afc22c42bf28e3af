package api_test

import (
	"context"
	"encoding/json"
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
	"github.com/tributary-server/tributary/internal/verification"
)

const neighbourEmail = "other@example.com"

// ownBundle is what two partners see of themselves, with real tokens.
type ownBundle struct {
	*authBundle
	token, other string // of the partner, and of another one
}

func setupOwn(t *testing.T) *ownBundle {
	t.Helper()
	b := &ownBundle{authBundle: setupAuth(t)}
	b.joins(t, id.New(), neighbourEmail)
	b.token = b.login(t, authEmail)
	b.other = b.login(t, neighbourEmail)
	return b
}

func (b *ownBundle) login(t *testing.T, email string) string {
	t.Helper()
	return token(t, b.call(t, http.MethodPost, "/api/auth/", authBody(email, authPassword), "User-Agent", "a browser"))
}

// ask makes a call with a token and decodes what comes back.
func (b *ownBundle) ask(t *testing.T, token, method, target, body string, status int) map[string]any {
	t.Helper()
	w := b.call(t, method, target, body, "Authorization", "JWT "+token, "X-Temporary-Token", b.paidKey(t, method, target, body))
	require.Equal(t, status, w.Code, "%s %s: %s", method, target, w.Body)
	if w.Body.Len() == 0 {
		return nil
	}
	var out map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

// paidKey is the token that a code for a new key gives, for either partner.
func (b *ownBundle) paidKey(t *testing.T, method, target, body string) string {
	t.Helper()
	var in struct {
		Name   string   `json:"name"`
		Scopes []string `json:"scopes"`
	}
	if method != http.MethodPost || target != keysPath || json.Unmarshal([]byte(body), &in) != nil {
		return ""
	}
	payload, err := json.Marshal(in)
	require.NoError(t, err)
	bound, err := b.service.KeyBinder().Bind(t.Context(), b.partnerID, payload)
	if err != nil {
		return ""
	}
	token := id.New().String()
	hash := verification.TokenHash(token)
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries,
			created_at, expires_at, completed_at, token_hash, token_expires_at)
			SELECT partner_id, $1, 'CREATE_API_KEY', $2, '', 'email', '', 1, 0, 0, 0, $3, $4 FROM partners`,
			id.New(), bound.Digest[:], hash[:], int64(1)<<60)
		return err
	}))
	return token
}

// rows are a list's, of which there have to be count.
func rows(t *testing.T, list map[string]any, count int) []map[string]any {
	t.Helper()
	require.Equal(t, map[string]any{"count": float64(count)}, list["totals"])
	data, ok := list["data"].([]any)
	require.True(t, ok)
	out := make([]map[string]any, len(data))
	for i := range data {
		out[i], ok = data[i].(map[string]any)
		require.True(t, ok)
	}
	return out
}

const keysPath = "/api/v1/api-keys/"

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	rows(t, b.ask(t, b.token, http.MethodGet, keysPath, "", 200), 0)

	made := b.ask(t, b.token, http.MethodPost, keysPath, `{"name":" bot ","scopes":["reports","reports","read"],"expires_at":"2026-07-30T12:00:00+02:00"}`, 201)
	key, _ := made["key"].(string)
	require.Regexp(t, `^trb_[0-9a-z]{12}_[0-9A-Za-z]{32}$`, key)
	keyID, _ := made["id"].(string)
	require.Equal(t, keyID, key[4:16])
	delete(made, "key")
	require.Equal(t, map[string]any{
		"id": keyID, "name": "bot", "scopes": []any{"read", "reports"},
		"created_at": "2026-06-30T12:00:00Z", "expires_at": "2026-07-30T10:00:00Z", "last_used_at": nil,
	}, made)

	b.clock.Advance(time.Minute)
	b.ask(t, key, http.MethodGet, "/api/v2/auth/token/", "", 200)
	require.NoError(t, b.service.Close()) // waits for the note of use
	second := b.ask(t, b.token, http.MethodPost, keysPath, `{"name":"second","scopes":["write"]}`, 201)
	list := rows(t, b.ask(t, b.token, http.MethodGet, keysPath, "", 200), 2)
	require.Equal(t, "second", list[0]["name"])
	require.Nil(t, list[0]["expires_at"])
	made["last_used_at"] = "2026-06-30T12:01:00Z"
	require.Equal(t, made, list[1], "the key itself is never shown again")
	require.Len(t, rows(t, b.ask(t, b.token, http.MethodGet, keysPath+"?limit=1&offset=1", "", 200), 2), 1)

	rows(t, b.ask(t, b.other, http.MethodGet, keysPath, "", 200), 0)
	b.ask(t, b.other, http.MethodDelete, keysPath+keyID+"/", "", 404)
	b.ask(t, b.token, http.MethodDelete, keysPath+"000000000000/", "", 404)
	b.ask(t, b.token, http.MethodDelete, keysPath+"x/", "", 404)
	b.ask(t, key, http.MethodGet, "/api/v2/auth/token/", "", 200)
	b.ask(t, b.token, http.MethodDelete, keysPath+keyID, "", 204)
	b.ask(t, key, http.MethodGet, "/api/v2/auth/token/", "", 401)
	b.ask(t, b.token, http.MethodDelete, keysPath+keyID+"/", "", 404)
	rows(t, b.ask(t, b.token, http.MethodGet, keysPath, "", 200), 1)

	program, _ := second["key"].(string)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, keysPath, ""},
		{http.MethodPost, keysPath, `{"name":"more","scopes":["read"]}`},
		{http.MethodDelete, keysPath + fmt.Sprint(second["id"]) + "/", ""},
		{http.MethodGet, "/api/v1/sessions/", ""},
		{http.MethodDelete, "/api/v1/sessions/", ""},
	} {
		b.ask(t, program, c.method, c.path, c.body, 403)
	}

	broker, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	b.ask(t, b.token, http.MethodDelete, keysPath+broker[4:16]+"/", "", 404)
	b.ask(t, broker, http.MethodGet, keysPath, "", 403)
}

func TestAPIKeys_Input(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	const required = "This field is required."
	for body, want := range map[string]string{
		`{"scopes":["read"]}`:            wrong("name", "required", required),
		`{"name":"","scopes":["read"]}`:  wrong("name", "blank", "This field may not be blank."),
		`{"name":"x"}`:                   wrong("scopes", "required", required),
		`{"name":"x","scopes":[]}`:       wrong("scopes", "empty", "This list may not be empty."),
		`{"name":"x","scopes":["feed"]}`: wrong("scopes.0", "invalid_choice", `\"feed\" is not a valid choice.`),
		`{"name":"x","scopes":"read"}`:   wrong("scopes", "not_a_list", `Expected a list of items but got type \"str\".`),
		`{"name":"x","scopes":["read"],"expires_at":"2026-06-30T12:00:00Z"}`: wrong("expires_at", "min_value", "Must be in the future."),
		`{"name":"` + strings.Repeat("é", 101) + `","scopes":["read"]}`:      wrong("name", "max_length", "Ensure this field has no more than 100 characters."),
	} {
		w := b.call(t, http.MethodPost, keysPath, body, "Authorization", "JWT "+b.token)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	for i := range identity.MaxKeys {
		b.ask(t, b.token, http.MethodPost, keysPath, fmt.Sprintf(`{"name":"key %d","scopes":["read"]}`, i), 201)
	}
	w := b.call(t, http.MethodPost, keysPath, `{"name":"one more","scopes":["read"]}`, "Authorization", "JWT "+b.token)
	require.JSONEq(t, wrong("name", "limit_reached", "There are 100 keys already: delete one first."), w.Body.String())
	b.ask(t, b.other, http.MethodPost, keysPath, `{"name":"another's","scopes":["read"]}`, 201)
}

// A program that lost the answer asks again, and still there is one key.
func TestAPIKeys_OnceMore(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	post := func(token, body string) (int, string, bool) {
		w := b.call(t, http.MethodPost, keysPath, body, "Authorization", "JWT "+token, "Idempotency-Key", "8f14e45f-ceea-4e3a",
			"X-Temporary-Token", b.paidKey(t, http.MethodPost, keysPath, body))
		return w.Code, w.Body.String(), w.Header().Get("Idempotent-Replayed") == "true"
	}
	status, first, replayed := post(b.token, `{"name":"bot","scopes":["read"]}`)
	require.Equal(t, 201, status)
	require.False(t, replayed)
	status, again, replayed := post(b.token, `{"name":"bot","scopes":["read"]}`)
	require.Equal(t, 201, status)
	require.True(t, replayed)
	require.Equal(t, first, again)
	status, _, _ = post(b.token, `{"name":"bot","scopes":["write"]}`)
	require.Equal(t, 400, status)
	status, theirs, replayed := post(b.other, `{"name":"bot","scopes":["read"]}`)
	require.Equal(t, 201, status)
	require.False(t, replayed)
	require.NotEqual(t, first, theirs)
	rows(t, b.ask(t, b.token, http.MethodGet, keysPath, "", 200), 1)

	var made struct{ Key string }
	require.NoError(t, json.Unmarshal([]byte(first), &made))
	var kept []byte
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT answer FROM idempotency_keys WHERE partner_id = $1`, b.partnerID).Scan(&kept))
	require.NotContains(t, string(kept), made.Key[17:])
}
