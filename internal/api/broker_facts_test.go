package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestBrokerSelfReferrals(t *testing.T) {
	t.Parallel()
	const path = "/broker/v1/self-referrals/"
	w := setupWorld(t)
	w.MustFeed(t, `{"id":"self","type":"client.registered","at":"2026-06-01T10:00:00Z","client_uid":"33333333-0000-4000-8000-000000000003",`+
		`"email":"a+x@example.com","country":"DE","partner_code":"alpha"}`)
	require.Equal(t, map[string]any{
		"partner_uid": programmetest.PartnerA, "client_uid": "33333333-0000-4000-8000-000000000003", "email": "a+x@example.com", "fact_id": "self",
		"at": "2026-06-01T10:00:00Z", "refused": false,
	}, w.only(t, "broker", path+"?refused=false&partner_uid="+programmetest.PartnerA))
	require.Empty(t, w.made(t, "broker", http.MethodGet, path+"?refused=true", "", http.StatusOK)["data"])
	w.made(t, "a", http.MethodGet, path, "", http.StatusForbidden)
}

func TestBrokerFacts(t *testing.T) {
	t.Parallel()
	const waiting, dismissed = "/broker/v1/facts/waiting/", "/broker/v1/facts/dismissed/"
	const dismiss, restore = "/broker/v1/facts/dismiss/", "/broker/v1/facts/restore/"
	w := setupWorld(t)
	w.Feed(t, `{"id":"r/17","type":"order.reversed","at":"2026-06-01T10:00:00Z","server":"Real","ticket":99981,"reason":"typo"}`,
		w.Fact(feed.DepositReceived, "2026-06-02T10:00:00Z", `"client_account":"9001","amount_usd":"0.10"`))

	row := w.only(t, "broker", waiting+"?waits_for=order")
	require.Equal(t, "r/17", row["id"])
	require.Equal(t, map[string]any{"server": "Real", "ticket": 99981.0, "reason": "typo"}, row["fact"])
	require.Equal(t, []any{nil, nil, nil}, []any{row["message"], row["dismissed"], row["reason"]})
	require.Equal(t, "9001", w.only(t, "broker:read", waiting+"?key=9001&type=deposit.received")["key"])
	require.Equal(t, map[string]any{"count": 2.0}, w.made(t, "broker", http.MethodGet, waiting+"?limit=1", "", http.StatusOK)["totals"])
	w.made(t, "broker", http.MethodGet, waiting+"?waits_for=godot", "", http.StatusBadRequest)

	const body = `{"fact_ids":["r/17"],"reason":"a typo"}`
	require.Equal(t, map[string]any{"changed": 1.0, "already": 0.0}, w.made(t, "broker", http.MethodPost, dismiss, body, http.StatusOK))
	require.Equal(t, map[string]any{"changed": 0.0, "already": 1.0}, w.made(t, "broker", http.MethodPost, dismiss, body, http.StatusOK))
	row = w.only(t, "broker", dismissed)
	require.Equal(t, []any{"r/17", "a typo"}, []any{row["id"], row["reason"]})
	require.NotNil(t, row["dismissed"])
	require.NotContains(t, w.call(t, "broker", "GET", "/broker/v1/health/feed", "").Body.String(), "99981")
	w.made(t, "broker", http.MethodPost, restore, `{"fact_ids":["r/17"]}`, http.StatusOK)
	require.Equal(t, map[string]any{"count": 2.0}, w.made(t, "broker", http.MethodGet, waiting, "", http.StatusOK)["totals"])

	for _, wrong := range []string{`{}`, `{"fact_ids":[],"reason":"x"}`, `{"fact_ids":["r/17"]}`, `{"fact_ids":["r/17"],"reason":" "}`, `{"fact_ids":["none"],"reason":"x"}`} {
		w.made(t, "broker", http.MethodPost, dismiss, wrong, http.StatusBadRequest)
	}
	w.made(t, "a", http.MethodPost, dismiss, body, http.StatusForbidden)
	w.made(t, "broker:read", http.MethodPost, dismiss, body, http.StatusForbidden)
	w.made(t, "a", http.MethodGet, waiting, "", http.StatusForbidden)
}
