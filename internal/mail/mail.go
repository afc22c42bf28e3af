// Package mail sends the programme's mails. A mail is stored in the transaction
// of the change that it is about. Afterwards a Worker sends it through SMTP or
// writes it into a directory. A mail that cannot be sent is tried again for a
// day. A mail that was being sent when the process was killed is sent again,
// with the same Message-ID and, in a directory, under the same name.
package mail

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/tributary-server/tributary/internal/id"
	free "github.com/tributary-server/tributary/internal/text"
)

// Message is a mail as the package that sends it writes it. A code must be the
// only number of six digits in Text, so that people and programs can find it.
type Message struct {
	PartnerID *id.UUID `db:"partner_id"` // the partner that it is about; nil: none yet
	Kind      string   `db:"kind"`       // what it is for, as in "verification_code"; for the log
	To        string   `db:"recipient"`  // one address, bare
	Subject   string   `db:"subject"`    // one line
	Text      string   `db:"text_body"`  // the plain text, which every mail program shows
	HTML      string   `db:"html_body"`  // the same as HTML; may be empty
	Withheld  bool     `db:"-"`          // stored without its content and never sent, so that the call takes the same time whether or not a mail is due
	Change    *Change  `db:"-"`          // the mail only reports this change and may be merged with others (NoticeQuota); nil: another mail
}

// Queue accepts mails to send. SQLStore implements it; the tests read what they
// queued from programmetest.Letters.
type Queue interface {
	// Enqueue stores a mail, in the transaction of ctx if there is one. The
	// mail is sent only after that transaction has committed. Enqueue accepts
	// an address that cannot receive mail, so that the change goes on; the
	// Worker gives up the mail.
	Enqueue(ctx context.Context, m Message) error
}

// Mail is a Message that is stored until it is sent.
type Mail struct {
	Message

	ID        id.UUID   `db:"mail_id"`
	CreatedAt time.Time `db:"created_at"`
	NextAt    time.Time `db:"next_at"`  // when to try it next; during an attempt also the end of the lease
	Attempts  int       `db:"attempts"` // attempts begun so far
}

// Store stores mails for a Worker. A mail is waiting until it is sent or given
// up. Every method is atomic. SQLStore implements it, and the tests with a store
// that crashes between two steps.
type Store interface {
	Queue
	// Due lists up to limit waiting mails whose NextAt has come, longest due
	// first. A mail whose NextAt is after horizon is due too, because it was
	// written with a wrong clock.
	Due(ctx context.Context, now, horizon time.Time, limit int) ([]Mail, error)
	// Claim begins an attempt and sets NextAt to until. claimed is false if
	// another process claimed the mail first.
	Claim(ctx context.Context, m Mail, until time.Time) (claimed bool, err error)
	// Sent, Retry and GiveUp end an attempt, unless another process has claimed
	// the mail meanwhile. lease is the until of its Claim. The text of a mail
	// that was sent or given up is removed.
	Sent(ctx context.Context, mailID id.UUID, lease, at time.Time) error
	Retry(ctx context.Context, mailID id.UUID, lease, next time.Time, reason string) error
	GiveUp(ctx context.Context, mailID id.UUID, lease, at time.Time, reason string) error
	// Purge removes up to limit mails that were created before a moment and no
	// longer wait.
	Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error)
}

// These limit what is stored of a mail, in bytes.
const (
	maxAddress = int(free.Email)
	maxSubject = 250
	maxBody    = 256 << 10
)

// Storable returns the message in a form that can be stored and sent: valid
// UTF-8, without control characters other than line ends in its bodies.
func (m Message) Storable() Message {
	m.To = oneLine(m.To, 2*maxAddress)
	m.Subject = oneLine(m.Subject, maxSubject)
	m.Text, m.HTML = body(m.Text), body(m.HTML)
	return m
}

func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return cut(strings.TrimSpace(s), limit)
}

func body(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		default:
			return r
		}
	}, s)
	return cut(s, maxBody)
}

// cut shortens valid UTF-8 to at most limit bytes, without splitting a
// character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
