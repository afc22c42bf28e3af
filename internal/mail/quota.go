package mail

import (
	"context"
	"strings"
	"time"
)

// These limit the mails that someone other than the mailbox's owner can cause:
// registrations, password resets, agreements with agents, and changes of the
// account by the holder of a key (NoticeQuota).
const (
	// QuotaWindow is how long such a mail is counted.
	QuotaWindow = time.Hour
	// AskerQuota is how many of them one asker can cause to one mailbox in a
	// window. The owner's own share remains when a stranger has used up this
	// one.
	AskerQuota = 3
	// MailboxQuota is how many of them one mailbox gets in a window, no matter who
	// asks, so that no one can flood it.
	MailboxQuota = 20
)

// QuotaQueue sends mails, and counts those that someone other than the
// mailbox's owner causes. SQLStore implements it, and the demo with a queue that
// sends nothing.
type QuotaQueue interface {
	Queue
	// Allow counts a mail to a mailbox and reports whether it may be sent. The
	// asker is any text that identifies who asks, such as a network's address.
	// A mail that may not be sent is not counted. Call Allow in a transaction
	// that only one caller can run at a time.
	Allow(ctx context.Context, mailbox, asker string) (allowed bool, err error)
}

// Mailbox returns an address in the form that the quota counts. Addresses that
// differ only in their "+tag" are one mailbox.
func Mailbox(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}
