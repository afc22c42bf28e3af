package public

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// Redirect is the handler of tracked links. It serves GET and HEAD of /a/{code}, and
// of the other paths that linkcode.FromPath accepts, on any host. The OpenAPI document
// does not contain it, because the links are for browsers.
type Redirect struct {
	Clicks *click.Service
	Path   string // part of the path before /a/ in links; may be empty

	TrustedProxies []netip.Prefix
	// CountryHeader is the request header in which a trusted proxy sends the visitor's
	// country. It is empty if no proxy does so.
	CountryHeader string

	Clock   clock.Clock
	Logger  *slog.Logger
	Observe func(op string, status int, took time.Duration, bytes int64) // may be nil
}

const (
	redirectOp    = "click"
	retryRedirect = "1" // value of Retry-After in seconds
)

// read returns the link code in a path, and the query. Text that follows the
// code in the path, such as pasted parameters, becomes part of the query.
// tracked is false if the path does not belong to a tracked link.
func (h *Redirect) read(u *url.URL) (code, query string, tracked bool) {
	path := u.EscapedPath()
	if h.Path != "" {
		path = strings.TrimPrefix(path, strings.TrimSuffix(h.Path, "/"))
	}
	code, query, tracked = linkcode.FromPath(path)
	return code, linkcode.Join(query, u.RawQuery), tracked
}

// Tracked reports whether a request is for a tracked link.
func (h *Redirect) Tracked(r *http.Request) bool {
	_, _, tracked := h.read(r.URL)
	return tracked
}

// ServeHTTP implements http.Handler.
func (h *Redirect) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.Clock.Now()
	status := h.answer(w, r)
	if h.Observe != nil {
		h.Observe(redirectOp, status, h.Clock.Now().Sub(began), 0)
	}
}

func (h *Redirect) answer(w http.ResponseWriter, r *http.Request) (status int) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Robots-Tag", "noindex, nofollow")
	header.Set("Content-Length", "0")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return http.StatusMethodNotAllowed
	}
	code, query, _ := h.read(r.URL)
	address, proxied := httpapi.AddressOf(r, h.TrustedProxies)
	request := click.Request{
		Code: code, Query: query, Kind: kindOf(r), Visitor: click.Visitor{Address: address, Agent: r.UserAgent()},
	}
	if proxied && h.CountryHeader != "" {
		request.Country = r.Header.Get(h.CountryHeader)
	}
	location, err := h.Clicks.Follow(r.Context(), request)
	if err != nil {
		if !errors.Is(err, click.ErrBusy) && r.Context().Err() == nil {
			h.Logger.ErrorContext(r.Context(), "a click could not be stored, and its visitor was asked to retry", "error", err)
		}
		header.Set("Retry-After", retryRedirect)
		w.WriteHeader(http.StatusServiceUnavailable)
		return http.StatusServiceUnavailable
	}
	header.Set("Location", location)
	w.WriteHeader(http.StatusFound)
	return http.StatusFound
}

func kindOf(r *http.Request) click.Kind {
	if r.Method == http.MethodHead {
		return click.Head
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if said := strings.ToLower(r.Header.Get(name)); strings.Contains(said, "prefetch") || strings.Contains(said, "prerender") ||
			strings.Contains(said, "preview") {
			return click.Prefetch
		}
	}
	return click.Counted
}

// HomeURL returns the root of the server's own address. Links lead to this page
// if the broker has set no landing page.
func HomeURL(base *url.URL) *url.URL {
	home := *base
	home.Path = strings.TrimSuffix(home.Path, "/") + "/"
	return &home
}
