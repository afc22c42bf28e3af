package broker

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/traffic"
)

type brokerSourcesIn struct {
	Page     page.Page
	Statuses []string  `query:"status" enum:"draft,pending,verified,rejected" maxItems:"10" doc:"pending: those whose tag was found."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only sources of these partners."`
}

type brokerSourceOut struct {
	wire.SourceOut

	PartnerUID id.UUID    `json:"partner_uid"`
	Reason     *string    `json:"reason" doc:"Why it was rejected."`
	Checked    *time.Time `json:"checked" doc:"When its page was last looked at, or decided on."`
}

type sourceRejectIn struct {
	wire.SourcePath

	Reason string `json:"reason" required:"true" maxLength:"reason" lines:"true" example:"not the partner's own"`
}

const (
	brokerSourceExample = wire.SourceExample + `,"partner_uid":"0197c0de-0000-7000-8000-000000000001","reason":null,"checked":null}`
)

// AddBrokerTraffic declares how the broker decides on traffic sources.
func AddBrokerTraffic(r *httpapi.Router, s *traffic.Service) {
	broker := func(method, path, id, scope, summary string) httpapi.Op {
		return httpapi.Op{
			Method: method, Path: "/broker/v1/traffic-sources/" + path, ID: "broker_traffic_source_" + id, Tag: wire.TagBroker, Access: httpapi.Broker,
			Scope: scope, Summary: summary, Example: json.RawMessage(brokerSourceExample),
		}
	}
	op := broker(http.MethodGet, "", "list", identity.ScopeRead, "Partners' traffic sources")
	op.Description, op.Example = wire.NewestFirst, json.RawMessage(`{"data":[`+brokerSourceExample+`],"totals":{"count":1}}`)
	httpapi.Handle(r, op, func(ctx context.Context, in *brokerSourcesIn) (*page.List[brokerSourceOut, page.Count], error) {
		list, count, err := s.List(ctx, traffic.Filter{PartnerIDs: in.Partners, Statuses: in.Statuses, Page: in.Page})
		if err != nil {
			return nil, err
		}
		rows := make([]brokerSourceOut, len(list))
		for i := range list {
			rows[i] = brokerSourceOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})

	op = broker(http.MethodPost, "{uid}/approve/", "approve", identity.ScopeWrite, "Approve a traffic source")
	op.Description, op.Errors = "Any source can be approved, also one whose page cannot hold the tag.", []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *wire.SourcePath) (*brokerSourceOut, error) {
		return brokerSourceAnswer(s.ApproveSource(ctx, in.UID))
	})

	op = broker(http.MethodPost, "{uid}/reject/", "reject", identity.ScopeWrite, "Reject a traffic source")
	op.Description, op.Errors = "The partner finds the reason in its audit log.", []fault.Code{fault.NotFound}
	op.Request = map[string]string{"reason": "not the partner's own"}
	httpapi.Handle(r, op, func(ctx context.Context, in *sourceRejectIn) (*brokerSourceOut, error) {
		return brokerSourceAnswer(s.RejectSource(ctx, in.UID, in.Reason))
	})
}

func brokerSourceAnswer(source traffic.Source, err error) (*brokerSourceOut, error) {
	if err != nil {
		return nil, err
	}
	out := brokerSourceOf(&source)
	return &out, nil
}

func brokerSourceOf(s *traffic.Source) brokerSourceOut {
	return brokerSourceOut{SourceOut: wire.SourceOf(s), PartnerUID: s.PartnerID, Reason: wire.UnlessEmpty(s.Reason), Checked: s.CheckedAt}
}
