package mail

import (
	"regexp"
	"strings"
)

var codeLike = regexp.MustCompile(`[0-9]{6,}`)

// Spaced splits long numbers in a text into groups of three digits, so that no
// text chosen by a user looks like a code.
func Spaced(text string) string {
	return codeLike.ReplaceAllStringFunc(text, func(digits string) string {
		var groups []string
		for len(digits) > 3 {
			groups = append(groups, digits[:3])
			digits = digits[3:]
		}
		return strings.Join(append(groups, digits), " ")
	})
}
