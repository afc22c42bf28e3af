// Package attribution decides which partner a client or an account belongs to,
// and from which time. It stores the history of a client as a list of events,
// and derives the client's partners and statuses from this list. The order in
// which the events arrive therefore does not matter.
package attribution

import (
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// Relation is a client's relation to a partner.
type Relation string

// These are the relations. A client can be LEFT for one partner and CURRENT for
// another.
const (
	Current  Relation = "CURRENT"
	Changing Relation = "CHANGING"
	Left     Relation = "LEFT"
)

// Contact is the state of a partner's request for a client's contact details.
type Contact string

// These are the states of a contact request.
const (
	ContactEmpty    Contact = "EMPTY"
	ContactPending  Contact = "PENDING"
	ContactGranted  Contact = "GRANTED"
	ContactDeclined Contact = "DECLINED"
)

// Event is a fact of the feed about a client. It includes the partner who owns
// the link code in the fact.
type Event struct {
	ClientUID id.UUID   `db:"client_uid"`
	At        time.Time `db:"at"`
	FactID    string    `db:"fact_id"`
	Kind      feed.Type `db:"kind"`
	PartnerID id.UUID   `db:"partner_id"` // set only for client.registered, client.partner_changed and client.moved
	LinkCode  string    `db:"link_code"`
	Granted   bool      `db:"granted"` // set only for contact.shared
}

func (e *Event) changesPartner() bool {
	return e.Kind == feed.ClientPartnerChanged || e.Kind == feed.ClientMoved
}

// History is the list of a client's events. The client.registered event takes
// effect first. The other events take effect in the order of their times, or of
// their fact ids if the times are equal.
type History []Event

// Sort sorts the events by time and then by fact id.
func (h History) Sort() {
	slices.SortFunc(h, func(a, b Event) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.FactID, b.FactID)
	})
}

// Registered returns the client's registration, if it has arrived.
func (h History) Registered() (Event, bool) {
	for _, e := range h {
		if e.Kind == feed.ClientRegistered {
			return e, true
		}
	}
	return Event{}, false
}

// At returns the client's partner and link code at t. Before the registration,
// this is the client's first partner. An account that is opened at t belongs to
// this partner.
func (h History) At(t time.Time) (partnerID id.UUID, linkCode string) {
	base, _ := h.Registered()
	partnerID, linkCode = base.PartnerID, base.LinkCode
	for _, e := range h {
		if e.changesPartner() && !e.At.After(t) {
			partnerID, linkCode = e.PartnerID, e.LinkCode
		}
	}
	return partnerID, linkCode
}

// Standing is the state of a client's relation to one partner.
type Standing struct {
	Relation          Relation   `db:"relation"`
	LinkCode          string     `db:"link_code"`
	VerifiedAt        *time.Time `db:"verified_at"`
	Contact           Contact    `db:"contact_status"`
	ContactAnsweredAt *time.Time `db:"contact_answered_at"`
}

func (s Standing) withAnswer(e *Event) Standing {
	s.Contact, s.ContactAnsweredAt = ContactDeclined, &e.At
	if e.Granted {
		s.Contact = ContactGranted
	}
	return s
}

// Answered returns the standing s of a partner after the client's answers to this
// partner's requests.
func (h History) Answered(s Standing, partnerID id.UUID) Standing {
	for _, e := range h {
		if e.Kind == feed.ContactShared && e.PartnerID == partnerID {
			s = s.withAnswer(&e)
		}
	}
	return s
}

// Standings returns the client's standing with each partner that the client has
// ever had. It does not include partners who have the client only because their code
// was typed for an account.
func (h History) Standings() map[id.UUID]Standing {
	base, known := h.Registered()
	if !known {
		return nil
	}
	current := base.PartnerID
	out := map[id.UUID]Standing{current: {Relation: Current, LinkCode: base.LinkCode, Contact: ContactEmpty}}
	var verified *time.Time
	for _, e := range h {
		s := out[current]
		switch e.Kind { //nolint:exhaustive // the other types are not events of a client
		case feed.ClientPartnerChanging:
			s.Relation = Changing
		case feed.ClientChangeCancelled, feed.ClientReturned:
			s.Relation = Current
		case feed.ClientLeft:
			s.Relation = Left
		case feed.ClientPartnerChanged, feed.ClientMoved:
			now := Current
			if e.Kind == feed.ClientMoved && (s.Relation == Left || e.PartnerID == current) {
				now = s.Relation // only client.returned brings back a client who has left the broker
			}
			s.Relation = Left
			out[current] = s
			current = e.PartnerID
			s = Standing{LinkCode: e.LinkCode, Contact: ContactEmpty}
			if before, was := out[current]; was {
				s = before
			}
			s.Relation = now
		case feed.ContactShared:
			if e.PartnerID != id.Nil && e.PartnerID != current {
				if asked, was := out[e.PartnerID]; was {
					out[e.PartnerID] = asked.withAnswer(&e)
				}
				continue // the answer is for the partner who asked, and for no other
			}
			s = s.withAnswer(&e)
		case feed.ClientVerified:
			if verified == nil || e.At.Before(*verified) {
				verified = &e.At
			}
		}
		out[current] = s
	}
	for partnerID, s := range out {
		s.VerifiedAt = verified
		out[partnerID] = s
	}
	return out
}
