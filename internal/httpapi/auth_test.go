package httpapi_test

import (
	"context"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

//nolint:dupword // the tests send a header in which the word is repeated
func TestAuthorization_Header(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/"})
	const wrong, missing = "AuthenticationFailed", "NotAuthenticated"

	for header, code := range map[string]string{
		"JWT partner":                "",
		"jwt partner":                "",
		"Bearer partner":             "",
		"bEaReR   partner":           "",
		"JWT JWT partner":            "",
		"Bearer JWT partner":         "",
		"Bearer jwt partner":         "",
		" JWT partner ":              "",
		"":                           missing,
		"   ":                        missing,
		"JWT":                        wrong,
		"JWT ":                       wrong,
		"JWT JWT":                    wrong,
		"partner":                    wrong,
		"Basic cGFydG5lcjpzZWNyZXQ=": wrong,
		"Token partner":              wrong,
		"JWT partner more":           wrong,
		"JWT JWT JWT partner":        wrong,
		"JWT nobody":                 wrong,
		"JWT old":                    "TokenExpired",
	} {
		w := b.call(t, "GET", "/api/ping/", "", "Authorization", header)
		if code == "" {
			require.Equal(t, 200, w.Code, header)
			continue
		}
		problem(t, w, 401, code)
		require.Equal(t, `JWT realm="api"`, w.Header().Get("WWW-Authenticate"))
	}
	problem(t, b.call(t, "GET", "/api/ping/", "", "Authorization", "JWT partner", "Authorization", "JWT broker"), 401, wrong)
	problem(t, b.call(t, "GET", "/api/ping/", "", "Authorization", "JWT broken"), 500, "APIException")
}

func TestAuthorization_WhoMayCallWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/open/", ID: "open", Access: httpapi.Public})
	ping(b.router, httpapi.Op{Path: "/api/optional/", ID: "optional", Access: optional})
	ping(b.router, httpapi.Op{Path: "/api/mine/", ID: "mine"})
	ping(b.router, httpapi.Op{Path: "/api/scoped/", ID: "scoped", Scope: "rebates:write"})
	ping(b.router, httpapi.Op{Path: "/api/read/", ID: "read", Scope: "reports:read"})
	ping(b.router, httpapi.Op{Path: "/broker/v1/partners/", ID: "broker", Access: brokers})

	for _, c := range []struct {
		path                                    string
		nobody, forged, partner, narrow, broker int
	}{
		{"/api/open/", 200, 200, 200, 200, 200},
		{"/api/optional/", 200, 401, 200, 200, 403},
		{"/api/mine/", 401, 401, 200, 200, 403},
		{"/api/scoped/", 401, 401, 200, 403, 403},
		{"/api/read/", 401, 401, 200, 200, 403},
		{"/broker/v1/partners/", 401, 401, 403, 403, 200},
		{"//broker//v1/partners", 401, 401, 403, 403, 200},
	} {
		for token, status := range map[string]int{"": c.nobody, "JWT x": c.forged, "JWT partner": c.partner, "JWT narrow": c.narrow, "JWT broker": c.broker} {
			w := b.call(t, "GET", c.path, "", "Authorization", token)
			require.Equal(t, status, w.Code, "%s %s", c.path, token)
			if status == 403 {
				require.JSONEq(t, `{"code":"PermissionDenied","message":"You do not have permission to perform this action"}`, w.Body.String())
			}
		}
	}
}

// TestAuthorization_Staff calls operations as staff members with different roles.
func TestAuthorization_Staff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/broker/v1/none/", ID: "none", Access: brokers, Scope: "read"})
	ping(b.router, httpapi.Op{Path: "/broker/v1/money/", ID: "money", Access: brokers, Scope: "write", Staff: []caller.StaffRole{caller.Admin, caller.Finance}})
	ping(b.router, httpapi.Op{Path: "/broker/v1/people/", ID: "people", Access: brokerPersons, Staff: []caller.StaffRole{caller.Admin}})
	ping(b.router, httpapi.Op{Path: "/api/mine/", ID: "mine"})
	for _, c := range []struct {
		path                                     string
		admin, finance, support, broker, unnamed int
	}{
		{"/broker/v1/none/", 403, 403, 403, 200, 200}, // an operation that names no roles
		{"/broker/v1/money/", 200, 200, 403, 200, 200},
		{"/broker/v1/people/", 200, 403, 403, 403, 403},
		{"/api/mine/", 403, 403, 403, 403, 403},
	} {
		for token, status := range map[string]int{"admin": c.admin, "finance": c.finance, "support": c.support, "broker": c.broker, "unnamed": c.unnamed} {
			require.Equal(t, status, b.call(t, "GET", c.path, "", "Authorization", "JWT "+token).Code, "%s %s", c.path, token)
		}
	}
	text, err := b.router.Document()
	require.NoError(t, err)
	require.Contains(t, string(text), "A staff member needs the role `admin` or `finance`.")
}

