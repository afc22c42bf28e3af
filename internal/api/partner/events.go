package partner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/page"
)

// AddEvents declares the operations with which a program reads the partner's events.
func AddEvents(r *httpapi.Router, f *outbox.Feed) {
	h := eventsAPI{f}
	r.Mount(wire.TagWebhooks,
		httpapi.GET("/api/v1/events/", wire.Read, h.eventList, eventList),
		httpapi.GET("/api/v1/events/types/", wire.Read, h.eventTypeList, eventTypeList),
	)
}

type eventsAPI struct{ f *outbox.Feed }

type eventsIn struct {
	Cursor string   `query:"cursor" maxLength:"64" doc:"The next_cursor of an earlier response. Without a cursor, the list starts with the oldest stored event. The cursor \"latest\" selects only events that happen after this request."`
	Limit  int      `query:"limit" default:"100" minimum:"1" doc:"Maximum number of events to return. A value above 200 is treated as 200."`
	Wait   int      `query:"wait" default:"0" minimum:"0" maximum:"30" doc:"Maximum number of seconds to wait for an event if there is none yet."`
	Type   []string `query:"type" maxItems:"50" doc:"Only events of these types." example:"client.registered"`
}

type eventsOut struct {
	Data       []event.Envelope `json:"data" doc:"Events, oldest first."`
	NextCursor string           `json:"next_cursor" doc:"Cursor for the next request. It is present even if there are no events."`
	HasMore    bool             `json:"has_more" doc:"Whether more events are available now. If false, send the next request later or with wait."`
}

type eventTypeOut struct {
	Type        event.Type `json:"type" type:"string" doc:"Type of the event." example:"client.registered"`
	Description string     `json:"description" doc:"When events of this type are sent."`
	Example     any        `json:"example" doc:"Example of the data of an event of this type."`
}

const eventExample = `{"id":"0192f0c1a2b37c4d8e9f001122334455-42","type":"deposit.received","timestamp":"2026-06-30T12:00:00Z",` +
	`"data":{"client_account":"1001","client_uid":"4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab","at":"2026-06-30T11:59:58Z","deposit_amount":3}}`

func knownTypes() *page.List[eventTypeOut, page.Count] {
	known := event.All()
	rows := make([]eventTypeOut, len(known))
	for i, k := range known {
		rows[i] = eventTypeOut{k.Type, k.Doc, k.Data}
	}
	return page.NewList(rows, page.Count{Count: int64(len(rows))})
}

// typesExample returns the response of event_type_list. Every partner gets the same
// response, so the document shows it as the example.
func typesExample() json.RawMessage {
	text, err := json.Marshal(knownTypes())
	if err != nil {
		panic(fmt.Sprintf("api: the types of events do not encode: %v", err)) // the types have only simple fields, so this cannot happen
	}
	return text
}

var eventList = httpapi.Op{
	ID:      "event_list",
	Summary: "Read events in order",
	Description: "Returns every change that the partner may see, as events, oldest first. Programs can read events instead of " +
		"polling reports. Send the `next_cursor` of each response with the next request. A program then gets every event " +
		"exactly once. An event is available as soon as the reports show its effect. With `wait`, a request that finds " +
		"no events waits for the next event.\n\n" +
		"Events are stored for 30 days. An older cursor is a ValidationError with code `expired`. In this case, start " +
		"again without a cursor, or read the missed changes from the reports.\n\n" +
		"Save the cursor in the same transaction as your work on the events. Then your program never processes an event " +
		"twice.",
	Example: json.RawMessage(`{"data":[` + eventExample + `],"next_cursor":"AAAAAAAAACoh3m3Y","has_more":false}`),
}

func (h eventsAPI) eventList(ctx context.Context, in *eventsIn) (*eventsOut, error) {
	types := make([]event.Type, len(in.Type))
	for i, name := range in.Type {
		types[i] = event.Type(name)
	}
	part, err := h.f.Read(ctx, partnerOf(ctx), outbox.Read{Cursor: in.Cursor, Types: types, Limit: in.Limit, Wait: time.Duration(in.Wait) * time.Second})
	if err != nil {
		return nil, err
	}
	out := &eventsOut{Data: make([]event.Envelope, len(part.Events)), NextCursor: part.Next, HasMore: part.More}
	for i := range part.Events {
		out.Data[i] = part.Events[i].Envelope()
	}
	return out, nil
}

var eventTypeList = httpapi.Op{
	ID:      "event_type_list",
	Summary: "List the types of events",
	Description: "Lists each type of event, with a description of when it is sent and an example of its data. Programs should " +
		"ignore types and fields that they do not know.",
	Example: typesExample(),
}

func (eventsAPI) eventTypeList(context.Context, *struct{}) (*page.List[eventTypeOut, page.Count], error) {
	return knownTypes(), nil
}
