// Package fault contains the only error type that callers of the API may see. Domain
// packages return it for every error that a caller can act on. Any other error is
// internal, and the caller sees only "A server error occurred".
package fault

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/text"
)

// Code classifies an error by what the caller can do about it. The Partner API's table
// of errors defines the codes. Package httpapi defines the status and the message of
// each code.
type Code string

// These are the codes that domain packages return. Package httpapi has further codes
// that only HTTP needs, such as those for methods and media types.
const (
	AuthenticationFailed Code = "AuthenticationFailed" // the credentials are wrong, forged or revoked
	NotAuthenticated     Code = "NotAuthenticated"     // there are no credentials
	TokenExpired         Code = "TokenExpired"         // the credentials are valid but too old
	PermissionDenied     Code = "PermissionDenied"     // the caller is known but lacks permission
	NotFound             Code = "NotFound"             // the object does not exist, or belongs to someone else
	ParseError           Code = "ParseError"           // the input cannot be parsed
	ValidationError      Code = "ValidationError"      // a field of the input is wrong; see Fields
	Throttled            Code = "Throttled"            // there were too many attempts; see RetryAfter
	ServiceUnavailable   Code = "ServiceUnavailable"   // the database cannot read or write now, and nothing was done; see RetryAfter
)

// Field is one fault in one field of the input.
type Field struct {
	Name    string `json:"field"`   // name of the field in the request
	Message string `json:"message"` // sentence that says what is wrong and what to send instead
	Code    string `json:"code"`    // identifier of the fault for programs, such as required, invalid, max_value or already_in_use
}

// Error is an error that a caller may see.
type Error struct {
	Code       Code
	Message    string        // empty means the standard message of the code
	Fields     []Field       // one for each fault; used for ValidationError, and sometimes for PermissionDenied
	RetryAfter time.Duration // time after which to try again; set for Throttled and ServiceUnavailable
	Cause      error         // logged, but not sent to the caller; may be nil
}

// Error returns the text for the log, including the fields and the cause.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	for _, f := range e.Fields {
		text += fmt.Sprintf("; %s: %s", f.Name, f.Message)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is the error that New returns for the same code, so
// errors.Is(err, fault.New(fault.NotFound)) is true for any NotFound. A target with
// a message, fields or a cause matches only itself, so that a package can
// distinguish its own errors that have the same code.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code && other.Message == "" && other.Fields == nil && other.Cause == nil
}

// New returns an error with the standard message of its code.
func New(code Code) *Error { return &Error{Code: code} }

// Unknown returns a NotFound error that a package can declare as a variable.
// Its text is for the log and says which object is missing.
func Unknown(description string) *Error {
	return &Error{Code: NotFound, Cause: errors.New(description)}
}

// Invalid returns a ValidationError for one field.
func Invalid(field, code, message string) *Error {
	return &Error{Code: ValidationError, Fields: []Field{{Name: field, Message: message, Code: code}}}
}

// Fields collects faults, so that one response can report all of them.
type Fields []Field

// Add adds a fault.
func (f *Fields) Add(name, code, message string) {
	*f = append(*f, Field{Name: name, Message: message, Code: code})
}

// Text adds a fault if the value is longer than the limit, or contains a
// character that is not allowed in a single line.
func (f *Fields) Text(name, value string, most text.Limit) { f.free(name, value, most, text.Fault) }

// Lines is like Text, for several lines of text.
func (f *Fields) Lines(name, value string, most text.Limit) {
	f.free(name, value, most, text.FaultInLines)
}

func (f *Fields) free(name, value string, most text.Limit, characters func(string) string) {
	if long := most.Fault(value); long != "" {
		f.Add(name, "max_length", long)
	} else if wrong := characters(value); wrong != "" {
		f.Add(name, "invalid", wrong)
	}
}

// Err returns a ValidationError with the faults, or nil if there are none.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: ValidationError, Fields: f}
}

// Renamed renames the fields of a ValidationError to the names in the caller's
// request. It returns any other error unchanged.
func Renamed(err error, name func(string) string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != ValidationError {
		return err
	}
	out := *e
	out.Fields = make([]Field, len(e.Fields))
	for i, f := range e.Fields {
		f.Name = name(f.Name)
		out.Fields[i] = f
	}
	return &out
}

// CodeOf returns the code of the *Error that err wraps, or an empty code if err wraps
// none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
