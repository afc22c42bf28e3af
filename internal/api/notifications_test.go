package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestNotifications(t *testing.T) {
	t.Parallel()
	const path = "/api/notifications/"
	w := setupWorld(t)
	settings := w.made(t, "a", http.MethodGet, path+"settings/", "", http.StatusOK)
	require.Len(t, settings, len(notify.Kinds))
	require.Equal(t, map[string]any{"in_area": true, "by_mail": false}, settings["first_deposit"])
	require.Equal(t, map[string]any{"in_area": true, "by_mail": true}, settings["payout_failed"])
	changed := w.made(t, "a", http.MethodPatch, path+"settings/", `{"first_deposit":{"by_mail":true},"client_registered":{"in_area":false}}`, http.StatusOK)
	require.Equal(t, map[string]any{"in_area": true, "by_mail": true}, changed["first_deposit"])
	require.Equal(t, map[string]any{"in_area": false, "by_mail": false}, changed["client_registered"])
	require.Equal(t, changed, w.made(t, "a", http.MethodGet, path+"settings/", "", http.StatusOK))
	require.Equal(t, settings, w.made(t, "b", http.MethodGet, path+"settings/", "", http.StatusOK))
	w.made(t, "a", http.MethodPatch, path+"settings/", `{"first_deposit":{"by_mail":"perhaps"}}`, http.StatusBadRequest)
	w.made(t, "a", http.MethodPatch, path+"settings/", `{"first_deposit":7}`, http.StatusBadRequest)

	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	require.NoError(t, w.p.Notifications.Run(t.Context()))
	require.EqualValues(t, 1, w.count(t, "mails"))
	row := w.only(t, "a", path+"?unread=true")
	require.Equal(t, map[string]any{
		"id": row["id"], "event": "first_deposit", "title": "A client made its first deposit",
		"body": "Client 11111111 (DE, of the link alpha) made its first deposit.", "subject": programmetest.Client1,
		"created": "2026-06-30T12:00:00Z", "read": nil,
	}, row)
	w.made(t, "a", http.MethodGet, path+"?event=rain", "", http.StatusBadRequest)

	w.made(t, "a", http.MethodPost, path+"read/", `{}`, http.StatusBadRequest)
	w.made(t, "a", http.MethodPost, path+"read/", `{"ids":["x"]}`, http.StatusBadRequest)
	ids := `{"ids":["` + row["id"].(string) + `"]}`
	require.InDelta(t, 0, w.made(t, "b", http.MethodPost, path+"read/", ids, http.StatusOK)["read"], 0)
	require.Equal(t, map[string]any{"read": 1.0, "unread": 0.0}, w.made(t, "a", http.MethodPost, path+"read/", ids, http.StatusOK))
	require.Equal(t, map[string]any{"count": 0.0, "unread": 0.0}, w.made(t, "a", http.MethodGet, path+"?unread=true", "", http.StatusOK)["totals"])
	require.Equal(t, "2026-06-30T12:00:00Z", w.only(t, "a", path)["read"])
	require.Equal(t, map[string]any{"read": 1.0, "unread": 0.0}, w.made(t, "b", http.MethodPost, path+"read/", `{"all":true}`, http.StatusOK))
}
