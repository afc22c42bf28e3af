// Package event defines the events that partners get. An event reports one
// change of data that the partner can see. The transaction that makes the
// change also stores and numbers the event. The feed of events, the webhooks
// and the postbacks read the stored events.
package event

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Type is the type of an event, such as client.registered.
type Type string

// Event reports one change to one partner. A partner's events are numbered from
// 1 without gaps, in the order in which their transactions commit.
type Event struct {
	PartnerID id.UUID         `db:"partner_id"`
	Seq       int64           `db:"event_seq"` // set when the event is stored
	Type      Type            `db:"type"`
	At        time.Time       `db:"at"`   // when the server learned of the change
	Data      json.RawMessage `db:"data"` // one of the structs of this package

	packed []byte // data of a reward event in packed form; nil after Unpack has set Data
}

// New returns an event that is not stored yet. data must be one of the structs
// of this package.
func New(partnerID id.UUID, t Type, at time.Time, data any) Event {
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("event: encoding the data of %s: %v", t, err)) // cannot happen, because the data has only strings and numbers
	}
	return Event{PartnerID: partnerID, Type: t, At: at, Data: text}
}

// ID returns the event's id, which is unique in the programme. The header
// webhook-id of a webhook has the same value.
func (e *Event) ID() string { return ID(e.PartnerID, e.Seq) }

// ID returns the id of a partner's event. seq is the event's number.
func ID(partnerID id.UUID, seq int64) string {
	return partnerID.Hex() + "-" + strconv.FormatInt(seq, 10)
}

// Envelope is an event's JSON form in the feed and in webhooks.
type Envelope struct {
	ID        string          `json:"id" doc:"Id of the event, unique in the programme. It is the same in every delivery." example:"0192f0c1a2b37c4d8e9f001122334455-42"`
	Type      Type            `json:"type" type:"string" doc:"Type of the event." example:"client.registered"`
	Timestamp time.Time       `json:"timestamp" doc:"When the programme learned of the event. The data says when it happened."`
	Data      json.RawMessage `json:"data" doc:"What changed. The fields depend on the type: see /api/v1/events/types/."`
}

// Envelope returns the event's JSON form.
func (e *Event) Envelope() Envelope {
	return Envelope{ID: e.ID(), Type: e.Type, Timestamp: e.At, Data: e.Data}
}
