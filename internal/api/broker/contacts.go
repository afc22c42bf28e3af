package broker

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddBrokerContacts declares the list of contact requests, which the broker forwards
// to the clients.
func AddBrokerContacts(r *httpapi.Router, s *partner.Contacts) {
	h := brokerContactsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/contact-requests/", wire.BrokerRead, h.brokerContactRequestList, brokerContactRequestList),
	)
}

type brokerContactsAPI struct{ s *partner.Contacts }

type brokerContactOut struct {
	wire.ContactOut
	PartnerUID id.UUID `json:"partner_uid" doc:"Partner that requests the contact."`
	Email      string  `json:"client_email" doc:"E-mail address of the client to ask. Send the client's answer as a contact.shared fact."`
}

var brokerContactRequestList = httpapi.Op{
	ID:      "broker_contact_request_list",
	Summary: "List partners' requests for contacts",
	Description: "Lists partners' requests for clients' e-mail addresses, newest first. The broker asks the client, and sends the " +
		"client's answer as a `contact.shared` fact.",
	Example: json.RawMessage(`{"data":[` + wire.ContactExample +
		`,"partner_uid":"0197c0de-0000-7000-8000-000000000002","client_email":"client@example.com"}],"totals":{"count":1}}`),
}

func (h brokerContactsAPI) brokerContactRequestList(ctx context.Context, in *wire.ContactsIn) (*page.List[brokerContactOut, page.Count], error) {
	requests, count, err := h.s.Requests(ctx, partner.ContactFilter{Pending: in.Pending, Limit: in.Page.Limit, Offset: in.Page.Offset})
	if err != nil {
		return nil, err
	}
	rows := make([]brokerContactOut, len(requests))
	for i := range requests {
		rows[i] = brokerContactOut{ContactOut: wire.ContactOf(&requests[i]), PartnerUID: requests[i].PartnerID, Email: requests[i].Email}
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}
