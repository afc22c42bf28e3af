package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/page"
)

// AddWebhooks declares the operations on webhooks.
func AddWebhooks(r *httpapi.Router, s *outbox.Service) {
	h := webhooksAPI{s}
	r.Mount(wire.TagWebhooks,
		httpapi.GET(webhooksPath, wire.Read, h.webhookList, webhookList),
		httpapi.POST(webhooksPath, wire.Write, h.webhookCreate, webhookCreate),
		httpapi.GET(webhooksPath+"{id}/", wire.Read, h.webhookGet, webhookGet),
		httpapi.PATCH(webhooksPath+"{id}/", wire.Write, h.webhookUpdate, webhookUpdate),
		httpapi.DELETE(webhooksPath+"{id}/", wire.Write, h.webhookDelete, webhookDelete),
		httpapi.POST(webhooksPath+"{id}/test/", wire.Write, h.webhookTest, webhookTest),
	)

	addEndpointOps(r, s, endpointOps{kind: outbox.Webhook, tag: wire.TagWebhooks, path: webhooksPath + "{id}/"})
}

type webhooksAPI struct{ s *outbox.Service }

const (
	webhooksPath = "/api/v1/webhooks/"
)

type endpointsIn struct {
	Page page.Page
}

type webhookIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CREATE_WEBHOOK operation with this url. Required when none of your webhooks calls this host yet."`

	URL    string   `json:"url" required:"true" maxLength:"url" doc:"URL to call. It is a public http or https address." example:"https://example.com/tributary"`
	Name   string   `json:"name" maxLength:"name" doc:"Your name for the webhook." example:"Dashboard"`
	Events []string `json:"events" maxItems:"100" doc:"Types of events to deliver. An empty list means all types, including those of later versions." example:"client.registered,reward.booked"`
}

type webhookChangeIn struct {
	Token      string   `header:"X-Temporary-Token" doc:"Token of a CREATE_WEBHOOK operation with this url. Required when none of your webhooks calls this host yet."`
	ID         id.UUID  `path:"id" doc:"Id of the webhook."`
	URL        *string  `json:"url" maxLength:"url" doc:"New URL to call. It is a public http or https address."`
	Name       *string  `json:"name" maxLength:"name" doc:"New name of the webhook."`
	Events     []string `json:"events" maxItems:"100" doc:"Types of events to deliver from now on. An empty list means all types."`
	Status     *string  `json:"status" enum:"active,paused" doc:"paused: the deliveries stop. active: the deliveries resume, even if the programme has disabled the webhook."`
	SkipMissed bool     `json:"skip_missed" doc:"If true and status is active, events from the time when the webhook was paused or disabled are not delivered."`
}

type endpointIn struct {
	ID id.UUID `path:"id" doc:"Id of the webhook or postback."`
}

// endpointOut has the fields that webhooks and postbacks share.
type endpointOut struct {
	ID             id.UUID    `json:"id" doc:"Id of the webhook or postback."`
	Name           string     `json:"name" doc:"Name that the partner chose. May be empty." example:"Dashboard"`
	URL            string     `json:"url" doc:"URL that is called." example:"https://example.com/tributary"`
	Events         []string   `json:"events" doc:"Events that are delivered. An empty list means all."`
	Status         string     `json:"status" enum:"active,paused,disabled" doc:"paused: the partner has stopped the deliveries. disabled: the programme has stopped them, for the reason in disabled_reason. Nothing is delivered until the status is active again."`
	DisabledReason *string    `json:"disabled_reason" enum:"failing,gone" doc:"failing: no delivery succeeded in three days. gone: the receiver responded with 410. Null if the status is not disabled."`
	FailingSince   *time.Time `json:"failing_since" doc:"When deliveries began to fail. Null if the last delivery succeeded or if there was none."`
	LastSuccess    *time.Time `json:"last_success" doc:"When a delivery last succeeded. Null if none has succeeded."`
	Created        time.Time  `json:"created" doc:"When the webhook or postback was created."`
}

func endpointOf(e *outbox.Endpoint) endpointOut {
	out := endpointOut{
		ID: e.EndpointID, Name: e.Name, URL: e.URL, Events: e.Types, Status: string(e.Status),
		FailingSince: e.FailingSince, LastSuccess: e.SucceededAt, Created: e.CreatedAt,
	}
	if e.Reason != "" {
		out.DisabledReason = &e.Reason
	}
	return out
}

type newWebhookOut struct {
	endpointOut

	Secret string `json:"secret" doc:"Secret that signs deliveries. Only this response contains it." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="`
}

const webhookExample = `"id":"0192f0c1-a2b3-7c4d-8e9f-001122334455","name":"Dashboard","url":"https://example.com/tributary",` +
	`"events":["client.registered","reward.booked"],"status":"active","disabled_reason":null,"failing_since":null,"last_success":"2026-06-30T12:00:00Z",` +
	`"created":"2026-06-01T12:00:00Z"`

const secretExample = `"secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="` //nolint:gosec // an example

