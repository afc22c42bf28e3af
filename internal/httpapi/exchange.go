package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/limit"
	free "github.com/tributary-server/tributary/internal/text"
)

type exchange struct {
	http.ResponseWriter
	router    *Router
	route     *route
	op        *endpoint
	request   *http.Request
	requestID string
	addr      netip.Addr
	began     time.Time
	who       caller.Caller

	status int // 0 until the response has a status
	bytes  int64
}

// Request is a request to an untyped operation.
type Request struct {
	HTTP   *http.Request // its Body is limited to Op.MaxBody
	Query  url.Values    // parsed, and valid UTF-8
	Format Format

	body    []byte // body of a typed operation; nil until it is read
	wasRead bool
	strict  bool // true if unknown fields of the body are faults
}

// Path returns the value of a path parameter. The value is valid UTF-8 and
// never empty.
func (r *Request) Path(name string) string { return r.HTTP.PathValue(name) }

func (x *exchange) begin(req *http.Request) {
	x.began = x.router.config.Clock.Now()
	x.Header()["X-Request-Id"] = []string{x.requestID}
	x.setSecurityHeaders()
	ctx := context.WithValue(req.Context(), exchangeKey{}, x)
	address := limit.AddressKey(x.addr)
	ctx = limit.WithOwner(limit.WithAddress(ctx, address), address)
	x.request = req // UserAgent reads x.request, so the context must be stored first
	x.request = req.WithContext(audit.WithOrigin(ctx, addressText(x.addr), UserAgent(ctx)))
}

func addressText(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// refuse responds to a request for which there is no operation. The response is
// err, unless the rate limit or a gate refuses the request first.
func (x *exchange) refuse(err error) {
	ctx := x.request.Context()
	if throttled := x.countRequest(caller.Caller{}, false); throttled != nil {
		err = throttled
	} else if kept := x.guardUnknown(ctx); kept != nil {
		x.Header().Del("Allow")
		err = kept
	}
	x.fail(ctx, err)
}

// serve handles a request to the operation x.op. It authenticates the caller,
// checks the caller's permissions, chooses the format of the response, and only
// then reads the body.
func (x *exchange) serve() {
	ctx := x.request.Context()
	who, known, err := x.router.authenticate(ctx, x.op, x.request.Header)
	if throttled := x.countRequest(who, known); throttled != nil {
		err = throttled
	}
	if err != nil {
		x.fail(ctx, err)
		return
	}
	if known {
		x.who = who
		ctx = limit.WithOwner(caller.With(ctx, who), who.Owner())
		if err = x.router.checkGuards(ctx, x.route.pattern); err != nil {
			x.fail(ctx, err)
			return
		}
	}
	query, err := bind.ParseQuery(x.request.URL.RawQuery)
	if err != nil {
		x.fail(ctx, err)
		return
	}
	strict := x.prefer()
	if strict {
		if err = x.op.unknownParameters(query); err != nil {
			x.fail(ctx, err)
			return
		}
	}
	format, err := negotiate(x.op, x.request.Header, query)
	if err != nil {
		x.fail(ctx, err)
		return
	}
	req := &Request{HTTP: x.request, Query: query, Format: format, strict: strict}
	if x.op.plan == nil {
		if err = x.boundBody(req); err != nil {
			x.fail(ctx, err)
			return
		}
	}
	res, err := x.handle(ctx, req)
	if err != nil {
		x.fail(ctx, err)
		return
	}
	x.respond(ctx, res)
}

// boundBody limits the size of a body that the handler itself reads, and the time
// to read it.
func (x *exchange) boundBody(req *Request) error {
	if len(x.op.Consumes) > 0 && hasBody(req.HTTP) {
		if _, err := checkMedia(req.HTTP.Header, x.op.Consumes); err != nil {
			return err
		}
	}
	limit := x.op.maxBody()
	switch {
	case limit >= 0 && limit <= defaultMaxBody:
		intake.AsWhole(req.HTTP.Body)
	case limit < 0:
		intake.AsStream(req.HTTP.Body)
	}
	if limit >= 0 {
		req.HTTP.Body = http.MaxBytesReader(x.ResponseWriter, req.HTTP.Body, limit)
	}
	return nil
}

func (x *exchange) end() {
	took := x.router.config.Clock.Now().Sub(x.began)
	if x.router.config.Observe != nil {
		x.router.config.Observe(x.opID(), x.status, took, x.bytes)
	}
	ctx := x.request.Context()
	if !x.router.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	path := free.Clip(x.request.URL.Path)
	if x.route != nil {
		path = x.route.pattern // do not log the path itself, because it may contain ids and tokens
	}
	attrs := []slog.Attr{
		slog.String("method", free.Clip(x.request.Method)), slog.String("path", path), slog.String("operation", x.opID()),
		slog.Int("status", x.status), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", x.bytes),
		slog.String("address", x.addr.String()),
	}
	if x.who.TokenID != "" {
		attrs = append(attrs, x.who.LogAttrs()...)
	}
	x.router.log.LogAttrs(ctx, slog.LevelInfo, "answered", attrs...)
}

func (x *exchange) opID() string {
	if x.op == nil {
		return ""
	}
	return x.op.ID
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p) //nolint:gosec // the content is JSON or a file, with a Content-Type and nosniff
	x.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController access to the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

var _ io.Writer = (*exchange)(nil)
