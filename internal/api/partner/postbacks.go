package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/page"
)

// AddPostbacks declares postbacks.
func AddPostbacks(r *httpapi.Router, s *outbox.Service) {
	h := postbacksAPI{s}
	r.Mount(wire.TagPostbacks,
		httpapi.GET(postbacksPath, wire.Read, h.postbackList, postbackList),
		httpapi.POST(postbacksPath, wire.Write, h.postbackCreate, postbackCreate),
		httpapi.GET(postbacksPath+"{id}/", wire.Read, h.postbackGet, postbackGet),
		httpapi.PATCH(postbacksPath+"{id}/", wire.Write, h.postbackUpdate, postbackUpdate),
		httpapi.DELETE(postbacksPath+"{id}/", wire.Write, h.postbackDelete, postbackDelete),
		httpapi.POST(postbacksPath+"{id}/test/", wire.Write, h.postbackTest, postbackTest),
	)

	addEndpointOps(r, s, endpointOps{kind: outbox.Postback, tag: wire.TagPostbacks, path: postbacksPath + "{id}/"})
}

type postbacksAPI struct{ s *outbox.Service }

const (
	postbacksPath = "/api/v1/postbacks/"
)

type postbackIn struct {
	URL    string   `json:"url" required:"true" maxLength:"url" doc:"URL to call: a public http or https address, with tokens in braces." example:"https://example.com/p?click={click_id}"`
	Name   string   `json:"name" maxLength:"name" doc:"Your own name for the postback." example:"Tracker"`
	Method string   `json:"method" default:"GET" enum:"GET,POST" doc:"HTTP method of the call."`
	Events []string `json:"events" required:"true" enum:"registration,deposit,first_deposit,qualification,reward" maxItems:"5" doc:"The events that the postback is called for."`
}

type postbackChangeIn struct {
	ID         id.UUID  `path:"id" doc:"Id of the postback."`
	URL        *string  `json:"url" maxLength:"url" doc:"New URL to call: a public http or https address, with tokens in braces."`
	Name       *string  `json:"name" maxLength:"name" doc:"New name of the postback."`
	Method     *string  `json:"method" enum:"GET,POST" doc:"New HTTP method of the call."`
	Events     []string `json:"events" enum:"registration,deposit,first_deposit,qualification,reward" maxItems:"5" doc:"The events that the postback is called for from now on."`
	Status     *string  `json:"status" enum:"active,paused" doc:"paused: stop calling. active: call again, also after the programme disabled the postback."`
	SkipMissed bool     `json:"skip_missed" doc:"Together with status active: do not deliver what happened while the postback was paused or disabled."`
}

type postbackTestIn struct {
	endpointIn

	Event string `json:"event" doc:"One of the postback's events. Without it, the first of them." example:"registration"`
}

type postbackOut struct {
	endpointOut

	Method string `json:"method" enum:"GET,POST" doc:"HTTP method of the call."`
}

type newPostbackOut struct {
	postbackOut

	Secret string `json:"secret" doc:"Secret that deliveries are signed with. It is shown only in this answer." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="`
}

func postbackOf(e *outbox.Endpoint) postbackOut { return postbackOut{endpointOf(e), e.Method} }

const postbackExample = `"id":"0192f0c1-a2b3-7c4d-8e9f-001122334455","name":"Tracker","url":"https://tracker.example.com/p?click={click_id}","method":"GET",` +
	`"events":["registration","reward"],"status":"active","disabled_reason":null,"failing_since":null,"last_success":"2026-06-30T12:00:00Z",` +
	`"created":"2026-06-01T12:00:00Z"`

// postbackDescription lists the tokens.
func postbackDescription() string {
	var b strings.Builder
	b.WriteString("A postback calls a URL for what the partner's clients do: `registration`, `deposit`, `first_deposit`, " +
		"`qualification` (identity proved, deposited and traded) and `reward` (an account-day with what closed orders added to it). " +
		"Tokens stand in the path and the query, and are escaped for their place; one that has no value is empty:\n")
	for _, t := range outbox.Tokens() {
		b.WriteString("\n- `{" + t.Name + "}`: " + t.Doc)
	}
	b.WriteString("\n\nBeside these, everything that the client's link was followed with is a token by its own name: " +
		"`{clickid}`, `{gclid}`, `{utm_source}`, or any other parameter that the partner puts into its links.")
	b.WriteString("\n\nWith POST the body is a JSON object of all tokens. Deliveries are signed, tried again and logged as those of webhooks; " +
		"of a GET, which has no body, the path with the query is signed in its place. `webhook-id` is the token `event_id`.\n\nAt most 50 postbacks. " +
		"The partner is told of a new postback, and of a new address, by e-mail.")
	return b.String()
}

