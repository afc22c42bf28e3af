package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/page"
)

func addWaitingFacts(r *httpapi.Router, facts *accrual.Service, box inbox.Store) {
	h := waitingFactsAPI{facts, box}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/facts/waiting/", wire.BrokerRead, h.brokerFactsWaiting, brokerFactsWaiting),
		httpapi.GET("/broker/v1/facts/dismissed/", wire.BrokerRead, h.brokerFactsDismissed, brokerFactsDismissed),
		httpapi.POST("/broker/v1/facts/dismiss/", wire.BrokerWrite, h.brokerFactsDismiss, brokerFactsDismiss),
		httpapi.POST("/broker/v1/facts/restore/", wire.BrokerWrite, h.brokerFactsRestore, brokerFactsRestore),
	)
}

type waitingFactsAPI struct {
	facts *accrual.Service
	box   inbox.Store
}

type waitingFactsIn struct {
	IDs   []string `query:"id" maxItems:"1000" maxLength:"fact_id" doc:"Only the facts with these ids."`
	Types []string `query:"type" maxItems:"50" maxLength:"64" doc:"Only facts of these types." example:"order.closed"`
	Kinds []string `query:"waits_for" enum:"account,client,code,fact,instrument,order,payout,rate,ready,refused" maxItems:"10" doc:"Only facts that wait for an item of one of these kinds."`
	Key   string   `query:"key" maxLength:"200" doc:"Only facts with this key, such as an account number. The list shows the key of each fact." example:"44186900"`
	Page  page.Page
}

type waitingFactOut struct {
	ID          string         `json:"id" doc:"Id that the sender gave the fact."`
	Type        string         `json:"type" doc:"Type of the fact."`
	At          time.Time      `json:"at" doc:"When the fact happened, according to the sender."`
	Received    time.Time      `json:"received" doc:"When the programme received the fact."`
	Fact        map[string]any `json:"fact" doc:"Other fields of the fact, as the programme read them."`
	WaitsFor    string         `json:"waits_for" enum:"account,client,code,fact,instrument,order,payout,rate,ready,refused" doc:"Kind of item that is missing. ready: the item has arrived, and the fact is about to be applied. refused: the fact contradicts known data and cannot take effect."`
	Key         string         `json:"key" doc:"Key of the missing item, such as an account number. For a refused fact, it is the error code."`
	Message     *string        `json:"message" doc:"Why the fact is refused, with the name of the field. Null if it is not refused."`
	DismissedAt *time.Time     `json:"dismissed" doc:"When the fact was dismissed. Null while it waits."`
	Reason      *string        `json:"reason" doc:"Why the fact was dismissed. Null while it waits."`
}

type dismissIn struct {
	FactIDs []string `json:"fact_ids" required:"true" maxItems:"1000" maxLength:"fact_id" doc:"Ids of the facts to dismiss."`
	Reason  string   `json:"reason" required:"true" maxLength:"reason" doc:"Why the facts are dismissed. The reason is stored with the facts and in the programme's audit log."`
}

type restoreIn struct {
	FactIDs []string `json:"fact_ids" required:"true" maxItems:"1000" maxLength:"fact_id" doc:"Ids of the facts to restore."`
}

type dismissedOut struct {
	Changed int `json:"changed" doc:"Number of facts that this request dismissed or restored."`
	Already int `json:"already" doc:"Number of facts that were already dismissed or already restored before this request."`
}

const (
	waitingFactExample = `{"id":"r-17","type":"order.reversed","at":"2026-06-29T08:30:00Z","received":"2026-06-29T08:31:04Z",` +
		`"fact":{"server":"Real","ticket":99981,"reason":"price error"},"waits_for":"order","key":"real:99981","message":null,` +
		`"dismissed":null,"reason":null}`
	dismissedFactExample = `{"id":"r-17","type":"order.reversed","at":"2026-06-29T08:30:00Z","received":"2026-06-29T08:31:04Z",` +
		`"fact":{"server":"Real","ticket":99981,"reason":"price error"},"waits_for":"order","key":"real:99981","message":null,` +
		`"dismissed":"2026-06-30T09:00:00Z","reason":"a mistyped ticket; sent again as r-18"}`
)

