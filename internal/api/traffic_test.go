package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/traffic"
)

const (
	trafficSources = "/api/partner/traffic_sources/"
	brokerSources  = "/broker/v1/traffic-sources/"
)

func setupTraffic(t *testing.T, approve bool) *world {
	t.Helper()
	return setupWorld(t, func(c *programme.Config) { c.ApproveTrafficSources, c.Egress = approve, thisMachine })
}

// site serves pages: the tag of a partner, and what is not one.
func site(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := traffic.MetaTag(uid(programmetest.PartnerA))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/good":
			fmt.Fprintf(w, "<html><head>%s</head><body>hello</body></html>", tag)
		case "/comment":
			fmt.Fprintf(w, "<html><head></head><body>a visitor says %s</body></html>", tag)
		case "/far":
			fmt.Fprintf(w, "<html><head><!--%s-->%s", strings.Repeat("x", guard.MaxAnswer), tag)
		case "/text":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, tag)
		case "/moved":
			http.Redirect(w, r, "/good", http.StatusFound)
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, tag)
		case "/cut":
			panic(http.ErrAbortHandler)
		default:
			fmt.Fprint(w, "<html><head></head></html>")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (w *world) source(t *testing.T, token, url string) (target string) {
	t.Helper()
	s := w.made(t, token, http.MethodPost, trafficSources, `{"name":"Blog","type":"website","url":"`+url+`"}`, http.StatusCreated)
	require.Equal(t, "draft", s["status"])
	return trafficSources + s["uid"].(string) + "/"
}

func TestTrafficSources(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	tag := w.made(t, "a", http.MethodGet, trafficSources+"validator/", "", http.StatusOK)
	require.Equal(t, tag, w.made(t, "a", http.MethodGet, trafficSources+"validator", "", http.StatusOK), "stable")
	require.Equal(t, traffic.MetaTag(uid(programmetest.PartnerA)), tag["meta_tag"])
	require.NotEqual(t, tag, w.made(t, "b", http.MethodGet, trafficSources+"validator/", "", http.StatusOK))

	target := w.source(t, "a", page+"/good")
	source := w.made(t, "a", http.MethodGet, target, "", http.StatusOK)
	require.Equal(t, map[string]any{
		"uid": source["uid"], "name": "Blog", "type": "website", "url": page + "/good", "status": "draft", "created": "2026-06-30T12:00:00Z",
	}, source, "exactly these")
	w.made(t, "b", http.MethodPost, target+"verify/", "", http.StatusNotFound)
	require.Equal(t, "verified", w.made(t, "a", http.MethodPost, target+"verify", "", http.StatusOK)["status"])
	require.Equal(t, "verified", w.only(t, "a", trafficSources+"?status=verified")["status"])
	require.Equal(t, "verified", w.made(t, "a", http.MethodPatch, target, `{"name":" Ours ","type":"other"}`, http.StatusOK)["status"])
	changed := w.made(t, "a", http.MethodPatch, target, `{"url":"`+page+`/none"}`, http.StatusOK)
	require.Equal(t, "draft", changed["status"], "another address")
	require.Equal(t, "Ours", changed["name"])
	w.play(t, []scene{{
		name: "without the tag", token: "a", method: http.MethodPost, target: target + "verify/", status: 400,
		answer: wrong("url", "tag_not_found", "The meta tag was not found: put "+strings.ReplaceAll(traffic.MetaTag(uid(programmetest.PartnerA)), `"`, `\"`)+
			" into the head of the page, within its first 64 KiB, and verify again."),
	}})

	for _, call := range []scene{
		{method: http.MethodGet, target: target},
		{method: http.MethodPatch, target: target, body: `{"name":"x"}`},
		{method: http.MethodDelete, target: target},
		{method: http.MethodGet, target: trafficSources + "x/"},
	} {
		w.made(t, "b", call.method, call.target, call.body, http.StatusNotFound)
	}
	w.made(t, "a", http.MethodDelete, target, "", http.StatusNoContent)
	w.made(t, "a", http.MethodGet, target, "", http.StatusNotFound)
	require.EqualValues(t, 5, w.logged(t), "created, checked, changed twice, deleted")
}

