// Package fault holds the one error type of the application. Domain packages
// return it for everything that a caller may know. Any other error is internal,
// and the caller sees only "A server error occurred".
package fault

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/text"
)

// Code classifies an error by what the caller can do about it. The codes are
// those of the Partner API's error table. internal/httpapi gives each code its
// status and its message.
type Code string

// These are the codes that a domain package may return. The codes that exist
// only in HTTP (methods, media types) are declared in internal/httpapi.
const (
	AuthenticationFailed Code = "AuthenticationFailed" // wrong, forged or revoked credentials
	NotAuthenticated     Code = "NotAuthenticated"     // no credentials at all
	TokenExpired         Code = "TokenExpired"         // the credentials are valid but too old
	PermissionDenied     Code = "PermissionDenied"     // the caller is known but not allowed
	NotFound             Code = "NotFound"             // the object does not exist, or belongs to someone else
	ParseError           Code = "ParseError"           // the input cannot be read at all
	ValidationError      Code = "ValidationError"      // readable, but a field is wrong: see Fields
	Throttled            Code = "Throttled"            // too many attempts: see RetryAfter
	ServiceUnavailable   Code = "ServiceUnavailable"   // the store cannot write or answer now; nothing was done: see RetryAfter
)

// Field is one fault in one field of the input.
type Field struct {
	Name    string `json:"field"`   // the field as the caller spelled it
	Message string `json:"message"` // a sentence: what is wrong and what to send instead
	Code    string `json:"code"`    // machine-readable: required, invalid, max_value, already_in_use...
}

// Error is an error that the caller may see.
type Error struct {
	Code       Code
	Message    string        // empty: the code's standard text
	Fields     []Field       // for ValidationError, one for each fault; also allowed on PermissionDenied
	RetryAfter time.Duration // for Throttled and ServiceUnavailable
	Cause      error         // for the log only; may be nil
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

// Is reports whether target is New of the same code, so that errors.Is(err,
// fault.New(fault.NotFound)) works. An error with a message, fields or a cause
// matches only itself: a package distinguishes its own errors of one code.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code && other.Message == "" && other.Fields == nil && other.Cause == nil
}

// New returns an error with its code's standard text.
func New(code Code) *Error { return &Error{Code: code} }

// Unknown returns a NotFound that a package keeps as its own error. what names
// the missing object for the log.
func Unknown(what string) *Error { return &Error{Code: NotFound, Cause: errors.New(what)} }

// Invalid returns a ValidationError for one field.
func Invalid(field, code, message string) *Error {
	return &Error{Code: ValidationError, Fields: []Field{{Name: field, Message: message, Code: code}}}
}

// Fields collects faults, so that the caller learns of all of them at once.
type Fields []Field

// Add notes one more fault.
func (f *Fields) Add(name, code, message string) {
	*f = append(*f, Field{Name: name, Message: message, Code: code})
}

// Text notes what is wrong with a free text of one line: it is longer than
// most, or it contains a forbidden character.
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

// Err returns nil if nothing was added, and a ValidationError otherwise.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: ValidationError, Fields: f}
}

// Renamed returns a ValidationError with its fields renamed for another caller,
// and any other error as it is.
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
