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

// These codes exist only in HTTP.
const (
	methodNotAllowed     fault.Code = "MethodNotAllowed"
	notAcceptable        fault.Code = "NotAcceptable"
	unsupportedMediaType fault.Code = "UnsupportedMediaType"
	apiException         fault.Code = "APIException"
)

// entry is a row of the contract's table of errors.
type entry struct {
	status  int
	message string
}

// table lists every error that leaves the server.
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

// Problem is the body of an error answer.
type Problem struct {
	Code    fault.Code    `json:"code"`
	Message string        `json:"message"`
	Details []fault.Field `json:"details,omitempty"`
}

// nonField is the "field" of a fault that belongs to no single field.
const nonField = "non_field_errors"

// errMethod and errMedia return the two errors whose message names what was
// sent.
func errMethod(method string) error {
	return &fault.Error{Code: methodNotAllowed, Message: fmt.Sprintf(table[methodNotAllowed].message, free.Clip(method))}
}

func errMedia(mediaType string) error {
	return &fault.Error{Code: unsupportedMediaType, Message: fmt.Sprintf(table[unsupportedMediaType].message, free.Clip(mediaType))}
}

// problemOf converts an error to the problem that the caller sees. It returns
// false for an internal error, whose text the caller must not see.
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

// details returns the error's fields. The problem's "message" comes from the
// table, so a message that the domain gave becomes a detail.
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

// fail writes err as the answer. If a byte of another answer has been sent
// already, it aborts the connection instead, so that no one mistakes half an
// answer for a whole one.
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
		panic(fmt.Errorf("encoding an error: %w", err)) // strings only: cannot fail
	}
	x.writeBody(status, FormatJSON.Type, body)
}

// logFailure logs for the operator the cause that the caller does not see. It
// ignores a failure, such as a cancelled query, that happened because the
// caller went away.
func (x *exchange) logFailure(ctx context.Context, err error) {
	level := slog.LevelError
	if errors.Is(err, errGone) || errors.Is(ctx.Err(), context.Canceled) {
		level = slog.LevelInfo
	}
	x.router.log.LogAttrs(ctx, level, "request failed", slog.Any("error", err), slog.String("op", x.opID()))
}

// recovered turns a panic into an internal error, except for the one that asks
// net/http to abort the connection.
func (x *exchange) recovered(ctx context.Context, reason any) {
	if reason == http.ErrAbortHandler { //nolint:errorlint // net/http's own comparison
		panic(reason)
	}
	x.fail(ctx, fmt.Errorf("panic: %v\n%s", reason, debug.Stack()))
}

// wholeSeconds returns d rounded up, at least 1, so that a caller that waits
// this long is never early.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int(max(1, math.Ceil(d.Seconds()))))
}
