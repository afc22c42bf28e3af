package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/identity"
)

// SetUpOut is a webhook, a postback or another set-up that keeps working when a
// partner's password changes.
type SetUpOut struct {
	Kind    string    `json:"kind" enum:"webhook,postback,agent_link,authenticator" doc:"Kind of the item. agent_link is a referral agent's link, and authenticator is the authenticator app."`
	ID      *string   `json:"id" doc:"Id of the item. Null for the authenticator app, because a partner has only one." example:"0192f0c1-a2b3-7c4d-8e9f-001122334455"`
	Name    string    `json:"name" doc:"Name of the item." example:"Dashboard"`
	Target  string    `json:"target" doc:"Target of the item. It is the URL of a webhook or postback, or the e-mail address of an agent." example:"https://example.com/tributary"`
	Status  string    `json:"status" enum:"active,paused,disabled" doc:"Status of the item. Nothing is sent to a paused or disabled item."`
	Created time.Time `json:"created" doc:"When the item was created."`
	Changed time.Time `json:"changed" doc:"When the item was last changed."`
	Paused  bool      `json:"paused_by_reset" doc:"Whether a password reset paused the item."`
}

// SetUpsOf converts set-ups to their JSON form.
func SetUpsOf(list []identity.SetUp) []SetUpOut {
	out := make([]SetUpOut, len(list))
	for i := range list {
		u := &list[i]
		out[i] = SetUpOut{Kind: u.Kind, Name: u.Name, Target: u.Target, Status: u.Status, Created: u.Created, Changed: u.Changed, Paused: u.Paused}
		if u.ID != "" {
			out[i].ID = &u.ID
		}
	}
	return out
}

// SetUpExample is an example of SetUpOut that ends before the value of the last field,
// which differs between operations.
const SetUpExample = `{"kind":"webhook","id":"0192f0c1-a2b3-7c4d-8e9f-001122334455","name":"Dashboard","target":"https://example.com/tributary",` +
	`"status":"paused","created":"2026-06-01T12:00:00Z","changed":"2026-06-20T12:00:00Z","paused_by_reset":`
