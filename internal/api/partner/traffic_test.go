package partner_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/traffic"
	"github.com/tributary-server/tributary/sdk"
)

func setupTraffic(t *testing.T, approve bool) *apitest.World {
	t.Helper()
	return apitest.SetupWorld(t, func(c *programme.Config) { c.ApproveTrafficSources, c.Egress = approve, apitest.ThisMachine })
}

// site serves a page with the tag of partner A in its head, and several pages that do
// not prove ownership.
func site(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := traffic.MetaTag(programmetest.Alpha)
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

func source(t *testing.T, p *sdk.Partner, url string) *sdk.TrafficSource {
	t.Helper()
	made := apitest.OK(p.CreateTrafficSource(t.Context(), sdk.CreateTrafficSourceIn{Name: "Blog", Type: sdk.TrafficSourceTypeWebsite, URL: url}))(t)
	require.Equal(t, sdk.TrafficSourceStatusDraft, made.Status)
	return made
}

func TestTrafficSources(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	tag := apitest.OK(a.TrafficSourceValidator(ctx))(t)
	require.Equal(t, tag, apitest.OK(a.TrafficSourceValidator(ctx))(t), "stable")
	require.Equal(t, traffic.MetaTag(programmetest.Alpha), tag.MetaTag)
	require.NotEqual(t, tag, apitest.OK(b.TrafficSourceValidator(ctx))(t))

	blog := source(t, a, page+"/good")
	require.Equal(t, &sdk.TrafficSource{
		UID: blog.UID, Name: "Blog", Type: sdk.TrafficSourceTypeWebsite, URL: page + "/good", Status: sdk.TrafficSourceStatusDraft, Created: w.Clock.Now(),
	}, apitest.OK(a.TrafficSource(ctx, blog.UID))(t))
	apitest.Refused(b.VerifyTrafficSource(ctx, blog.UID))(t, sdk.NotFound)
	const verified = sdk.TrafficSourceStatusVerified
	require.Equal(t, verified, apitest.OK(a.VerifyTrafficSource(ctx, blog.UID))(t).Status)
	require.Equal(t, verified, apitest.Only(t, a.TrafficSources(ctx, sdk.TrafficSourcesQuery{Status: []sdk.TrafficSourceStatus{verified}})).Status)
	require.Equal(t, verified, apitest.OK(a.UpdateTrafficSource(ctx, blog.UID, sdk.UpdateTrafficSourceIn{Name: new(" Ours "), Type: sdk.TrafficSourceTypeOther}))(t).Status)
	moved := apitest.OK(a.UpdateTrafficSource(ctx, blog.UID, sdk.UpdateTrafficSourceIn{URL: new(page + "/none")}))(t)
	require.Equal(t, sdk.TrafficSourceStatusDraft, moved.Status, "another address")
	require.Equal(t, "Ours", moved.Name)
	apitest.Refused(a.VerifyTrafficSource(ctx, blog.UID))(t, sdk.ValidationError, "url tag_not_found: The meta tag was not found. Put "+tag.MetaTag+
		" into the head of the page, within its first 64 KiB, and verify again.")

	apitest.Refused(b.TrafficSource(ctx, blog.UID))(t, sdk.NotFound)
	apitest.Refused(b.UpdateTrafficSource(ctx, blog.UID, sdk.UpdateTrafficSourceIn{Name: new("x")}))(t, sdk.NotFound)
	apitest.RequireRefused(t, b.DeleteTrafficSource(ctx, blog.UID), sdk.NotFound)
	apitest.Refused(a.TrafficSource(ctx, "x"))(t, sdk.NotFound)
	require.NoError(t, a.DeleteTrafficSource(ctx, blog.UID))
	apitest.Refused(a.TrafficSource(ctx, blog.UID))(t, sdk.NotFound)
	require.EqualValues(t, 5, w.Logged(t), "created, checked, changed twice, deleted")
}

func TestTrafficSourceFaults(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	const website = sdk.TrafficSourceTypeWebsite
	for _, tt := range []struct {
		name  string
		kind  sdk.TrafficSourceType
		url   string
		fault string
	}{
		{" ", website, "http://127.0.0.1:8080/", "name blank"},
		{strings.Repeat("x", 101), website, "http://127.0.0.1:8080/", "name max_length"},
		{"x", "ship", "http://127.0.0.1:8080/", "type invalid_choice"},
		{"x", website, "ftp://example.com/", "url invalid"},
		{"x", website, "http://10.0.0.1/", "url invalid"},
		{"x", website, "http://169.254.169.254/latest/meta-data/", "url invalid"},
		{"x", website, "http://user@example.com/", "url invalid"},
	} {
		apitest.Refused(a.CreateTrafficSource(ctx, sdk.CreateTrafficSourceIn{Name: tt.name, Type: tt.kind, URL: tt.url}))(t, sdk.ValidationError, tt.fault)
	}
	for path, code := range map[string]string{
		"/comment": "tag_not_found", "/far": "tag_not_found", "/none": "tag_not_found", "/text": "not_a_page", "/moved": "redirect",
		"/missing": "unreachable", "/cut": "unreachable",
	} {
		uid := source(t, a, page+path).UID
		apitest.Refused(a.VerifyTrafficSource(ctx, uid))(t, sdk.ValidationError, "url "+code)
		require.Equal(t, sdk.TrafficSourceStatusDraft, apitest.OK(a.TrafficSource(ctx, uid))(t).Status, path)
	}
	unknown := source(t, a, "http://unknown.invalid/").UID
	for range 3 {
		apitest.Refused(a.VerifyTrafficSource(ctx, unknown))(t, sdk.ValidationError, "url invalid: Enter a public http or https address.")
	}
	apitest.Refused(a.VerifyTrafficSource(ctx, unknown))(t, sdk.Throttled)

	for range traffic.MaxSources - 8 {
		source(t, a, page)
	}
	apitest.Refused(a.CreateTrafficSource(ctx, sdk.CreateTrafficSourceIn{Name: "x", Type: sdk.TrafficSourceTypeOther, URL: page}))(t, sdk.ValidationError, "name limit_reached")
	source(t, w.Partner(t, "b"), page)
}

func TestTrafficSourceApproval(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, true), site(t)
	a, broker, ctx := w.Partner(t, "a"), w.Broker(t), t.Context()
	const pending, rejected, verified = sdk.TrafficSourceStatusPending, sdk.TrafficSourceStatusRejected, sdk.TrafficSourceStatusVerified
	uid := source(t, a, page+"/good").UID
	require.Equal(t, pending, apitest.OK(a.VerifyTrafficSource(ctx, uid))(t).Status)
	waiting := apitest.Only(t, broker.TrafficSources(ctx, sdk.BrokerTrafficSourcesQuery{Status: []sdk.TrafficSourceStatus{pending}}))
	require.Equal(t, programmetest.PartnerA, waiting.PartnerUID)
	apitest.Refused(broker.RejectTrafficSource(ctx, uid, sdk.RejectTrafficSourceIn{}))(t, sdk.ValidationError, "reason blank")
	refusal := apitest.OK(broker.RejectTrafficSource(ctx, uid, sdk.RejectTrafficSourceIn{Reason: "not yours"}))(t)
	require.Equal(t, rejected, refusal.Status)
	require.Equal(t, "not yours", *refusal.Reason)
	require.Equal(t, rejected, apitest.Only(t, a.TrafficSources(ctx, sdk.TrafficSourcesQuery{})).Status)
	require.Equal(t, pending, apitest.OK(a.VerifyTrafficSource(ctx, uid))(t).Status, "again")
	for range 2 {
		require.Equal(t, verified, apitest.OK(broker.ApproveTrafficSource(ctx, uid))(t).Status)
	}
	require.EqualValues(t, 5, w.Logged(t), "created, checked, rejected, checked, approved")
	apitest.Refused(broker.ApproveTrafficSource(ctx, programmetest.Client1))(t, sdk.NotFound)
}

