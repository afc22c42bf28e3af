// Package mail sends the programme's mails. A mail is kept in the store, in the
// transaction of what it tells about, and sent afterwards by a Worker: through
// SMTP, or into a directory. A mail that can't be sent is tried again for a
// day. One that was being sent when the process was killed is sent again, with
// the same Message-ID and, in a directory, under the same name.
package mail

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/tributary-server/tributary/internal/id"
	free "github.com/tributary-server/tributary/internal/text"
)

// Message is a mail as its writer gives it. In Text a code is the only number
// of six digits, so that people and programs find it.
type Message struct {
	PartnerID *id.UUID // whom it is about; nil: nobody yet
	Kind      string   // what it is for, as in "verification_code"; for the log
	To        string   // one address, bare
	Subject   string   // one line
	Text      string   // what every reader shows
	HTML      string   // the same, made up; may be empty
	Withheld  bool     // kept without its content and never sent: for work that is the same whether or not a mail is due
	Change    *Change  // set: the mail only tells this, and may be merged with others (NoticeQuota)
}

// Queue takes mails.
type Queue interface {
	// Enqueue keeps a mail, in the transaction that ctx is inside of if there
	// is one: it is sent once that has committed, and never if it does not. An
	// address that no mail can reach is no error here: such a mail is given up
	// by the Worker, and what it was about goes on.
	Enqueue(ctx context.Context, m Message) error
}

// Mail is a Message that is kept until it is sent.
type Mail struct {
	Message

	ID        id.UUID
	CreatedAt time.Time
	NextAt    time.Time // not to be tried before; also the lease of who tries it
	Attempts  int       // begun so far
}

// Store keeps mails for a Worker. A mail is waiting until it is sent or given
// up. Every method is atomic.
// The tests have another one.
type Store interface {
	Queue
	// Due lists up to limit waiting mails whose NextAt has come, the longest due
	// first. One whose NextAt is after horizon was written by a clock that was
	// wrong, and is due too.
	Due(ctx context.Context, now, horizon time.Time, limit int) ([]Mail, error)
	// Claim begins an attempt: NextAt becomes until. claimed = false: another
	// process was first.
	Claim(ctx context.Context, m Mail, until time.Time) (claimed bool, err error)
	// Sent, Retry and GiveUp end an attempt, unless it was claimed by another
	// process meanwhile; lease is the until of its Claim. What was sent or given
	// up keeps no text.
	Sent(ctx context.Context, mailID id.UUID, lease, at time.Time) error
	Retry(ctx context.Context, mailID id.UUID, lease, next time.Time, reason string) error
	GiveUp(ctx context.Context, mailID id.UUID, lease, at time.Time, reason string) error
	// Purge removes up to limit mails that were created before a moment and
	// wait no longer.
	Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error)
}

// Limits on what is kept of a mail, in bytes.
const (
	maxAddress = int(free.Email)
	maxSubject = 250
	maxBody    = 256 << 10
)

// Storable is the message as it can be kept and sent: valid UTF-8 without
// control characters but the ends of lines in its bodies.
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

// cut shortens a valid text to whole characters.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
