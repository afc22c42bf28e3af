package public_test

// Most of these tests send raw requests, because they check paths, headers and
// forms.

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

func TestAuth_Login(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	form := url.Values{"login": {apitest.AuthEmail}, "password": {apitest.AuthPassword}}.Encode()
	formByEmail := url.Values{"email": {" Partner@EXAMPLE.com"}, "password": {apitest.AuthPassword}}.Encode()
	const formType = "application/x-www-form-urlencoded"
	required := func(fields ...string) string {
		var details []string
		for _, f := range fields {
			details = append(details, `{"field":"`+f+`","message":"This field is required.","code":"required"}`)
		}
		return `{"code":"ValidationError","message":"Bad request","details":[` + strings.Join(details, ",") + `]}`
	}
	const failed = `{"code":"AuthenticationFailed","message":"Incorrect authentication credentials"}`
	for name, c := range map[string]struct {
		body, contentType, authorization string
		status                           int
		want                             string // expected body; empty means that the body is a token
	}{
		"login":                    {body: apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), status: 200},
		"email":                    {body: `{"email":"partner@example.com","password":"correct horse"}`, status: 200},
		"another spelling":         {body: apitest.AuthBody(" PARTNER@example.com ", apitest.AuthPassword), status: 200},
		"null and unknown fields":  {body: `{"login":"partner@example.com","password":"correct horse","token":null,"remember":1}`, status: 200},
		"null login, email given":  {body: `{"login":null,"email":"partner@example.com","password":"correct horse"}`, status: 200},
		"a form":                   {body: form, contentType: formType, status: 200},
		"a form by email":          {body: formByEmail, contentType: formType + "; charset=utf-8", status: 200},
		"beside an old token":      {body: apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), authorization: "JWT an.old.token", status: 200},
		"wrong password":           {body: apitest.AuthBody(apitest.AuthEmail, "wrong horse"), status: 401, want: failed},
		"unknown e-mail":           {body: apitest.AuthBody("nobody@example.com", apitest.AuthPassword), status: 401, want: failed},
		"not an e-mail":            {body: apitest.AuthBody("nobody", apitest.AuthPassword), status: 401, want: failed},
		"password in another case": {body: apitest.AuthBody(apitest.AuthEmail, "Correct horse"), status: 401, want: failed},
		"password with a space":    {body: apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword+" "), status: 401, want: failed},
		"nothing":                  {status: 400, want: required("login", "password")},
		"an empty object":          {body: `{}`, status: 400, want: required("login", "password")},
		"nulls":                    {body: `{"login":null,"password":null}`, status: 400, want: required("login", "password")},
		"no password":              {body: `{"login":"partner@example.com"}`, status: 400, want: required("password")},
		"no login":                 {body: `{"password":"correct horse"}`, status: 400, want: required("login")},
		"no login in a form":       {body: "password=x", contentType: formType, status: 400, want: required("login")},
		"not JSON":                 {body: `{"login"`, status: 400, want: `{"code":"ParseError","message":"Malformed request"}`},
		"another type":             {body: "<login/>", contentType: "text/xml", status: 415, want: `{"code":"UnsupportedMediaType","message":"Unsupported media type \"text/xml\" in request"}`},
	} {
		for _, path := range []string{"/api/auth/", "/api/auth", "/api/v2/auth/", "/api/v2/auth", "//api//v2/auth"} {
			headers := []string{"X-Test", name}
			if c.contentType != "" {
				headers = append(headers, "Content-Type", c.contentType)
			}
			if c.authorization != "" {
				headers = append(headers, "Authorization", c.authorization)
			}
			w := b.Call(t, http.MethodPost, path, c.body, headers...)
			require.Equal(t, c.status, w.Code, "%s %s: %s", path, name, w.Body)
			if c.want == "" {
				apitest.Token(t, w)
				continue
			}
			require.JSONEq(t, c.want, w.Body.String(), "%s %s", path, name)
			if c.status == http.StatusUnauthorized {
				require.Equal(t, `JWT realm="api"`, w.Header().Get("WWW-Authenticate"))
				b.Clock.Advance(24 * time.Hour) // the clock advances so that the wait after failures ends
			}
		}
	}
}

func TestAuth_TokenWorksInEveryScheme(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	jwt := apitest.Token(t, b.Call(t, http.MethodPost, "/api/auth/", apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword)))
	key, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Scopes: []string{"read"}})
	require.NoError(t, err)
	broker, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	ofToken := fmt.Sprintf(`{"partner_uid":%q,"issued_at":"2026-06-30T12:00:00Z","expires_at":"2026-06-30T18:00:00Z","scopes":["read","write"]}`, b.PartnerID)
	ofKey := fmt.Sprintf(`{"partner_uid":%q,"issued_at":"2026-06-30T12:00:00Z","expires_at":null,"scopes":["read"]}`, b.PartnerID)
	for _, c := range []struct {
		authorization string
		status        int
		want          string // expected body, or the code of the expected error
	}{
		{"JWT " + jwt, 200, ofToken},
		{"Bearer " + jwt, 200, ofToken},
		{"jwt " + jwt, 200, ofToken},
		{"BEARER " + jwt, 200, ofToken},
		{"JWT jwt " + jwt, 200, ofToken},
		{"Bearer JWT " + jwt, 200, ofToken},
		{"JWT " + key, 200, ofKey},
		{"Bearer " + key, 200, ofKey},
		{"", 401, "NotAuthenticated"},
		{jwt, 401, "AuthenticationFailed"},
		{"JWT", 401, "AuthenticationFailed"},
		{"Token " + jwt, 401, "AuthenticationFailed"},
		{"JWT " + jwt + "x", 401, "AuthenticationFailed"},
		{"JWT " + key + "x", 401, "AuthenticationFailed"},
		{"JWT " + broker, 403, "PermissionDenied"},
	} {
		for _, path := range []string{"/api/v2/auth/token/", "/api/v2/auth/token"} {
			w := b.Call(t, http.MethodGet, path, "", "Authorization", c.authorization)
			require.Equal(t, c.status, w.Code, "%s: %s", c.authorization, w.Body)
			if c.status == http.StatusOK {
				require.JSONEq(t, c.want, w.Body.String())
				continue
			}
			require.Contains(t, w.Body.String(), `"code":"`+c.want+`"`)
			require.Equal(t, c.status == http.StatusUnauthorized, w.Header().Get("WWW-Authenticate") != "")
		}
	}
	b.Clock.Advance(6 * time.Hour)
	w := b.Call(t, http.MethodGet, "/api/v2/auth/token/", "", "Authorization", "JWT "+jwt)
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.JSONEq(t, `{"code":"TokenExpired","message":"Token has expired"}`, w.Body.String())
}

