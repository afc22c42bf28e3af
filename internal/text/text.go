// Package text contains the rules for free text. They say which characters a name,
// a code, a comment or a reason may contain, in facts and in requests.
//
// A control character can hide the text after it in a terminal or a log. A
// character that changes the direction of text can make text look different
// from what programs read. Users do not need such characters.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says which character is not allowed in text.
type Error struct {
	Rune rune // character that is not allowed; utf8.RuneError if the text is not valid UTF-8
}

// Fault checks a single line of text. It returns a sentence that says what is
// wrong, or "" if nothing is wrong.
func Fault(s string) string { return sentence(Line(s)) }

// FaultInLines is like Fault, for several lines of text.
func FaultInLines(s string) string { return sentence(Lines(s)) }

func sentence(err error) string {
	if err == nil {
		return ""
	}
	message := err.Error()
	return strings.ToUpper(message[:1]) + message[1:] + "."
}

// Error describes the fault without the name of the field, which the caller adds in
// front.
func (e *Error) Error() string {
	switch {
	case e.Rune == utf8.RuneError:
		return "this text is not valid UTF-8"
	case changesDirection(e.Rune):
		return fmt.Sprintf("characters that change the direction of text are not allowed: remove U+%04X", e.Rune)
	default:
		return fmt.Sprintf("control characters are not allowed: remove U+%04X", e.Rune)
	}
}

// Line checks a single line of text. It refuses control characters, including
// line breaks and tabs, and characters that override the direction of text. Its
// error is an *Error.
func Line(s string) error { return check(s, false) }

// Lines is like Line, but allows line breaks and tabs.
func Lines(s string) error { return check(s, true) }

func check(s string, breaks bool) error {
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				return &Error{Rune: utf8.RuneError}
			}
		}
		i += size
		if !fits(r, breaks) {
			return &Error{Rune: r}
		}
	}
	return nil
}

func fits(r rune, breaks bool) bool {
	switch r {
	case '\n', '\r', '\t', '\u2028', '\u2029':
		return breaks
	default:
		return !unicode.IsControl(r) && !changesDirection(r)
	}
}

// Clip shortens text so that it can be quoted in a message to its sender. The
// result is valid UTF-8, but may contain characters that Line refuses.
func Clip(s string) string {
	const most = 64
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !Limit(most).Exceeded(s) {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}

// changesDirection reports whether a character changes the direction of the
// text after it.
func changesDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
