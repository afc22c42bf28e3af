package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

// ContactsIn chooses from requests for contacts.
type ContactsIn struct {
	Page    page.Page
	Pending bool `query:"pending" doc:"Only requests that wait for their answer."`
}

// ContactOut is a request for a client's contact.
type ContactOut struct {
	ID          id.UUID    `json:"id"`
	ClientUID   id.UUID    `json:"client_uid"`
	Message     string     `json:"message"`
	Status      string     `json:"status" enum:"PENDING,GRANTED,DECLINED,EXPIRED"`
	RequestedAt time.Time  `json:"requested_at"`
	ExpiresAt   time.Time  `json:"expires_at" doc:"30 days after it was made."`
	AnsweredAt  *time.Time `json:"answered_at"`
}

// ContactExample is an example of ContactOut without its closing brace.
const ContactExample = `{"id":"0197c0de-0000-7000-8000-000000000001","client_uid":"3bf4e479-0000-4000-8000-000000000000","message":"Let us talk.",` +
	`"status":"PENDING","requested_at":"2026-06-30T12:00:00Z","expires_at":"2026-07-30T12:00:00Z","answered_at":null`

// ContactOf describes a request for a contact.
func ContactOf(r *partner.ContactRequest) ContactOut {
	return ContactOut{
		ID: r.ID, ClientUID: r.ClientUID, Message: r.Message, Status: string(r.Status),
		RequestedAt: r.RequestedAt, ExpiresAt: r.ExpiresAt, AnsweredAt: r.AnsweredAt,
	}
}
