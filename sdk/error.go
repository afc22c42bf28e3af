package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// These are the possible codes of an Error.
const (
	AuthenticationFailed = "AuthenticationFailed"
	NotAuthenticated     = "NotAuthenticated"
	TokenExpired         = "TokenExpired"
	PermissionDenied     = "PermissionDenied"
	NotFound             = "NotFound"
	MethodNotAllowed     = "MethodNotAllowed"
	NotAcceptable        = "NotAcceptable"
	ParseError           = "ParseError"
	ValidationError      = "ValidationError"
	UnsupportedMediaType = "UnsupportedMediaType"
	Throttled            = "Throttled"
	ServiceUnavailable   = "ServiceUnavailable"
	ServerError          = "APIException"
)

// Error is a response that is not a success.
type Error struct {
	Status    int // HTTP status
	Code      string
	Message   string
	Details   []Detail // one entry for each wrong field
	RequestID string   // id of the request in the server's log
	// RetryAfter is how long to wait before the next attempt. It is 0 if the
	// server did not say.
	RetryAfter time.Duration
}

// Detail describes one fault in a field of a request.
type Detail struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

// Error implements error.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s: %s", e.Status, e.Code, e.Message)
	for _, d := range e.Details {
		fmt.Fprintf(&text, "; %s: %s (%s)", d.Field, d.Message, d.Code)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [request %s]", e.RequestID)
	}
	return text.String()
}

// ErrorCode returns the code of the *Error in the chain of err, or "" if there
// is none.
func ErrorCode(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

func (e *Error) wait() time.Duration {
	if e.RetryAfter == 0 {
		return time.Second
	}
	return e.RetryAfter
}

const maxError = 1 << 20

// readError reads a response that is not a success, and closes its body. If the
// response does not have the form of the API, for example because a proxy sent
// it, the error's code and message are the text of the HTTP status.
func readError(answer *http.Response) *Error {
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxError))
	if err != nil {
		content = nil
	}
	return refusalOf(answer, content)
}

func refusalOf(answer *http.Response, content []byte) *Error {
	e := &Error{Status: answer.StatusCode, RequestID: answer.Header.Get("X-Request-ID")}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds < 1_000_000 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	var body struct {
		Code    string   `json:"code"`
		Message string   `json:"message"`
		Details []Detail `json:"details"`
	}
	if json.Unmarshal(content, &body) != nil || body.Code == "" {
		e.Code, e.Message = strings.ReplaceAll(http.StatusText(answer.StatusCode), " ", ""), http.StatusText(answer.StatusCode)
		return e
	}
	e.Code, e.Message, e.Details = body.Code, body.Message, body.Details
	return e
}
