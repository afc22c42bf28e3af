package broker

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// AddAdjustments declares the operations on manual adjustments.
func AddAdjustments(r *httpapi.Router, s *adjustment.Service) {
	h := adjustmentsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/adjustments/", wire.BrokerRead, h.brokerAdjustmentList, brokerAdjustmentList),
		httpapi.POST("/broker/v1/adjustments/", wire.BrokerMoney, h.brokerAdjustmentCreate, brokerAdjustmentCreate),
		httpapi.POST("/broker/v1/adjustments/{adjustment_id}/approve/", wire.StaffMoney, h.brokerAdjustmentApprove, brokerAdjustmentApprove),
		httpapi.POST("/broker/v1/adjustments/{adjustment_id}/reject/", wire.StaffMoney, h.brokerAdjustmentReject, brokerAdjustmentReject),
	)
}

type adjustmentsAPI struct{ s *adjustment.Service }

type adjustmentsIn struct {
	Page     page.Page
	Statuses []string  `query:"status" enum:"pending,approved,rejected" maxItems:"10" doc:"Only adjustments with one of these statuses."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only adjustments of these partners."`
}

type adjustmentIn struct {
	PartnerUID id.UUID      `json:"partner_uid" required:"true" doc:"Partner whose wallet is adjusted."`
	Kind       string       `json:"kind" enum:"bonus,correction,clawback" required:"true" doc:"bonus: adds money. clawback: takes money back. correction: puts a mistake right in either direction."`
	AmountUSD  money.Amount `json:"amount_usd" required:"true" doc:"Amount in USD, in whole cents. Positive for a bonus, negative for a clawback." example:"25.00"`
	Reason     string       `json:"reason" required:"true" maxLength:"reason" lines:"true" doc:"Why the wallet is adjusted. The partner can read it." example:"prize of the June contest"`
	Reference  string       `json:"reference" maxLength:"fact_text" doc:"Order or client that the adjustment is about. The partner cannot read it." example:"Real-1:42"`
}

type adjustmentPath struct {
	ID id.UUID `path:"adjustment_id" doc:"Id of the adjustment."`
}

type adjustmentRejectIn struct {
	adjustmentPath

	Reason string `json:"reason" maxLength:"reason" lines:"true" doc:"Why the adjustment is rejected." example:"the contest ended in May"`
}

type adjustmentOut struct {
	ID         string       `json:"id" doc:"Id of the adjustment."`
	PartnerUID id.UUID      `json:"partner_uid" doc:"Partner whose wallet is adjusted."`
	Kind       string       `json:"kind" enum:"bonus,correction,clawback" doc:"Kind of the adjustment."`
	AmountUSD  money.Amount `json:"amount_usd" doc:"Amount in USD. Negative if it takes money out of the wallet."`
	Currency   string       `json:"currency" doc:"Currency of the partner's rewards."`
	Amount     money.Amount `json:"amount" doc:"The amount in this currency, at the rate of the day on which the adjustment was created."`
	Reason     string       `json:"reason" doc:"Why the wallet is adjusted."`
	Reference  string       `json:"reference" doc:"Order or client that the adjustment is about. May be empty."`
	Status     string       `json:"status" enum:"pending,approved,rejected" doc:"pending: a second person must decide. approved: the adjustment is booked. rejected: it is not booked."`
	Author     string       `json:"author" doc:"Who created the adjustment: staff or key, a colon and the id." example:"staff:0197c0de-0000-7000-8000-00000000000a"`
	Created    time.Time    `json:"created" doc:"When the adjustment was created."`
	DecidedBy  *string      `json:"decided_by" doc:"Staff member who approved or rejected the adjustment. Null if no one had to."`
	Decided    *time.Time   `json:"decided" doc:"When the adjustment was approved or rejected. Null while it is pending."`
	Refusal    *string      `json:"refusal" doc:"Why the adjustment was rejected. Null otherwise."`
}

const (
	adjustmentFields = `"id":"0197c0de-0000-7000-8000-00000000000b","partner_uid":"0197c0de-0000-7000-8000-000000000001","kind":"bonus",` +
		`"amount_usd":25,"currency":"USD","amount":25,"reason":"prize of the June contest","reference":"",` +
		`"author":"staff:0197c0de-0000-7000-8000-00000000000a","created":"2026-06-30T12:00:00Z"`
	adjustmentPending  = `{` + adjustmentFields + `,"status":"pending","decided_by":null,"decided":null,"refusal":null}`
	adjustmentApproved = `{` + adjustmentFields + `,"status":"approved","decided_by":"staff:0197c0de-0000-7000-8000-00000000000c",` +
		`"decided":"2026-06-30T12:05:00Z","refusal":null}`
	adjustmentRejected = `{` + adjustmentFields + `,"status":"rejected","decided_by":"staff:0197c0de-0000-7000-8000-00000000000c",` +
		`"decided":"2026-06-30T12:05:00Z","refusal":"the contest ended in May"}`
)

