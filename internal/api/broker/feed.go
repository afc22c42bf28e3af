// Package broker is the broker's side of the API: it takes the feed, and lets
// the broker look after partners, plans, promo material and payouts.
package broker

import (
	"context"
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/inbox"
)

// AddBroker declares the operations with which the broker pushes the feed and
// sees its state.
func AddBroker(r *httpapi.Router, facts *accrual.Service, box inbox.Store) {
	h := feedAPI{facts}
	line, named := factSchemas()
	described := httpapi.Responses{Body: line.NewRef(), Schemas: named, OK: ingestSchema()}
	r.Mount(wire.TagBroker,
		httpapi.Data("POST", "/broker/v1/events", wire.BrokerFeed, h.brokerEvents, brokerEvents, nil, described),
	)
	addInbox(r, box)
	addWaitingFacts(r, facts, box)
	addSelfReferrals(r, box)
}

type feedAPI struct{ facts *accrual.Service }

const aboutFeed = "One fact a line (NDJSON), `gzip` allowed, of any length. The answer comes when the facts are durable and in every report.\n\n" +
	"A bad line never stops the good ones: `rejected` holds the first 1,000 with their line numbers, `rejected_count` counts all. " +
	"A fact that was sent before counts as a duplicate. A fact whose other half is missing is kept and takes effect when that arrives: " +
	"`unattributed` counts those of this request.\n\n" +
	"A body that is cut off or not the gzip it says is a ParseError, after its good lines up to there were kept; " +
	"send it again whole. Gzip is recognised by its first two bytes, with `Content-Encoding` or without. A body that unpacks to more than 200 times " +
	"what was sent, and above 64 MiB, without a fact in it is a ParseError too.\n\n" +
	"When there were lines and every one was refused, the answer is a ValidationError: `code` and `message` stand beside the summary's fields. " +
	"When too many bodies come in at once: 429 with `Retry-After`.\n\n" +
	"A server that is told to stop gives a body 5 more seconds to end. Then it keeps the lines that it has read and answers 503 with `Retry-After`: " +
	"`code` ServiceUnavailable and `message` beside the summary's fields. They count the first lines of the body, in its order. " +
	"Send the body again, whole or without as many lines: what was kept counts as a duplicate."

// ingestSchema describes accrual.Summary.
func ingestSchema() *openapi3.SchemaRef {
	count := func(doc string) *openapi3.Schema {
		s := openapi3.NewInt64Schema()
		s.Description = doc
		return s
	}
	text := func(doc string) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Description = doc
		return s
	}
	details := openapi3.NewArraySchema().WithItems(openapi3.NewObjectSchema().
		WithProperty("field", text("Empty where the line as a whole is wrong.")).
		WithProperty("code", text("What is wrong, for programs.")).
		WithProperty("message", text("What is wrong, for people.")).
		WithRequired([]string{"code", "field", "message"}))
	details.Description = "Everything that is wrong with the line."
	rejection := openapi3.NewObjectSchema().
		WithProperty("line", count("From 1, as the body was sent.")).
		WithProperty("id", text("The fact's id; empty where it could not be read.")).
		WithProperty("code", text("The code of the first fault.")).
		WithProperty("message", text("All faults, each after the name of its field.")).
		WithProperty("details", details).
		WithRequired([]string{"code", "details", "id", "line", "message"})
	return openapi3.NewObjectSchema().
		WithProperty("accepted", count("New facts kept, unattributed ones included.")).
		WithProperty("duplicates", count("Facts that were known before: no effect.")).
		WithProperty("unattributed", count("Of the accepted: waiting for their missing half.")).
		WithProperty("rejected", openapi3.NewArraySchema().WithItems(rejection)).
		WithProperty("rejected_count", count("Lines that were not kept.")).
		WithRequired([]string{"accepted", "duplicates", "rejected", "rejected_count", "unattributed"}).NewRef()
}

var brokerEvents = httpapi.Op{
	ID:          "broker_events",
	Summary:     "Push facts",
	Description: aboutFeed,
	Consumes:    []string{"application/x-ndjson"},
	MaxBody:     -1,
	Request:     json.RawMessage(feed.SpecOf(feed.OrderClosed).Example),
	Example: json.RawMessage(`{"accepted":2,"duplicates":1,"unattributed":0,` +
		`"rejected":[{"line":4,"id":"o-17","code":"required","message":"symbol: this field is required",` +
		`"details":[{"field":"symbol","code":"required","message":"this field is required"}]}],"rejected_count":1}`),
	Errors: []fault.Code{fault.ParseError, fault.ValidationError, fault.Throttled},
}

func (h feedAPI) brokerEvents(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	body, err := feedBody(req.HTTP)
	if err != nil {
		return httpapi.Response{}, err
	}
	// A sender that hangs up ends its body but not the batch that is being
	// booked.
	return feedAnswer(h.facts.Ingest(context.WithoutCancel(ctx), body.source(), nil))
}