const webhookDescription = "Creates a webhook. A webhook receives events as they happen. Each event is sent by POST as a JSON object " +
	"`{id, type, timestamp, data}`, as in the feed (see `/api/v1/events/types/`).\n\n" +
	"Each delivery has the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of https://www.standardwebhooks.com. " +
	"The libraries on that site check the headers. The signature is `v1,` followed by the base64 form of the HMAC-SHA256 of " +
	"`{webhook-id}.{webhook-timestamp}.{body}`. The key is the part of the secret after `whsec_`, decoded from base64. " +
	"While a secret is being replaced, the header has several signatures, separated by spaces.\n\n" +
	"The receiver must respond with a 2xx status within 15 seconds. Redirects are not followed. After any other response, the delivery is " +
	"tried again for about a day: after 5 s, 30 s, 2 min, 10 min, 30 min, and then at intervals of hours. The responses 429 and 503 can ask " +
	"for a longer wait with `Retry-After`. The response 410 disables the webhook. Deliveries can arrive in any order and more than once. " +
	"The `webhook-id` is the id of the event. After three days without a successful delivery, the webhook is disabled, and the partner " +
	"is notified by e-mail. After it is made active again, it receives the events that it missed.\n\n" +
	"A webhook can call only addresses on the public internet. The allowed ports are 80, 443, and those from 1024 that are not known for " +
	"another service."

// newHost describes the rule that protects a partner's events from a stolen session.
const newHost = "If none of the partner's webhooks calls the host yet, the request needs the token of a `CREATE_WEBHOOK` operation with the " +
	"same `url`. Otherwise it is refused with 403. API keys need no token. The partner is notified by e-mail of every new webhook and every new URL."

// listEndpoints returns one page of a partner's endpoints. It reads all of the
// partner's endpoints, because there are only a few.
func listEndpoints[Out any](
	ctx context.Context, s *outbox.Service, kind outbox.Kind, p page.Page, show func(*outbox.Endpoint) Out,
) (*page.List[Out, page.Count], error) {
	list, err := s.Endpoints(ctx, partnerOf(ctx), kind)
	if err != nil {
		return nil, err
	}
	from := min(p.Offset, len(list))
	to := min(from+p.Limit, len(list))
	rows := make([]Out, 0, to-from)
	for i := range list[from:to] {
		rows = append(rows, show(&list[from+i]))
	}
	return page.NewList(rows, page.Count{Count: int64(len(list))}), nil
}

var webhookList = httpapi.Op{
	ID:          "webhook_list",
	Summary:     "List the partner's webhooks",
	Description: "Lists the partner's webhooks, newest first.",
	Example:     json.RawMessage(`{"data":[{` + webhookExample + `}],"totals":{"count":1}}`),
}

func (h webhooksAPI) webhookList(ctx context.Context, in *endpointsIn) (*page.List[endpointOut, page.Count], error) {
	return listEndpoints(ctx, h.s, outbox.Webhook, in.Page, endpointOf)
}

var webhookCreate = httpapi.Op{
	ID:          "webhook_create",
	Status:      http.StatusCreated,
	Summary:     "Create a webhook",
	Description: webhookDescription + "\n\nA partner can have at most 20 webhooks.\n\n" + newHost,
	Request:     map[string]any{"url": "https://example.com/tributary", "name": "Dashboard", "events": []string{"client.registered", "reward.booked"}},
	Example:     json.RawMessage(`{` + webhookExample + `,` + secretExample + `}`),
	Errors:      []fault.Code{fault.PermissionDenied},
}

func (h webhooksAPI) webhookCreate(ctx context.Context, in *webhookIn) (*newWebhookOut, error) {
	e, secret, err := h.s.Create(ctx, partnerOf(ctx), outbox.New{Kind: outbox.Webhook, URL: in.URL, Name: in.Name, Types: in.Events, Token: in.Token})
	if err != nil {
		return nil, err
	}
	return &newWebhookOut{endpointOf(&e), secret}, nil
}

var webhookGet = httpapi.Op{
	ID:          "webhook_get",
	Summary:     "Get a webhook",
	Description: "Returns one of the partner's webhooks, without its secret.",
	Example:     json.RawMessage(`{` + webhookExample + `}`),
	Errors:      []fault.Code{fault.NotFound},
}

func (h webhooksAPI) webhookGet(ctx context.Context, in *endpointIn) (*endpointOut, error) {
	e, err := h.s.Endpoint(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook)
	if err != nil {
		return nil, err
	}
	out := endpointOf(&e)
	return &out, nil
}

var webhookUpdate = httpapi.Op{
	ID:      "webhook_update",
	Summary: "Update a webhook",
	Description: "Changes the fields that are sent. Events that happen while a webhook is paused or disabled are delivered once it is active " +
		"again, as long as they are stored (30 days). `skip_missed` skips them.\n\n" + newHost,
	Request: map[string]any{"status": "paused"},
	Example: json.RawMessage(`{` + webhookExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h webhooksAPI) webhookUpdate(ctx context.Context, in *webhookChangeIn) (*endpointOut, error) {
	e, err := h.s.Change(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook, outbox.Change{
		URL: in.URL, Name: in.Name, Types: in.Events, Status: (*outbox.Status)(in.Status), Token: in.Token, SkipMissed: in.SkipMissed,
	})
	if err != nil {
		return nil, err
	}
	out := endpointOf(&e)
	return &out, nil
}

var webhookDelete = httpapi.Op{
	ID:          "webhook_delete",
	Status:      http.StatusNoContent,
	Summary:     "Delete a webhook",
	Description: "Deletes a webhook and its delivery log.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h webhooksAPI) webhookDelete(ctx context.Context, in *endpointIn) (*struct{}, error) {
	return nil, h.s.Delete(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook)
}

var webhookTest = httpapi.Op{
	ID:      "webhook_test",
	Status:  http.StatusAccepted,
	Summary: "Send a test delivery",
	Description: "Delivers a message of type `webhook.test`. The delivery works like any other. The delivery log shows its result " +
		"under the id in the response. The request is refused with 403 if the webhook is not active.",
	Example: json.RawMessage(`{` + testExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h webhooksAPI) webhookTest(ctx context.Context, in *endpointIn) (*deliveryOut, error) {
	return sendTest(ctx, h.s, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook, "")
}
