package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/limit"
)

// Config holds the settings of a Router.
type Config struct {
	Authenticator Authenticator // required if any operation needs a caller
	Clock         clock.Clock   // nil means the system's clock
	Logger        *slog.Logger  // nil means slog.Default()

	// Idempotency carries out requests with an Idempotency-Key. If it is nil, the
	// router ignores this header.
	Idempotency *idempotency.Service
	// Areas maps prefixes of paths to areas. A key can be limited to areas.
	Areas map[string]string

	Limits         map[caller.Role]Limit // limit for the requests of one owner (see caller.Owner), by role
	AddressLimit   Limit                 // limit for the requests of unknown callers from one IP address
	Processes      func() int            // returns the number of processes that share these limits; nil means that there is only one
	TrustedProxies []netip.Prefix        // proxies whose X-Forwarded-For header is trusted

	// Observe is called for every response, unless it is nil. op is the
	// operation's id, or "" if the path belongs to no operation. bytes is the
	// size of the body.
	Observe func(op string, status int, took time.Duration, bytes int64)
	// Fallback handles paths whose first part belongs to no operation, such as those
	// of web pages. If it is nil, the response to such a path is a 404 error in the
	// form of the API.
	Fallback http.Handler

	Document openapi.Info // describes the API in the OpenAPI document
}

// Router serves the operations that are declared on it. All operations must be
// declared before the first request. After that, the Router is safe for
// concurrent use.
type Router struct {
	config    Config
	log       *slog.Logger
	mux       *http.ServeMux
	packed    http.Handler // calls serveAPI and compresses large responses
	routes    map[string]*route
	owned     map[string]bool // first parts of the operations' paths; an unknown path with such a first part gets a 404 error in JSON
	endpoints []*endpoint     // in the order of their declaration
	guards    []guard
	ids       map[string]bool

	callers   map[caller.Role]*limit.Limiter // limiter of each role that at least one operation requires
	strangers *limit.Limiter

	streams *limit.Pool // limits how many responses are streamed at the same time

	document     sync.Once
	documentJSON []byte
	documentErr  error
}

type endpoint struct {
	Op
	plan      *bind.Plan // set only for typed operations
	out       reflect.Type
	params    []openapi.Param // set only for untyped operations
	responses openapi.Responses
	handle    Handler
	check     func(*Request) error         // checks the input; set only for typed operations
	read      func(*Request) (Work, error) // reads the request; set only for operations declared with AddKeyed
}

func (e *endpoint) status() int {
	if e.Status == 0 {
		return http.StatusOK
	}
	return e.Status
}

