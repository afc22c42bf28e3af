// Package broker declares the broker's operations. They accept the feed, and
// manage partners, plans, promo material and payouts.
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
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/inbox"
)

// AddBroker declares the operations with which the broker sends the feed and
// monitors it.
func AddBroker(r *httpapi.Router, facts *accrual.Service, box inbox.Store) {
	h := feedAPI{facts}
	line, named := factSchemas()
	described := openapi.Responses{Body: line.NewRef(), Schemas: named, OK: ingestSchema()}
	r.Mount(wire.TagBroker,
		httpapi.Data("POST", "/broker/v1/events", wire.BrokerFeed, h.brokerEvents, brokerEvents, nil, described),
	)
	addInbox(r, box)
	addWaitingFacts(r, facts, box)
	addSelfReferrals(r, box)
}

type feedAPI struct{ facts *accrual.Service }

const aboutFeed = "Accepts facts, one on each line (NDJSON). The body can have any length and can be compressed with gzip. The response " +
	"arrives when the facts are stored durably and every report shows them.\n\n" +
	"A bad line does not affect the other lines. `rejected` contains the first 1,000 bad lines with their numbers, and `rejected_count` " +
	"counts all of them. A fact that was sent before counts as a duplicate. A fact may need an item that has not arrived, such as its " +
	"account. The server stores such a fact, and the fact takes effect when the item arrives. `unattributed` counts the facts of this " +
	"request that wait.\n\n" +
	"A body that is cut off or is not valid gzip is a ParseError. The server stores the good lines before the fault. Send the whole body " +
	"again. The server recognises gzip by its first two bytes, with or without `Content-Encoding`. A body that expands to more than 64 MiB " +
	"and to more than 200 times its size without containing a fact is a ParseError too.\n\n" +
	"If every line is rejected, the response is a ValidationError. It has `code` and `message` in addition to the fields of the " +
	"summary. If too many bodies arrive at the same time, the response is 429 with `Retry-After`.\n\n" +
	"A server that is stopping gives a body 5 more seconds to end. After that it stores the lines that it has read and responds with 503 " +
	"and `Retry-After`. The response has the `code` ServiceUnavailable and a `message` in addition to the fields of the summary. The " +
	"summary covers the first lines of the body, in their order. Send the body again, with or without these lines. Stored facts then " +
	"count as duplicates."

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
		WithProperty("field", text("Name of the wrong field. Empty if the line as a whole is wrong.")).
		WithProperty("code", text("Code of the fault, for programs.")).
		WithProperty("message", text("Description of the fault, for people.")).
		WithRequired([]string{"code", "field", "message"}))
	details.Description = "Faults of the line, one entry for each fault."
	rejection := openapi3.NewObjectSchema().
		WithProperty("line", count("Number of the line in the body, starting at 1.")).
		WithProperty("id", text("Id of the fact. Empty if the server could not read it.")).
		WithProperty("code", text("Code of the first fault.")).
		WithProperty("message", text("Descriptions of all faults, each after the name of its field.")).
		WithProperty("details", details).
		WithRequired([]string{"code", "details", "id", "line", "message"})
	rejected := openapi3.NewArraySchema().WithItems(rejection)
	rejected.Description = "The first 1,000 rejected lines."
	return openapi3.NewObjectSchema().
		WithProperty("accepted", count("Number of new facts that were stored, including unattributed facts.")).
		WithProperty("duplicates", count("Number of facts that were sent before. They have no effect.")).
		WithProperty("unattributed", count("Number of accepted facts that wait for a missing item, such as an account.")).
		WithProperty("rejected", rejected).
		WithProperty("rejected_count", count("Number of lines that were not stored.")).
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
	// If the sender disconnects, the server still completes the current batch.
	return feedAnswer(h.facts.Ingest(context.WithoutCancel(ctx), body.source(), nil))
}