func TestAuth_RenewAndRevoke(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	const path = "/api/v2/auth/token/"
	status := func(token string) int {
		return b.Call(t, http.MethodGet, path, "", "Authorization", "JWT "+token).Code
	}
	first := apitest.Token(t, b.Call(t, http.MethodPost, path, apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword)))
	byForm := b.Call(t, http.MethodPost, path, "email=partner%40example.com&password=correct+horse", "Content-Type", "application/x-www-form-urlencoded")
	require.NotEqual(t, first, apitest.Token(t, byForm))

	b.Clock.Advance(5 * time.Hour)
	for _, body := range []string{"", "{}", apitest.AuthBody("nobody@example.com", "wrong horse")} { // the token in the header takes precedence over the body
		renewed := apitest.Token(t, b.Call(t, http.MethodPost, path, body, "Authorization", "Bearer "+first))
		require.NotEqual(t, first, renewed)
		require.Equal(t, http.StatusOK, status(renewed))
	}
	renewed := apitest.Token(t, b.Call(t, http.MethodPost, path, "", "Authorization", "JWT "+first))

	w := b.Call(t, http.MethodDelete, path, "", "Authorization", "JWT "+first)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, http.StatusUnauthorized, status(first))
	require.Equal(t, http.StatusUnauthorized, status(renewed), "and with it all that were renewed from the same log-in")
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		w := b.Call(t, method, path, "", "Authorization", "JWT "+first)
		require.Equal(t, http.StatusUnauthorized, w.Code)
		require.Contains(t, w.Body.String(), `"AuthenticationFailed"`)
	}

	key, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID})
	require.NoError(t, err)
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		w := b.Call(t, method, path, "", "Authorization", "JWT "+key)
		require.Equal(t, http.StatusForbidden, w.Code, "a key is not a session")
	}
	require.Equal(t, http.StatusOK, status(key))

	for body, want := range map[string]int{
		"":                                401,
		"{}":                              401,
		`{"login":"partner@example.com"}`: 400,
		`{"password":"correct horse"}`:    400,
		`{"login":"","password":""}`:      400,
		apitest.AuthBody(apitest.AuthEmail, "wrong"): 401,
	} {
		require.Equal(t, want, b.Call(t, http.MethodPost, path, body).Code, body)
	}
	w = b.Call(t, http.MethodPut, path, "{}")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

func TestAuth_Throttling(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	for _, login := range []string{apitest.AuthEmail, "nobody@example.com"} {
		for i := range 5 {
			path := []string{"/api/auth/", "/api/v2/auth/", "/api/v2/auth/token/"}[i%3] // the three paths share one count of failures
			require.Equal(t, http.StatusUnauthorized, b.Call(t, http.MethodPost, path, apitest.AuthBody(login, "wrong horse")).Code)
		}
		for _, tried := range []string{"wrong horse", apitest.AuthPassword} {
			w := b.Call(t, http.MethodPost, "/api/v2/auth/", apitest.AuthBody(login, tried))
			require.Equal(t, http.StatusTooManyRequests, w.Code)
			require.JSONEq(t, `{"code":"Throttled","message":"Request was throttled"}`, w.Body.String())
			require.Equal(t, "5", w.Header().Get("Retry-After"))
		}
	}
	b.Clock.Advance(5 * time.Second)
	apitest.Token(t, b.Call(t, http.MethodPost, "/api/v2/auth/", apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword)))
}

func TestAuth_SuspendedPartner(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	session, stranger, ctx := b.Session(t, apitest.AuthEmail), b.With(t, ""), t.Context()
	apitest.OK(session.DescribeAuthToken(ctx))(t)
	broker, _, err := b.Service.CreateKey(ctx, identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	apitest.OK(b.Broker(t, broker).SuspendPartner(ctx, b.PartnerID.String(), sdk.SuspendPartnerIn{}))(t)
	const suspended = "non_field_errors permission_denied: This partner is suspended"
	apitest.Refused(session.DescribeAuthToken(ctx))(t, sdk.PermissionDenied, suspended)
	apitest.RequireRefused(t, stranger.Login(ctx, apitest.AuthEmail, apitest.AuthPassword), sdk.PermissionDenied, suspended)
	apitest.RequireRefused(t, stranger.Login(ctx, apitest.AuthEmail, "wrong"), sdk.AuthenticationFailed)
}