func waitingFactOf(f *inbox.Fact) (waitingFactOut, error) {
	out := waitingFactOut{
		ID: f.ID, Type: string(f.Type), At: f.At, Received: f.Received, WaitsFor: f.Kind, Key: f.Key, DismissedAt: f.DismissedAt,
	}
	if f.Message != "" {
		out.Message = &f.Message
	}
	if f.DismissedAt != nil {
		out.Reason = &f.Reason
	}
	numbers := json.NewDecoder(bytes.NewReader(f.Body))
	numbers.UseNumber() // store numbers as text, so that no digit is lost
	if err := numbers.Decode(&out.Fact); err != nil {
		return out, fmt.Errorf("reading the stored fact %s: %w", f.ID, err)
	}
	return out, nil
}

var brokerFactsWaiting = httpapi.Op{
	ID:      "broker_facts_waiting",
	Summary: "List waiting facts",
	Description: "Lists the facts that were accepted but have not taken effect, oldest first. The list shows what each fact waits " +
		"for, or why it is refused. A fact leaves the list when it takes effect.",
	Example: json.RawMessage(`{"data":[` + waitingFactExample + `],"totals":{"count":1}}`),
}

func (h waitingFactsAPI) brokerFactsWaiting(ctx context.Context, in *waitingFactsIn) (*page.List[waitingFactOut, page.Count], error) {
	return h.list(ctx, in, false)
}

var brokerFactsDismissed = httpapi.Op{
	ID:          "broker_facts_dismissed",
	Summary:     "List dismissed facts",
	Description: "Lists the facts that were dismissed, with what each fact waited for, when it was dismissed and why.",
	Example:     json.RawMessage(`{"data":[` + dismissedFactExample + `],"totals":{"count":1}}`),
}

func (h waitingFactsAPI) brokerFactsDismissed(ctx context.Context, in *waitingFactsIn) (*page.List[waitingFactOut, page.Count], error) {
	return h.list(ctx, in, true)
}

func (h waitingFactsAPI) list(ctx context.Context, in *waitingFactsIn, dismissed bool) (*page.List[waitingFactOut, page.Count], error) {
	types := make([]feed.Type, len(in.Types))
	for i, t := range in.Types {
		types[i] = feed.Type(t)
	}
	found, count, err := h.box.Facts(ctx, inbox.Filter{
		Dismissed: dismissed, IDs: in.IDs, Types: types, Kinds: in.Kinds, Key: in.Key, Page: in.Page,
	})
	if err != nil {
		return nil, err
	}
	rows := make([]waitingFactOut, len(found))
	for i := range found {
		if rows[i], err = waitingFactOf(&found[i]); err != nil {
			return nil, err
		}
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var brokerFactsDismiss = httpapi.Op{
	ID:      "broker_facts_dismiss",
	Summary: "Dismiss waiting facts",
	Description: "Dismisses the named facts, either all of them or none. A dismissed fact does not take effect, whatever arrives " +
		"later, unless it is restored. It is not counted in `health/feed`. If the sender repeats the fact, it is counted as " +
		"a duplicate. A fact that has taken effect in the meantime is a ValidationError.",
	Request: json.RawMessage(`{"fact_ids":["r-17"],"reason":"a mistyped ticket; sent again as r-18"}`),
	Example: json.RawMessage(`{"changed":1,"already":0}`),
	Errors:  []fault.Code{fault.ValidationError},
}

func (h waitingFactsAPI) brokerFactsDismiss(ctx context.Context, in *dismissIn) (*dismissedOut, error) {
	done, err := h.facts.Dismiss(ctx, in.FactIDs, in.Reason)
	return &dismissedOut{done.Changed, done.Already}, err
}

var brokerFactsRestore = httpapi.Op{
	ID:      "broker_facts_restore",
	Summary: "Restore dismissed facts",
	Description: "Reverses the dismissal of the named facts. The facts wait again, or take effect at once if the missing items " +
		"have arrived.",
	Request: json.RawMessage(`{"fact_ids":["r-17"]}`),
	Example: json.RawMessage(`{"changed":1,"already":0}`),
	Errors:  []fault.Code{fault.ValidationError},
}

func (h waitingFactsAPI) brokerFactsRestore(ctx context.Context, in *restoreIn) (*dismissedOut, error) {
	done, err := h.facts.Restore(ctx, in.FactIDs)
	return &dismissedOut{done.Changed, done.Already}, err
}
