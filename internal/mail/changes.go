package mail

import (
	"fmt"
	"strconv"

	"github.com/tributary-server/tributary/internal/id"
)

const (
	// NoticeQuota is the maximum number of separate mails about changes of one
	// kind that a mailbox gets in a QuotaWindow. Further changes are merged into
	// one mail, so that a person who stole a key can neither flood the mailbox
	// nor hide a change.
	NoticeQuota = 4
	// KindMerged is the kind of a mail that reports several changes.
	KindMerged = "changes"
)

// Change describes a change of a partner's settings that a mail reports to the
// partner.
type Change struct {
	Title  string // for example "A new webhook was created"
	Detail string // for example when the change was made and from which address
}

// Merged has the changes that one mail reports, in the order in which their
// titles first occurred.
type Merged []Repeated

// Repeated has all changes with the same title.
type Repeated struct {
	Title   string   `json:"title"`
	Times   int      `json:"times"`
	Details []string `json:"details"` // details of the first changes and of the newest
}

// maxDetails is the maximum number of details that one mail shows for one title.
const maxDetails = 5

// Add adds a change. If a title has more than maxDetails details, Add keeps the first
// ones and the newest. It never drops a title.
func (m Merged) Add(c Change) Merged {
	for i := range m {
		r := &m[i]
		if r.Title != c.Title {
			continue
		}
		if r.Times++; len(r.Details) < maxDetails {
			r.Details = append(r.Details, c.Detail)
		} else {
			r.Details[maxDetails-1] = c.Detail
		}
		return m
	}
	return append(m, Repeated{Title: c.Title, Times: 1, Details: []string{c.Detail}})
}

// Message returns the mail about the changes.
func (m Merged) Message(partnerID *id.UUID, to string) Message {
	times := 0
	letter := Letter{
		Lines: []string{"Many settings of your account were changed within an hour. This mail lists the changes that had no mail of their own."},
		Notes: []string{
			"The audit log in your Personal Area lists every change.",
			"If it was not you, reset your password at once. This ends all sessions and keys, and pauses webhooks and postbacks.",
		},
	}
	for i := range m {
		r := &m[i]
		times += r.Times
		if r.Times == 1 {
			letter.Lines = append(letter.Lines, r.Title+". "+r.Details[0])
			continue
		}
		letter.Lines = append(letter.Lines, fmt.Sprintf("%s, %s times:", r.Title, spacedCount(r.Times)))
		for j, detail := range r.Details {
			if j == maxDetails-1 && r.Times > maxDetails {
				letter.Lines = append(letter.Lines, fmt.Sprintf("And %s more. The latest:", spacedCount(r.Times-maxDetails)))
			}
			letter.Lines = append(letter.Lines, "- "+detail)
		}
	}
	letter.Title = spacedCount(times) + " more changes in your account"
	if times == 1 {
		letter.Title = "One more change in your account"
	}
	message := letter.Message(KindMerged, to)
	message.PartnerID = partnerID
	return message
}

// spacedCount formats a count so that it never has six digits in a row, because
// only a verification code may look like that in a mail.
func spacedCount(n int) string { return Spaced(strconv.Itoa(n)) }
