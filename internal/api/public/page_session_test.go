package public_test

// These tests send raw requests, because they check cookies and headers.

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
)

const pageSession = "/api/page/session/"

// pageCall contains the names and values of the headers that the page's scripts send.
var pageCall = []string{"X-Tributary-Page", "1", "Sec-Fetch-Site", "same-origin"}

// pageSender returns a function that sends requests to the router. The function does
// not check them against the OpenAPI document, because the document does not contain
// this operation.
func pageSender(t *testing.T, router http.Handler) func(method, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return func(method, body string, pairs ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), method, pageSession, strings.NewReader(body))
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(pairs); i += 2 {
			req.Header.Set(pairs[i], pairs[i+1])
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, req)
		return w
	}
}

func readSession(t *testing.T, w *httptest.ResponseRecorder) (token string, cookie *http.Cookie) {
	t.Helper()
	require.Equal(t, 200, w.Code, w.Body.String())
	var out struct {
		Token   string
		Expires time.Time `json:"expires_at"`
		Left    float64   `json:"seconds_left"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Positive(t, out.Left)
	require.Len(t, w.Result().Cookies(), 1)
	return out.Token, w.Result().Cookies()[0]
}

func withCookie(cookie *http.Cookie) []string {
	return append([]string{"Cookie", cookie.Name + "=" + cookie.Value}, pageCall...)
}

func TestPageSession_OutlivesAReload(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	send := pageSender(t, b.Router)
	post := func(body string, pairs ...string) *httptest.ResponseRecorder {
		return send(http.MethodPost, body, pairs...)
	}
	works := func(token string) bool {
		return b.Call(t, http.MethodGet, "/api/v2/auth/token/", "", "Authorization", "JWT "+token).Code == 200
	}
	require.Equal(t, 204, post(`{}`, pageCall...).Code, "there is no session yet")
	require.Equal(t, 401, post(apitest.AuthBody(apitest.AuthEmail, "wrong horse"), pageCall...).Code)

	token, cookie := readSession(t, post(apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), pageCall...))
	require.True(t, works(token))
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.Equal(t, pageSession, cookie.Path, "no other call carries it")
	require.Equal(t, token, cookie.Value)
	require.False(t, cookie.Secure)
	_, secure := readSession(t, post(apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), append(pageCall, "Origin", "https://example.com")...))
	require.True(t, secure.Secure, "over TLS, only over TLS")

	again, _ := readSession(t, post(`{}`, withCookie(cookie)...))
	require.Equal(t, token, again, "a reload makes no further session")
	b.Clock.Advance(3*time.Hour + time.Second)
	renewed, _ := readSession(t, post(`{}`, withCookie(cookie)...))
	require.NotEqual(t, token, renewed, "half of its life is over")
	require.True(t, works(renewed))

	w := send(http.MethodDelete, "", withCookie(cookie)...)
	require.Equal(t, 204, w.Code)
	require.Negative(t, w.Result().Cookies()[0].MaxAge)
	require.False(t, works(token))
	require.False(t, works(renewed), "signing out ends what was renewed, too")
	require.Equal(t, 204, post(`{}`, withCookie(cookie)...).Code)
	require.Equal(t, 204, send(http.MethodDelete, "", withCookie(cookie)...).Code, "signing out twice does no harm")
}

func TestPageSession_EndsLikeEveryOther(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	send := pageSender(t, b.Router)
	token, cookie := readSession(t, send(http.MethodPost, apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), pageCall...))
	require.Equal(t, 204, b.Call(t, http.MethodDelete, "/api/v2/auth/token/", "", "Authorization", "JWT "+token).Code)
	require.Equal(t, 204, send(http.MethodPost, `{}`, withCookie(cookie)...).Code)

	_, cookie = readSession(t, send(http.MethodPost, apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), pageCall...))
	require.NoError(t, b.Service.SetPassword(t.Context(), b.PartnerID, "another horse"))
	require.Equal(t, 204, send(http.MethodPost, `{}`, withCookie(cookie)...).Code, "a new password signs everyone out")
}

// TestPageSession_OnlyForThePage checks that no other site can use the cookie, neither
// by scripts nor by forms or links.
func TestPageSession_OnlyForThePage(t *testing.T) {
	t.Parallel()
	b := apitest.SetupAuth(t)
	send := pageSender(t, b.Router)
	_, cookie := readSession(t, send(http.MethodPost, apitest.AuthBody(apitest.AuthEmail, apitest.AuthPassword), pageCall...))
	for about, pairs := range map[string][]string{
		"a form":                           {},
		"a script of another site":         {"X-Tributary-Page", "1", "Sec-Fetch-Site", "cross-site"},
		"a script of a sister host":        {"X-Tributary-Page", "1", "Sec-Fetch-Site", "same-site"},
		"an address that was typed":        {"X-Tributary-Page", "1", "Sec-Fetch-Site", "none"},
		"an older browser on another site": {"X-Tributary-Page", "1", "Origin", "https://evil.example"},
		"a page in a sandbox":              {"X-Tributary-Page", "1", "Origin", "null"},
	} {
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			body := ""
			if method == http.MethodPost {
				body = `{}`
			}
			w := send(method, body, append([]string{"Cookie", cookie.Name + "=" + cookie.Value}, pairs...)...)
			require.Equal(t, http.StatusForbidden, w.Code, about)
			require.Empty(t, w.Header()["Set-Cookie"], about)
		}
	}
	require.Equal(t, 200, send(http.MethodPost, `{}`, "Cookie", cookie.Name+"="+cookie.Value,
		"X-Tributary-Page", "1", "Origin", "http://example.com").Code, "an older browser on this site: httptest's host is example.com")
	require.Equal(t, 415, send(http.MethodPost, "login=x", append(pageCall, "Content-Type", "application/x-www-form-urlencoded")...).Code)
	require.Equal(t, 400, send(http.MethodPost, "{", pageCall...).Code)
}
