// Package email holds the one rule for e-mail addresses, for facts and calls:
// every call accepts an address that the feed accepts.
package email

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/text"
)

const (
	maxBytes = int(text.Email) // RFC 5321 counts bytes; no mail system carries longer addresses
	maxLocal = 64              // bytes before the @
	maxLabel = 63              // bytes between two dots of the domain
)

// Normal returns the form in which addresses are stored and compared: lower
// case, without surrounding space.
func Normal(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// Mailbox returns the form that addresses of the same person share: it is
// normal, without the tag after a plus sign.
func Mailbox(address string) string {
	address = Normal(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}

// Valid reports whether an address, without surrounding space, consists of a
// local part, an @, and a domain with a dot. It accepts addresses that carriers
// have really given out, such as with two dots in a row or a dot before the @,
// though RFC 5322 requires quotes around those. It accepts no display names,
// quotes or comments.
func Valid(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at > maxLocal || len(address) > maxBytes || !utf8.ValidString(address) || text.Line(address) != nil {
		return false
	}
	return !strings.ContainsFunc(address[:at], never) && domain(address[at+1:])
}

// never reports whether a character cannot occur before the @ without quotes.
func never(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()<>[]:;,@\"`, r) }

func domain(name string) bool {
	if !strings.Contains(name, ".") {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, unfit) {
			return false
		}
	}
	return true
}

// unfit reports whether a character cannot occur in a domain. Letters of every
// script can: not every sender writes them in punycode.
func unfit(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}
