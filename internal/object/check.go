package object

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// FieldError is a fault in JSON that two programs might read differently.
type FieldError struct {
	Path    string // name of the field, preceded by the names of the objects that contain it, such as "payload.amount"
	Code    string // word for programs: one of the constants below
	Message string // sentence for people
}

// Error returns the path and the message.
func (e *FieldError) Error() string { return e.Path + ": " + e.Message }

// These are the codes of a FieldError.
const (
	Duplicate = "duplicate_field"
	Surrogate = "surrogate_characters_not_allowed"
)

// Check refuses JSON in which an object has two fields with the same name, at
// any depth. It also refuses a name or text that contains half of a surrogate
// pair. The error is a *FieldError. Check accepts text that is not JSON at all,
// because the parser refuses it later.
func Check(text []byte) error {
	if !json.Valid(text) {
		return nil
	}
	if _, fault := walk(space(text)); fault != nil {
		return fault
	}
	return nil
}

// walk checks the first value of valid JSON, and returns the text after this value.
// It reads each byte only once, even in deeply nested values.
func walk(text []byte) ([]byte, *FieldError) {
	switch text[0] {
	case '{':
		return walkObject(space(text[1:]))
	case '[':
		return walkArray(space(text[1:]))
	}
	value, rest := cut(text)
	return space(rest), checkSurrogates(value)
}

func walkObject(text []byte) ([]byte, *FieldError) {
	seen := map[string]bool{}
	for text[0] != '}' {
		quoted, rest := cut(text)
		name := string(unescape(quoted))
		fault := checkSurrogates(quoted)
		if fault == nil && seen[name] {
			fault = &FieldError{Code: Duplicate, Message: "This field is given twice. Send it once."}
		}
		seen[name] = true
		if fault == nil {
			rest, fault = walk(space(space(rest)[1:])) // [1:] skips the colon
		}
		if fault != nil {
			return nil, fault.addPrefix(name)
		}
		text = next(rest)
	}
	return space(text[1:]), nil
}

func walkArray(text []byte) ([]byte, *FieldError) {
	for i := 0; text[0] != ']'; i++ {
		rest, fault := walk(text)
		if fault != nil {
			return nil, fault.addPrefix(strconv.Itoa(i))
		}
		text = next(rest)
	}
	return space(text[1:]), nil
}

func next(rest []byte) []byte {
	if rest[0] == ',' {
		return space(rest[1:])
	}
	return rest
}

func checkSurrogates(value []byte) *FieldError {
	if bytes.IndexByte(value, '\\') < 0 {
		return nil
	}
	half := Half(value)
	if half == "" {
		return nil
	}
	return &FieldError{Code: Surrogate, Message: half + " is half of a surrogate pair, not a character. Send whole characters."}
}

// maxPath is the maximum length of the path in an error. The path contains names
// from the request, which may be very long.
const maxPath = 200

// addPrefix puts an object's name in front of the path. The object is the one that
// contains the faulty field.
func (e *FieldError) addPrefix(name string) *FieldError {
	switch {
	case e.Path == "":
		e.Path = name
	case len(e.Path)+len(name) < maxPath:
		e.Path = name + "." + e.Path
	}
	return e
}
