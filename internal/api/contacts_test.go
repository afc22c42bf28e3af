package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

const (
	contacts  = "/api/v1/clients/contact-sharing/"
	clientsV2 = "/api/v2/reports/clients/"
)

func (w *world) only(t *testing.T, token, target string) map[string]any {
	t.Helper()
	data := w.made(t, token, http.MethodGet, target, "", http.StatusOK)["data"].([]any)
	require.Len(t, data, 1)
	return data[0].(map[string]any)
}

func TestContactSharing(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	ask := `{"client_uid":["` + programmetest.Client1 + `"],"message":"hello"}`
	available := func() any {
		return w.made(t, "a", http.MethodGet, clientsV2, "", http.StatusOK)["totals"].(map[string]any)["available_for_request"]
	}
	require.InDelta(t, 1, available(), 0)
	w.made(t, "b", http.MethodPost, contacts, ask, http.StatusBadRequest)
	w.made(t, "a", http.MethodPost, contacts, `{"client_uid":["`+programmetest.Client1+`","`+programmetest.Client2+`"]}`, http.StatusBadRequest)
	require.Equal(t, "EMPTY", w.only(t, "a", clientsV2)["client_contact_sharing_status"], "all or none")
	w.made(t, "a", http.MethodPost, contacts, ask, http.StatusCreated)
	row := w.only(t, "a", clientsV2)
	require.Equal(t, "PENDING", row["client_contact_sharing_status"])
	require.Equal(t, "2026-06-30T12:00:00Z", row["last_partner_contact_sharing_dt"])
	require.NotContains(t, row, "client_email")
	require.InDelta(t, 0, available(), 0)
	require.InDelta(t, 0, w.made(t, "a", http.MethodGet, clientsV2+"?client_country=DE", "", http.StatusOK)["totals"].(map[string]any)["available_for_request"], 0)
	w.play(t, []scene{{
		name: "asked already", token: "a", method: http.MethodPost, target: contacts, body: ask, status: 400,
		answer: wrong("client_uid.0", "already_pending", "The client has been asked and has not answered yet."),
	}})
	w.Clock.Advance(partner.ContactLife)
	require.Equal(t, "EXPIRED", w.only(t, "a", contacts)["status"])
	require.Equal(t, "EMPTY", w.only(t, "a", clientsV2)["client_contact_sharing_status"])
	require.InDelta(t, 1, available(), 0)
	w.made(t, "a", http.MethodPost, contacts, ask, http.StatusCreated)
	require.Equal(t, "one@example.com", w.only(t, "broker", "/broker/v1/contact-requests/?pending=true")["client_email"])

	at := w.Clock.Now().Add(time.Hour).Format(time.RFC3339)
	w.MustFeed(t, w.Fact(feed.ContactShared, at, `"client_uid":"`+programmetest.Client1+`","granted":true`))
	row = w.only(t, "a", clientsV2)
	require.Equal(t, "GRANTED", row["client_contact_sharing_status"])
	require.Equal(t, "one@example.com", row["client_email"])
	require.Equal(t, at, row["last_client_contact_sharing_dt"])
	require.Equal(t, "GRANTED", w.only(t, "a", contacts+"?limit=1")["status"])
	require.InDelta(t, 0, available(), 0)
	w.made(t, "a", http.MethodPost, contacts, ask, http.StatusBadRequest)
	require.Empty(t, w.made(t, "b", http.MethodGet, contacts, "", http.StatusOK)["data"])
}

// An answer is for whoever had asked: another partner, to whom the client has
// gone since, learns nothing by it. Each request keeps its own answer.
func TestContactAnswersAreForWhoAsked(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	ask := `{"client_uid":["` + programmetest.Client1 + `"]}`
	now := func() string { return w.Clock.Now().Format(time.RFC3339) }
	answer := func(granted string) {
		w.MustFeed(t, w.Fact(feed.ContactShared, now(), `"client_uid":"`+programmetest.Client1+`","granted":`+granted))
	}
	w.Clock.Advance(700 * time.Millisecond)
	w.made(t, "a", http.MethodPost, contacts, ask, http.StatusCreated)
	answer("false") // in the same second, told in whole seconds
	require.Equal(t, "DECLINED", w.only(t, "a", clientsV2)["client_contact_sharing_status"])
	w.Clock.Advance(time.Hour)
	w.made(t, "a", http.MethodPost, contacts, ask, http.StatusCreated)
	w.Clock.Advance(time.Hour)
	w.MustFeed(t, w.Fact(feed.ClientPartnerChanged, now(), `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	w.Clock.Advance(time.Hour)
	answer("true")

	var statuses []any
	for _, row := range w.made(t, "a", http.MethodGet, contacts, "", http.StatusOK)["data"].([]any) {
		statuses = append(statuses, row.(map[string]any)["status"])
	}
	require.Equal(t, []any{"GRANTED", "DECLINED"}, statuses)
	require.Equal(t, "GRANTED", w.only(t, "a", clientsV2)["client_contact_sharing_status"])
	for _, row := range w.made(t, "b", http.MethodGet, clientsV2, "", http.StatusOK)["data"].([]any) {
		require.NotContains(t, row, "client_email")
		require.Equal(t, "EMPTY", row.(map[string]any)["client_contact_sharing_status"])
	}
	programmetest.RequireSound(t, w.DB)
}

func TestClientComment(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	target := "/api/v1/clients/" + programmetest.Client1[:8] + "/"
	w.made(t, "a", http.MethodPatch, target, `{"comment":"calls at noon"}`, http.StatusOK)
	require.Equal(t, "calls at noon", w.only(t, "a", clientsV2)["comment"])
	w.made(t, "a", http.MethodPatch, "/api/v1/clients/"+programmetest.Client1+"/", `{"comment":null}`, http.StatusOK)
	require.Nil(t, w.only(t, "a", clientsV2)["comment"])
	w.made(t, "a", http.MethodPatch, target, `{}`, http.StatusBadRequest)
	w.made(t, "b", http.MethodPatch, target, `{"comment":"x"}`, http.StatusNotFound)
	w.made(t, "a", http.MethodPatch, "/api/v1/clients/nobody/", `{"comment":"x"}`, http.StatusNotFound)
}
