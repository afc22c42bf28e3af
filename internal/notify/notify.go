// Package notify informs partners of what happened, in their Personal Area and by
// mail. It describes in words a few kinds of the events that programs can read.
// It handles every event exactly once, even if a process is killed meanwhile.
package notify

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind is what a notification is about.
type Kind string

// These are the kinds of notifications.
const (
	ClientRegistered Kind = "client_registered"
	ClientVerified   Kind = "client_verified"
	FirstDeposit     Kind = "first_deposit"
	ClientQualified  Kind = "client_qualified"
	ContactAnswered  Kind = "contact_answered"
	PayoutPaid       Kind = "payout_paid"
	PayoutFailed     Kind = "payout_failed"
)

// Kinds lists the kinds in the order in which they are shown.
var Kinds = []Kind{ClientRegistered, ClientVerified, FirstDeposit, ClientQualified, ContactAnswered, PayoutPaid, PayoutFailed}

// Notification informs a partner of one event.
type Notification struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"notification_id"` // sorts by the time at which it was made
	Kind      Kind       `db:"event"`
	Title     string     `db:"title"`
	Body      string     `db:"body"`
	Subject   string     `db:"subject"` // what it is about, such as a client's uid or a payout's id
	CreatedAt time.Time  `db:"created_at"`
	ReadAt    *time.Time `db:"read_at"` // nil: unread
}

// Setting says how a partner receives notifications of a kind.
type Setting struct {
	InArea bool `db:"in_area"`
	ByMail bool `db:"by_mail"`
}

// Settings holds the setting of every kind.
type Settings map[Kind]Setting

// Defaults returns the settings of a partner that has changed none.
// Notifications about money are also sent by mail.
func Defaults() Settings {
	settings := Settings{}
	for _, kind := range Kinds {
		settings[kind] = Setting{InArea: true, ByMail: kind == PayoutPaid || kind == PayoutFailed}
	}
	return settings
}

// Filter selects which of a partner's notifications to list, newest first.
type Filter struct {
	Unread bool
	Kinds  []string // empty: all
	Page   page.Page
}

// Totals counts all notifications that match a Filter.
type Totals struct{ Count, Unread int64 }

// Told is what to store and to mail for some events.
type Told struct {
	Notifications []Notification
	Lines         map[Kind][]string // lines to mail
}

// Bundle holds the lines of one kind that wait to be mailed to a partner.
type Bundle struct {
	PartnerID id.UUID  `db:"partner_id"`
	Kind      Kind     `db:"event"`
	Waiting   int64    `db:"waiting"`    // events since the last mail
	Lines     []string `db:"lines,json"` // the first MaxLines of them
}

// These limit the mails.
const (
	MaxLines  = 10               // lines in one mail
	MailPause = 15 * time.Minute // least time between a partner's mails of one kind
)
