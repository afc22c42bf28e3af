// Package object reads JSON objects more strictly than encoding/json. A name
// may occur only once in an object, and a string must not contain half of a
// surrogate pair. The package also writes JSON in the form that the API uses.
//
// If two fields of an object have the same name, encoding/json uses the last one, but
// another program may use the first, and thus a different amount. encoding/json also
// decodes every half of a surrogate pair to U+FFFD, so two different ids can become
// equal.
package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// These errors say which kind of JSON value was expected.
var (
	ErrNotJSON   = errors.New("not valid JSON")
	ErrNotObject = errors.New("not a JSON object")
	ErrNotArray  = errors.New("not a JSON array")
)

// Member is a field of a JSON object.
type Member struct {
	Name  []byte // decoded name
	Value []byte // encoded JSON, without surrounding space
}

// Null reports whether the value is null.
func (m Member) Null() bool { return string(m.Value) == "null" }

// Members appends the members of a JSON object to the given list, in their
// order in the text, including members with the same name. Names and values may
// share memory with the given text.
func Members(list []Member, text []byte) ([]Member, error) {
	if !json.Valid(text) {
		return list, ErrNotJSON
	}
	rest := space(text)
	if rest[0] != '{' {
		return list, ErrNotObject
	}
	// The text is valid, so the loop only has to find the ends of the values.
	for rest = space(rest[1:]); rest[0] != '}'; {
		name, after := cut(rest)
		value, behind := cut(space(space(after)[1:])) // [1:] skips the colon
		list = append(list, Member{Name: unescape(name), Value: value})
		if rest = space(behind); rest[0] == ',' {
			rest = space(rest[1:])
		}
	}
	return list, nil
}

// Items returns the values of a valid JSON array.
func Items(text []byte) ([][]byte, error) {
	if text = space(text); len(text) == 0 || text[0] != '[' {
		return nil, ErrNotArray
	}
	var list [][]byte
	for rest := space(text[1:]); len(rest) > 0 && rest[0] != ']'; {
		value, behind := cut(rest)
		list = append(list, value)
		if rest = space(behind); len(rest) > 0 && rest[0] == ',' {
			rest = space(rest[1:])
		}
	}
	return list, nil
}

// unescape returns a name with its escapes decoded. It copies the name only if
// there are escapes.
func unescape(name []byte) []byte {
	if inside := name[1 : len(name)-1]; bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	decoded, _ := Text(name)
	return []byte(decoded)
}

// Text decodes a JSON string. It returns false if the value is not a string.
func Text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inside := value[1 : len(value)-1]; bytes.IndexByte(inside, '\\') < 0 {
		return string(inside), true
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

func cut(text []byte) (value, rest []byte) {
	switch text[0] {
	case '"':
		end := quotedLength(text)
		return text[:end], text[end:]
	case '{', '[':
		end := nestedLength(text)
		return text[:end], text[end:]
	default:
		end := bytes.IndexAny(text, ",]} \t\r\n")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:]
	}
}

func quotedLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

func nestedLength(text []byte) int {
	for i, depth := 0, 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += quotedLength(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

func space(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

// Half returns the first escape that is half of a surrogate pair, such as \ud800, or
// "" if there is none.
func Half(value []byte) string {
	for at := bytes.IndexByte(value, '\\'); at >= 0 && at+1 < len(value); {
		size := 2
		if value[at+1] == 'u' {
			size = 6
			switch first := unit(value[at:]); {
			case first >= 0xd800 && first < 0xdc00:
				if second := unit(value[min(at+size, len(value)):]); second < 0xdc00 || second > 0xdfff {
					return string(value[at : at+size])
				}
				size = 12
			case first >= 0xdc00 && first <= 0xdfff:
				return string(value[at : at+size])
			}
		}
		next := bytes.IndexByte(value[min(at+size, len(value)):], '\\')
		if next < 0 {
			return ""
		}
		at += size + next
	}
	return ""
}

// unit returns the number in an escape \uXXXX at the beginning of text, or 0 if there
// is none.
func unit(text []byte) uint64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return n
}
