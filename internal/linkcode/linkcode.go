// Package linkcode finds out which link code people mean when they type or
// paste one. Tracked links and the feed use the same rules.
package linkcode

import (
	"strings"
	"unicode"
)

// AffiliatePrefix is put before the code in the links of affiliates.
const AffiliatePrefix = "c_"

// Fold returns the same text for all spellings of a code. It ignores case,
// punctuation at the end and the affiliate prefix. The generated column
// link_codes.folded has the same value, because codes on the feed consist only
// of ASCII letters, digits, '-', '_' and '.'.
//
// The programme never creates two codes with the same fold. Therefore a
// spelling of a code means the same partner at any time.
func Fold(given string) string {
	text := plain(given)
	if bare := strings.TrimPrefix(text, AffiliatePrefix); bare != "" {
		return bare
	}
	return text
}

// plain returns a text in lower case, without punctuation at its end.
func plain(text string) string {
	if kept := strings.TrimRightFunc(text, closing); kept != "" {
		text = kept
	}
	return strings.ToLower(text)
}

// closing reports whether r may follow a link in a sentence without belonging
// to the link. Such characters are full stops, closing brackets, quotation
// marks, spaces and invisible marks. A hyphen or an underscore is not one of
// them, because a code may end in it.
func closing(r rune) bool {
	return r == '>' || r == '`' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi, unicode.Po, unicode.Cf, unicode.Z)
}

// Code is a link code with the details that Match needs.
type Code struct {
	Text      string
	Affiliate bool // whether AffiliatePrefix precedes the code in links
}

// Match returns the index of the code that given means, or -1 if there is none.
// at returns the n codes with the same fold as given. A code that equals given
// exactly takes precedence. Otherwise exactly one code must match, ignoring
// case and punctuation at the end. A programme may have several such codes from
// earlier versions, and given must then equal one of them exactly.
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
