package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/object"
)

// Response is the response of an untyped operation. At most one of Value, Body,
// Write and Stream is set. If none is set, the response has no body.
type Response struct {
	Status int         // 0 means the operation's status
	Header http.Header // additional headers

	Value  any                     // encoded as JSON
	Body   []byte                  // sent unchanged, with the type ContentType
	Write  func(w io.Writer) error // writes the whole body with one call of w.Write, or returns an error; the function may reuse the bytes after that call
	Stream func(w io.Writer) error // writes a large body in pieces; an error after the first byte aborts the connection
	// Stored is the size in bytes of a Stream that copies a file, and 0 for any
	// other Stream. A file is not spooled, because a writer that waits for a slow
	// client then blocks nothing else.
	Stored int64

	ContentType string // media type of Body, Write and Stream; empty means application/json
	Filename    string // name under which a browser saves the response
}

// These header values are the same in all responses.
var (
	headerJSON     = []string{FormatJSON.Type}
	headerNoStore  = []string{"no-store"}
	headerNosniff  = []string{"nosniff"}
	headerDeny     = []string{"DENY"}
	headerReferrer = []string{"no-referrer"}
	headerCSP      = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
)

// errGone means that the client closed the connection before it received the
// whole response.
var errGone = errors.New("the caller closed the connection")

var errNothing = errors.New("the handler returned no response")

// streamBuffer is the number of bytes of a stream that are collected before any
// are sent. Before that, an error becomes an ordinary error response.
const streamBuffer = 32 << 10

func (x *exchange) setSecurityHeaders() {
	header := x.Header()
	header["X-Content-Type-Options"] = headerNosniff
	header["X-Frame-Options"] = headerDeny
	header["Referrer-Policy"] = headerReferrer
	header["Content-Security-Policy"] = headerCSP
	header["Cache-Control"] = headerNoStore
}

func (x *exchange) respond(ctx context.Context, res Response) {
	status := res.Status
	if status == 0 {
		status = x.op.status()
	}
	contentType := res.ContentType
	if contentType == "" {
		contentType = FormatJSON.Type
	}
	if res.Value != nil {
		body, err := encodeAnswer(res.Value)
		if err != nil {
			x.fail(ctx, fmt.Errorf("encoding the response: %w", err))
			return
		}
		res.Body = body
	}
	header := x.Header()
	for name, values := range res.Header {
		if name = http.CanonicalHeaderKey(name); name == "Vary" {
			values = append(slices.Clip(header[name]), values...)
		}
		header[name] = values
	}
	if res.Filename != "" {
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": res.Filename}))
	}
	switch {
	case res.Stream != nil:
		x.stream(ctx, status, contentType, &res)
	case res.Body != nil:
		x.writeBody(status, contentType, res.Body)
	case res.Write != nil:
		err := res.Write(bodyWriter{x, status, contentType})
		if err == nil && x.status == 0 {
			err = errNothing
		}
		if err != nil {
			x.fail(ctx, err)
		}
	case status == http.StatusNoContent || status/100 == 3:
		x.WriteHeader(status)
	default:
		x.fail(ctx, errNothing)
	}
}

func (x *exchange) writeBody(status int, contentType string, body []byte) {
	header := x.Header()
	if contentType == FormatJSON.Type {
		header["Content-Type"] = headerJSON
	} else {
		header["Content-Type"] = []string{contentType}
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.WriteHeader(status)
	if x.request.Method != http.MethodHead {
		_, _ = x.Write(body) // an error means that the client has closed the connection
	}
}

// bodyWriter sends the bytes of its first Write as the whole response.
type bodyWriter struct {
	x           *exchange
	status      int
	contentType string
}

func (b bodyWriter) Write(body []byte) (int, error) {
	b.x.writeBody(b.status, b.contentType, body)
	return len(body), nil
}

func (x *exchange) stream(ctx context.Context, status int, contentType string, res *Response) {
	x.Header().Set("Content-Type", contentType)
	copying := runSpooled
	if res.Stored > 0 {
		x.Header().Set("Content-Length", strconv.FormatInt(res.Stored, 10))
		copying = func(w io.Writer, write func(io.Writer) error) error { return write(w) }
	}
	if x.request.Method == http.MethodHead {
		x.WriteHeader(status)
		return
	}
	leave, err := x.router.streams.Enter(ctx, limit.OwnerOf(ctx), false)
	if err != nil {
		x.fail(ctx, err)
		return
	}
	defer leave()
	sink := &streamWriter{x: x, status: status}
	buffered := bufio.NewWriterSize(sink, streamBuffer)
	if err := copying(buffered, res.Stream); err != nil {
		x.fail(ctx, fmt.Errorf("streaming the response: %w", err))
		return
	}
	if err := buffered.Flush(); err != nil {
		x.fail(ctx, fmt.Errorf("streaming the response: %w", err))
		return
	}
	if x.status == 0 { // the stream is empty, so the header is not sent yet
		x.WriteHeader(status)
	}
}

// streamWriter sends the header before the first byte of the body.
type streamWriter struct {
	x      *exchange
	status int
}

func (s *streamWriter) Write(p []byte) (int, error) {
	if s.x.status == 0 {
		s.x.WriteHeader(s.status)
	}
	n, err := s.x.Write(p)
	if err != nil {
		return n, fmt.Errorf("%w: %w", errGone, err)
	}
	// Without Flush, the compressor would delay data that the client waits for. The
	// error is ignored, because some recorders in tests cannot flush.
	_ = http.NewResponseController(s.x.ResponseWriter).Flush()
	return n, nil
}

func encodeAnswer(v any) ([]byte, error) {
	cutToSeconds(reflect.ValueOf(v))
	return object.Encode(v)
}
