package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	free "github.com/tributary-server/tributary/internal/text"
)

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// RequestID returns the id of the request to which ctx belongs. The id is the
// caller's X-Request-Id header or a generated id. Outside a request, it is "".
func RequestID(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return x.requestID
	}
	return ""
}

// ClientAddr returns the IP address from which the request came. If the request
// came through a trusted proxy, this is the address that the proxy reports.
// ClientAddr returns the zero Addr if the address is unknown.
func ClientAddr(ctx context.Context) netip.Addr {
	if x := exchangeOf(ctx); x != nil {
		return x.addr
	}
	return netip.Addr{}
}

// UserAgent returns the first 256 bytes of the request's User-Agent header.
func UserAgent(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		agent := x.request.UserAgent()
		return strings.ReplaceAll(free.Clip(agent[:min(len(agent), 256)]), "\x00", "")
	}
	return ""
}

// SetHeader sets a header of the response of a typed handler. A response that is
// replayed for an Idempotency-Key does not contain this header.
func SetHeader(ctx context.Context, name, value string) {
	if x := exchangeOf(ctx); x != nil {
		x.Header().Set(name, value)
	}
}

const maxRequestID = 128

// requestID returns the caller's request id if it is safe to log and to return.
// Otherwise it returns a generated id.
func requestID(header http.Header) string {
	given := header["X-Request-Id"]
	if len(given) == 0 || given[0] == "" || len(given[0]) > maxRequestID {
		return id.New().Hex()
	}
	for i := range len(given[0]) {
		switch c := given[0][i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/', c == '+', c == '=':
		default:
			return id.New().Hex()
		}
	}
	return given[0]
}

// LogHandler returns a handler that adds the request's id to every record that is
// logged with the context of a request.
func LogHandler(next slog.Handler) slog.Handler { return logHandler{next} }

type logHandler struct{ slog.Handler }

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	if request := RequestID(ctx); request != "" {
		record = record.Clone()
		record.AddAttrs(slog.String("request_id", request))
	}
	return h.Handler.Handle(ctx, record)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name)}
}
