package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/tributary-server/tributary/internal/email"
)

// ErrRefused wraps an error that is caused by the mail itself. Trying again does
// not help.
var ErrRefused = errors.New("the mail cannot be delivered")

// ParseAddress reads an address with or without a name, for example
// "Tributary <no-reply@example.com>".
//
// It accepts every address that partners and clients may have. Some of them, for
// example with two dots in a row, need quotes according to RFC 5322. ParseAddress
// accepts them without quotes.
func ParseAddress(text string) (*netmail.Address, error) {
	if email.Valid(text) {
		return &netmail.Address{Address: text}, nil
	}
	address, err := netmail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("reading an e-mail address: %w", err)
	}
	if len(address.Address) > maxAddress || strings.ContainsAny(address.Address, "\r\n\x00") {
		return nil, errors.New("reading an e-mail address: no mail system accepts it")
	}
	return address, nil
}

// compose prepares a mail for sending. The same mail always has the same
// Message-ID and Date, so that a receiver can recognise a mail that is sent twice.
func compose(m *Mail, from *netmail.Address, encoding gomail.Encoding) (*gomail.Msg, error) {
	to, err := ParseAddress(m.To)
	if err != nil || to.Address != m.To {
		return nil, fmt.Errorf("%w: the recipient is not an e-mail address", ErrRefused)
	}
	kept := m.Storable() // the store may contain a mail that was not cleaned
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encoding))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(kept.Subject)
	msg.SetDateWithValue(m.CreatedAt)
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(m.ID.String() + "@" + domain)
	// This header prevents automatic replies.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBoundary("tributary-" + m.ID.String())
	msg.SetBodyString(gomail.TypeTextPlain, crlf(kept.Text))
	if kept.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, crlf(kept.HTML))
	}
	return msg, nil
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
