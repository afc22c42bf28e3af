// Package notify tells partners what happened, in their Personal Area and by
// mail: few kinds of the events that are kept for programs, in words. Every
// event is told of exactly once, whoever is killed meanwhile.
package notify

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
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

// Store keeps notifications. What it does is atomic.
type Store interface {
	// Behind lists up to limit partners that have events which they were not
	// told of.
	Behind(ctx context.Context, limit int) ([]id.UUID, error)
	// Advance hands a partner's next events of some types to tell, out of the
	// next limit of any type, and keeps what it returns. more: there are others.
	Advance(ctx context.Context, partnerID id.UUID, types []event.Type, limit int, tell func(Settings, []event.Event) (Told, error)) (more bool, err error)
	// Bundles lists up to limit bundles whose last mail was at or before a moment.
	Bundles(ctx context.Context, before time.Time, limit int) ([]Bundle, error)
	// Mailed empties a bundle in one transaction with send, which gets the
	// partner's address. Nothing happens if it is another
	// one by now, or was mailed less than MailPause before at.
	Mailed(ctx context.Context, b Bundle, at time.Time, send func(ctx context.Context, address string) error) error
	// Purge removes notifications made before a moment, read or not: of up to
	// limit partners up to limit each, the oldest first. more: there are others.
	Purge(ctx context.Context, before time.Time, limit int) (more bool, err error)

	List(ctx context.Context, partnerID id.UUID, f Filter) ([]Notification, Totals, error)
	// Read marks notifications as read; nil: all. unread is what is left.
	Read(ctx context.Context, partnerID id.UUID, ids []id.UUID, at time.Time) (read, unread int64, err error)
	Settings(ctx context.Context, partnerID id.UUID) (Settings, error)
	// SetSettings stores what change makes of a partner's settings.
	SetSettings(ctx context.Context, partnerID id.UUID, change func(Settings)) (Settings, error)
}
