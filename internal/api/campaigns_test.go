package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
)

func setupCampaigns(t *testing.T, changes ...func(*programme.Config)) *world {
	t.Helper()
	return setupWorld(t, changes...)
}

// made is what a call answered, decoded.
func (w *world) made(t *testing.T, token, method, target, body string, status int) map[string]any {
	t.Helper()
	got := w.call(t, token, method, target, body)
	require.Equal(t, status, got.Code, "%s %s: %s", method, target, got.Body)
	out := map[string]any{}
	if got.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &out))
	}
	return out
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	w := setupCampaigns(t)
	c := w.made(t, "a", http.MethodPost, "/api/campaigns/", `{"title":"  Spring "}`, http.StatusCreated)
	code := c["campaign_code"].(string)
	require.Regexp(t, `^[a-z2-9]{8}$`, code)
	base := "https://go.example.com/a/alpha?campaign=" + code
	require.Equal(t, map[string]any{
		"campaign_code": code, "title": "Spring", "description": "", "link_count": 0.0, "archived": false, "is_blocked": false, "base_link": base,
		"created": "2026-06-30T12:00:00Z", "links": []any{}, "reward_schema": "revenue_share",
	}, c)

	target := "/api/campaigns/" + code + "/"
	link := w.made(t, "a", http.MethodPost, target+"links/", `{"domain":"Go.Example.com","os":"ios","tags":["News","x1"]}`, http.StatusCreated)
	require.True(t, strings.HasPrefix(link["link"].(string), base+"&l="))
	require.Equal(t, []any{"News", "x1"}, link["tags"])
	require.Equal(t, "web", link["platform"])
	c = w.made(t, "a", http.MethodGet, target, "", http.StatusOK)
	require.Equal(t, []any{link}, c["links"])
	require.InDelta(t, 1, c["link_count"], 0)

	w.play(t, []scene{
		{name: "another partner's", token: "b", target: target, status: 404, answer: notFound},
		{name: "another partner changes it", token: "b", method: http.MethodPatch, target: target, body: `{"title":"x"}`, status: 404, answer: notFound},
		{name: "another partner's link", token: "b", method: http.MethodPost, target: target + "links/", body: `{"domain":"go.example.com"}`, status: 404, answer: notFound},
		{name: "no title", token: "a", method: http.MethodPost, target: "/api/campaigns/", body: `{}`, status: 400, answer: wrong("title", "required", "This field is required.")},
		{name: "a title of blanks", token: "a", method: http.MethodPatch, target: target, body: `{"title":"  "}`, status: 400, answer: wrong("title", "blank", "This field may not be blank.")},
		{
			name: "another domain", token: "a", method: http.MethodPost, target: target + "links/", body: `{"domain":"evil.example"}`, status: 400,
			answer: wrong("domain", "does_not_exist", "Not one of the programme's domains: see /api/campaigns/domains/."),
		},
		{
			name: "another page", token: "a", method: http.MethodPost, target: target + "links/", body: `{"domain":"go.example.com","page":"https://evil.example"}`, status: 400,
			answer: wrong("page", "does_not_exist", "Not one of the programme's pages: see /api/campaigns/pages/."),
		},
		{
			name: "a tag with a space", token: "a", method: http.MethodPost, target: target + "links/", body: `{"domain":"go.example.com","tags":["a","b c"]}`, status: 400,
			answer: wrong("tags.1", "invalid", "A tag has 1 to 16 Latin letters and digits."),
		},
	})

	w.made(t, "a", http.MethodPatch, target, `{"archived":true}`, http.StatusOK)
	for _, refused := range []string{`{"title":"x"}`, `{"archived":true}`, `{"archived":false,"title":"x"}`, `{}`} {
		w.made(t, "a", http.MethodPatch, target, refused, http.StatusForbidden)
	}
	w.made(t, "a", http.MethodPost, target+"links/", `{"domain":"go.example.com"}`, http.StatusForbidden)
	w.made(t, "a", http.MethodPut, target+"costs/", `{"costs":[{"day":"2026-06-01","amount_usd":1}]}`, http.StatusForbidden)
	require.Len(t, w.made(t, "a", http.MethodGet, "/api/campaigns/?archived=true", "", http.StatusOK)["data"], 1)
	require.Empty(t, w.made(t, "a", http.MethodGet, "/api/campaigns/?archived=false", "", http.StatusOK)["data"])
	w.made(t, "a", http.MethodPatch, target, `{"archived":false}`, http.StatusOK)
	w.made(t, "a", http.MethodPatch, target, `{"title":"Summer","description":"later"}`, http.StatusOK)
	require.Len(t, w.made(t, "a", http.MethodGet, "/api/campaigns/?q=SUM", "", http.StatusOK)["data"], 1)
	w.made(t, "a", http.MethodPost, "/api/campaigns/", `{"title":"Frühling ÄÖ"}`, http.StatusCreated)
	require.Len(t, w.made(t, "a", http.MethodGet, "/api/campaigns/?q=FR%C3%9CHLING%20%C3%A4", "", http.StatusOK)["data"], 1)
	require.Empty(t, w.made(t, "a", http.MethodGet, "/api/campaigns/?q=%25", "", http.StatusOK)["data"])
	require.Empty(t, w.made(t, "b", http.MethodGet, "/api/campaigns/", "", http.StatusOK)["data"])
}