func adjustmentOf(a *adjustment.Adjustment) *adjustmentOut {
	return &adjustmentOut{
		ID: a.ID, PartnerUID: a.PartnerID, Kind: string(a.Kind), AmountUSD: a.AmountUSD, Currency: a.Currency, Amount: a.Amount, Reason: a.Reason,
		Reference: a.Reference, Status: string(a.Status), Author: a.Author, Created: a.CreatedAt, DecidedBy: wire.UnlessEmpty(a.DecidedBy),
		Decided: a.DecidedAt, Refusal: wire.UnlessEmpty(a.Refusal),
	}
}

func adjustmentAnswer(a adjustment.Adjustment, err error) (*adjustmentOut, error) {
	if err != nil {
		return nil, err
	}
	return adjustmentOf(&a), nil
}

var brokerAdjustmentList = httpapi.Op{
	ID:          "broker_adjustment_list",
	Summary:     "List manual adjustments",
	Description: "Lists the manual adjustments of all partners, newest first.",
	Example:     json.RawMessage(`{"data":[` + adjustmentPending + `],"totals":{"count":1}}`),
}

func (h adjustmentsAPI) brokerAdjustmentList(ctx context.Context, in *adjustmentsIn) (*page.List[adjustmentOut, page.Count], error) {
	list, count, err := h.s.Adjustments(ctx, adjustment.Filter{Partners: in.Partners, Statuses: in.Statuses, Page: in.Page})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, adjustmentOf, page.Count{Count: count}), nil
}

var brokerAdjustmentCreate = httpapi.Op{
	ID:      "broker_adjustment_create",
	Status:  http.StatusCreated,
	Summary: "Adjust a partner's wallet",
	Description: "Creates a manual adjustment. Up to the setting `adjustment_limit` (in USD, 0 unless it was changed) it is booked at once. " +
		"Above it, only a staff member can create one, and it is pending until another staff member approves it. A broker key gets 403. " +
		"An adjustment that takes out more than the wallet has is refused. The partner sees the ledger line with its reason. " +
		"docs/adjustments.md has an example.",
	Request: json.RawMessage(`{"partner_uid":"0197c0de-0000-7000-8000-000000000001","kind":"bonus","amount_usd":25,"reason":"prize of the June contest"}`),
	Example: json.RawMessage(adjustmentPending),
	Errors:  []fault.Code{fault.NotFound},
}

func (h adjustmentsAPI) brokerAdjustmentCreate(ctx context.Context, in *adjustmentIn) (*adjustmentOut, error) {
	return adjustmentAnswer(h.s.Prepare(ctx, adjustment.Draft{
		PartnerID: in.PartnerUID, Kind: adjustment.Kind(in.Kind), AmountUSD: in.AmountUSD, Reason: in.Reason, Reference: in.Reference,
	}))
}

var brokerAdjustmentApprove = httpapi.Op{
	ID:      "broker_adjustment_approve",
	Summary: "Approve an adjustment",
	Description: "Books a pending adjustment. The staff member who created it gets 403, in every session. If a key created it, every staff member gets 403. " +
		"If the adjustment is approved already, nothing changes.",
	Example: json.RawMessage(adjustmentApproved),
	Errors:  []fault.Code{fault.NotFound, fault.ValidationError},
}

func (h adjustmentsAPI) brokerAdjustmentApprove(ctx context.Context, in *adjustmentPath) (*adjustmentOut, error) {
	return adjustmentAnswer(h.s.Approve(ctx, in.ID.String()))
}

var brokerAdjustmentReject = httpapi.Op{
	ID:          "broker_adjustment_reject",
	Summary:     "Reject an adjustment",
	Description: "Ends a pending adjustment without booking it. The author may do this too. If the adjustment is rejected already, nothing changes.",
	Request:     map[string]string{"reason": "the contest ended in May"},
	Example:     json.RawMessage(adjustmentRejected),
	Errors:      []fault.Code{fault.NotFound},
}

func (h adjustmentsAPI) brokerAdjustmentReject(ctx context.Context, in *adjustmentRejectIn) (*adjustmentOut, error) {
	return adjustmentAnswer(h.s.Reject(ctx, in.ID.String(), in.Reason))
}
