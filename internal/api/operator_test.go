package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestBrokerPartners(t *testing.T) {
	t.Parallel()
	const path = "/broker/v1/partners/"
	w := setupWorld(t)
	one := path + programmetest.PartnerB + "/"
	row := w.only(t, "broker", path+"?email=B@example.com")
	require.Equal(t, map[string]any{
		"partner_uid": programmetest.PartnerB, "email": "b@example.com", "country": "TH", "programme": "ib", "status": "active", "verified": false,
		"currency": "EUR", "partner_account": row["partner_account"], "parent_uid": programmetest.PartnerA, "registered": "2026-01-02T00:00:00Z",
	}, row)
	require.Equal(t, row, w.made(t, "broker", http.MethodGet, one, "", http.StatusOK))
	require.Equal(t, map[string]any{"count": 3.0}, w.made(t, "broker", http.MethodGet, path+"?limit=1", "", http.StatusOK)["totals"])
	w.made(t, "broker", http.MethodGet, path+"?status=gone", "", http.StatusBadRequest)

	require.Equal(t, true, w.made(t, "broker", http.MethodPost, one+"verify/", "", http.StatusOK)["verified"])
	w.made(t, "broker", http.MethodPost, one+"verify/", "", http.StatusOK)
	require.Equal(t, programmetest.PartnerB, w.only(t, "broker", path+"?verified=true")["partner_uid"])
	require.Equal(t, "suspended", w.made(t, "broker", http.MethodPost, one+"suspend/", `{"reason":"papers"}`, http.StatusOK)["status"])
	require.Equal(t, programmetest.PartnerB, w.only(t, "broker", path+"?status=suspended&country=TH,CY")["partner_uid"])
	require.Equal(t, "active", w.made(t, "broker", http.MethodPost, one+"resume/", "", http.StatusOK)["status"])
	require.EqualValues(t, 4, w.logged(t), "verified once, suspended, resumed, and why for the broker alone")
	var partners, programmes int
	why := `SELECT count(*) FROM audit_log WHERE details LIKE '%papers%' AND partner_id `
	require.NoError(t, w.DB.QueryRow(t.Context(), why+`<> $1`, id.Nil).Scan(&partners))
	require.NoError(t, w.DB.QueryRow(t.Context(), why+`= $1`, id.Nil).Scan(&programmes))
	require.Equal(t, []int{0, 1}, []int{partners, programmes}, "no partner's log holds the broker's reason")

	for _, unknown := range []string{"00000000-0000-0000-0000-000000000000", programmetest.Client1, "x"} {
		w.made(t, "broker", http.MethodGet, path+unknown+"/", "", http.StatusNotFound)
		w.made(t, "broker", http.MethodPost, path+unknown+"/suspend/", `{}`, http.StatusNotFound)
	}
	w.made(t, "a", http.MethodPost, one+"verify/", "", http.StatusForbidden)
	w.made(t, "broker:read", http.MethodPost, one+"verify/", "", http.StatusForbidden)
}

func TestBrokerPlans(t *testing.T) {
	t.Parallel()
	const path = "/broker/v1/plans/"
	w := setupWorld(t)
	require.Equal(t, "00000000-0000-0000-0000-000000000000", w.only(t, "broker", path)["plan_uid"], "the one that ships")
	plan := reward.Default()
	plan.From, plan.Levels[0].Name = reward.Default().From, "Beginner"
	plan.SymbolSuffixes = append(plan.SymbolSuffixes, "xyz")
	require.EqualValues(t, 1, w.Feed(t, w.Order("1001", 1, "EURUSDxyz", "2026-03-01T10:00:00Z", ``)).Unattributed)
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	applied := w.made(t, "broker", http.MethodPost, path, string(text), http.StatusOK)
	require.Equal(t, true, applied["applied"])
	require.Equal(t, false, w.made(t, "broker", http.MethodPost, path, string(text), http.StatusOK)["applied"])
	require.EqualValues(t, 1, w.count(t, "rewards"), "the order that waited for such a plan")
	require.EqualValues(t, 1, w.logged(t))
	data := w.made(t, "broker", http.MethodGet, path, "", http.StatusOK)["data"].([]any)
	require.Len(t, data, 2)
	require.Equal(t, applied["plan_uid"], data[0].(map[string]any)["plan_uid"])
	for _, wrong := range []string{`{}`, `{"levels":[]}`, `{"leevels":[]}`, `x`, `[]`} {
		w.made(t, "broker", http.MethodPost, path, wrong, http.StatusBadRequest)
	}
	w.made(t, "a", http.MethodPost, path, string(text), http.StatusForbidden)

	plan.Levels[0].Name = "Novice"
	text, err = json.Marshal(plan)
	require.NoError(t, err)
	keyed := func(body string) *httptest.ResponseRecorder {
		return w.send(t, "broker", http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", "k")
	}
	require.Equal(t, http.StatusBadRequest, keyed(`{"levels":[]}`).Code)
	first, again := keyed(string(text)), keyed(string(text))
	require.Contains(t, first.Body.String(), `"applied":true`)
	require.Equal(t, first.Body.String(), again.Body.String(), "not that it is in force already")
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Equal(t, http.StatusBadRequest, keyed(string(text)+" ").Code)
}
