// Package notify tells partners about certain events, in the Personal Area and
// by mail. It handles every event exactly once, even if a process is killed.
package notify

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind is the kind of a notification.
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

// Kinds lists the kinds in the order in which the Personal Area shows them.
var Kinds = []Kind{ClientRegistered, ClientVerified, FirstDeposit, ClientQualified, ContactAnswered, PayoutPaid, PayoutFailed}

// Notification tells a partner about one event.
type Notification struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"notification_id"` // ids sort by the time of creation
	Kind      Kind       `db:"event"`
	Title     string     `db:"title"`
	Body      string     `db:"body"`
	Subject   string     `db:"subject"` // id of the object that the event is about, such as a client or a payout
	CreatedAt time.Time  `db:"created_at"`
	ReadAt    *time.Time `db:"read_at"` // nil if the notification is unread
}

// Setting says how a partner is notified about one kind of event.
type Setting struct {
	InArea bool `db:"in_area"`
	ByMail bool `db:"by_mail"`
}

// Settings has a Setting for every kind.
type Settings map[Kind]Setting

// Defaults returns the settings of a partner who has changed nothing. By
// default, only notifications about money are also mailed.
func Defaults() Settings {
	settings := Settings{}
	for _, kind := range Kinds {
		settings[kind] = Setting{InArea: true, ByMail: kind == PayoutPaid || kind == PayoutFailed}
	}
	return settings
}

// Filter selects a partner's notifications.
type Filter struct {
	Unread bool
	Kinds  []string // empty means all
	Page   page.Page
}

// Totals says how many notifications match a Filter, and how many of them are
// unread.
type Totals struct{ Count, Unread int64 }

// Told has the notifications to store and the lines to mail for some events.
type Told struct {
	Notifications []Notification
	Lines         map[Kind][]string // lines to mail, by kind
}

// Bundle has the lines of one kind that are waiting to be mailed to a partner.
type Bundle struct {
	PartnerID id.UUID  `db:"partner_id"`
	Kind      Kind     `db:"event"`
	Waiting   int64    `db:"waiting"`    // number of events since the last mail
	Lines     []string `db:"lines,json"` // lines of the first MaxLines of these events
}

// These are the limits on mails.
const (
	MaxLines  = 10               // maximum number of lines in one mail
	MailPause = 15 * time.Minute // minimum time between two mails of one kind to one partner
)
