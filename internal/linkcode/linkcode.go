// Package linkcode reads link codes as people type, print and paste them, and
// decides which code they mean. Tracked links and the feed share its rule.
package linkcode

import (
	"strings"
	"unicode"
)

// AffiliatePrefix precedes an affiliate's code in its links.
const AffiliatePrefix = "c_"

// Fold returns what all spellings of one code have in common: it ignores case,
// closing punctuation and the affiliates' prefix. Codes on the feed consist of
// ASCII letters, digits, '-', '_' and '.', so the generated column
// link_codes.folded computes the same in SQL.
//
// Only one code of each fold can be created. A fact that names a code loosely
// thus means the same partner whenever it arrives.
func Fold(given string) string {
	text := plain(given)
	if bare := strings.TrimPrefix(text, AffiliatePrefix); bare != "" {
		return bare
	}
	return text
}

// plain returns a text in lower case and without closing punctuation.
func plain(text string) string {
	if kept := strings.TrimRightFunc(text, closing); kept != "" {
		text = kept
	}
	return strings.ToLower(text)
}

// closing reports whether r can follow a link in a sentence: full stops,
// closing brackets, quotation marks, spaces and invisible marks. Hyphens and
// underscores belong to codes.
func closing(r rune) bool {
	return r == '>' || r == '`' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi, unicode.Po, unicode.Cf, unicode.Z)
}

// Code is a link code with the details that Match needs.
type Code struct {
	Text      string
	Affiliate bool // its links have AffiliatePrefix before the code
}

// Match returns the index of the intended code, or -1. at(0) to at(n-1) return
// the codes with the same Fold. An exact match wins. Otherwise exactly one code
// must match without case and closing punctuation. If a programme has two such
// codes from earlier versions, only their exact spellings match.
func Match(given string, n int, at func(i int) Code) int {
	bare, prefixed := given, false
	if len(given) > len(AffiliatePrefix) && strings.EqualFold(given[:len(AffiliatePrefix)], AffiliatePrefix) {
		bare, prefixed = given[len(AffiliatePrefix):], true
	}
	exact, loose, several := -1, -1, false
	for i := range n {
		c := at(i)
		if prefixed && c.Affiliate && c.Text == bare {
			return i
		}
		if c.Text == given {
			exact = i
		}
		if plain(c.Text) == plain(given) || (prefixed && c.Affiliate && plain(c.Text) == plain(bare)) {
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
