package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const auditPath = "/api/v1/audit-log/"

// actions are those of a list, in its order, with their actors.
func actions(t *testing.T, list map[string]any, count int) []string {
	t.Helper()
	out := []string{}
	for _, row := range rows(t, list, count) {
		out = append(out, fmt.Sprint(row["action"], " ", row["actor"]))
	}
	return out
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	made := b.ask(t, b.token, http.MethodPost, keysPath, `{"name":"bot","scopes":["read"],"expires_at":"2026-07-30T12:00:00Z"}`, 201)
	key, _ := made["key"].(string)
	keyID, _ := made["id"].(string)
	b.clock.Advance(24 * time.Hour)
	b.token = b.login(t, authEmail)
	b.ask(t, b.token, http.MethodPatch, profilePath, `{"phone":"1","language":"el"}`, 200)
	b.ask(t, b.token, http.MethodPatch, profilePath, `{"phone":"1"}`, 200)
	b.ask(t, b.token, http.MethodDelete, sessionsPath, "", 204)
	for range 5 { // of which the last one is worth a note
		require.Equal(t, 401, b.call(t, http.MethodPost, "/api/auth/", authBody(authEmail, "wrong horse")).Code)
	}
	b.ask(t, b.token, http.MethodDelete, keysPath+"000000000000", "", 404)

	all := b.ask(t, key, http.MethodGet, auditPath, "", 200)
	require.Equal(t, []string{
		"login.failed nobody", "sessions.ended partner", "profile.updated partner", "login.succeeded partner",
		"api_key.created partner", "login.succeeded partner",
	}, actions(t, all, 6), "the newest first, and nothing of what changed nothing")
	entry := rows(t, all, 6)[4]
	require.NotEmpty(t, entry["id"])
	require.NotEmpty(t, entry["credential"])
	delete(entry, "id")
	delete(entry, "credential")
	require.Equal(t, map[string]any{
		"at": "2026-06-30T12:00:00Z", "action": "api_key.created", "subject": keyID, "actor": "partner", "address": "192.0.2.1", "user_agent": "",
		"details": map[string]any{"name": "bot", "scopes": []any{"read"}, "expires_at": "2026-07-30T12:00:00Z"},
	}, entry)
	require.Equal(t, map[string]any{"fields": []any{"language", "phone"}}, rows(t, all, 6)[2]["details"])
	require.NotContains(t, fmt.Sprint(all), key[17:], "no secret")

	b.ask(t, b.token, http.MethodDelete, keysPath+keyID, "", 204)
	b.ask(t, b.login(t, neighbourEmail), http.MethodDelete, "/api/v2/auth/token/", "", 204)
	for query, want := range map[string][]string{
		"?action=api_key.created":                      {"api_key.created partner"},
		"?action=api_key.created,api_key.deleted":      {"api_key.deleted partner", "api_key.created partner"},
		"?action=api_key.deleted&limit=0":              {},
		"?subject=" + keyID:                            {"api_key.deleted partner", "api_key.created partner"},
		"?actor=nobody":                                {"login.failed nobody"},
		"?date_to=2026-06-30":                          {"api_key.created partner", "login.succeeded partner"},
		"?date=2026-06-30&ordering=id":                 {"login.succeeded partner", "api_key.created partner"},
		"?date_from=2026-07-01&action=login.succeeded": {"login.succeeded partner"},
		"?date_from=2026-07-02":                        {},
	} {
		count := len(want)
		if strings.Contains(query, "limit=0") {
			count = 1
		}
		require.Equal(t, want, actions(t, b.ask(t, b.token, http.MethodGet, auditPath+query, "", 200), count), query)
	}
	require.Equal(t, []string{"api_key.deleted partner", "login.failed nobody"},
		actions(t, b.ask(t, b.token, http.MethodGet, auditPath+"?limit=2", "", 200), 7))

	neighbour := b.login(t, neighbourEmail)
	require.Equal(t, []string{"login.succeeded partner", "session.ended partner", "login.succeeded partner", "login.succeeded partner"},
		actions(t, b.ask(t, neighbour, http.MethodGet, auditPath, "", 200), 4), "each its own")
	values := b.ask(t, neighbour, http.MethodGet, auditPath+"filters/", "", 200)
	require.Equal(t, []any{"login.succeeded", "session.ended"}, values["action"])
	require.Equal(t, []any{"2026-07-01", "2026-06-30"}, values["date"])

	csv := b.call(t, http.MethodGet, auditPath+"?format=csv&action=profile.updated", "", "Authorization", "JWT "+b.token)
	require.Equal(t, 200, csv.Code)
	lines := strings.Split(csv.Body.String(), "\r\n")
	require.Equal(t, "id,at,action,subject,actor,credential,address,user_agent,details", lines[0])
	require.Contains(t, lines[1], `,profile.updated,,partner,`)
	require.True(t, strings.HasSuffix(lines[1], `,"{""fields"":[""language"",""phone""]}"`), lines[1])
}
