// Package event defines the events that partners receive. An event reports one
// change of the data that a partner may see. It is stored in the transaction of
// the change, with a number. The feed, webhooks and postbacks are made from the
// stored events.
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
	At        time.Time       `db:"at"`   // when the programme learned of it
	Data      json.RawMessage `db:"data"` // one of the structs of this package
}

// New returns an event that is not stored yet. data is one of the structs of
// this package.
func New(partnerID id.UUID, t Type, at time.Time, data any) Event {
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("event: encoding the data of %s: %v", t, err)) // plain structs of strings and numbers
	}
	return Event{PartnerID: partnerID, Type: t, At: at, Data: text}
}

// ID identifies the event in the whole programme. Webhooks send it as
// webhook-id.
func (e *Event) ID() string { return ID(e.PartnerID, e.Seq) }

// ID returns the id of a partner's event with a number.
func ID(partnerID id.UUID, seq int64) string {
	return partnerID.Hex() + "-" + strconv.FormatInt(seq, 10)
}

// Envelope is an event on the wire, the same in the feed and in webhooks.
type Envelope struct {
	ID        string          `json:"id" doc:"Id of the event, unique in the programme. It is the same in every delivery." example:"0192f0c1a2b37c4d8e9f001122334455-42"`
	Type      Type            `json:"type" type:"string" doc:"Type of the event." example:"client.registered"`
	Timestamp time.Time       `json:"timestamp" doc:"When the programme learned of the event. The data says when it happened."`
	Data      json.RawMessage `json:"data" doc:"What changed. The fields depend on the type: see /api/v1/events/types/."`
}

// Envelope returns the event as it is sent.
func (e *Event) Envelope() Envelope {
	return Envelope{ID: e.ID(), Type: e.Type, Timestamp: e.At, Data: e.Data}
}
