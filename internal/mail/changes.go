package mail

import (
	"fmt"
	"strconv"

	"github.com/tributary-server/tributary/internal/id"
)

const (
	// NoticeQuota is the maximum number of separate mails about changes of one
	// kind to a mailbox in a QuotaWindow. Further changes are merged into one
	// mail, so that the holder of a stolen key can neither flood the mailbox nor
	// hide a change.
	NoticeQuota = 4
	// KindMerged is the kind of a mail about several changes.
	KindMerged = "changes"
)

// Change describes one change of a partner's settings, for the mail to the
// partner.
type Change struct {
	Title  string // for example "A new webhook was made"
	Detail string // for example when and from where the change was made
}

// Merged holds the changes of one mail. Changes with the same title are one entry.
// The entries are in the order of their first changes.
type Merged []Repeated

// Repeated holds the changes that have the same title.
type Repeated struct {
	Title   string   `json:"title"`
	Times   int      `json:"times"`
	Details []string `json:"details"` // details of the first changes and of the newest one
}

// maxDetails is the maximum number of details for one title in a mail.
const maxDetails = 5

// Add adds a change. It never removes changes with other titles.
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

// spacedCount formats a count without six digits in a row, because in a mail only
// a code may have six digits.
func spacedCount(n int) string { return Spaced(strconv.Itoa(n)) }
