package mail

import (
	"regexp"
	"strings"
)

var codeLike = regexp.MustCompile(`[0-9]{6,}`)

// Spaced writes a text that somebody chose so that nothing in it can be taken
// for a code: long numbers fall apart into groups of three digits.
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
