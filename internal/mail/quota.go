package mail

import (
	"context"
	"strings"
	"time"
)

// These constants limit mails that someone other than the mailbox's owner can
// cause. Such mails are about registrations, password resets and agreements
// with agents, or about changes that the holder of a key makes (see
// NoticeQuota).
const (
	// QuotaWindow is how long a mail counts towards a quota.
	QuotaWindow = time.Hour
	// AskerQuota is the maximum number of mails to one mailbox that one asker
	// can cause in a QuotaWindow. A stranger who uses up this quota does not
	// use up the quota of the mailbox's owner.
	AskerQuota = 3
	// MailboxQuota is the maximum number of mails to one mailbox that all
	// askers together can cause in a QuotaWindow.
	MailboxQuota = 20
)

// QuotaQueue is a Queue with quotas for mails that someone other than the
// mailbox's owner causes. SQLStore implements it, and so does a queue in the
// demo that sends nothing.
type QuotaQueue interface {
	Queue
	// Allow reports whether a mail to a mailbox may be sent. If so, the mail
	// counts towards the quotas. asker identifies who causes the mail, for
	// example by a network address. Until the transaction of ctx ends, no other
	// transaction can use the quotas of this mailbox.
	Allow(ctx context.Context, mailbox, asker string) (allowed bool, err error)
}

// Mailbox returns the mailbox to which an address belongs. Addresses that
// differ only in case or in a "+tag" share a mailbox and therefore its quota.
func Mailbox(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}
