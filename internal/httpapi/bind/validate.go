package bind

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/email"
	free "github.com/tributary-server/tributary/internal/text"
)

const formatDigits = "digits"

// formatPassword is the format of a password or another secret that a person
// types.
const formatPassword = "password"

// checkText applies a field's rules to a trimmed text. The messages are those
// of Django REST framework, because existing programs compare them.
func checkText(text string, r Rules) (code, message string) {
	if code, message = checkFree(text, r); code != "" {
		return code, message
	}
	length := utf8.RuneCountInString(text)
	switch {
	case text == "" && (r.Required || len(r.Enum) > 0):
		return "blank", "This field may not be blank."
	case text == "":
		return "", ""
	case free.Limit(r.MaxLength).Exceeded(text):
		return "max_length", free.Limit(r.MaxLength).Fault(text)
	case length < r.MinLength:
		return "min_length", fmt.Sprintf("Ensure this field has at least %d characters.", r.MinLength)
	case len(r.Enum) > 0 && !slices.Contains(r.Enum, text):
		return "invalid_choice", NotAChoice(text)
	}
	switch r.Format {
	case formatDigits:
		if strings.Trim(text, "0123456789") != "" {
			return "invalid", "A valid integer is required."
		}
	case "email":
		if !email.Valid(text) {
			return "invalid", "Enter a valid email address."
		}
	case "uri":
		if u, err := url.Parse(text); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "invalid", "Enter a valid URL."
		}
	}
	return "", ""
}

// NotAChoice returns the message for a value that is not one of the allowed
// values. It does not use %q, because Go's escapes would confuse people.
func NotAChoice(text string) string { return `"` + free.Clip(text) + `" is not a valid choice.` }

// checkFree applies the rules for free text of package text. They do not apply
// to a password, because it is never displayed. No text can contain NUL,
// because PostgreSQL cannot store it.
func checkFree(text string, r Rules) (code, message string) {
	if strings.IndexByte(text, 0) >= 0 {
		return "null_characters_not_allowed", "Null characters are not allowed."
	}
	switch {
	case r.Format == formatPassword:
	case r.lines:
		message = free.FaultInLines(text)
	default:
		message = free.Fault(text)
	}
	if message != "" {
		return "invalid", message
	}
	return "", ""
}

// readable returns a name from a request in a form that is safe to display.
func readable(name string) string {
	if free.Line(name) != nil {
		name = strconv.QuoteToASCII(name)
	}
	return free.Clip(name)
}
