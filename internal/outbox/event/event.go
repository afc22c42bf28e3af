// Package event defines the events that partners get. An event reports one
// change of data that the partner can see. It is numbered and stored in the
// same transaction as the change. The feed of events, the webhooks and the
// postbacks all use the stored events.
package event

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Type is a kind of event, such as client.registered.
type Type string

// Event is one change. A partner's events are numbered from 1 without gaps, in
// the order of their commits.
type Event struct {
	PartnerID id.UUID         `db:"partner_id"`
	Seq       int64           `db:"event_seq"` // assigned when the event is stored
	Type      Type            `db:"type"`
	At        time.Time       `db:"at"`   // time at which the server learned of the change
	Data      json.RawMessage `db:"data"` // one of the structs of this package

	packed []byte // the packed data of a reward event, before the event is stored and after it was read, until Unpack
}

// New returns an event that is not stored yet. data is one of the structs of
// this package.
func New(partnerID id.UUID, t Type, at time.Time, data any) Event {
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("event: encoding the data of %s: %v", t, err)) // cannot happen, because the data has only strings and numbers
	}
	return Event{PartnerID: partnerID, Type: t, At: at, Data: text}
}

// ID returns the event's id, which is unique in the programme. Webhooks send it
// as the header webhook-id.
func (e *Event) ID() string { return ID(e.PartnerID, e.Seq) }

// ID returns the id of the partner's event with the number seq.
func ID(partnerID id.UUID, seq int64) string {
	return partnerID.Hex() + "-" + strconv.FormatInt(seq, 10)
}

// Envelope is the JSON form of an event, in the feed and in webhooks.
type Envelope struct {
	ID        string          `json:"id" doc:"Id of the event, unique in the programme. It is the same in every delivery." example:"0192f0c1a2b37c4d8e9f001122334455-42"`
	Type      Type            `json:"type" type:"string" doc:"Type of the event." example:"client.registered"`
	Timestamp time.Time       `json:"timestamp" doc:"When the programme learned of the event. The data says when it happened."`
	Data      json.RawMessage `json:"data" doc:"What changed. The fields depend on the type: see /api/v1/events/types/."`
}

// Envelope returns the event in its JSON form.
func (e *Event) Envelope() Envelope {
	return Envelope{ID: e.ID(), Type: e.Type, Timestamp: e.At, Data: e.Data}
}
