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
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/page"
)

func addEndpointOps(r *httpapi.Router, s *outbox.Service, o endpointOps) {
	h := deliveriesAPI{s, o}
	r.Mount(o.tag,
		httpapi.POST(o.path+"secret/", wire.Write, h.rotateSecret, o.withID("_rotate_secret", rotateSecret)),
		httpapi.GET(o.path+"deliveries/", wire.Read, h.deliveryList, o.withID("_delivery_list", deliveryList)),
		httpapi.GET(o.path+"deliveries/{delivery_id}/", wire.Read, h.deliveryGet, o.withID("_delivery_get", deliveryGet)),
		httpapi.POST(o.path+"deliveries/{delivery_id}/replay/", wire.Write, h.deliveryReplay, o.withID("_delivery_replay", deliveryReplay)),
		httpapi.POST(o.path+"replay/", wire.Write, h.replay, o.withID("_replay", replay)),
	)
}

type endpointOps struct {
	kind      outbox.Kind
	tag, path string // the path ends with {id}/
}

func (o endpointOps) withID(id string, op httpapi.Op) httpapi.Op {
	op.ID = string(o.kind) + id
	return op
}

type deliveriesAPI struct {
	s *outbox.Service
	o endpointOps
}

type secretIn struct {
	endpointIn

	OverlapHours int `json:"overlap_hours" default:"24" minimum:"0" maximum:"168" doc:"Number of hours during which deliveries are also signed with the old secret."`
}

type secretOut struct {
	Secret         string    `json:"secret" doc:"The new secret. Only this response contains it."`
	PreviousExpire time.Time `json:"previous_expires_at" doc:"When deliveries stop being signed with the old secret."`
}

type deliveriesIn struct {
	endpointIn

	Statuses []outbox.DeliveryStatus `query:"status" enum:"pending,delivered,failed" maxItems:"10" doc:"Only deliveries with one of these statuses."`
	Page     page.Page
}

type deliveryIn struct {
	endpointIn

	DeliveryID id.UUID `path:"delivery_id" doc:"Id of the delivery."`
}

type replayIn struct {
	endpointIn

	Since time.Time `json:"since" required:"true" doc:"Failed deliveries that were created at this moment or later are sent again." example:"2026-06-30T00:00:00Z"`
}

type replayOut struct {
	Count int64 `json:"count" doc:"Number of deliveries that are pending again."`
}

type deliveryOut struct {
	ID             id.UUID    `json:"id" doc:"Id of the delivery."`
	MessageID      string     `json:"message_id" doc:"Value of the header webhook-id that the receiver gets."`
	EventID        *string    `json:"event_id" doc:"Id of the event. Null for a test."`
	Event          string     `json:"event" doc:"Type of the event." example:"client.registered"`
	Status         string     `json:"status" enum:"pending,delivered,failed" doc:"pending: attempts are still being made. delivered: an attempt got a 2xx response. failed: no further attempts are made."`
	Attempts       int        `json:"attempts" doc:"Number of attempts started so far."`
	NextAttempt    *time.Time `json:"next_attempt" doc:"When the next attempt is due. Null if the delivery has ended."`
	LastStatusCode *int       `json:"last_status_code" doc:"HTTP status of the last response. Null before the first response."`
	LastProblem    *string    `json:"last_problem" enum:"refused,unreachable,status,expired" doc:"Why the last attempt failed. Null if it did not fail."`
	Created        time.Time  `json:"created" doc:"When the delivery was created."`
	Ended          *time.Time `json:"ended" doc:"When the delivery succeeded or failed for good. Null while it is pending."`
}

type attemptOut struct {
	Attempt    int       `json:"attempt" doc:"Number of the attempt, starting at 1."`
	At         time.Time `json:"at" doc:"When the attempt began."`
	TookMS     int64     `json:"took_ms" doc:"How long the attempt took, in milliseconds."`
	URL        string    `json:"url" doc:"URL that was called."`
	StatusCode *int      `json:"status_code" doc:"HTTP status of the response. Null if there was no response."`
	Problem    *string   `json:"problem" enum:"refused,unreachable,status,expired" doc:"Why the attempt failed. Null if it succeeded."`
	Answer     string    `json:"answer" doc:"Beginning of the text of the response."`
}

type deliveryDetailOut struct {
	deliveryOut

	Log []attemptOut `json:"log" doc:"The attempts, oldest first."`
}

func deliveryOf(d *outbox.Delivery) *deliveryOut {
	out := &deliveryOut{
		ID: d.ID, MessageID: d.MessageID, Event: d.Type, Status: string(d.Status), Attempts: d.Attempts, Created: d.CreatedAt, Ended: d.EndedAt,
	}
	if d.Seq != nil {
		eventID := event.ID(d.PartnerID, *d.Seq)
		out.EventID = &eventID
	}
	if d.Status == outbox.Pending {
		out.NextAttempt = &d.NextAt
	}
	if d.Last != nil {
		last := attemptOf(d.Last)
		out.LastStatusCode, out.LastProblem = last.StatusCode, last.Problem
	}
	return out
}

func attemptOf(a *outbox.Attempt) attemptOut {
	out := attemptOut{Attempt: a.N, At: a.At, TookMS: a.Took.Milliseconds(), URL: a.URL, Answer: a.Answer}
	if a.StatusCode != 0 {
		out.StatusCode = &a.StatusCode
	}
	if a.Problem != "" {
		out.Problem = &a.Problem
	}
	return out
}

