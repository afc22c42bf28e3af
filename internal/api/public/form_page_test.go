package public_test

// These tests send raw requests, because the forms of pages are sent by
// browsers and not by the SDK.

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/tributary-server/tributary/internal/api/apitest"
)

// form is the form on a page, as a browser would send it.
type form struct {
	action string
	values url.Values
	asks   string // name of the field that the person fills in
}

// readPage checks that a page needs only what its Content-Security-Policy allows. It
// returns the page's headline and form.
func readPage(t *testing.T, w *httptest.ResponseRecorder) (headline string, f *form) {
	t.Helper()
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "form-action 'self'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"), "the token is in the address")
	text := w.Body.String()
	require.NotRegexp(t, `(?i)<script|\son\w+=|\sstyle=|<img|src=|@import|url\(`, text)
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(text, -1)
	require.Len(t, styles, 1)
	sum := sha256.Sum256([]byte(styles[0][1]))
	require.Contains(t, policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	for _, link := range regexp.MustCompile(`<link[^>]*>`).FindAllString(text, -1) {
		require.Equal(t, `<link rel="icon" href="data:,">`, link)
	}

	node, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	for n := range node.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "h1":
			headline = n.FirstChild.Data
		case n.Data == "form":
			require.Equal(t, "post", attr["method"])
			f = &form{action: attr["action"], values: url.Values{}}
		case n.Data == "input" && attr["type"] == "hidden":
			f.values.Set(attr["name"], attr["value"])
		case n.Data == "input":
			f.asks = attr["name"]
			if f.asks == "password" {
				require.Equal(t, "password", attr["type"], "hidden while it is typed")
				require.Equal(t, "new-password", attr["autocomplete"], "for password managers")
			}
		}
	}
	return headline, f
}

func TestTheLinkOfARegistrationWorksInABrowser(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	token := d.Register(t, "n@example.com")
	target := "/api/registration/confirm/?token=" + token
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} { // the requests of a mail scanner come first, then that of a person
		require.Equal(t, http.StatusOK, d.Page(t, method, target, nil).Code)
	}
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM registrations`), "opening the page changes nothing")
	headline, f := readPage(t, d.Page(t, http.MethodGet, target, nil))
	require.Equal(t, "Open your Personal Area", headline)
	require.Equal(t, url.Values{"token": {token}}, f.values)
	require.Equal(t, "password", f.asks)
	text := d.Page(t, http.MethodGet, target, nil).Body.String()
	require.Contains(t, text, "n@example.com", "the owner sees what the registration asks for")
	require.Contains(t, text, "introducing broker, country ZA")

	f.values.Set("password", "short")
	w := d.Page(t, http.MethodPost, f.action, f.values)
	require.Equal(t, http.StatusBadRequest, w.Code)
	_, f = readPage(t, w)
	require.Equal(t, token, f.values.Get("token"), "the form can be sent again")
	require.Contains(t, w.Body.String(), "at least 8 characters")
	f.values.Set("password", apitest.AuthPassword)
	w = d.Page(t, http.MethodPost, f.action, f.values)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	headline, f = readPage(t, w)
	require.Equal(t, "Your Personal Area is open", headline)
	require.Nil(t, f)
	require.Contains(t, w.Body.String(), "n@example.com")
	require.Contains(t, w.Body.String(), "https://go.example.com/a/")
	require.Contains(t, w.Body.String(), "What comes next")
	apitest.OK(d.Login(t, "n@example.com", apitest.AuthPassword))(t)

	w = d.Page(t, http.MethodGet, target, nil)
	require.Equal(t, http.StatusBadRequest, w.Code, "the page exists, the link is not valid")
	headline, f = readPage(t, w)
	require.Equal(t, "This link no longer works", headline)
	require.Nil(t, f)
	w = d.Page(t, http.MethodPost, "/api/registration/confirm/page/", url.Values{"token": {token}, "password": {apitest.AuthPassword}})
	require.Equal(t, http.StatusBadRequest, w.Code)
	headline, _ = readPage(t, w)
	require.Equal(t, "This link no longer works", headline)
}

func TestTheLinkOfAResetWorksInABrowser(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	w := d.Page(t, http.MethodGet, "/api/auth/password/reset/", nil)
	headline, f := readPage(t, w)
	require.Equal(t, "Set a new password", headline)
	require.Equal(t, "email", f.asks)
	w = d.Page(t, http.MethodPost, f.action, url.Values{"email": {"nobody"}})
	require.Equal(t, http.StatusBadRequest, w.Code)
	_, f = readPage(t, w)
	f.values.Set("email", " a@example.com ")
	w = d.Page(t, http.MethodPost, f.action, f.values)
	require.Equal(t, http.StatusOK, w.Code)
	headline, _ = readPage(t, w)
	require.Equal(t, "Check your mailbox", headline)

	path, token := d.Link(t, "password_reset")
	headline, f = readPage(t, d.Page(t, http.MethodGet, path+"?token="+token, nil))
	require.Equal(t, "Set a new password", headline)
	require.Equal(t, "password", f.asks)
	f.values.Set("password", "short")
	w = d.Page(t, http.MethodPost, f.action, f.values)
	require.Equal(t, http.StatusBadRequest, w.Code)
	_, f = readPage(t, w)
	require.Equal(t, token, f.values.Get("token"), "the form can be sent again")
	require.Contains(t, w.Body.String(), "at least 8 characters")
	f.values.Set("password", "another horse")
	w = d.Page(t, http.MethodPost, f.action, f.values)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	headline, _ = readPage(t, w)
	require.Equal(t, "Your password is set", headline)
	apitest.OK(d.Login(t, "a@example.com", "another horse"))(t)
}

// TestPagesTakeAnything checks that pages escape all input, and that no input causes
// an internal error.
func TestPagesTakeAnything(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	for _, token := range []string{"", "%00", `"><script>alert(1)</script>`, strings.Repeat("x", 100_000), "ünder"} {
		for _, path := range []string{"/api/registration/confirm/", "/api/auth/password/reset/confirm/"} {
			w := d.Page(t, http.MethodGet, path+"?token="+url.QueryEscape(token), nil)
			require.Equal(t, http.StatusBadRequest, w.Code)
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") { // a query with a NUL is malformed and gets an error in JSON
				readPage(t, w)
			}
			w = d.Page(t, http.MethodPost, path+"page/", url.Values{"token": {token}, "password": {"correct horse"}})
			require.Equal(t, http.StatusBadRequest, w.Code)
		}
	}
	for _, body := range []string{"%zz", "a;b", strings.Repeat("x", 20_000)} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/auth/password/reset/page/", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		d.Router.ServeHTTP(w, req)
		require.Equal(t, http.StatusBadRequest, w.Code, "%.10s", body)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/auth/password/reset/page/", strings.NewReader(`{}`))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.Router.ServeHTTP(w, req)
	require.Equal(t, http.StatusUnsupportedMediaType, w.Code)
}
