package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme"
)

const (
	authEmail    = "partner@example.com"
	authPassword = "correct horse"
)

var authStart = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// authBundle is the real router on its own store, with one partner.
type authBundle struct {
	router    *httpapi.Router
	service   *identity.Service
	db        db.DB
	clock     *clock.Fixed
	partnerID id.UUID
}

func setupAuth(t *testing.T) *authBundle {
	t.Helper()
	b := newAuthBundle(t)
	b.joins(t, b.partnerID, authEmail)
	return b
}

// newAuthBundle returns a bundle without a partner. The contract's limits on
// calls are on.
func newAuthBundle(t *testing.T) *authBundle {
	t.Helper()
	p, _, at := built(t, func(c *programme.Config) {
		c.PartnerLimit, c.BrokerLimit, c.AddressLimit = httpapi.Limit{}, httpapi.Limit{}, httpapi.Limit{}
	})
	return &authBundle{router: p.Router, service: p.Identity, db: p.DB, clock: at, partnerID: id.New()}
}

// joins makes a partner who can sign in.
func (b *authBundle) joins(t *testing.T, partnerID id.UUID, email string) {
	t.Helper()
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `
			INSERT INTO partners (partner_id, email, country, programme, currency, partner_account, status, verified, registered_at, next_number)
			VALUES ($1, $2, 'TH', 'ib', 'USD', '1163683105934900000', 'active', $3, 0, 1)`, partnerID, email, true)
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO sign_in_emails (email, partner_id) VALUES ($1, $2)`, email, partnerID)
		return err
	}))
	require.NoError(t, b.service.SetPassword(t.Context(), partnerID, authPassword))
}

// call sends one request; pairs are header names and values.
func (b *authBundle) call(t *testing.T, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	conform(t, b.router, w, req)
	return w
}

func authBody(login, password string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)
}

// token reads an answer that must be {"token": "..."} and nothing else.
func token(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var out map[string]string
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Len(t, out, 1)
	require.Len(t, strings.Split(out["token"], "."), 3)
	return out["token"]
}

func TestAuth_Login(t *testing.T) {
	t.Parallel()
	b := setupAuth(t)
	form := url.Values{"login": {authEmail}, "password": {authPassword}}.Encode()
	formByEmail := url.Values{"email": {" Partner@EXAMPLE.com"}, "password": {authPassword}}.Encode()
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
		want                             string // the body; empty: a token
	}{
		"login":                    {body: authBody(authEmail, authPassword), status: 200},
		"email":                    {body: `{"email":"partner@example.com","password":"correct horse"}`, status: 200},
		"another spelling":         {body: authBody(" PARTNER@example.com ", authPassword), status: 200},
		"null and unknown fields":  {body: `{"login":"partner@example.com","password":"correct horse","token":null,"remember":1}`, status: 200},
		"null login, email given":  {body: `{"login":null,"email":"partner@example.com","password":"correct horse"}`, status: 200},
		"a form":                   {body: form, contentType: formType, status: 200},
		"a form by email":          {body: formByEmail, contentType: formType + "; charset=utf-8", status: 200},
		"beside an old token":      {body: authBody(authEmail, authPassword), authorization: "JWT an.old.token", status: 200},
		"wrong password":           {body: authBody(authEmail, "wrong horse"), status: 401, want: failed},
		"unknown e-mail":           {body: authBody("nobody@example.com", authPassword), status: 401, want: failed},
		"not an e-mail":            {body: authBody("nobody", authPassword), status: 401, want: failed},
		"password in another case": {body: authBody(authEmail, "Correct horse"), status: 401, want: failed},
		"password with a space":    {body: authBody(authEmail, authPassword+" "), status: 401, want: failed},
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
			w := b.call(t, http.MethodPost, path, c.body, headers...)
			require.Equal(t, c.status, w.Code, "%s %s: %s", path, name, w.Body)
			if c.want == "" {
				token(t, w)
				continue
			}
			require.JSONEq(t, c.want, w.Body.String(), "%s %s", path, name)
			if c.status == http.StatusUnauthorized {
				require.Equal(t, `JWT realm="api"`, w.Header().Get("WWW-Authenticate"))
				b.clock.Advance(24 * time.Hour) // another test checks the count
			}
		}
	}
}

func TestAuth_TokenWorksInEveryScheme(t *testing.T) {
	t.Parallel()
	b := setupAuth(t)
	jwt := token(t, b.call(t, http.MethodPost, "/api/auth/", authBody(authEmail, authPassword)))
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: []string{"read"}})
	require.NoError(t, err)
	broker, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	ofToken := fmt.Sprintf(`{"partner_uid":%q,"issued_at":"2026-06-30T12:00:00Z","expires_at":"2026-06-30T18:00:00Z","scopes":["read","write"]}`, b.partnerID)
	ofKey := fmt.Sprintf(`{"partner_uid":%q,"issued_at":"2026-06-30T12:00:00Z","expires_at":null,"scopes":["read"]}`, b.partnerID)
	for _, c := range []struct {
		authorization string
		status        int
		want          string // the body, or its code
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
			w := b.call(t, http.MethodGet, path, "", "Authorization", c.authorization)
			require.Equal(t, c.status, w.Code, "%s: %s", c.authorization, w.Body)
			if c.status == http.StatusOK {
				require.JSONEq(t, c.want, w.Body.String())
				continue
			}
			require.Contains(t, w.Body.String(), `"code":"`+c.want+`"`)
			require.Equal(t, c.status == http.StatusUnauthorized, w.Header().Get("WWW-Authenticate") != "")
		}
	}
	b.clock.Advance(6 * time.Hour)
	w := b.call(t, http.MethodGet, "/api/v2/auth/token/", "", "Authorization", "JWT "+jwt)
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.JSONEq(t, `{"code":"TokenExpired","message":"Token has expired"}`, w.Body.String())
}

func TestAuth_RenewAndRevoke(t *testing.T) {
	t.Parallel()
	b := setupAuth(t)
	const path = "/api/v2/auth/token/"
	status := func(token string) int {
		return b.call(t, http.MethodGet, path, "", "Authorization", "JWT "+token).Code
	}
	first := token(t, b.call(t, http.MethodPost, path, authBody(authEmail, authPassword)))
	byForm := b.call(t, http.MethodPost, path, "email=partner%40example.com&password=correct+horse", "Content-Type", "application/x-www-form-urlencoded")
	require.NotEqual(t, first, token(t, byForm))

	b.clock.Advance(5 * time.Hour)
	for _, body := range []string{"", "{}", authBody("nobody@example.com", "wrong horse")} { // a header counts before the body
		renewed := token(t, b.call(t, http.MethodPost, path, body, "Authorization", "Bearer "+first))
		require.NotEqual(t, first, renewed)
		require.Equal(t, http.StatusOK, status(renewed))
	}
	renewed := token(t, b.call(t, http.MethodPost, path, "", "Authorization", "JWT "+first))

	w := b.call(t, http.MethodDelete, path, "", "Authorization", "JWT "+first)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, http.StatusUnauthorized, status(first))
	require.Equal(t, http.StatusUnauthorized, status(renewed), "and with it all that were renewed from the same log-in")
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		w := b.call(t, method, path, "", "Authorization", "JWT "+first)
		require.Equal(t, http.StatusUnauthorized, w.Code)
		require.Contains(t, w.Body.String(), `"AuthenticationFailed"`)
	}

	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID})
	require.NoError(t, err)
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		w := b.call(t, method, path, "", "Authorization", "JWT "+key)
		require.Equal(t, http.StatusForbidden, w.Code, "a key is not a session")
	}
	require.Equal(t, http.StatusOK, status(key))

	for body, want := range map[string]int{
		"":                                401,
		"{}":                              401,
		`{"login":"partner@example.com"}`: 400,
		`{"password":"correct horse"}`:    400,
		`{"login":"","password":""}`:      400,
		authBody(authEmail, "wrong"):      401,
	} {
		require.Equal(t, want, b.call(t, http.MethodPost, path, body).Code, body)
	}
	w = b.call(t, http.MethodPut, path, "{}")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

func TestAuth_Throttling(t *testing.T) {
	t.Parallel()
	b := setupAuth(t)
	for _, login := range []string{authEmail, "nobody@example.com"} {
		for i := range 5 {
			path := []string{"/api/auth/", "/api/v2/auth/", "/api/v2/auth/token/"}[i%3] // all calls share one count
			require.Equal(t, http.StatusUnauthorized, b.call(t, http.MethodPost, path, authBody(login, "wrong horse")).Code)
		}
		for _, tried := range []string{"wrong horse", authPassword} {
			w := b.call(t, http.MethodPost, "/api/v2/auth/", authBody(login, tried))
			require.Equal(t, http.StatusTooManyRequests, w.Code)
			require.JSONEq(t, `{"code":"Throttled","message":"Request was throttled"}`, w.Body.String())
			require.Equal(t, "5", w.Header().Get("Retry-After"))
		}
	}
	b.clock.Advance(5 * time.Second)
	token(t, b.call(t, http.MethodPost, "/api/v2/auth/", authBody(authEmail, authPassword)))
}

func TestAuth_SuspendedPartner(t *testing.T) {
	t.Parallel()
	b := setupAuth(t)
	jwt := token(t, b.call(t, http.MethodPost, "/api/auth/", authBody(authEmail, authPassword)))
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partners SET status = $1`, identity.StatusSuspended)
		return err
	}))
	require.Equal(t, http.StatusForbidden, b.call(t, http.MethodGet, "/api/v2/auth/token/", "", "Authorization", "JWT "+jwt).Code)
	require.Equal(t, http.StatusForbidden, b.call(t, http.MethodPost, "/api/auth/", authBody(authEmail, authPassword)).Code)
	require.Equal(t, http.StatusUnauthorized, b.call(t, http.MethodPost, "/api/auth/", authBody(authEmail, "wrong")).Code)
}