var postbackList = httpapi.Op{
	ID:          "postback_list",
	Summary:     "The partner's postbacks",
	Description: wire.NewestFirst,
	Example:     json.RawMessage(`{"data":[{` + postbackExample + `}],"totals":{"count":1}}`),
}

func (h postbacksAPI) postbackList(ctx context.Context, in *endpointsIn) (*page.List[postbackOut, page.Count], error) {
	return listEndpoints(ctx, h.s, outbox.Postback, in.Page, postbackOf)
}

var postbackCreate = httpapi.Op{
	ID:          "postback_create",
	Status:      http.StatusCreated,
	Summary:     "Make a postback",
	Description: postbackDescription(),
	Request:     map[string]any{"url": "https://tracker.example.com/p?click={click_id}", "name": "Tracker", "events": []string{"registration", "reward"}},
	Example:     json.RawMessage(`{` + postbackExample + `,` + secretExample + `}`),
}

func (h postbacksAPI) postbackCreate(ctx context.Context, in *postbackIn) (*newPostbackOut, error) {
	e, secret, err := h.s.Create(ctx, partnerOf(ctx), outbox.New{Kind: outbox.Postback, URL: in.URL, Name: in.Name, Method: in.Method, Types: in.Events})
	if err != nil {
		return nil, err
	}
	return &newPostbackOut{postbackOf(&e), secret}, nil
}

var postbackGet = httpapi.Op{
	ID:      "postback_get",
	Summary: "One postback",
	Example: json.RawMessage(`{` + postbackExample + `}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h postbacksAPI) postbackGet(ctx context.Context, in *endpointIn) (*postbackOut, error) {
	e, err := h.s.Endpoint(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback)
	if err != nil {
		return nil, err
	}
	out := postbackOf(&e)
	return &out, nil
}

var postbackUpdate = httpapi.Op{
	ID:          "postback_update",
	Summary:     "Change a postback, pause it, or make it active again",
	Description: "Works as for webhooks: fields that are not sent stay as they are.",
	Request:     map[string]any{"status": "paused"},
	Example:     json.RawMessage(`{` + postbackExample + `}`),
	Errors:      []fault.Code{fault.NotFound},
}

func (h postbacksAPI) postbackUpdate(ctx context.Context, in *postbackChangeIn) (*postbackOut, error) {
	e, err := h.s.Change(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback, outbox.Change{
		URL: in.URL, Name: in.Name, Method: in.Method, Types: in.Events, Status: (*outbox.Status)(in.Status), SkipMissed: in.SkipMissed,
	})
	if err != nil {
		return nil, err
	}
	out := postbackOf(&e)
	return &out, nil
}

var postbackDelete = httpapi.Op{
	ID:      "postback_delete",
	Status:  http.StatusNoContent,
	Summary: "Delete a postback with its log",
	Errors:  []fault.Code{fault.NotFound},
}

func (h postbacksAPI) postbackDelete(ctx context.Context, in *endpointIn) (*struct{}, error) {
	return nil, h.s.Delete(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback)
}

var postbackTest = httpapi.Op{
	ID:      "postback_test",
	Status:  http.StatusAccepted,
	Summary: "Send a test",
	Description: "Has one of the postback's events delivered with made-up values for every token, like any other; " +
		"a parameter of links gets its own name, such as `example-gclid`; " +
		"what became of it is in the log under the delivery's id. A postback that is not active is refused with 403.",
	Request: map[string]string{"event": "registration"},
	Example: json.RawMessage(`{` + testExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h postbacksAPI) postbackTest(ctx context.Context, in *postbackTestIn) (*deliveryOut, error) {
	return sendTest(ctx, h.s, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback, in.Event)
}