func TestAffiliatesLinks(t *testing.T) {
	t.Parallel()
	w := setupCampaigns(t)
	c := w.made(t, "c", http.MethodPost, "/api/campaigns/", `{"title":"x"}`, http.StatusCreated)
	require.Contains(t, c["base_link"], "https://go.example.com/a/c_gamma?campaign=")
}

func TestCampaignCosts(t *testing.T) {
	t.Parallel()
	w := setupCampaigns(t)
	target := "/api/campaigns/" + w.made(t, "a", http.MethodPost, "/api/campaigns/", `{"title":"x"}`, http.StatusCreated)["campaign_code"].(string) + "/costs/"
	got := w.made(t, "a", http.MethodPut, target, `{"costs":[{"day":"2026-06-01","amount_usd":12.50},{"day":"2026-06-02","amount_usd":7,"comment":"ads"}]}`, http.StatusOK)
	require.Equal(t, map[string]any{"count": 2.0, "amount_usd": 19.5}, got["totals"])
	got = w.made(t, "a", http.MethodPut, target, `{"costs":[{"day":"2026-06-01","amount_usd":0}]}`, http.StatusOK)
	require.Equal(t, []any{map[string]any{"day": "2026-06-02", "amount_usd": 7.0, "comment": "ads"}}, got["data"])
	require.Empty(t, w.made(t, "a", http.MethodGet, target+"?date_to=2026-06-01", "", http.StatusOK)["data"])
	for _, body := range []string{
		`{"costs":[{"day":"9999-12-31","amount_usd":1}]}`, `{"costs":[{"day":"2026-06-01","amount_usd":-1}]}`, `{"costs":[{"day":"1.6.2026","amount_usd":1}]}`, `{"costs":[{"day":"2026-06-01"}]}`, `{}`,
		`{"costs":[{"day":"2026-06-01","amount_usd":1},{"day":"2026-06-01","amount_usd":2}]}`, `{"costs":[{"day":"2026-06-01","amount_usd":1e12}]}`,
	} {
		w.made(t, "a", http.MethodPut, target, body, http.StatusBadRequest)
	}
	w.made(t, "b", http.MethodGet, target, "", http.StatusNotFound)
}

func TestLinkDomains(t *testing.T) {
	t.Parallel()
	w := setupCampaigns(t)
	c := w.made(t, "a", http.MethodPost, "/api/campaigns/", `{"title":"x"}`, http.StatusCreated)
	target := "/api/campaigns/" + c["campaign_code"].(string) + "/"
	first := w.made(t, "broker", http.MethodPut, "/broker/v1/link-domains/One.example.com/", `{"is_default":false}`, http.StatusOK)
	require.Equal(t, true, first["is_default"], "the first one is the default")
	w.made(t, "broker", http.MethodPut, "/broker/v1/link-domains/two.example.com:8443/", `{"scheme":"http","region":"asia"}`, http.StatusOK)
	require.Contains(t, w.made(t, "a", http.MethodGet, target, "", http.StatusOK)["base_link"], "https://one.example.com/a/alpha")
	link := w.made(t, "a", http.MethodPost, target+"links/", `{"domain":"two.example.com:8443"}`, http.StatusCreated)
	require.Contains(t, link["link"], "http://two.example.com:8443/a/alpha")
	w.made(t, "a", http.MethodPost, target+"links/", `{"domain":"go.example.com"}`, http.StatusBadRequest)
	w.made(t, "broker", http.MethodDelete, "/broker/v1/link-domains/one.example.com/", "", http.StatusBadRequest)
	w.made(t, "broker", http.MethodPut, "/broker/v1/link-domains/two.example.com:8443/", `{"is_default":true}`, http.StatusOK)
	w.made(t, "broker", http.MethodDelete, "/broker/v1/link-domains/one.example.com/", "", http.StatusNoContent)
	w.made(t, "broker", http.MethodDelete, "/broker/v1/link-domains/one.example.com/", "", http.StatusNotFound)
	w.made(t, "broker", http.MethodPut, "/broker/v1/link-domains/evil_host/", `{}`, http.StatusBadRequest)
	w.made(t, "a", http.MethodPut, "/broker/v1/link-domains/three.example.com/", `{}`, http.StatusForbidden)

	w.made(t, "broker", http.MethodPut, "/broker/v1/landing-pages/", `{"page":"signup","url":"https://broker.example.com/?a=b"}`, http.StatusOK)
	w.made(t, "a", http.MethodPost, target+"links/", `{"domain":"two.example.com:8443","page":"signup"}`, http.StatusCreated)
	for _, bad := range []string{`javascript:alert(1)`, `//evil.example`, `ftp://x.example`, `https://user@x.example`, `https://`} {
		w.made(t, "broker", http.MethodPut, "/broker/v1/landing-pages/", `{"page":"p","url":"`+bad+`"}`, http.StatusBadRequest)
	}
	require.Len(t, w.made(t, "a", http.MethodGet, "/api/campaigns/pages/", "", http.StatusOK)["data"], 1)
	w.made(t, "broker", http.MethodDelete, "/broker/v1/landing-pages/?page=signup", "", http.StatusNoContent)
	w.made(t, "broker", http.MethodDelete, "/broker/v1/landing-pages/?page=signup", "", http.StatusNotFound)
}
