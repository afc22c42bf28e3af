package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
)

const sessionsPath = "/api/v1/sessions/"

func TestSessions(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	b.clock.Advance(time.Hour)
	second := b.login(t, authEmail)
	list := rows(t, b.ask(t, b.token, http.MethodGet, sessionsPath, "", 200), 2)
	secondID, _ := list[0]["id"].(string)
	require.Equal(t, map[string]any{
		"id": secondID, "current": false, "address": "192.0.2.1", "user_agent": "a browser",
		"issued_at": "2026-06-30T13:00:00Z", "expires_at": "2026-06-30T19:00:00Z",
	}, list[0])
	require.Equal(t, true, list[1]["current"])
	require.Equal(t, true, rows(t, b.ask(t, second, http.MethodGet, sessionsPath, "", 200), 2)[0]["current"])
	require.Len(t, rows(t, b.ask(t, b.token, http.MethodGet, sessionsPath+"?limit=1&offset=1", "", 200), 2), 1)

	theirs := rows(t, b.ask(t, b.other, http.MethodGet, sessionsPath, "", 200), 1)[0]
	require.Equal(t, true, theirs["current"])
	for _, unknown := range []string{theirs["id"].(string), id.New().String(), "x", strings.ToUpper(secondID) + "0"} {
		b.ask(t, b.token, http.MethodDelete, sessionsPath+unknown+"/", "", 404)
	}
	b.ask(t, b.other, http.MethodDelete, sessionsPath+secondID+"/", "", 404)
	b.ask(t, second, http.MethodGet, sessionsPath, "", 200)

	b.ask(t, b.token, http.MethodDelete, sessionsPath+secondID, "", 204)
	b.ask(t, second, http.MethodGet, sessionsPath, "", 401)
	b.ask(t, b.token, http.MethodDelete, sessionsPath+secondID, "", 404)
	rows(t, b.ask(t, b.token, http.MethodGet, sessionsPath, "", 200), 1)

	third, fourth := b.login(t, authEmail), b.login(t, authEmail)
	rows(t, b.ask(t, third, http.MethodGet, sessionsPath, "", 200), 3)
	b.ask(t, third, http.MethodDelete, sessionsPath, "", 204)
	for _, ended := range []string{b.token, fourth} {
		b.ask(t, ended, http.MethodGet, sessionsPath, "", 401)
	}
	rows(t, b.ask(t, third, http.MethodGet, sessionsPath, "", 200), 1)
	b.ask(t, b.other, http.MethodGet, sessionsPath, "", 200)

	itself := rows(t, b.ask(t, third, http.MethodGet, sessionsPath, "", 200), 1)[0]["id"].(string)
	b.ask(t, third, http.MethodDelete, sessionsPath+itself, "", 204)
	b.ask(t, third, http.MethodGet, sessionsPath, "", 401)

	fifth := b.login(t, authEmail)
	b.clock.Advance(5 * time.Hour)
	sixth := b.login(t, authEmail)
	b.clock.Advance(time.Hour)
	rows(t, b.ask(t, sixth, http.MethodGet, sessionsPath, "", 200), 1)
	b.ask(t, fifth, http.MethodGet, sessionsPath, "", 401)
}
