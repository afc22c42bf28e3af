// Package fault holds the one error type of the application. Domain packages
// return it for everything a caller may be told; anything else is an internal
// error, which the outside sees only as "A server error occurred".
package fault

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/text"
)

// Code classifies an error by what the caller can do about it. The codes are
// those of the Partner API's error table; internal/api/drf gives each its
// status and its message.
type Code string

// The codes a domain package may return. What only HTTP can get wrong
// (methods, media types) is declared where HTTP is spoken.
const (
	AuthenticationFailed Code = "AuthenticationFailed" // wrong, forged or revoked credentials
	NotAuthenticated     Code = "NotAuthenticated"     // no credentials at all
	TokenExpired         Code = "TokenExpired"         // valid credentials, too old
	PermissionDenied     Code = "PermissionDenied"     // known caller, not allowed
	NotFound             Code = "NotFound"             // does not exist, or belongs to somebody else
	ParseError           Code = "ParseError"           // the input cannot be read at all
	ValidationError      Code = "ValidationError"      // readable, but a field is wrong: see Fields
	Throttled            Code = "Throttled"            // too many tries: see RetryAfter
	ServiceUnavailable   Code = "ServiceUnavailable"   // the store cannot write or answer now, and nothing was done: see RetryAfter
)

// Field is one fault in one field of the input.
type Field struct {
	Name    string `json:"field"`   // the field as the caller spelled it
	Message string `json:"message"` // what is wrong and what would be right, a sentence
	Code    string `json:"code"`    // machine-readable: required, invalid, max_value, already_in_use...
}

// Error is an error the caller may see.
type Error struct {
	Code       Code
	Message    string        // empty: the code's standard text
	Fields     []Field       // for ValidationError, one for each fault; also allowed on PermissionDenied
	RetryAfter time.Duration // for Throttled and ServiceUnavailable
	Cause      error         // what happened, for the log alone; may be nil
}

// Error implements error.
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

// Is reports whether target is New of the same code, so that
// errors.Is(err, fault.New(fault.NotFound)) reads as it should. An error that
// says more is only itself: a package tells its own errors of one code apart.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code && other.Message == "" && other.Fields == nil && other.Cause == nil
}

// New returns an error with its code's standard text.
func New(code Code) *Error { return &Error{Code: code} }

// Unknown returns a NotFound that a package keeps as its own error; what says to
// the log what there is none of.
func Unknown(what string) *Error { return &Error{Code: NotFound, Cause: errors.New(what)} }

// Invalid returns a ValidationError for one field.
func Invalid(field, code, message string) *Error {
	return &Error{Code: ValidationError, Fields: []Field{{Name: field, Message: message, Code: code}}}
}

// Fields collects faults, so that a caller learns of all of them at once.
type Fields []Field

// Add notes one more fault.
func (f *Fields) Add(name, code, message string) {
	*f = append(*f, Field{Name: name, Message: message, Code: code})
}

// Text notes what is wrong with a free text of one line: that it is longer than
// most, or a character in it.
func (f *Fields) Text(name, value string, most text.Limit) { f.free(name, value, most, text.Fault) }

// Lines is Text for a text of several lines.
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

// Err is nil when nothing was added, and a ValidationError otherwise.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: ValidationError, Fields: f}
}

// Renamed returns a ValidationError with its fields under the names by which
// another caller knows them, and any other error as it is.
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

// CodeOf returns the code of the *Error in err's chain, or "" when there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