// New returns a Router without operations.
func New(c Config) *Router {
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	logger := c.Logger
	if _, wrapped := logger.Handler().(logHandler); !wrapped {
		logger = slog.New(LogHandler(logger.Handler()))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", notFound)
	r := &Router{
		config:    c,
		log:       logger,
		mux:       mux,
		routes:    map[string]*route{},
		owned:     map[string]bool{},
		ids:       map[string]bool{},
		streams:   limit.NewPool(limit.PoolConfig{Size: maxStreams, Own: ownStreams}),
		callers:   map[caller.Role]*limit.Limiter{},
		strangers: limit.NewLimiter("address", c.AddressLimit.rate(), limit.Among(c.Processes), c.Clock),
	}
	r.packed = compressResponses(http.HandlerFunc(r.serveAPI))
	return r
}

type route struct {
	pattern string
	methods map[string]*endpoint
	allow   string
}

func (r *Router) add(e *endpoint) {
	if e.ID == "" || r.ids[e.ID] {
		panic(fmt.Sprintf("httpapi: %s %s has the id %q, which is empty or already used", e.Method, e.Path, e.ID))
	}
	if e.Access == nil {
		panic(fmt.Sprintf("httpapi: operation %s does not say who may call it", e.ID))
	}
	if e.Access.Role != "" && r.config.Authenticator == nil {
		panic(fmt.Sprintf("httpapi: operation %s needs an authenticated caller, but the Config has no Authenticator", e.ID))
	}
	if area := r.config.areaOf(e.Path); area != "" && len(e.Areas) == 0 {
		e.Areas = []string{area}
	}
	if e.Access.Person && e.Scope != "" {
		panic(fmt.Sprintf("httpapi: operation %s refuses every key, and also requires the scope %q", e.ID, e.Scope))
	}
	if e.Hidden && e.Access.Role != "" {
		panic(fmt.Sprintf("httpapi: operation %s is hidden but not public: document every operation that needs a caller", e.ID))
	}
	if e.MaxBody < 0 && e.Access.Role == "" {
		panic(fmt.Sprintf("httpapi: operation %s is public, so the size of its body must be limited", e.ID))
	}
	if role := e.Access.Role; role != "" && r.callers[role] == nil {
		r.callers[role] = limit.NewLimiter(string(role), r.config.Limits[role].rate(), limit.Among(r.config.Processes), r.config.Clock)
	}
	r.ids[e.ID] = true
	r.endpoints = append(r.endpoints, e)
	for _, path := range append([]string{e.Path}, e.Aliases...) {
		if !strings.HasPrefix(path, "/") {
			panic(fmt.Sprintf("httpapi: operation %s: path %q does not begin with a slash", e.ID, path))
		}
		pattern := strings.TrimSuffix(path, "/") + "/{$}"
		known := r.routes[pattern]
		if known == nil {
			known = &route{pattern: path, methods: map[string]*endpoint{}}
			r.routes[pattern] = known
			r.mux.Handle(pattern, known)
			r.owned[strings.SplitN(path, "/", 3)[1]] = true
		}
		if known.methods[e.Method] != nil {
			panic(fmt.Sprintf("httpapi: %s %s is declared twice: %s and %s", e.Method, path, known.methods[e.Method].ID, e.ID))
		}
		known.methods[e.Method] = e
		known.allow = allowedMethods(known.methods)
	}
}

// Open lists the operations that need no credentials, in the form "METHOD
// /path". It includes hidden operations.
func (r *Router) Open() []string {
	var open []string
	for _, e := range r.endpoints {
		if e.Access.Role != "" && !e.Access.Optional {
			continue
		}
		for _, path := range append([]string{e.Path}, e.Aliases...) {
			open = append(open, e.Method+" "+path)
		}
	}
	slices.Sort(open)
	return open
}

func allowedMethods(methods map[string]*endpoint) string {
	var names []string
	for name := range methods {
		names = append(names, name)
	}
	if methods[http.MethodGet] != nil && methods[http.MethodHead] == nil {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// ServeHTTP implements http.Handler.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	segment, _ := normalise(req)
	if !r.owned[segment] && r.config.Fallback != nil {
		r.config.Fallback.ServeHTTP(w, req)
		return
	}
	r.packed.ServeHTTP(w, req)
}

// serveAPI handles a request whose path begins with the first part of an
// operation's path.
func (r *Router) serveAPI(w http.ResponseWriter, req *http.Request) {
	_, ok := normalise(req)
	x := &exchange{ResponseWriter: w, router: r, addr: clientAddr(req, r.config.TrustedProxies), requestID: requestID(req.Header)}
	if ok {
		req = withSlash(req)
	}
	x.begin(req)
	defer x.end()
	defer func() {
		if reason := recover(); reason != nil {
			x.handlePanic(x.request.Context(), reason)
		}
	}()
	if !ok {
		x.refuse(fault.New(fault.NotFound))
		return
	}
	r.mux.ServeHTTP(x, x.request)
}

// notFound is the mux's handler for paths without an operation. Without it, the
// mux would write a response in its own form.
func notFound(w http.ResponseWriter, _ *http.Request) {
	w.(*exchange).refuse(fault.New(fault.NotFound)) //nolint:forcetypeassert // called only by Router.ServeHTTP
}

// normalise merges repeated slashes in the path, and returns the path's first
// part. ok is false if the path has dot segments, or bytes that no operation's
// path can contain.
func normalise(req *http.Request) (first string, ok bool) {
	escaped := req.URL.EscapedPath()
	if strings.Contains(escaped, "//") {
		for strings.Contains(escaped, "//") {
			escaped = strings.ReplaceAll(escaped, "//", "/")
		}
		setPath(req, escaped)
	}
	if !strings.HasPrefix(escaped, "/") {
		return "", false
	}
	ok = true
	for i, segment := range strings.Split(escaped[1:], "/") {
		if strings.Contains(segment, "%") {
			plain, err := url.PathUnescape(segment)
			if err != nil || !utf8.ValidString(plain) || strings.ContainsRune(plain, 0) {
				ok = false
			}
			segment = plain
		}
		if i == 0 {
			first = segment
		}
		if segment == "." || segment == ".." {
			ok = false
		}
	}
	return first, ok
}

// withSlash appends a slash to the path unless the path ends with one, because
// the mux knows only paths that end with a slash.
func withSlash(req *http.Request) *http.Request {
	if strings.HasSuffix(req.URL.Path, "/") {
		return req
	}
	setPath(req, req.URL.EscapedPath()+"/")
	return req
}

// setPath changes the path of the request. It copies the URL first, because the
// URL may be shared with other requests.
func setPath(req *http.Request, escaped string) {
	changed := *req.URL
	plain, err := url.PathUnescape(escaped)
	if err != nil { // net/http has already parsed the path, so this cannot happen
		plain = escaped
	}
	changed.Path, changed.RawPath = plain, escaped
	req.URL = &changed
}

// ServeHTTP implements http.Handler for one path. w must be the exchange.
func (rt *route) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := w.(*exchange) //nolint:forcetypeassert // called only by Router.ServeHTTP
	x.route, x.request = rt, req
	method := req.Method
	op := rt.methods[method]
	if op == nil && method == http.MethodHead {
		op = rt.methods[http.MethodGet]
	}
	if op == nil {
		x.Header().Set("Allow", rt.allow)
		x.refuse(errMethod(method))
		return
	}
	x.op = op
	x.serve()
}
