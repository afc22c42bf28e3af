// Package email contains the rules for e-mail addresses. Facts and requests follow
// the same rules.
package email

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/text"
)

const (
	maxBytes = int(text.Email) // maximum length in bytes, from RFC 5321; no mail system delivers to longer addresses
	maxLocal = 64              // maximum length of the part before the @, in bytes
	maxLabel = 63              // maximum length of a label, which is a part of the domain between dots, in bytes
)

// Normal returns the form in which addresses are stored and compared. It is in
// lower case, without surrounding space.
func Normal(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// Mailbox returns the normal form without the tag after a plus sign. Mail systems
// usually ignore this tag, so addresses with the same result belong to one person.
func Mailbox(address string) string {
	address = Normal(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}

// Valid reports whether an address has a local part, an @, and a domain with a dot.
// It accepts addresses that mail providers have really issued although RFC 5322
// forbids them, such as those with two dots in a row or a dot before the @. It does
// not accept display names, quotes, comments or surrounding space.
func Valid(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at > maxLocal || len(address) > maxBytes || !utf8.ValidString(address) || text.Line(address) != nil {
		return false
	}
	return !strings.ContainsFunc(address[:at], forbiddenInMailbox) && domain(address[at+1:])
}

// forbiddenInMailbox reports whether a character is forbidden before the @, unless it is
// quoted.
func forbiddenInMailbox(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`()<>[]:;,@\"`, r)
}

func domain(name string) bool {
	if !strings.Contains(name, ".") {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, forbiddenInDomain) {
			return false
		}
	}
	return true
}

// forbiddenInDomain reports whether a character is forbidden in a domain. It accepts letters of
// every script, because not every sender converts them to punycode.
func forbiddenInDomain(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}