func TestAuthorization_Keys(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) {
		c.Areas = map[string]string{"/api/rebates/": "rebates", "/api/rebates/promo/": "promo"}
	})
	for _, op := range []httpapi.Op{
		{Path: "/api/rebates/", ID: "look", Scope: "read"},
		{Path: "/api/rebates/change/", ID: "change", Scope: "write"},
		{Path: "/api/rebates/promo/", ID: "promo", Scope: "write"},
		{Path: "/api/other/", ID: "other", Scope: "read"},
		{Path: "/api/shared/", ID: "shared", Scope: "write", Areas: []string{"wallet", "rebates"}},
		{Path: "/api/any/", ID: "any"},
		{Path: "/api/rebates/person/", ID: "person", Access: persons},
		{Path: "/broker/v1/x/", ID: "x", Access: brokers, Scope: "read"},
	} {
		ping(b.router, op)
	}
	for _, c := range []struct {
		path                                     string
		partner, key, reader, rebates, tooNarrow int
	}{
		{"/api/rebates/", 200, 200, 200, 200, 403},
		{"/api/rebates/change/", 200, 200, 403, 200, 403},
		{"/api/rebates/promo/", 200, 200, 403, 200, 403},
		{"/api/other/", 200, 200, 200, 403, 403},
		{"/api/shared/", 200, 200, 403, 200, 403},
		{"/api/any/", 200, 200, 200, 200, 200},
		{"/api/rebates/person/", 200, 403, 403, 403, 200}, // the last column is a caller with a login token instead of a key
		{"/broker/v1/x/", 403, 403, 403, 403, 403},
	} {
		for token, status := range map[string]int{"partner": c.partner, "key": c.key, "reader": c.reader, "rebates": c.rebates, "narrow": c.tooNarrow} {
			require.Equal(t, status, b.call(t, "GET", c.path, "", "Authorization", "JWT "+token).Code, "%s %s", c.path, token)
		}
	}
	text, err := b.router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	for path, want := range map[string]map[string]any{
		"/api/rebates/":        {"x-access": "partner", "x-scopes": []any{"read", "rebates"}},
		"/api/rebates/promo/":  {"x-access": "partner", "x-scopes": []any{"write", "promo"}},
		"/api/other/":          {"x-access": "partner", "x-scopes": []any{"read"}},
		"/api/shared/":         {"x-access": "partner", "x-scopes": []any{"write", "wallet", "rebates"}},
		"/api/any/":            {"x-access": "partner"},
		"/api/rebates/person/": {"x-access": "partner", "x-person": true},
		"/broker/v1/x/":        {"x-access": "broker", "x-scopes": []any{"read"}},
	} {
		require.Equal(t, want, document.Paths.Value(path).Get.Extensions, path)
	}
	require.Panics(t, func() { ping(b.router, httpapi.Op{Path: "/api/never/", ID: "never", Access: persons, Scope: "read"}) })
}

func TestAuthorization_HandlerKnowsTheCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	type who struct {
		Known   bool   `json:"known"`
		Partner string `json:"partner"`
		Address string `json:"address"`
	}
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/who/", ID: "who", Access: optional}, func(ctx context.Context, _ *empty) (*who, error) {
		c, known := caller.From(ctx)
		return &who{Known: known, Partner: c.PartnerID.String(), Address: httpapi.ClientAddr(ctx).String()}, nil
	})
	require.JSONEq(t, `{"known":true,"partner":"`+partnerID.String()+`","address":"192.0.2.1"}`,
		b.call(t, "GET", "/api/who/", "", "Authorization", "JWT partner").Body.String())
	require.JSONEq(t, `{"known":false,"partner":"00000000-0000-0000-0000-000000000000","address":"192.0.2.1"}`,
		b.call(t, "GET", "/api/who/", "").Body.String())
}