func TestTrafficSourceFaults(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	for body, field := range map[string]string{
		`{}`: "name",
		`{"name":" ","type":"website","url":"http://127.0.0.1:8080/"}`:                                "name",
		`{"name":"x","type":"ship","url":"http://127.0.0.1:8080/"}`:                                   "type",
		`{"name":"x","type":"website","url":"ftp://example.com/"}`:                                    "url",
		`{"name":"x","type":"website","url":"http://10.0.0.1/"}`:                                      "url",
		`{"name":"x","type":"website","url":"http://169.254.169.254/latest/meta-data/"}`:              "url",
		`{"name":"x","type":"website","url":"http://user@example.com/"}`:                              "url",
		`{"name":"` + strings.Repeat("x", 101) + `","type":"website","url":"http://127.0.0.1:8080/"}`: "name",
	} {
		got := w.call(t, "a", http.MethodPost, trafficSources, body)
		require.Equal(t, http.StatusBadRequest, got.Code, body)
		require.Contains(t, got.Body.String(), `"field":"`+field+`"`, body)
	}
	for path, code := range map[string]string{
		"/comment": "tag_not_found", "/far": "tag_not_found", "/none": "tag_not_found", "/text": "not_a_page", "/moved": "redirect",
		"/missing": "unreachable", "/cut": "unreachable",
	} {
		target := w.source(t, "a", page+path)
		got := w.call(t, "a", http.MethodPost, target+"verify/", "")
		require.Equal(t, http.StatusBadRequest, got.Code, path)
		require.Contains(t, got.Body.String(), `"code":"`+code+`"`, path)
		require.Equal(t, "draft", w.made(t, "a", http.MethodGet, target, "", http.StatusOK)["status"], path)
	}
	target := w.source(t, "a", "http://unknown.invalid/")
	got := w.call(t, "a", http.MethodPost, target+"verify/", "")
	require.JSONEq(t, wrong("url", "invalid", "Enter a public http or https address."), got.Body.String(), "no word about why")
	for range 2 {
		w.call(t, "a", http.MethodPost, target+"verify/", "")
	}
	require.Equal(t, http.StatusTooManyRequests, w.call(t, "a", http.MethodPost, target+"verify/", "").Code)

	for range traffic.MaxSources - 8 {
		w.source(t, "a", page)
	}
	got = w.call(t, "a", http.MethodPost, trafficSources, `{"name":"x","type":"other","url":"`+page+`"}`)
	require.Contains(t, got.Body.String(), `"limit_reached"`)
	w.source(t, "b", page)
}

func TestTrafficSourceApproval(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, true), site(t)
	target := w.source(t, "a", page+"/good")
	at := brokerSources + strings.TrimPrefix(target, trafficSources)
	require.Equal(t, "pending", w.made(t, "a", http.MethodPost, target+"verify/", "", http.StatusOK)["status"])
	row := w.only(t, "broker", brokerSources+"?status=pending")
	require.Equal(t, programmetest.PartnerA, row["partner_uid"])
	w.made(t, "a", http.MethodPost, at+"approve/", "", http.StatusForbidden)
	w.made(t, "broker", http.MethodPost, at+"reject/", `{}`, http.StatusBadRequest)
	row = w.made(t, "broker", http.MethodPost, at+"reject/", `{"reason":"not yours"}`, http.StatusOK)
	require.Equal(t, "rejected", row["status"])
	require.Equal(t, "not yours", row["reason"])
	require.Equal(t, "rejected", w.only(t, "a", trafficSources)["status"])
	require.Equal(t, "pending", w.made(t, "a", http.MethodPost, target+"verify/", "", http.StatusOK)["status"], "once more")
	require.Equal(t, "verified", w.made(t, "broker", http.MethodPost, at+"approve/", "", http.StatusOK)["status"])
	w.made(t, "broker", http.MethodPost, at+"approve/", "", http.StatusOK)
	require.EqualValues(t, 5, w.logged(t), "created, checked, rejected, checked, approved")
	w.made(t, "broker", http.MethodPost, brokerSources+programmetest.Client1+"/approve/", "", http.StatusNotFound)
}

// What the broker has rejected is not verified by a tag again, whatever its
// partner does with the address.
func TestRejectedTrafficSourceWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	target := w.source(t, "a", page+"/good")
	at := brokerSources + strings.TrimPrefix(target, trafficSources)
	require.Equal(t, "verified", w.made(t, "a", http.MethodPost, target+"verify/", "", http.StatusOK)["status"])
	w.made(t, "broker", http.MethodPost, at+"reject/", `{"reason":"not yours"}`, http.StatusOK)
	w.made(t, "a", http.MethodDelete, target, "", http.StatusForbidden)
	for _, url := range []string{page + "/good?", page + "/good"} {
		require.Equal(t, "draft", w.made(t, "a", http.MethodPatch, target, `{"url":"`+url+`"}`, http.StatusOK)["status"])
		require.Equal(t, "pending", w.made(t, "a", http.MethodPost, target+"verify/", "", http.StatusOK)["status"])
	}
	require.Equal(t, "verified", w.made(t, "broker", http.MethodPost, at+"approve/", "", http.StatusOK)["status"])
	require.Equal(t, http.StatusNoContent, w.call(t, "a", http.MethodDelete, target, "").Code)
}
