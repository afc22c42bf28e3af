package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

const tagClients = "Clients"

type contactIn struct {
	Clients []id.UUID `json:"client_uid" required:"true" maxItems:"1000" doc:"The partner's clients, by their whole uid."`
	Message string    `json:"message" maxLength:"note" lines:"true" doc:"What the client is told."`
}

type contactsIn struct {
	Page    page.Page
	Pending bool `query:"pending" doc:"Only requests that wait for their answer."`
}

type contactOut struct {
	ID          id.UUID    `json:"id"`
	ClientUID   id.UUID    `json:"client_uid"`
	Message     string     `json:"message"`
	Status      string     `json:"status" enum:"PENDING,GRANTED,DECLINED,EXPIRED"`
	RequestedAt time.Time  `json:"requested_at"`
	ExpiresAt   time.Time  `json:"expires_at" doc:"30 days after it was made."`
	AnsweredAt  *time.Time `json:"answered_at"`
}

type brokerContactOut struct {
	contactOut
	PartnerUID id.UUID `json:"partner_uid"`
	Email      string  `json:"client_email" doc:"Of the client to ask. Its answer comes as a contact.shared fact."`
}

type noteIn struct {
	ClientUID string                   `path:"client_uid" doc:"Whole, or its first 8 characters." example:"4ec0c5fa"`
	Comment   httpapi.Nullable[string] `json:"comment" maxLength:"note" lines:"true" doc:"null takes it away."`
}

type noteOut struct {
	ClientUID id.UUID `json:"client_uid"`
	Comment   *string `json:"comment"`
}

const contactExample = `{"id":"0197c0de-0000-7000-8000-000000000001","client_uid":"3bf4e479-0000-4000-8000-000000000000","message":"Let us talk.",` +
	`"status":"PENDING","requested_at":"2026-06-30T12:00:00Z","expires_at":"2026-07-30T12:00:00Z","answered_at":null`

// AddContacts declares contact sharing and a partner's notes on clients.
func AddContacts(r *httpapi.Router, s *partner.Contacts) {
	list := json.RawMessage(`{"data":[` + contactExample + `}],"totals":{"count":1}}`)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodPost, Path: "/api/v1/clients/contact-sharing/", ID: "contact_request", Tag: tagClients, Scope: identity.ScopeWrite,
		Status: http.StatusCreated, Summary: "Ask clients for their contact",
		Description: "Asks all the clients named, or none if one cannot be asked. A request stands for 30 days and cannot be repeated " +
			"until then. When a client agrees, its e-mail shows " +
			"as `client_email` in `/api/v2/reports/clients/`. ValidationError on `client_uid.N`: `does_not_exist`, `client_left`, " +
			"`already_granted`, `already_pending`.",
		Request: json.RawMessage(`{"client_uid":["3bf4e479-0000-4000-8000-000000000000"],"message":"Let us talk."}`), Example: list,
	}, func(ctx context.Context, in *contactIn) (*page.List[contactOut, page.Count], error) {
		requests, err := s.Ask(ctx, partnerOf(ctx), in.Clients, in.Message)
		return contactList(requests, int64(len(requests)), err)
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/v1/clients/contact-sharing/", ID: "contact_request_list", Tag: tagClients, Scope: identity.ScopeRead,
		Summary: "Requests for contacts", Description: newestFirst, Example: list,
	}, func(ctx context.Context, in *contactsIn) (*page.List[contactOut, page.Count], error) {
		partnerID := partnerOf(ctx)
		requests, count, err := s.Requests(ctx, partner.ContactFilter{PartnerID: &partnerID, Pending: in.Pending, Limit: in.Page.Limit, Offset: in.Page.Offset})
		return contactList(requests, count, err)
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodPatch, Path: "/api/v1/clients/{client_uid}/", ID: "client_update", Tag: tagClients, Scope: identity.ScopeWrite,
		Summary: "Write a note on a client", Description: "Only the partner sees it: `comment` in its clients reports.",
		Request: map[string]string{"comment": "prefers mornings"}, Errors: []fault.Code{fault.NotFound},
		Example: json.RawMessage(`{"client_uid":"3bf4e479-0000-4000-8000-000000000000","comment":"prefers mornings"}`),
	}, func(ctx context.Context, in *noteIn) (*noteOut, error) {
		if !in.Comment.Sent {
			return nil, fault.Invalid("comment", "required", "This field is required.")
		}
		var comment *string
		if !in.Comment.Null {
			comment = &in.Comment.Value
		}
		note, err := s.Comment(ctx, partnerOf(ctx), in.ClientUID, comment)
		return &noteOut{ClientUID: note.ClientUID, Comment: note.Comment}, err
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/broker/v1/contact-requests/", ID: "broker_contact_request_list", Tag: tagBroker, Access: httpapi.Broker,
		Scope: identity.ScopeRead, Summary: "Partners' requests for contacts", Description: "Lists the requests that the broker is to " +
			"pass on to its clients, newest first.",
		Example: json.RawMessage(`{"data":[` + contactExample + `,"partner_uid":"0197c0de-0000-7000-8000-000000000002","client_email":"client@example.com"}],` +
			`"totals":{"count":1}}`),
	}, func(ctx context.Context, in *contactsIn) (*page.List[brokerContactOut, page.Count], error) {
		requests, count, err := s.Requests(ctx, partner.ContactFilter{Pending: in.Pending, Limit: in.Page.Limit, Offset: in.Page.Offset})
		if err != nil {
			return nil, err
		}
		rows := make([]brokerContactOut, len(requests))
		for i := range requests {
			rows[i] = brokerContactOut{contactOut: contactOf(&requests[i]), PartnerUID: requests[i].PartnerID, Email: requests[i].Email}
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})
}

func contactList(requests []partner.ContactRequest, count int64, err error) (*page.List[contactOut, page.Count], error) {
	if err != nil {
		return nil, err
	}
	rows := make([]contactOut, len(requests))
	for i := range requests {
		rows[i] = contactOf(&requests[i])
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

func contactOf(r *partner.ContactRequest) contactOut {
	return contactOut{
		ID: r.ID, ClientUID: r.ClientUID, Message: r.Message, Status: string(r.Status),
		RequestedAt: r.RequestedAt, ExpiresAt: r.ExpiresAt, AnsweredAt: r.AnsweredAt,
	}
}
