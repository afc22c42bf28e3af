package mail

import (
	"fmt"
	"strconv"

	"github.com/tributary-server/tributary/internal/id"
)

const (
	// NoticeQuota is how many separate mails of one kind about changes a
	// mailbox gets in a window. Further changes are merged into one mail, so
	// that the holder of a stolen key can neither flood the mailbox nor hide a
	// change.
	NoticeQuota = 4
	// KindMerged is the kind of a mail about several changes.
	KindMerged = "changes"
)

// Change describes one change in an account, for the mail to its owner.
type Change struct {
	Title  string // as in "A new webhook was made"
	Detail string // which one, when and from where
}

// Merged holds the changes of one mail, in the order in which each title first
// came.
type Merged []Repeated

// Repeated is a change that was made one or more times.
type Repeated struct {
	Title   string   `json:"title"`
	Times   int      `json:"times"`
	Details []string `json:"details"` // the first ones and the newest
}

// maxDetails limits the details of one change in a mail.
const maxDetails = 5

// Add adds a change. Changes with other titles never displace it.
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
		Lines: []string{"Many things were changed in your account within an hour. This mail lists the rest of them together."},
		Notes: []string{
			"The audit log in your Personal Area has every change.",
			"If it was not you, reset your password at once: that ends all sessions and keys, and pauses webhooks and postbacks.",
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

// spacedCount formats a count without six digits in a row, because only a code
// may have them in a mail.
func spacedCount(n int) string { return Spaced(strconv.Itoa(n)) }
