package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// AddCPA declares the operations with which the broker approves and rejects the
// CPA for clients.
func AddCPA(r *httpapi.Router, s *cpa.Service) {
	h := cpaAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/cpa/", wire.BrokerRead, h.brokerCPAList, brokerCPAList),
		httpapi.POST("/broker/v1/cpa/{client_uid}/approve/", wire.BrokerMoney, h.brokerCPAApprove, brokerCPAApprove),
		httpapi.POST("/broker/v1/cpa/{client_uid}/reject/", wire.BrokerMoney, h.brokerCPAReject, brokerCPAReject),
	)
}

type cpaAPI struct{ s *cpa.Service }

type cpaIn struct {
	Statuses []string  `query:"status" enum:"approved,pending,rejected" maxItems:"10" doc:"Only clients with one of these statuses. A pending client in this list waits for the broker's approval."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only clients of these partners."`
	Bundles  []string  `query:"bundle" maxItems:"100" maxLength:"name" doc:"Only clients whom one of these bundles of the plan covers."`
	Page     page.Page
}

type cpaPath struct {
	UID id.UUID `path:"client_uid" doc:"Id of the client."`
}

type cpaRejectIn struct {
	cpaPath

	Reason string `json:"reason" required:"true" minLength:"1" maxLength:"reason" lines:"true" doc:"Why the client is rejected. The partner can read it." example:"the deposit came from another client's card"`
}

type cpaOut struct {
	ClientUID       id.UUID      `json:"client_uid" doc:"Id of the client."`
	PartnerUID      id.UUID      `json:"partner_uid" doc:"Partner with whom the client registered."`
	Bundle          string       `json:"bundle" doc:"Name of the plan's bundle that covers the client."`
	Country         string       `json:"country" doc:"Country of the client, ISO 3166 alpha-2."`
	LinkCode        string       `json:"link_code" doc:"Link code through which the client came."`
	CampaignCode    *string      `json:"campaign_code" doc:"Campaign through which the client came. Null if there is none."`
	RegisteredAt    time.Time    `json:"registered_at" doc:"When the client registered."`
	FirstDepositAt  *time.Time   `json:"ftd_at" doc:"When the client made its first deposit. Null if it has not."`
	FirstDepositUSD money.Amount `json:"ftd_usd" doc:"The first deposit in USD: everything that the client deposited within 24 hours of ftd_at, less what was reversed within these hours."`
	QualifiedAt     *time.Time   `json:"qualified_at" doc:"When the client met the last of the conditions. Null if it has not met all of them."`
	Status          string       `json:"status" enum:"approved,pending,rejected" doc:"Status of the CPA for the client."`
	Reason          *string      `json:"reason" doc:"Why the client was rejected: the broker's reason, expired or deposit_reversed. Null if it was not rejected."`
	EarnsUSD        money.Amount `json:"cpa_usd" doc:"What the partner earns for the client, in USD. Before the payment, caps are not applied yet."`
	PaidOn          *clock.Day   `json:"paid_on" doc:"Day of the payment. Null before it."`
	LimitedBy       *string      `json:"limited_by" enum:"cap_per_month,cap_per_campaign" doc:"The cap that reduced the payment. Null if none did."`
}

const cpaExample = `{"client_uid":"dc11e02f-0000-4000-8000-000000000000","partner_uid":"0197c0de-0000-7000-8000-000000000001",` +
	`"bundle":"Europe","country":"PL",` +
	`"link_code":"alpha","campaign_code":"spring","registered_at":"2026-06-01T09:30:00Z","ftd_at":"2026-06-02T18:00:00Z","ftd_usd":150,` +
	`"qualified_at":"2026-06-09T14:05:33Z","status":"approved","reason":null,"cpa_usd":200,"paid_on":null,"limited_by":null}`

func cpaOf(c *cpa.Client) *cpaOut {
	return &cpaOut{
		ClientUID: c.ClientUID, PartnerUID: c.PartnerID, Bundle: c.Bundle, Country: c.Country, LinkCode: c.LinkCode,
		CampaignCode: wire.UnlessEmpty(c.CampaignCode), RegisteredAt: c.RegisteredAt, FirstDepositAt: c.FirstDepositAt,
		FirstDepositUSD: c.FirstDepositUSD, QualifiedAt: c.QualifiedAt, Status: string(c.Status), Reason: wire.UnlessEmpty(c.Reason),
		EarnsUSD: c.EarnsUSD, PaidOn: c.Day, LimitedBy: wire.UnlessEmpty(c.LimitedBy),
	}
}

func decided(c *cpa.Client, err error) (*cpaOut, error) {
	if err != nil {
		return nil, err
	}
	return cpaOf(c), nil
}

var brokerCPAList = httpapi.Op{
	ID:      "broker_cpa_list",
	Summary: "List the CPA of clients",
	Description: "Lists the clients who have met the conditions of a bundle of the plan, or about whom the broker has decided, the oldest " +
		"registration first. `status=pending` selects those that wait for the broker's approval.",
	Example: json.RawMessage(`{"data":[` + cpaExample + `],"totals":{"count":1}}`),
}

func (h cpaAPI) brokerCPAList(ctx context.Context, in *cpaIn) (*page.List[cpaOut, page.Count], error) {
	list, count, err := h.s.List(ctx, cpa.Filter{Statuses: in.Statuses, Partners: in.Partners, Bundles: in.Bundles, Page: in.Page})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, cpaOf, page.Count{Count: count}), nil
}

var brokerCPAApprove = httpapi.Op{
	ID:      "broker_cpa_approve",
	Summary: "Approve the CPA for a client",
	Description: "Approves the CPA for a client who has met the conditions. The partner is paid on the first day of the next month. " +
		"Repeating the request is harmless. Approving a client that the broker has rejected withdraws the rejection. " +
		"A client who has not met the conditions, or whose first deposit was reversed, is a ValidationError with code `conflict`.",
	Example: json.RawMessage(cpaExample),
	Errors:  []fault.Code{fault.NotFound, fault.ValidationError},
}

func (h cpaAPI) brokerCPAApprove(ctx context.Context, in *cpaPath) (*cpaOut, error) {
	return decided(h.s.Approve(ctx, in.UID))
}

var brokerCPAReject = httpapi.Op{
	ID:      "broker_cpa_reject",
	Summary: "Reject the CPA for a client",
	Description: "Rejects the CPA for a client, before or after it meets the conditions. The partner can read the reason in its report. " +
		"Repeating the request is harmless, and the first reason remains. A CPA that was already paid is a ValidationError with code `conflict`.",
	Request: map[string]string{"reason": "the deposit came from another client's card"},
	Example: json.RawMessage(cpaExample),
	Errors:  []fault.Code{fault.NotFound},
}

func (h cpaAPI) brokerCPAReject(ctx context.Context, in *cpaRejectIn) (*cpaOut, error) {
	return decided(h.s.Reject(ctx, in.UID, in.Reason))
}
