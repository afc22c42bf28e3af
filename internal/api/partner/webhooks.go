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

// AddWebhooks declares webhooks.
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

	URL    string   `json:"url" required:"true" maxLength:"url" doc:"URL to call: a public http or https address." example:"https://example.com/tributary"`
	Name   string   `json:"name" maxLength:"name" doc:"Your own name for the webhook." example:"Dashboard"`
	Events []string `json:"events" maxItems:"100" doc:"Types of events to deliver. An empty list means all types, those of later versions included." example:"client.registered,reward.booked"`
}

type webhookChangeIn struct {
	Token      string   `header:"X-Temporary-Token" doc:"Token of a CREATE_WEBHOOK operation with this url. Required when none of your webhooks calls this host yet."`
	ID         id.UUID  `path:"id" doc:"Id of the webhook."`
	URL        *string  `json:"url" maxLength:"url" doc:"New URL to call: a public http or https address."`
	Name       *string  `json:"name" maxLength:"name" doc:"New name of the webhook."`
	Events     []string `json:"events" maxItems:"100" doc:"Types of events to deliver from now on. An empty list means all types."`
	Status     *string  `json:"status" enum:"active,paused" doc:"paused: stop delivering. active: deliver again, also after the programme disabled the webhook."`
	SkipMissed bool     `json:"skip_missed" doc:"Together with status active: do not deliver what happened while the webhook was paused or disabled."`
}

type endpointIn struct {
	ID id.UUID `path:"id" doc:"Id of the webhook or postback."`
}

// endpointOut has the fields that webhooks and postbacks share.
type endpointOut struct {
	ID             id.UUID    `json:"id" doc:"Id of the webhook or postback."`
	Name           string     `json:"name" doc:"Name, chosen by the partner. May be empty." example:"Dashboard"`
	URL            string     `json:"url" doc:"URL that is called." example:"https://example.com/tributary"`
	Events         []string   `json:"events" doc:"The events that are delivered. An empty list means all."`
	Status         string     `json:"status" enum:"active,paused,disabled" doc:"paused by the partner, or disabled by the programme: see disabled_reason. Nothing is delivered until it is active again."`
	DisabledReason *string    `json:"disabled_reason" enum:"failing,gone" doc:"failing: no delivery succeeded in three days. gone: the receiver answered 410. Null when it is not disabled."`
	FailingSince   *time.Time `json:"failing_since" doc:"Since when deliveries have been failing. Null when the last delivery succeeded or there was none."`
	LastSuccess    *time.Time `json:"last_success" doc:"When a delivery last succeeded. Null when none has."`
	Created        time.Time  `json:"created" doc:"When it was created."`
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

	Secret string `json:"secret" doc:"Secret that deliveries are signed with. It is shown only in this answer." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="`
}

const webhookExample = `"id":"0192f0c1-a2b3-7c4d-8e9f-001122334455","name":"Dashboard","url":"https://example.com/tributary",` +
	`"events":["client.registered","reward.booked"],"status":"active","disabled_reason":null,"failing_since":null,"last_success":"2026-06-30T12:00:00Z",` +
	`"created":"2026-06-01T12:00:00Z"`

// secretExample is a secret that no one uses.
const secretExample = `"secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfowRLt5sY="` //nolint:gosec // see above

const webhookDescription = "A webhook is told of events as they happen, by POST of the event as JSON: `{id, type, timestamp, data}`, " +
	"the same as in the feed (see `/api/v1/events/types/`).\n\n" +
	"Each delivery has the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of https://www.standardwebhooks.com, " +
	"whose libraries check them. The signature is `v1,` and the base64 of the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, " +
	"keyed with what the base64 behind `whsec_` in the secret says; while a secret is being replaced there are two, with a space between.\n\n" +
	"A delivery is to be answered with any 2xx within 15 seconds; redirects are not followed. Others are tried again for about a day, " +
	"after 5 s, 30 s, 2 min, 10 min, 30 min and then hours; 429 and 503 may ask for more time with `Retry-After`, " +
	"and 410 switches the webhook off. Deliveries may arrive in any order, and twice: the `webhook-id` is the event's id. " +
	"After three days without a single success the webhook is switched off, with a mail; made active again, it gets what it missed.\n\n" +
	"Only addresses on the public internet are called, on the ports 80, 443 and those from 1024 on that no other service is known by."

// newHost explains the rule that keeps an attacker who stole a session from
// receiving events.
const newHost = "A host that none of the partner's webhooks calls yet takes a token of a `CREATE_WEBHOOK` operation with the same `url`: " +
	"without it 403. API keys need no code. The partner is told of a new webhook, and of a new address, by e-mail."

// listEndpoints returns a page of a partner's endpoints. There are few.
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
	Summary:     "The partner's webhooks",
	Description: wire.NewestFirst,
	Example:     json.RawMessage(`{"data":[{` + webhookExample + `}],"totals":{"count":1}}`),
}

func (h webhooksAPI) webhookList(ctx context.Context, in *endpointsIn) (*page.List[endpointOut, page.Count], error) {
	return listEndpoints(ctx, h.s, outbox.Webhook, in.Page, endpointOf)
}

var webhookCreate = httpapi.Op{
	ID:          "webhook_create",
	Status:      http.StatusCreated,
	Summary:     "Make a webhook",
	Description: webhookDescription + "\n\nAt most 20 webhooks.\n\n" + newHost,
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
	ID:      "webhook_get",
	Summary: "One webhook",
	Example: json.RawMessage(`{` + webhookExample + `}`),
	Errors:  []fault.Code{fault.NotFound},
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
	Summary: "Change a webhook, pause it, or make it active again",
	Description: "What is not sent stays as it is; an empty list of events means all. What happens while a webhook is paused or disabled is delivered " +
		"once it is active, as far as it is kept (30 days), unless `skip_missed` says otherwise.\n\n" + newHost,
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
	ID:      "webhook_delete",
	Status:  http.StatusNoContent,
	Summary: "Delete a webhook with its log",
	Errors:  []fault.Code{fault.NotFound},
}

func (h webhooksAPI) webhookDelete(ctx context.Context, in *endpointIn) (*struct{}, error) {
	return nil, h.s.Delete(ctx, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook)
}

var webhookTest = httpapi.Op{
	ID:      "webhook_test",
	Status:  http.StatusAccepted,
	Summary: "Send a test",
	Description: "Has a message of type `webhook.test` delivered, like any other; what became of it is in the log under the delivery's id. " +
		"A webhook that is not active is refused with 403.",
	Example: json.RawMessage(`{` + testExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h webhooksAPI) webhookTest(ctx context.Context, in *endpointIn) (*deliveryOut, error) {
	return sendTest(ctx, h.s, outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}, outbox.Webhook, "")
}
