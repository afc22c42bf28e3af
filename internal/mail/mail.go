// Package mail sends the programme's mails. Enqueue stores a mail in the
// transaction of the change that the mail reports. Afterwards, a Worker sends
// the mail through SMTP or writes it to a directory. If this fails, the Worker
// tries again for a day. If the process is killed while it sends a mail, the
// mail is sent again with the same Message-ID. In a directory, the mail still
// has only one file.
package mail

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/tributary-server/tributary/internal/id"
	free "github.com/tributary-server/tributary/internal/text"
)

// Message is a mail that is not stored yet. If Text contains a verification
// code, no other number in Text may have six digits, so that people and
// programs can find the code.
type Message struct {
	PartnerID *id.UUID `db:"partner_id"` // partner whom the mail concerns; nil if there is no partner yet
	Kind      string   `db:"kind"`       // purpose of the mail, such as "verification_code"; it is written to the log
	To        string   `db:"recipient"`  // one address, without a name
	Subject   string   `db:"subject"`
	Text      string   `db:"text_body"` // content as plain text
	HTML      string   `db:"html_body"` // content as HTML; may be empty
	Withheld  bool     `db:"-"`         // true if the mail must not be sent; Enqueue then stores it without content, which takes as long as storing a real mail
	Change    *Change  `db:"-"`         // if it is not nil, the mail reports only this change and may be merged with others (see NoticeQuota)
}

// Queue accepts mails. SQLStore implements it. Tests use programmetest.Letters
// instead.
type Queue interface {
	// Enqueue stores a mail in the transaction of ctx, if there is one. The
	// mail is sent only after that transaction has committed. Enqueue also
	// accepts an address that cannot receive mail, so that the change succeeds.
	// The Worker then gives up on this mail.
	Enqueue(ctx context.Context, m Message) error
}

// Mail is a stored Message.
type Mail struct {
	Message

	ID        id.UUID   `db:"mail_id"`
	CreatedAt time.Time `db:"created_at"`
	NextAt    time.Time `db:"next_at"`  // time of the next attempt; during an attempt, the end of the lease
	Attempts  int       `db:"attempts"` // number of attempts that have started
}

// Store stores mails for a Worker. A mail waits until it is sent or the Worker gives
// up on it. Every method is atomic. SQLStore implements Store, and a test has a Store
// that crashes between two steps.
type Store interface {
	Queue
	// Due returns the waiting mails that are due, the earliest first, and at most
	// limit of them. It also returns mails whose NextAt is after horizon, because
	// only a process with a wrong clock can have stored them.
	Due(ctx context.Context, now, horizon time.Time, limit int) ([]Mail, error)
	// Claim starts an attempt, and sets the mail's NextAt to leaseEnd. It returns
	// false if another process has claimed the mail first.
	Claim(ctx context.Context, m Mail, leaseEnd time.Time) (claimed bool, err error)
	// Sent, Retry and GiveUp end an attempt. leaseEnd must be the time that was
	// passed to Claim. If another process has claimed the mail in the meantime,
	// they do nothing. Sent and GiveUp delete the text of the mail.
	Sent(ctx context.Context, mailID id.UUID, leaseEnd, at time.Time) error
	Retry(ctx context.Context, mailID id.UUID, leaseEnd, nextAt time.Time, reason string) error
	GiveUp(ctx context.Context, mailID id.UUID, leaseEnd, at time.Time, reason string) error
	// Purge removes mails that were created before the given time and are no longer
	// waiting, up to the given limit.
	Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error)
}

// These are the maximum lengths of a mail's parts in bytes.
const (
	maxAddress = int(free.Email)
	maxSubject = 250
	maxBody    = 256 << 10
)

// Storable returns the message in a form that can be stored and sent. It
// replaces invalid UTF-8, removes control characters except line ends and tabs,
// and cuts parts that are too long.
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

// cut shortens valid UTF-8 text to at most limit bytes, and never splits a
// character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