const (
	deliveryExample = `"id":"0192f0c1-b2c3-7d4e-9f80-112233445566","message_id":"0192f0c1a2b37c4d8e9f001122334455-42",` +
		`"event_id":"0192f0c1a2b37c4d8e9f001122334455-42","event":"client.registered","status":"delivered","attempts":1,"next_attempt":null,` +
		`"last_status_code":200,"last_problem":null,"created":"2026-06-30T12:00:00Z","ended":"2026-06-30T12:00:01Z"`
	testExample = `"id":"0192f0c1-b2c3-7d4e-9f80-112233445566","message_id":"0192f0c1a2b37c4d8e9f001122334455-test-0192f0c1b2c37d4e9f80112233445566",` +
		`"event_id":null,"event":"webhook.test","status":"pending","attempts":0,"next_attempt":"2026-06-30T12:00:00Z",` +
		`"last_status_code":null,"last_problem":null,"created":"2026-06-30T12:00:00Z","ended":null`
	attemptExample = `{"attempt":1,"at":"2026-06-30T12:00:01Z","took_ms":112,"url":"https://example.com/hook","status_code":200,"problem":null,"answer":"ok"}`
)

func (in endpointIn) key(ctx context.Context) outbox.Key {
	return outbox.Key{PartnerID: partnerOf(ctx), EndpointID: in.ID}
}

var rotateSecret = httpapi.Op{
	Summary: "Replace the secret",
	Description: "Creates a new secret. Deliveries are signed with the new secret at once. For some hours they are also signed " +
		"with the old secret, so that receivers have time to change. At most three secrets sign a delivery at a time.",
	Request: map[string]int{"overlap_hours": 24},
	Example: json.RawMessage(`{` + secretExample + `,"previous_expires_at":"2026-07-01T12:00:00Z"}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h deliveriesAPI) rotateSecret(ctx context.Context, in *secretIn) (*secretOut, error) {
	secret, until, err := h.s.Rotate(ctx, in.key(ctx), h.o.kind, time.Duration(in.OverlapHours)*time.Hour)
	if err != nil {
		return nil, err
	}
	return &secretOut{secret, until}, nil
}

var deliveryList = httpapi.Op{
	Summary:     "List deliveries",
	Description: "Lists the deliveries of a webhook or postback, newest first. Deliveries that have ended are stored for 30 days.",
	Example:     json.RawMessage(`{"data":[{` + deliveryExample + `}],"totals":{"count":1}}`),
	Errors:      []fault.Code{fault.NotFound},
}

func (h deliveriesAPI) deliveryList(ctx context.Context, in *deliveriesIn) (*page.List[deliveryOut, page.Count], error) {
	list, count, err := h.s.Deliveries(ctx, in.key(ctx), h.o.kind, in.Statuses, in.Page)
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, deliveryOf, page.Count{Count: count}), nil
}

var deliveryGet = httpapi.Op{
	Summary: "Get a delivery with its attempts",
	Description: "Returns a delivery with its attempts. `problem` is `refused` if the URL was not a public address at that time, " +
		"`unreachable` if it did not respond in time, `status` if the response was not 2xx, and `expired` if the event " +
		"was no longer stored.",
	Example: json.RawMessage(`{` + deliveryExample + `,"log":[` + attemptExample + `]}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h deliveriesAPI) deliveryGet(ctx context.Context, in *deliveryIn) (*deliveryDetailOut, error) {
	d, attempts, err := h.s.Delivery(ctx, in.key(ctx), h.o.kind, in.DeliveryID)
	if err != nil {
		return nil, err
	}
	out := &deliveryDetailOut{*deliveryOf(&d), make([]attemptOut, len(attempts))}
	for i := range attempts {
		out.Log[i] = attemptOf(&attempts[i])
	}
	return out, nil
}

var deliveryReplay = httpapi.Op{
	Status:  http.StatusAccepted,
	Summary: "Repeat a delivery",
	Description: "Sends the message again with the same id. A pending delivery does not change. The request is refused with 403 " +
		"if the webhook or postback is not active.",
	Example: json.RawMessage(`{` + deliveryExample + `}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h deliveriesAPI) deliveryReplay(ctx context.Context, in *deliveryIn) (*deliveryOut, error) {
	d, err := h.s.Replay(ctx, in.key(ctx), h.o.kind, in.DeliveryID)
	if err != nil {
		return nil, err
	}
	return deliveryOf(&d), nil
}

var replay = httpapi.Op{
	Status:  http.StatusAccepted,
	Summary: "Repeat failed deliveries",
	Description: "Sends again the deliveries that failed since a given moment, oldest first. A request repeats at most 1,000 " +
		"deliveries. Send the request again until `count` is 0. It is refused with 403 if the webhook or postback is not " +
		"active.",
	Request: map[string]string{"since": "2026-06-30T00:00:00Z"},
	Example: json.RawMessage(`{"count":3}`),
	Errors:  []fault.Code{fault.NotFound, fault.PermissionDenied},
}

func (h deliveriesAPI) replay(ctx context.Context, in *replayIn) (*replayOut, error) {
	n, err := h.s.ReplayFailed(ctx, in.key(ctx), h.o.kind, in.Since)
	if err != nil {
		return nil, err
	}
	return &replayOut{n}, nil
}

func sendTest(ctx context.Context, s *outbox.Service, key outbox.Key, kind outbox.Kind, name string) (*deliveryOut, error) {
	d, err := s.Test(ctx, key, kind, name)
	if err != nil {
		return nil, err
	}
	return deliveryOf(&d), nil
}
