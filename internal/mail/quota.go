package mail

import (
	"context"
	"strings"
	"time"
)

// These constants limit the mails that someone other than the mailbox's owner can
// cause. They are mails about registrations, password resets, agreements with
// agents, and changes that the holder of a key makes (see NoticeQuota).
const (
	// QuotaWindow is the time for which a mail counts towards a quota.
	QuotaWindow = time.Hour
	// AskerQuota is the maximum number of mails that one asker can cause to one
	// mailbox in a QuotaWindow. If a stranger uses up their quota, the owner of the
	// mailbox still has their own.
	AskerQuota = 3
	// MailboxQuota is the maximum number of mails to one mailbox in a QuotaWindow
	// from all askers together.
	MailboxQuota = 20
)

// QuotaQueue is a Queue with quotas for mails that someone other than the mailbox's
// owner causes. SQLStore implements it. The demo has a queue that sends nothing.
type QuotaQueue interface {
	Queue
	// Allow reports whether a mail to a mailbox may be sent. If so, it adds the
	// mail to the quotas. asker is any text that identifies the asker, such as
	// the address of a network. Until the transaction of ctx ends, no other
	// transaction adds to the quotas of the mailbox.
	Allow(ctx context.Context, mailbox, asker string) (allowed bool, err error)
}

// Mailbox returns the mailbox of an address, for the quota. Addresses that differ
// only in case or in their "+tag" have the same mailbox.
func Mailbox(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}
