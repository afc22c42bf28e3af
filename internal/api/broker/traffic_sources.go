package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/traffic"
)

// AddBrokerTraffic declares the operations with which the broker approves and
// rejects traffic sources.
func AddBrokerTraffic(r *httpapi.Router, s *traffic.Service) {
	h := sourcesAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/traffic-sources/", wire.BrokerRead, h.brokerTrafficSourceList, brokerTrafficSourceList),
		httpapi.POST("/broker/v1/traffic-sources/{uid}/approve/", wire.BrokerEdit, h.brokerTrafficSourceApprove, brokerTrafficSourceApprove),
		httpapi.POST("/broker/v1/traffic-sources/{uid}/reject/", wire.BrokerEdit, h.brokerTrafficSourceReject, brokerTrafficSourceReject),
	)
}

type sourcesAPI struct{ s *traffic.Service }

type brokerSourcesIn struct {
	Page     page.Page
	Statuses []string  `query:"status" enum:"draft,pending,verified,rejected" maxItems:"10" doc:"Only sources with one of these statuses. The meta tag of a pending source was found, and the source waits for the broker's approval."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only sources of these partners."`
}

type brokerSourceOut struct {
	wire.SourceOut

	PartnerUID id.UUID    `json:"partner_uid" doc:"Partner that owns the source."`
	Reason     *string    `json:"reason" doc:"Why the source was rejected. Null if it was not rejected."`
	Checked    *time.Time `json:"checked" doc:"When the page was last fetched or the broker last decided on the source. Null until then."`
}

type sourceRejectIn struct {
	wire.SourcePath

	Reason string `json:"reason" required:"true" maxLength:"reason" lines:"true" doc:"Why the source is rejected. The partner can read it in its audit log." example:"the site belongs to someone else"`
}

const (
	brokerSourceExample = wire.SourceExample + `,"partner_uid":"0197c0de-0000-7000-8000-000000000001","reason":null,"checked":null}`
)

func brokerSourceAnswer(source traffic.Source, err error) (*brokerSourceOut, error) {
	if err != nil {
		return nil, err
	}
	return brokerSourceOf(&source), nil
}

func brokerSourceOf(s *traffic.Source) *brokerSourceOut {
	return &brokerSourceOut{SourceOut: wire.SourceOf(s), PartnerUID: s.PartnerID, Reason: wire.UnlessEmpty(s.Reason), Checked: s.CheckedAt}
}

var brokerTrafficSourceList = httpapi.Op{
	ID:          "broker_traffic_source_list",
	Summary:     "List partners' traffic sources",
	Description: "Lists the traffic sources of all partners, newest first.",
	Example:     json.RawMessage(`{"data":[` + brokerSourceExample + `],"totals":{"count":1}}`),
}

func (h sourcesAPI) brokerTrafficSourceList(ctx context.Context, in *brokerSourcesIn) (*page.List[brokerSourceOut, page.Count], error) {
	list, count, err := h.s.List(ctx, traffic.Filter{PartnerIDs: in.Partners, Statuses: in.Statuses, Page: in.Page})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, brokerSourceOf, page.Count{Count: count}), nil
}

var brokerTrafficSourceApprove = httpapi.Op{
	ID:      "broker_traffic_source_approve",
	Summary: "Approve a traffic source",
	Description: "Approves a traffic source, which becomes `verified`. Every source can be approved, even if its page does not " +
		"have the meta tag.",
	Example: json.RawMessage(brokerSourceExample),
	Errors:  []fault.Code{fault.NotFound},
}

func (h sourcesAPI) brokerTrafficSourceApprove(ctx context.Context, in *wire.SourcePath) (*brokerSourceOut, error) {
	return brokerSourceAnswer(h.s.ApproveSource(ctx, in.UID))
}

var brokerTrafficSourceReject = httpapi.Op{
	ID:          "broker_traffic_source_reject",
	Summary:     "Reject a traffic source",
	Description: "Rejects a traffic source. The partner can read the reason in its audit log.",
	Request:     map[string]string{"reason": "the site belongs to someone else"},
	Example:     json.RawMessage(brokerSourceExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h sourcesAPI) brokerTrafficSourceReject(ctx context.Context, in *sourceRejectIn) (*brokerSourceOut, error) {
	return brokerSourceAnswer(h.s.RejectSource(ctx, in.UID, in.Reason))
}
