package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

// ContactsIn holds the filters of a list of contact requests.
type ContactsIn struct {
	Page    page.Page
	Pending bool `query:"pending" doc:"If true, only requests that the client has not answered yet are returned."`
}

// ContactOut is a partner's request for a client's contact details.
type ContactOut struct {
	ID          id.UUID    `json:"id" doc:"Id of the request."`
	ClientUID   id.UUID    `json:"client_uid" doc:"Id of the client that was asked."`
	Message     string     `json:"message" doc:"The partner's message to the client. May be empty."`
	Status      string     `json:"status" enum:"PENDING,GRANTED,DECLINED,EXPIRED" doc:"PENDING until the client answers, then GRANTED or DECLINED. EXPIRED if the client did not answer in time."`
	RequestedAt time.Time  `json:"requested_at" doc:"When the partner made the request."`
	ExpiresAt   time.Time  `json:"expires_at" doc:"When the request expires, 30 days after it was made."`
	AnsweredAt  *time.Time `json:"answered_at" doc:"When the client answered. Null until then."`
}

// ContactExample is an example of ContactOut without the closing brace, so that types
// which embed ContactOut can add fields.
const ContactExample = `{"id":"0197c0de-0000-7000-8000-000000000001","client_uid":"3bf4e479-0000-4000-8000-000000000000","message":"Let us talk.",` +
	`"status":"PENDING","requested_at":"2026-06-30T12:00:00Z","expires_at":"2026-07-30T12:00:00Z","answered_at":null`

// ContactOf converts a contact request to its JSON form.
func ContactOf(r *partner.ContactRequest) ContactOut {
	return ContactOut{
		ID: r.ID, ClientUID: r.ClientUID, Message: r.Message, Status: string(r.Status),
		RequestedAt: r.RequestedAt, ExpiresAt: r.ExpiresAt, AnsweredAt: r.AnsweredAt,
	}
}
