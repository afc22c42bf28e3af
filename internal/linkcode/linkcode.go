// Package linkcode reads link codes as people type, print and paste them, and
// decides which code they mean. Tracked links and the feed share its rule.
package linkcode

import (
	"strings"
	"unicode"
)

// AffiliatePrefix stands before an affiliate's code in its links.
const AffiliatePrefix = "c_"

// Fold returns what all spellings of one code have in common: it ignores case,
// closing punctuation and the affiliates' prefix. Codes of the feed consist of
// ASCII letters, digits, '-', '_' and '.', so the generated column
// link_codes.folded computes the same in SQL.
//
// At most one code of each fold can be created. Thus a fact that names a code
// loosely means the same partner whenever it arrives.
func Fold(given string) string {
	text := plain(given)
	if bare := strings.TrimPrefix(text, AffiliatePrefix); bare != "" {
		return bare
	}
	return text
}

// plain is a text without case and closing punctuation.
func plain(text string) string {
	if kept := strings.TrimRightFunc(text, closing); kept != "" {
		text = kept
	}
	return strings.ToLower(text)
}

// closing reports whether r is something that follows a link in a sentence:
// full stops, closing brackets, quotation marks, spaces and invisible marks.
// Hyphens and underscores belong to codes.
func closing(r rune) bool {
	return r == '>' || r == '`' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi, unicode.Po, unicode.Cf, unicode.Z)
}

// Code is a link code and what it takes to choose between several.
type Code struct {
	Text      string
	Affiliate bool // its links have AffiliatePrefix before the code
}

// Match returns the index of the code that is meant by what was given, or -1.
// The codes are those with one Fold, as at(0) to at(n-1) return them. The exact
// code counts first; otherwise exactly one must be left without case and
// closing punctuation. A programme that has two such codes from earlier
// versions is understood by their exact spelling alone.
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
