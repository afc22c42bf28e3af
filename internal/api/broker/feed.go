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

const aboutFeed = "Takes facts, one on each line (NDJSON). The body can have any length and can be compressed with gzip. The answer comes " +
	"when the facts are stored durably and every report shows them.\n\n" +
	"A bad line never stops the good ones. `rejected` has the first 1,000 bad lines with their numbers, and `rejected_count` counts " +
	"all of them. A fact that was sent before counts as a duplicate. A fact that needs something that has not arrived, such as its " +
	"account, is kept and takes effect when that arrives: `unattributed` counts such facts of this request.\n\n" +
	"A body that is cut off or is not valid gzip is a ParseError. The good lines before the fault are kept: send the whole body " +
	"again. Gzip is recognised by its first two bytes, with or without `Content-Encoding`. A body that expands to more than 64 MiB " +
	"and more than 200 times its size without a fact in it is a ParseError too.\n\n" +
	"If every line was refused, the answer is a ValidationError whose `code` and `message` come together with the fields of the " +
	"summary. If too many bodies arrive at once, the answer is 429 with `Retry-After`.\n\n" +
	"A server that is stopping gives a body 5 more seconds to end. Then it keeps the lines that it has read and answers 503 with " +
	"`Retry-After`, with `code` ServiceUnavailable and `message` together with the fields of the summary, which count the first " +
	"lines of the body in their order. Send the body again, whole or without these lines: facts that were kept count as duplicates."

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
		WithProperty("field", text("Field that is wrong. Empty when the line as a whole is wrong.")).
		WithProperty("code", text("What is wrong, as a code for programs.")).
		WithProperty("message", text("What is wrong, in words.")).
		WithRequired([]string{"code", "field", "message"}))
	details.Description = "Everything that is wrong with the line, one entry for each fault."
	rejection := openapi3.NewObjectSchema().
		WithProperty("line", count("Number of the line in the body, from 1.")).
		WithProperty("id", text("Id of the fact. Empty when it could not be read.")).
		WithProperty("code", text("Code of the first fault.")).
		WithProperty("message", text("All faults in words, each after the name of its field.")).
		WithProperty("details", details).
		WithRequired([]string{"code", "details", "id", "line", "message"})
	return openapi3.NewObjectSchema().
		WithProperty("accepted", count("Number of new facts that were kept, unattributed ones included.")).
		WithProperty("duplicates", count("Number of facts that were known before. They have no effect.")).
		WithProperty("unattributed", count("Number of the accepted facts that wait for something that has not arrived, such as an account.")).
		WithProperty("rejected", openapi3.NewArraySchema().WithItems(rejection)).
		WithProperty("rejected_count", count("Number of lines that were not kept.")).
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
	// If a sender hangs up, its body ends, but the batch that is being booked
	// is finished.
	return feedAnswer(h.facts.Ingest(context.WithoutCancel(ctx), body.source(), nil))
}
