// Package notify tells partners what happened, in their Personal Area and by
// mail: few kinds of the events that are kept for programs, in words. Every
// event is told of exactly once, whoever is killed meanwhile.
package notify

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind is what a notification is about.
type Kind string

// The kinds.
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

// Notification is one thing that a partner is told of.
type Notification struct {
	PartnerID id.UUID
	ID        id.UUID // those made later sort later
	Kind      Kind
	Title     string
	Body      string
	Subject   string // what it is about: a client's uid, a payout's id
	CreatedAt time.Time
	ReadAt    *time.Time // nil: unread
}

// Setting says how a partner wants to be told of a kind.
type Setting struct{ InArea, ByMail bool }

// Settings has every kind.
type Settings map[Kind]Setting

// Defaults are the settings of a partner that never said anything: money goes
// by mail, too.
func Defaults() Settings {
	settings := Settings{}
	for _, kind := range Kinds {
		settings[kind] = Setting{InArea: true, ByMail: kind == PayoutPaid || kind == PayoutFailed}
	}
	return settings
}

// Filter says which of a partner's notifications to list, newest first.
type Filter struct {
	Unread bool
	Kinds  []string // none: all
	Page   page.Page
}

// Totals are of all notifications that a Filter lets through.
type Totals struct{ Count, Unread int64 }

// Told is what some events come to.
type Told struct {
	Notifications []Notification
	Lines         map[Kind][]string // to be mailed
}

// Bundle is what waits to be mailed to a partner, of one kind.
type Bundle struct {
	PartnerID id.UUID
	Kind      Kind
	Waiting   int64    // events since the last mail
	Lines     []string // the first MaxLines of them
}

// The bounds on mails.
const (
	MaxLines  = 10               // in one mail
	MailPause = 15 * time.Minute // between a partner's mails of one kind
)
