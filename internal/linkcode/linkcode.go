// Package linkcode finds the link code in text that a person has typed or
// pasted. Tracked links and the feed use the same rules.
package linkcode

import (
	"strings"
	"unicode"
)

// AffiliatePrefix comes before the code in the links of affiliates.
const AffiliatePrefix = "c_"

// Fold returns the same text for all spellings of a code. It removes the
// affiliate prefix and punctuation at the end, and converts the code to lower
// case. The database computes the column link_codes.folded with simpler rules,
// which have the same result, because stored codes consist only of ASCII
// letters, digits, '-', '_' and '.'.
//
// The programme never creates two codes that Fold maps to the same text, so a
// spelling always means the same partner.
func Fold(given string) string {
	text := normalise(given)
	if bare := strings.TrimPrefix(text, AffiliatePrefix); bare != "" {
		return bare
	}
	return text
}

// normalise converts text to lower case and removes punctuation at its end.
func normalise(text string) string {
	if kept := strings.TrimRightFunc(text, isClosing); kept != "" {
		text = kept
	}
	return strings.ToLower(text)
}

// isClosing reports whether r may follow a link in a sentence without belonging
// to the link. Such characters are full stops, closing brackets, quotation
// marks, spaces and invisible marks. A hyphen and an underscore are not
// included, because they can be the last character of a code.
func isClosing(r rune) bool {
	return r == '>' || r == '`' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi, unicode.Po, unicode.Cf, unicode.Z)
}

// Code is a candidate for Match.
type Code struct {
	Text      string
	Affiliate bool // whether links have AffiliatePrefix before the code
}

// Match returns the index of the code that the given text means, or -1. It
// chooses among n candidates, for which Fold returns the same text as for the
// given one. It prefers the candidate that equals the given text exactly.
// Otherwise, it ignores case and punctuation at the end. If several candidates
// then match, which happens only with codes from earlier versions, it returns
// -1.
func Match(given string, n int, candidate func(i int) Code) int {
	bare, prefixed := given, false
	if len(given) > len(AffiliatePrefix) && strings.EqualFold(given[:len(AffiliatePrefix)], AffiliatePrefix) {
		bare, prefixed = given[len(AffiliatePrefix):], true
	}
	exact, loose, several := -1, -1, false
	for i := range n {
		c := candidate(i)
		if prefixed && c.Affiliate && c.Text == bare {
			return i
		}
		if c.Text == given {
			exact = i
		}
		if normalise(c.Text) == normalise(given) || (prefixed && c.Affiliate && normalise(c.Text) == normalise(bare)) {
			several = loose >= 0
			loose = i
		}
	}
	switch {
	case exact >= 0:
		return exact
	case several:
		return -1
	default:
		return loose
	}
}
