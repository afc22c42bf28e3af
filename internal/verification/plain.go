package verification

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// PlainCode normalises a code that a person has entered. It removes spaces,
// hyphens and invisible marks, converts letters to lower case, and converts the
// digits of all scripts to ASCII.
func PlainCode(code string) string {
	var out strings.Builder
	for _, r := range norm.NFKC.String(code) {
		switch {
		case unicode.Is(unicode.Nd, r):
			out.WriteByte('0' + digitValue(r))
		case unicode.IsSpace(r), unicode.In(r, unicode.Z, unicode.C, unicode.Pd, unicode.M), r == '\u2212', r == '\uFFFD':
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

// digitValue returns the value of a decimal digit of any script. In Unicode, the
// digits 0 to 9 of a script are consecutive, so each range of digits begins with
// a zero.
func digitValue(r rune) byte {
	for _, span := range unicode.Nd.R16 {
		if r >= rune(span.Lo) && r <= rune(span.Hi) {
			return byte((r - rune(span.Lo)) % 10)
		}
	}
	for _, span := range unicode.Nd.R32 {
		if r >= rune(span.Lo) && r <= rune(span.Hi) {
			return byte((r - rune(span.Lo)) % 10)
		}
	}
	return 0
}
