// Package linkcode reads link codes as people type, print and paste them, and
// decides which code they mean. Tracked links and the feed use the same rule.
package linkcode

import (
	"strings"
	"unicode"
)

// AffiliatePrefix is the prefix of an affiliate's code in links.
const AffiliatePrefix = "c_"

// Fold returns the form that all variants of one code share. It ignores case,
// closing punctuation and the affiliate prefix. Codes on the feed have only
// ASCII letters, digits, '-', '_' and '.', so the generated column
// link_codes.folded has the same value.
//
// The programme never creates two codes with the same fold. So a fact with a
// variant of a code means the same partner at any time.
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

// closing reports whether r can follow a link in a sentence. Such characters
// are full stops, closing brackets, quotation marks, spaces and invisible
// marks. A code can end in a hyphen or an underscore.
func closing(r rune) bool {
	return r == '>' || r == '`' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi, unicode.Po, unicode.Cf, unicode.Z)
}

// Code is a link code with the details that Match needs.
type Code struct {
	Text      string
	Affiliate bool // whether its links have AffiliatePrefix before the code
}

// Match returns the index of the code that given means, or -1. at(0) to
// at(n-1) return the codes with the same Fold. Match prefers a code that is
// exactly equal. Otherwise exactly one code must match, ignoring case and
// closing punctuation. A programme may have two such codes from earlier
// versions, and then given must equal one of them exactly.
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
