package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/object"
	free "github.com/tributary-server/tributary/internal/text"
)

// Only this package returns these codes.
const (
	methodNotAllowed     fault.Code = "MethodNotAllowed"
	notAcceptable        fault.Code = "NotAcceptable"
	unsupportedMediaType fault.Code = "UnsupportedMediaType"
	apiException         fault.Code = "APIException"
)

type entry struct {
	status  int
	message string
}

var table = map[fault.Code]entry{
	fault.AuthenticationFailed: {http.StatusUnauthorized, "Incorrect authentication credentials"},
	fault.NotAuthenticated:     {http.StatusUnauthorized, "Authentication credentials were not provided"},
	fault.TokenExpired:         {http.StatusUnauthorized, "Token has expired"},
	fault.PermissionDenied:     {http.StatusForbidden, "You do not have permission to perform this action"},
	fault.NotFound:             {http.StatusNotFound, "Not found"},
	methodNotAllowed:           {http.StatusMethodNotAllowed, `Method "%s" not allowed`},
	notAcceptable:              {http.StatusNotAcceptable, "The request is not acceptable"},
	fault.ParseError:           {http.StatusBadRequest, "Malformed request"},
	fault.ValidationError:      {http.StatusBadRequest, "Bad request"},
	unsupportedMediaType:       {http.StatusUnsupportedMediaType, `Unsupported media type "%s" in request`},
	fault.Throttled:            {http.StatusTooManyRequests, "Request was throttled"},
	fault.ServiceUnavailable:   {http.StatusServiceUnavailable, "The service is temporarily unavailable"},
	apiException:               {http.StatusInternalServerError, "A server error occurred"},
}

// Problem is the body of a response with an error.
type Problem struct {
	Code    fault.Code    `json:"code"`
	Message string        `json:"message"`
	Details []fault.Field `json:"details,omitempty"`
}

// nonField is the field name of faults that concern no single field.
const nonField = "non_field_errors"

// errMethod returns the error for a method that the path does not accept, and
// errMedia the error for an unsupported media type. The messages quote the
// method or the media type.
func errMethod(method string) error {
	return &fault.Error{Code: methodNotAllowed, Message: fmt.Sprintf(table[methodNotAllowed].message, free.Clip(method))}
}

func errMedia(mediaType string) error {
	return &fault.Error{Code: unsupportedMediaType, Message: fmt.Sprintf(table[unsupportedMediaType].message, free.Clip(mediaType))}
}

// problemOf converts an error to the response's body. It returns false for an
// internal error, whose text must not be sent to the client.
func problemOf(err error) (problem Problem, status int, expected bool) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		if row, known := table[e.Code]; known && e.Code != apiException {
			problem = Problem{Code: e.Code, Message: row.message}
			switch e.Code {
			case methodNotAllowed, unsupportedMediaType:
				problem.Message = e.Message
			case fault.ValidationError, fault.PermissionDenied:
				problem.Details = details(e)
			}
			return problem, row.status, true
		}
	}
	row := table[apiException]
	return Problem{Code: apiException, Message: row.message}, row.status, false
}

// details returns the fields of an error. If the error has its own message,
// details adds the message as a field, because the message of a Problem always
// comes from the table.
func details(e *fault.Error) []fault.Field {
	fields := e.Fields
	if e.Message != "" && e.Message != table[e.Code].message {
		code := "invalid"
		if e.Code == fault.PermissionDenied {
			code = "permission_denied"
		}
		fields = append(slices.Clip(fields), fault.Field{Name: nonField, Message: e.Message, Code: code})
	}
	if e.Code == fault.ValidationError && len(fields) == 0 {
		fields = []fault.Field{{Name: nonField, Message: "Invalid input.", Code: "invalid"}}
	}
	return fields
}

// fail sends err as the response. If a part of another response has already been
// sent, fail aborts the connection, because the client would otherwise use this part
// as the whole response.
func (x *exchange) fail(ctx context.Context, err error) {
	problem, status, expected := problemOf(err)
	if !expected || problem.Code == fault.ServiceUnavailable {
		x.logFailure(ctx, err)
	}
	if x.status != 0 {
		panic(http.ErrAbortHandler)
	}
	header := x.Header()
	for _, name := range []string{"Content-Disposition", "Content-Length", "Etag", "Last-Modified", "Content-Encoding"} {
		header.Del(name)
	}
	switch status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `JWT realm="api"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		e, _ := errors.AsType[*fault.Error](err)
		header.Set("Retry-After", wholeSeconds(e.RetryAfter))
	}
	header["Cache-Control"] = headerNoStore
	body, err := object.Encode(problem)
	if err != nil {
		panic(fmt.Errorf("encoding an error: %w", err)) // a Problem has only strings, so this cannot happen
	}
	x.writeBody(status, FormatJSON.Type, body)
}

// logFailure logs the cause of an error, which the response does not contain.
// The level is INFO if the request failed because the client closed the
// connection.
func (x *exchange) logFailure(ctx context.Context, err error) {
	level := slog.LevelError
	if errors.Is(err, errGone) || errors.Is(ctx.Err(), context.Canceled) {
		level = slog.LevelInfo
	}
	x.router.log.LogAttrs(ctx, level, "request failed", slog.Any("error", err), slog.String("op", x.opID()))
}

// handlePanic converts a panic to an internal error. It panics again for
// http.ErrAbortHandler, because net/http needs that panic to abort the connection.
func (x *exchange) handlePanic(ctx context.Context, reason any) {
	if reason == http.ErrAbortHandler { //nolint:errorlint // net/http compares in the same way
		panic(reason)
	}
	x.fail(ctx, fmt.Errorf("panic: %v\n%s", reason, debug.Stack()))
}

// wholeSeconds rounds d up to whole seconds, at least 1, so that a client that
// waits for this time does not retry too early.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int(max(1, math.Ceil(d.Seconds()))))
}
