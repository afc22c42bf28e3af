package partner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

// ContactLife is the time within which a client can answer a request.
const ContactLife = 30 * 24 * time.Hour

// ContactStatus is the status of a contact request.
type ContactStatus string

// These are the statuses. The broker reports a client's answer with the fact
// contact.shared.
const (
	ContactPending  ContactStatus = "PENDING"
	ContactGranted  ContactStatus = "GRANTED"
	ContactDeclined ContactStatus = "DECLINED"
	ContactExpired  ContactStatus = "EXPIRED"
)

// ContactRequest asks a client to share their e-mail with a partner.
type ContactRequest struct {
	PartnerID   id.UUID       `db:"partner_id"`
	ID          id.UUID       `db:"request_id"`
	ClientUID   id.UUID       `db:"client_uid"`
	Message     string        `db:"message"`
	RequestedAt time.Time     `db:"requested_at"`
	ExpiresAt   time.Time     `db:"expires_at"`
	Status      ContactStatus `db:"status"`
	AnsweredAt  *time.Time    `db:"answered_at"`
	Email       string        `db:"email"` // the client's e-mail, which the broker needs to ask the client
}

// contactState is the state of a client. It decides whether the partner may ask
// for the client's contact.
type contactState struct {
	UID     id.UUID
	Left    bool
	Granted bool
	Pending bool // whether an earlier request has no answer yet
}

// ContactFilter selects requests for a list.
type ContactFilter struct {
	PartnerID     *id.UUID // nil means all partners
	Pending       bool     // whether to list only requests without an answer
	Limit, Offset int
}

// ErrUnknownClient is returned by a ContactStore if the partner has no such
// client.
var ErrUnknownClient = fault.Unknown("no such client")

// ClientNote is a partner's comment on a client.
type ClientNote struct {
	ClientUID id.UUID
	Comment   *string
}

// Contacts asks clients to share their e-mails, and stores partners' comments
// on clients. A partner sees a client's e-mail only after the client has
// agreed. The methods return a *fault.Error for an error that the caller can
// correct.
type Contacts struct {
	store ContactStore
	clock clock.Clock
	audit audit.Log
}

// NewContacts returns a Contacts.
func NewContacts(store ContactStore, c clock.Clock, log audit.Log) *Contacts {
	return &Contacts{store, c, log}
}

// Ask asks all of the clients to share their e-mails, or none of them. It
// returns ValidationError on client_uid if a client is unknown, has left, has
// already been asked or has already agreed.
func (s *Contacts) Ask(ctx context.Context, partnerID id.UUID, clients []id.UUID, message string) ([]ContactRequest, error) {
	if len(clients) == 0 {
		return nil, fault.Invalid("client_uid", "empty", "Send at least one client_uid.")
	}
	var faults fault.Fields
	faults.Lines("message", message, text.Note)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	// The broker may report the client's answer in whole seconds, so the time of
	// the request is truncated to seconds. Otherwise an answer could seem earlier
	// than its request.
	now := s.clock.Now().Truncate(time.Second)
	requests := make([]ContactRequest, len(clients))
	for i, uid := range clients {
		if slices.Contains(clients[:i], uid) {
			return nil, fault.Invalid(fmt.Sprintf("client_uid.%d", i), "duplicate", "This client occurs twice. Send it once.")
		}
		requests[i] = ContactRequest{
			PartnerID: partnerID, ID: id.New(), ClientUID: uid, Message: message, RequestedAt: now, ExpiresAt: now.Add(ContactLife), Status: ContactPending,
		}
	}
	err := s.store.Ask(ctx, partnerID, requests, now, func(ctx context.Context, known []contactState) error {
		if err := askable(clients, known); err != nil {
			return err
		}
		return s.audit.Record(ctx, audit.Entry{PartnerID: partnerID, Action: "contact.requested", Details: map[string]any{"clients": len(clients)}})
	})
	if err != nil {
		return nil, err
	}
	return requests, nil
}

func askable(wanted []id.UUID, known []contactState) error {
	var faults fault.Fields
	for i, uid := range wanted {
		field := fmt.Sprintf("client_uid.%d", i)
		at := slices.IndexFunc(known, func(c contactState) bool { return c.UID == uid })
		switch {
		case at < 0:
			faults.Add(field, "does_not_exist", "You have no client with this uid.")
		case known[at].Left:
			faults.Add(field, "client_left", "This client no longer belongs to you.")
		case known[at].Granted:
			faults.Add(field, "already_granted", "This client already shares their e-mail with you.")
		case known[at].Pending:
			faults.Add(field, "already_pending", "The client has been asked and has not answered yet.")
		}
	}
	return faults.Err()
}

// Requests returns one page of the requests that match f, newest first. count
// is the number of matches on all pages.
func (s *Contacts) Requests(ctx context.Context, f ContactFilter) (list []ContactRequest, count int64, err error) {
	return s.store.Requests(ctx, f, s.clock.Now())
}

// Comment sets the partner's comment on a client. clientUID is the client's uid
// or its first 8 characters. Comment returns NotFound if the partner has no
// such client, and ValidationError if the comment is invalid.
func (s *Contacts) Comment(ctx context.Context, partnerID id.UUID, clientUID string, comment *string) (ClientNote, error) {
	if comment != nil {
		var faults fault.Fields
		faults.Lines("comment", *comment, text.Note)
		if err := faults.Err(); err != nil {
			return ClientNote{}, err
		}
	}
	from, to, ok := id.Between(clientUID)
	if !ok {
		return ClientNote{}, ErrUnknownClient
	}
	return s.store.Comment(ctx, partnerID, from, to, comment)
}
