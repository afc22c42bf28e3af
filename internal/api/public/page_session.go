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

// The page keeps its token in memory only. What outlives a reload is a cookie
// with the same token, which no script can read and which the browser sends to
// this path alone. See docs/adr/0026-the-page-keeps-its-session-in-a-cookie.md.
const (
	pageSessionPath   = "/api/page/session/"
	pageSessionCookie = "tributary_page"
	// pageHeader is what a form or a link on another site cannot send.
	pageHeader = "X-Tributary-Page"
	maxLogin   = 16 << 10
)

// addPageSession declares the operation with which the page opens, resumes and
// ends its session. It is in no document: programs use /api/v2/auth/.
func addPageSession(r *httpapi.Router, s *identity.Service) {
	h := pageSession{s}
	op := httpapi.Op{Path: pageSessionPath, Access: httpapi.Public, Hidden: true, Tag: wire.TagAuth, MaxBody: maxLogin}
	open, end := op, op
	open.Method, open.ID, open.Consumes = http.MethodPost, "page_session_open", []string{"application/json"}
	end.Method, end.ID, end.Status = http.MethodDelete, "page_session_end", http.StatusNoContent
	r.Add(open, nil, openapi.Responses{}, h.open)
	r.Add(end, nil, openapi.Responses{}, h.end)
}

type pageSession struct{ s *identity.Service }

// pageLogin is what the page sends. Without a login it resumes its session.
type pageLogin struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Code     string `json:"code"`
}

type pageToken struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
	// Left tells the page what time it is here: the caller's clock may be
	// wrong, and a programme in rehearsal has a clock of its own.
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
	if resumes && over(err) {
		// To have no session is no failure: a browser would log one.
		return gone(req.HTTP), nil
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

// end signs out: the session of the cookie ends, with all that were renewed
// from the same log-in. A session that has ended already needs no more.
func (h pageSession) end(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	if err := fromPage(req.HTTP); err != nil {
		return httpapi.Response{}, err
	}
	who, err := h.s.Authenticate(ctx, cookieOf(req.HTTP))
	if err == nil {
		err = h.s.Revoke(caller.With(ctx, who), who)
	}
	if err != nil && !over(err) {
		return httpapi.Response{}, err
	}
	return gone(req.HTTP), nil
}

// over reports whether an error says that a token works no more.
func over(err error) bool {
	switch fault.CodeOf(err) {
	case fault.AuthenticationFailed, fault.TokenExpired, fault.PermissionDenied:
		return true
	default:
		return false
	}
}

// gone is the answer for a page without a session. It removes the cookie.
func gone(r *http.Request) httpapi.Response {
	cookie := pageCookie(r, "", -time.Second)
	return httpapi.Response{Status: http.StatusNoContent, Header: http.Header{"Set-Cookie": {cookie.String()}}}
}

// pageCookie returns the cookie that keeps a token for a time. It needs TLS
// wherever the page came over TLS.
func pageCookie(r *http.Request, token string, left time.Duration) *http.Cookie {
	return &http.Cookie{
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

// fromPage refuses a request that a script of this server's own page did not
// send. The header alone keeps forms away, and scripts of other sites, because
// no answer lets them send it with cookies. Browsers add the other headers
// themselves.
func fromPage(r *http.Request) error {
	refused := &fault.Error{Code: fault.PermissionDenied, Message: "Only the page of this server may call this"}
	if r.Header.Get(pageHeader) != "1" {
		return refused
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		if site != "same-origin" {
			return refused
		}
		return nil
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || (origin.Host != "" && !strings.EqualFold(origin.Host, r.Host)) {
		return refused
	}
	return nil
}
