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

// AddPostbacks declares the operations on postbacks.
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
	URL    string   `json:"url" required:"true" maxLength:"url" doc:"URL to call. It is a public http or https address and can contain tokens in braces." example:"https://example.com/p?click={click_id}"`
	Name   string   `json:"name" maxLength:"name" doc:"Your name for the postback." example:"Tracker"`
	Method string   `json:"method" default:"GET" enum:"GET,POST" doc:"HTTP method of the request."`
	Events []string `json:"events" required:"true" enum:"registration,deposit,first_deposit,qualification,reward" maxItems:"5" doc:"Events for which the URL is called."`
}

type postbackChangeIn struct {
	ID         id.UUID  `path:"id" doc:"Id of the postback."`
	URL        *string  `json:"url" maxLength:"url" doc:"New URL to call. It is a public http or https address and can contain tokens in braces."`
	Name       *string  `json:"name" maxLength:"name" doc:"New name of the postback."`
	Method     *string  `json:"method" enum:"GET,POST" doc:"New HTTP method of the request."`
	Events     []string `json:"events" enum:"registration,deposit,first_deposit,qualification,reward" maxItems:"5" doc:"Events for which the URL is called from now on."`
	Status     *string  `json:"status" enum:"active,paused" doc:"paused: the calls stop. active: the calls resume, even if the programme has disabled the postback."`
	SkipMissed bool     `json:"skip_missed" doc:"If true and status is active, events that happened while the postback was paused or disabled are not delivered."`
}

type postbackTestIn struct {
	endpointIn

	Event string `json:"event" doc:"One of the postback's events. If absent, the first of its events is sent." example:"registration"`
}

type postbackOut struct {
	endpointOut

	Method string `json:"method" enum:"GET,POST" doc:"HTTP method of the request."`
}

type newPostbackOut struct {
	postbackOut

	Secret string `json:"secret" doc:"Secret that signs deliveries. Only this response contains it." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="`
}

func postbackOf(e *outbox.Endpoint) postbackOut { return postbackOut{endpointOf(e), e.Method} }

const postbackExample = `"id":"0192f0c1-a2b3-7c4d-8e9f-001122334455","name":"Tracker","url":"https://tracker.example.com/p?click={click_id}","method":"GET",` +
	`"events":["registration","reward"],"status":"active","disabled_reason":null,"failing_since":null,"last_success":"2026-06-30T12:00:00Z",` +
	`"created":"2026-06-01T12:00:00Z"`

// postbackDescription returns the description of postback_create, which lists the
// tokens that a URL may contain.
func postbackDescription() string {
	var b strings.Builder
	b.WriteString("Creates a postback. A postback calls a URL when one of the partner's clients does something. Its events are " +
		"`registration`, `deposit`, `first_deposit`, `qualification` (the client is verified and has deposited and traded) and `reward` " +
		"(closed orders have added rewards to an account-day).\n\n" +
		"The path and the query of the URL can contain tokens. Each token is replaced by its value, escaped for its position. " +
		"A token without a value is replaced by an empty text. These are the tokens:")
	for _, t := range outbox.Tokens() {
		b.WriteString("\n\n- `{" + t.Name + "}`: " + t.Doc)
	}
	b.WriteString("\n\nEvery other parameter of the link that the client followed is a token under its own name. Examples are `{clickid}`, " +
		"`{gclid}`, `{utm_source}`, and any other parameter that the partner adds to its links.")
	b.WriteString("\n\nWith POST, the body is a JSON object with all tokens. Deliveries are signed, retried and logged like those of webhooks. " +
		"A GET request has no body, so its path and query are signed instead. The header `webhook-id` has the value of the token `event_id`.\n\n" +
		"A partner can have at most 50 postbacks. The partner is notified by e-mail of every new postback and every new URL.")
	return b.String()
}

var postbackList = httpapi.Op{
	ID:          "postback_list",
	Summary:     "List the partner's postbacks",
	Description: "Lists the partner's postbacks, newest first.",
	Example:     json.RawMessage(`{"data":[{` + postbackExample + `}],"totals":{"count":1}}`),
}

func (h postbacksAPI) postbackList(ctx context.Context, in *endpointsIn) (*page.List[postbackOut, page.Count], error) {
	return listEndpoints(ctx, h.s, outbox.Postback, in.Page, postbackOf)
}

var postbackCreate = httpapi.Op{
	ID:          "postback_create",
	Status:      http.StatusCreated,
	Summary:     "Create a postback",
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
	ID:          "postback_get",
	Summary:     "Get a postback",
	Description: "Returns one of the partner's postbacks, without its secret.",
	Example:     json.RawMessage(`{` + postbackExample + `}`),
	Errors:      []fault.Code{fault.NotFound},
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
	ID:      "postback_update",
	Summary: "Update a postback",
	Description: "Changes the fields that are sent. `status` pauses the postback or makes it active again. Events that happen " +
		"while a postback is paused or disabled are delivered once it is active again, as long as they are stored (30 " +
		"days). `skip_missed` skips them.",
	Request: map[string]any{"status": "paused"},
	Example: json.RawMessage(`{` + postbackExample + `}`),
	Errors:  []fault.Code{fault.NotFound},
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
	ID:          "postback_delete",
	Status:      http.StatusNoContent,
	Summary:     "Delete a postback",
	Description: "Deletes a postback and its delivery log.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h postbacksAPI) postbackDelete(ctx context.Context, in *endpointIn) (*struct{}, error) {
	return nil, h.s.Delete(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback)
}

var postbackTest = httpapi.Op{
	ID:      "postback_test",
	Status:  http.StatusAccepted,
	Summary: "Send a test delivery",
	Description: "Delivers one of the postback's events with made-up values for all tokens. A token for a link parameter has its " +
		"own name in its value, such as `example-gclid`. The delivery works like any other. The delivery log shows its " +
		"result under the id in the response. The request is refused with 403 if the postback is not active.",
	Request: map[string]string{"event": "registration"},
	Example: json.RawMessage(`{` + testExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h postbacksAPI) postbackTest(ctx context.Context, in *postbackTestIn) (*deliveryOut, error) {
	return sendTest(ctx, h.s, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Postback, in.Event)
}
