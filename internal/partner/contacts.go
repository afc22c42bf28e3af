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

// ContactLife is how long a request waits for its answer.
const ContactLife = 30 * 24 * time.Hour

// ContactStatus is the state of a request.
type ContactStatus string

// These are the states. The client's answer is a fact of the feed:
// contact.shared.
const (
	ContactPending  ContactStatus = "PENDING"
	ContactGranted  ContactStatus = "GRANTED"
	ContactDeclined ContactStatus = "DECLINED"
	ContactExpired  ContactStatus = "EXPIRED"
)

// ContactRequest asks one client for its contact.
type ContactRequest struct {
	PartnerID   id.UUID       `db:"partner_id"`
	ID          id.UUID       `db:"request_id"`
	ClientUID   id.UUID       `db:"client_uid"`
	Message     string        `db:"message"`
	RequestedAt time.Time     `db:"requested_at"`
	ExpiresAt   time.Time     `db:"expires_at"`
	Status      ContactStatus `db:"status"`
	AnsweredAt  *time.Time    `db:"answered_at"`
	Email       string        `db:"email"` // the client's, for the broker, who asks the client
}

// asked holds what decides whether a client can be asked.
type asked struct {
	UID     id.UUID
	Left    bool
	Granted bool
	Pending bool // an earlier request is still waiting for an answer
}

// ContactFilter narrows a list of requests.
type ContactFilter struct {
	PartnerID     *id.UUID // nil: requests of all partners
	Pending       bool     // only requests that wait for an answer
	Limit, Offset int
}

// ErrUnknownClient is what a ContactStore returns for a client that is not the
// partner's.
var ErrUnknownClient = fault.Unknown("no such client")

// ClientNote is a client's uid with the partner's comment.
type ClientNote struct {
	ClientUID id.UUID
	Comment   *string
}

// Contacts asks clients for their e-mails and keeps the partner's notes on them.
// A client's e-mail is shown once the client has agreed. Its errors are
// *fault.Error if the caller can do something about them.
type Contacts struct {
	store ContactStore
	clock clock.Clock
	audit audit.Log
}

// NewContacts returns a Contacts.
func NewContacts(store ContactStore, c clock.Clock, log audit.Log) *Contacts {
	return &Contacts{store, c, log}
}

// Ask asks clients for their contact, all or none. ValidationError on
// client_uid: the client is unknown, has left, was asked already or has agreed
// already.
func (s *Contacts) Ask(ctx context.Context, partnerID id.UUID, clients []id.UUID, message string) ([]ContactRequest, error) {
	if len(clients) == 0 {
		return nil, fault.Invalid("client_uid", "empty", "Name at least one client.")
	}
	var faults fault.Fields
	faults.Lines("message", message, text.Note)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	// The broker may report the client's answer in whole seconds. Truncating
	// keeps the request from being later than its answer.
	now := s.clock.Now().Truncate(time.Second)
	requests := make([]ContactRequest, len(clients))
	for i, uid := range clients {
		if slices.Contains(clients[:i], uid) {
			return nil, fault.Invalid(fmt.Sprintf("client_uid.%d", i), "duplicate", "This client occurs twice: name it once.")
		}
		requests[i] = ContactRequest{
			PartnerID: partnerID, ID: id.New(), ClientUID: uid, Message: message, RequestedAt: now, ExpiresAt: now.Add(ContactLife), Status: ContactPending,
		}
	}
	err := s.store.Ask(ctx, partnerID, requests, now, func(ctx context.Context, known []asked) error {
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

func askable(wanted []id.UUID, known []asked) error {
	var faults fault.Fields
	for i, uid := range wanted {
		field := fmt.Sprintf("client_uid.%d", i)
		at := slices.IndexFunc(known, func(c asked) bool { return c.UID == uid })
		switch {
		case at < 0:
			faults.Add(field, "does_not_exist", "No such client.")
		case known[at].Left:
			faults.Add(field, "client_left", "The client is no longer yours.")
		case known[at].Granted:
			faults.Add(field, "already_granted", "The client already shares its contact.")
		case known[at].Pending:
			faults.Add(field, "already_pending", "The client has been asked and has not answered yet.")
		}
	}
	return faults.Err()
}

// Requests lists requests, newest first.
func (s *Contacts) Requests(ctx context.Context, f ContactFilter) (list []ContactRequest, count int64, err error) {
	return s.store.Requests(ctx, f, s.clock.Now())
}

// Comment sets the partner's note on a client, named by its uid or the first 8
// characters of it. It returns NotFound if the partner has no such client, and
// ValidationError on comment.
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
