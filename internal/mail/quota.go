package mail

import (
	"context"
	"strings"
	"time"
)

// The quota of mails that somebody else than the owner of the mailbox may cause:
// registrations, resets of passwords, agreements with agents, and changes in the
// account by who holds a key of it (NoticeQuota).
const (
	// QuotaWindow is how long such a mail counts.
	QuotaWindow = time.Hour
	// AskerQuota is how many of them one asker causes to one mailbox in a
	// window. A stranger who uses up its own share takes nothing from the owner.
	AskerQuota = 3
	// MailboxQuota is how many of them one mailbox gets in a window, whoever
	// asks: nobody can flood it.
	MailboxQuota = 20
)

// Quota counts mails by who caused them and by their mailbox.
type Quota interface {
	// Allow counts a mail to a mailbox and reports whether it may be sent. The
	// asker is any text that tells one from another, such as a network's
	// address. A mail that may not be sent is not counted. Allow has to be
	// called in a transaction that lets one caller in at a time.
	Allow(ctx context.Context, mailbox, asker string) (allowed bool, err error)
}

// QuotaQueue sends mails, and counts those that others than the mailbox's
// owner cause.
type QuotaQueue interface {
	Queue
	Quota
}

// Mailbox is an address as the quota counts it: "+tags" lead to one mailbox.
func Mailbox(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}