// TestRejectedTrafficSourceWaitsForTheBroker checks that only the broker can approve a
// source that the broker has rejected. The tag must not verify it, even if the partner
// changes the URL.
func TestRejectedTrafficSourceWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	w, page := setupTraffic(t, false), site(t)
	a, broker, ctx := w.Partner(t, "a"), w.Broker(t), t.Context()
	uid := source(t, a, page+"/good").UID
	require.Equal(t, sdk.TrafficSourceStatusVerified, apitest.OK(a.VerifyTrafficSource(ctx, uid))(t).Status)
	apitest.OK(broker.RejectTrafficSource(ctx, uid, sdk.RejectTrafficSourceIn{Reason: "not yours"}))(t)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(a.DeleteTrafficSource(ctx, uid)))
	for _, url := range []string{page + "/good?", page + "/good"} {
		require.Equal(t, sdk.TrafficSourceStatusDraft, apitest.OK(a.UpdateTrafficSource(ctx, uid, sdk.UpdateTrafficSourceIn{URL: &url}))(t).Status)
		require.Equal(t, sdk.TrafficSourceStatusPending, apitest.OK(a.VerifyTrafficSource(ctx, uid))(t).Status)
	}
	require.Equal(t, sdk.TrafficSourceStatusVerified, apitest.OK(broker.ApproveTrafficSource(ctx, uid))(t).Status)
	require.NoError(t, a.DeleteTrafficSource(ctx, uid))
}
