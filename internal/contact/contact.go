// Package contact lets a partner ask its clients for their e-mails and keep
// notes on them. A client's e-mail is shown once the client has agreed.
package contact

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

const (
	// Stands is how long a request waits for its answer (contract, section 3).
	Stands = 30 * 24 * time.Hour

	// MaxClients is how many clients one request may ask.
	MaxClients = 1000
)

// Status is where a request stands.
type Status string

// These are the states. The client's answer is a fact of the feed:
// contact.shared.
const (
	Pending  Status = "PENDING"
	Granted  Status = "GRANTED"
	Declined Status = "DECLINED"
	Expired  Status = "EXPIRED"
)

// Request asks one client for its contact.
type Request struct {
	PartnerID   id.UUID
	ID          id.UUID
	ClientUID   id.UUID
	Message     string
	RequestedAt time.Time
	ExpiresAt   time.Time
	Status      Status
	AnsweredAt  *time.Time
	Email       string // the client's, for the broker, who asks the client
}

// Client holds what decides whether a client can be asked.
type Client struct {
	UID     id.UUID
	Left    bool
	Granted bool
	Pending bool // an earlier request is still waiting for an answer
}

// Filter narrows a list of requests.
type Filter struct {
	PartnerID     *id.UUID // nil: requests of all partners
	Pending       bool     // only requests that wait for an answer
	Limit, Offset int
}

// ErrUnknown is what a Store returns for a client that is not the partner's.
var ErrUnknown = fault.Unknown("no such client")

// Note is a client's uid with the partner's comment.
type Note struct {
	ClientUID id.UUID
	Comment   *string
}

// Service asks for contacts and keeps comments. Its errors are *fault.Error if
// the caller can do something about them.
type Service struct {
	store Store
	clock clock.Clock
	audit audit.Log
}

// New returns a Service.
func New(store Store, c clock.Clock, log audit.Log) *Service { return &Service{store, c, log} }

// Ask asks clients for their contact, all or none. ValidationError on
// client_uid: the client is unknown, has left, was asked already or has agreed
// already.
func (s *Service) Ask(ctx context.Context, partnerID id.UUID, clients []id.UUID, message string) ([]Request, error) {
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
	requests := make([]Request, len(clients))
	for i, uid := range clients {
		if slices.Contains(clients[:i], uid) {
			return nil, fault.Invalid(fmt.Sprintf("client_uid.%d", i), "duplicate", "This client is there already.")
		}
		requests[i] = Request{
			PartnerID: partnerID, ID: id.New(), ClientUID: uid, Message: message, RequestedAt: now, ExpiresAt: now.Add(Stands), Status: Pending,
		}
	}
	err := s.store.Ask(ctx, partnerID, requests, now, func(ctx context.Context, known []Client) error {
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

func askable(wanted []id.UUID, known []Client) error {
	var faults fault.Fields
	for i, uid := range wanted {
		field := fmt.Sprintf("client_uid.%d", i)
		at := slices.IndexFunc(known, func(c Client) bool { return c.UID == uid })
		switch {
		case at < 0:
			faults.Add(field, "does_not_exist", "No such client.")
		case known[at].Left:
			faults.Add(field, "client_left", "The client is no longer yours.")
		case known[at].Granted:
			faults.Add(field, "already_granted", "The client shares its contact already.")
		case known[at].Pending:
			faults.Add(field, "already_pending", "The client has been asked and has not answered yet.")
		}
	}
	return faults.Err()
}

// Requests lists requests, newest first.
func (s *Service) Requests(ctx context.Context, f Filter) (list []Request, count int64, err error) {
	return s.store.Requests(ctx, f, s.clock.Now())
}

// Comment sets the partner's note on a client, named by its uid or the first 8
// characters of it. NotFound; ValidationError on comment.
func (s *Service) Comment(ctx context.Context, partnerID id.UUID, clientUID string, comment *string) (Note, error) {
	if comment != nil {
		var faults fault.Fields
		faults.Lines("comment", *comment, text.Note)
		if err := faults.Err(); err != nil {
			return Note{}, err
		}
	}
	from, to, ok := id.Between(clientUID)
	if !ok {
		return Note{}, ErrUnknown
	}
	return s.store.Comment(ctx, partnerID, from, to, comment)
}
