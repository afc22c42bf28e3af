package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/tributary-server/tributary/internal/email"
)

// ErrRefused says that this mail can never be delivered, so trying again is
// useless.
var ErrRefused = errors.New("the mail cannot be delivered")

// ParseAddress reads an address with or without a name, such as "Tributary
// <no-reply@example.com>".
//
// It accepts every address that a partner or client may have. RFC 5322 requires
// quotes for some of them, for example an address with two dots in a row, but
// ParseAddress does not.
func ParseAddress(text string) (*netmail.Address, error) {
	if email.Valid(text) {
		return &netmail.Address{Address: text}, nil
	}
	address, err := netmail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("the e-mail address is not valid: %w", err)
	}
	if len(address.Address) > maxAddress || strings.ContainsAny(address.Address, "\r\n\x00") {
		return nil, fmt.Errorf("the e-mail address is not valid: it has more than %d bytes, a line break or a zero byte", maxAddress)
	}
	return address, nil
}

// compose prepares a mail for sending. A mail has the same Message-ID and Date
// each time, so that a receiver recognises a mail that arrives twice.
func compose(m *Mail, from *netmail.Address, encoding gomail.Encoding) (*gomail.Msg, error) {
	to, err := ParseAddress(m.To)
	if err != nil || to.Address != m.To {
		return nil, fmt.Errorf("%w: the recipient is not an e-mail address", ErrRefused)
	}
	kept := m.Storable() // Storable may not have been applied before the mail was stored
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encoding))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(kept.Subject)
	msg.SetDateWithValue(m.CreatedAt)
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(m.ID.String() + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBoundary("tributary-" + m.ID.String())
	msg.SetBodyString(gomail.TypeTextPlain, crlf(kept.Text))
	if kept.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, crlf(kept.HTML))
	}
	return msg, nil
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
