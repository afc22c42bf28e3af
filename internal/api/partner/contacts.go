package partner

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddContacts declares the operations on contact requests and on a partner's
// notes on clients.
func AddContacts(r *httpapi.Router, s *partner.Contacts) {
	h := contactsAPI{s}
	r.Mount(wire.TagClients,
		httpapi.POST("/api/v1/clients/contact-sharing/", wire.Write, h.contactRequest, contactRequest),
		httpapi.GET("/api/v1/clients/contact-sharing/", wire.Read, h.contactRequestList, contactRequestList),
		httpapi.PATCH("/api/v1/clients/{client_uid}/", wire.Write, h.clientUpdate, clientUpdate),
	)
}

type contactsAPI struct{ s *partner.Contacts }

type contactIn struct {
	Clients []id.UUID `json:"client_uid" required:"true" maxItems:"1000" doc:"Ids of the clients to ask, as whole UUIDs."`
	Message string    `json:"message" maxLength:"note" lines:"true" doc:"Message that the broker passes on to the clients."`
}

type noteIn struct {
	ClientUID string                `path:"client_uid" doc:"Id of the client: the whole UUID or its first 8 characters." example:"4ec0c5fa"`
	Comment   bind.Nullable[string] `json:"comment" maxLength:"note" lines:"true" doc:"Your note on the client. Null removes the note."`
}

type noteOut struct {
	ClientUID id.UUID `json:"client_uid" doc:"Id of the client."`
	Comment   *string `json:"comment" doc:"The partner's note on the client. Null if there is none."`
}

func contactList(requests []partner.ContactRequest, count int64, err error) (*page.List[wire.ContactOut, page.Count], error) {
	if err != nil {
		return nil, err
	}
	rows := make([]wire.ContactOut, len(requests))
	for i := range requests {
		rows[i] = wire.ContactOf(&requests[i])
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var contactsList = json.RawMessage(`{"data":[` + wire.ContactExample + `}],"totals":{"count":1}}`)

var contactRequest = httpapi.Op{
	ID:      "contact_request",
	Status:  http.StatusCreated,
	Summary: "Request clients' contacts",
	Description: "Asks the named clients to share their e-mail addresses with the partner. If one of the clients cannot be asked, " +
		"none is asked. A request is open until the client answers, for at most 30 days. It cannot be repeated while it " +
		"is open. After a client agrees, its e-mail appears as `client_email` in `/api/v2/reports/clients/`. A client " +
		"who cannot be asked is a ValidationError on `client_uid.N` with code `does_not_exist`, `client_left`, " +
		"`already_granted` or `already_pending`.",
	Request: json.RawMessage(`{"client_uid":["3bf4e479-0000-4000-8000-000000000000"],"message":"Let us talk."}`),
	Example: contactsList,
}

func (h contactsAPI) contactRequest(ctx context.Context, in *contactIn) (*page.List[wire.ContactOut, page.Count], error) {
	requests, err := h.s.Ask(ctx, partnerOf(ctx), in.Clients, in.Message)
	return contactList(requests, int64(len(requests)), err)
}

var contactRequestList = httpapi.Op{
	ID:          "contact_request_list",
	Summary:     "List requests for contacts",
	Description: "Lists the partner's requests for clients' contacts, newest first.",
	Example:     contactsList,
}

func (h contactsAPI) contactRequestList(ctx context.Context, in *wire.ContactsIn) (*page.List[wire.ContactOut, page.Count], error) {
	partnerID := partnerOf(ctx)
	requests, count, err := h.s.Requests(ctx, partner.ContactFilter{PartnerID: &partnerID, Pending: in.Pending, Limit: in.Page.Limit, Offset: in.Page.Offset})
	return contactList(requests, count, err)
}

var clientUpdate = httpapi.Op{
	ID:      "client_update",
	Summary: "Write a note on a client",
	Description: "Sets or removes the partner's note on a client. Only the partner sees the note. It appears as `comment` in the " +
		"reports on clients.",
	Request: map[string]string{"comment": "prefers mornings"},
	Errors:  []fault.Code{fault.NotFound},
	Example: json.RawMessage(`{"client_uid":"3bf4e479-0000-4000-8000-000000000000","comment":"prefers mornings"}`),
}

func (h contactsAPI) clientUpdate(ctx context.Context, in *noteIn) (*noteOut, error) {
	if !in.Comment.Sent {
		return nil, fault.Invalid("comment", "required", "This field is required.")
	}
	var comment *string
	if !in.Comment.Null {
		comment = &in.Comment.Value
	}
	note, err := h.s.Comment(ctx, partnerOf(ctx), in.ClientUID, comment)
	return &noteOut{ClientUID: note.ClientUID, Comment: note.Comment}, err
}
