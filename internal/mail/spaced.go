package mail

import (
	"regexp"
	"strings"
)

var codeLike = regexp.MustCompile(`[0-9]{6,}`)

// Spaced splits numbers of six or more digits into groups of three, so that a
// text from a user never looks like a verification code.
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
