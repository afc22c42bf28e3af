package public

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// The web page for partners stores its token only in memory. A cookie with the same
// token lets the session survive a reload of the page. No script can read the cookie,
// and the browser sends it only to pageSessionPath. See
// docs/adr/0026-the-page-keeps-its-session-in-a-cookie.md.
const (
	pageSessionPath   = "/api/page/session/"
	pageSessionCookie = "tributary_page"
	// pageHeader is a header that forms and links on other sites cannot send.
	pageHeader = "X-Tributary-Page"
	maxLogin   = 16 << 10
)

// addPageSession declares the operation with which the page opens, resumes and
// ends its session. It is not in the OpenAPI document, because programs use
// /api/v2/auth/.
func addPageSession(r *httpapi.Router, s *identity.Service) {
	h := pageSession{s}
	op := httpapi.Op{Path: pageSessionPath, Access: httpapi.Public, Hidden: true, Tag: wire.TagAuth, MaxBody: maxLogin}
	open, end := op, op
	open.Method, open.ID, open.Consumes = http.MethodPost, "page_session_open", []string{"application/json"}
	end.Method, end.ID, end.Status = http.MethodDelete, "page_session_end", http.StatusNoContent
	r.Add(open, nil, openapi.Responses{}, h.open)
	r.Add(end, nil, openapi.Responses{}, h.logOut)
}

type pageSession struct{ s *identity.Service }

// pageLogin is the body that the page sends. If it contains no login, the page resumes
// its session.
type pageLogin struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Code     string `json:"code"`
}

type pageToken struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
	// Left is the number of seconds until the token expires. It is not a point in time,
	// because the clock of the browser may be wrong.
	Left float64 `json:"seconds_left"`
}

func (h pageSession) open(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	if err := fromPage(req.HTTP); err != nil {
		return httpapi.Response{}, err
	}
	var in pageLogin
	text, err := io.ReadAll(req.HTTP.Body)
	if err != nil || json.Unmarshal(text, &in) != nil {
		return httpapi.Response{}, fault.New(fault.ParseError)
	}
	address, agent := httpapi.ClientAddr(ctx).String(), httpapi.UserAgent(ctx)
	token, resumes := cookieOf(req.HTTP), in.Login == "" && in.Password == ""
	if !resumes {
		token, err = h.s.Login(ctx, identity.Login{Login: in.Login, Password: in.Password, Code: in.Code, Address: address, UserAgent: agent})
		if err != nil {
			return httpapi.Response{}, err
		}
	}
	token, who, err := h.s.Resume(ctx, token, address, agent)
	if resumes && endsSession(err) {
		// If the page has no session, the status of the response is not an error,
		// because browsers log each such status in their console.
		return noSession(req.HTTP), nil
	}
	if err != nil {
		return httpapi.Response{}, err
	}
	left := h.s.Left(who)
	return httpapi.Response{
		Value:  pageToken{token, who.ExpiresAt, left.Seconds()},
		Header: http.Header{"Set-Cookie": {pageCookie(req.HTTP, token, left).String()}},
	}, nil
}

// logOut logs the partner out. It revokes the cookie's session and all sessions
// that were renewed from the same log-in. It succeeds even if the session has
// already ended.
func (h pageSession) logOut(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	if err := fromPage(req.HTTP); err != nil {
		return httpapi.Response{}, err
	}
	who, err := h.s.Authenticate(ctx, cookieOf(req.HTTP))
	if err == nil {
		err = h.s.Revoke(caller.With(ctx, who), who)
	}
	if err != nil && !endsSession(err) {
		return httpapi.Response{}, err
	}
	return noSession(req.HTTP), nil
}

func endsSession(err error) bool {
	switch fault.CodeOf(err) {
	case fault.AuthenticationFailed, fault.TokenExpired, fault.PermissionDenied:
		return true
	default:
		return false
	}
}

// noSession returns the response to a page that has no session. It removes the
// cookie.
func noSession(r *http.Request) httpapi.Response {
	cookie := pageCookie(r, "", -time.Second)
	return httpapi.Response{Status: http.StatusNoContent, Header: http.Header{"Set-Cookie": {cookie.String()}}}
}

// pageCookie returns a cookie that stores a token until the token expires. If the page
// was loaded over TLS, the browser sends the cookie only over TLS.
func pageCookie(r *http.Request, token string, left time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure is set only for requests over TLS, because a browser drops a secure cookie otherwise
		Name: pageSessionCookie, Value: token, Path: pageSessionPath, MaxAge: int(left.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://"),
	}
}

func cookieOf(r *http.Request) string {
	cookie, err := r.Cookie(pageSessionCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// fromPage refuses a request that no script of the page itself has sent. Forms on
// other sites cannot send the header pageHeader. Scripts on other sites cannot send it
// with cookies, because the server never allows this in its CORS headers. Scripts
// cannot set the other headers that fromPage checks, because the browser sets them.
func fromPage(r *http.Request) error {
	refused := &fault.Error{Code: fault.PermissionDenied, Message: "Only this server's own web page can send this request"}
	if r.Header.Get(pageHeader) != "1" {
		return refused
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		if site != "same-origin" {
			return refused
		}
		return nil
	}
	given := r.Header.Get("Origin")
	if given == "" {
		return nil
	}
	// A browser sends the origin "null", which has no host, for a page in a sandbox.
	if origin, err := url.Parse(given); err != nil || !strings.EqualFold(origin.Host, r.Host) {
		return refused
	}
	return nil
}
