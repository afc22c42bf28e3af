package partner

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
)

// AddRebateRuns declares the operations with which a partner approves, rejects
// and retries rebates. The lists of rebates are reports, so Reports declares
// them.
func AddRebateRuns(r *httpapi.Router, s *rebate.Runs) {
	h := rebateRunsAPI{s}
	r.Mount(wire.TagRebates,
		httpapi.POST(approvePath+"start/", wire.Write, h.rebateApproveStart, rebateApproveStart),
		httpapi.POST(approvePath, wire.Write, h.rebateApprove, rebateApprove),
		httpapi.POST(rebatesPath+"reject/", wire.Write, h.rebateReject, rebateReject),
		httpapi.POST(rebatesPath+"payments/retry/", wire.Write, h.rebateRetry, rebateRetry),
	)
}

type rebateRunsAPI struct{ s *rebate.Runs }

const (
	approvePath = rebatesPath + "approve/"
	// maxSelectBody is the maximum size in bytes of a body that selects rebates. A
	// body with the maximum number of ids is smaller.
	maxSelectBody = 4 << 20
	// maxPayloadIDs is the maximum number of ids in a verification payload. A payload for
	// more ids contains a digest instead.
	maxPayloadIDs = 1000
)

// rebateID is an id that the caller can send as a number or as a string.
type rebateID int64

func (n *rebateID) UnmarshalJSON(text []byte) error {
	parsed, err := strconv.ParseInt(page.Whole(string(bytes.Trim(text, `"`))), 10, 64)
	*n = rebateID(parsed)
	return err
}

// MarshalJSON implements json.Marshaler. Because rebateID has this method, the OpenAPI
// document says that an id can be a string or an integer.
func (n rebateID) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(n), 10), nil }

func numbersOf(ids []rebateID) []int64 {
	out := make([]int64, len(ids))
	for i, n := range ids {
		out[i] = int64(n)
	}
	return out
}

type rebateSelectIn struct {
	Rebates []rebateID `json:"rebates" maxItems:"100000" doc:"Ids of whole rebates, as numbers or strings." example:"17"`
	Rows    []rebateID `json:"rebate_rows" maxItems:"100000" doc:"Ids of single rows of rebates, as numbers or strings." example:"4711"`
}

func (in *rebateSelectIn) selection() (rebate.Selection, error) {
	return rebate.Select(numbersOf(in.Rebates), numbersOf(in.Rows))
}

type rebateApproveIn struct {
	rebateSelectIn

	Token string `header:"X-Temporary-Token" doc:"Token of an APPROVE_REBATES operation with the same ids."`
}

type rebateRetryIn struct {
	Rows []rebateID `json:"rebate_rows" required:"true" maxItems:"10000" doc:"Ids of rows whose payment failed, as numbers or strings." example:"4711"`
}

type rebatePayloadOut struct {
	UserUID       id.UUID           `json:"user_uid" doc:"Id of the partner."`
	RequestedAt   time.Time         `json:"requested_at" doc:"When this payload was created."`
	OperationType verification.Type `json:"operation_type" enum:"APPROVE_REBATES" doc:"Type of the verification operation."`
	Rebates       []int64           `json:"rebate_ids" doc:"Ids of the rebates. Empty if there are more than 1,000 ids in total."`
	Rows          []int64           `json:"rebate_row_ids" doc:"Ids of the rows. Empty if there are more than 1,000 ids in total."`
	Digest        string            `json:"digest,omitempty" doc:"Digest that replaces the ids if there are more than 1,000. Absent otherwise."`
}

type rebateStartOut struct {
	Payload rebatePayloadOut `json:"verification_payload" doc:"Payload of the verification operation. Send it unchanged."`
	rebateSumsOut
}

type rebateSumsOut struct {
	Clients   int64       `json:"clients_approved_count" doc:"Number of rows that pay at least 0.01."`
	Reward    json.Number `json:"reward" doc:"Rewards that the rebates are computed from, in the partner's currency."`
	RewardUSD json.Number `json:"reward_usd" doc:"Rewards that the rebates are computed from, in USD."`
	Pay       json.Number `json:"topay_rebate" doc:"Amount of these rebates, in the partner's currency, in whole cents."`
	PayUSD    json.Number `json:"topay_rebate_usd" doc:"Amount of these rebates, in USD."`
	Currency  string      `json:"currency" doc:"The partner's currency." example:"USD"`
	First     clock.Day   `json:"period_start_date" doc:"First day of the earliest period among these rebates."`
	Last      clock.Day   `json:"period_end_date" doc:"Last day of the latest period among these rebates."`
}

func rebateSumsOf(s *rebate.Shown) rebateSumsOut {
	return rebateSumsOut{
		Clients: s.Paying, Reward: formatCents(s.Reward.Amount), RewardUSD: formatCents(s.Reward.USD),
		Pay: formatCents(s.Pay.Amount), PayUSD: formatCents(s.Pay.USD), Currency: s.Currency, First: s.First, Last: s.Last,
	}
}

type rebateDoneOut struct {
	okOut
	rebateSumsOut
}

const (
	rebateSumsExample = `"clients_approved_count":12,"reward":4938.24,"reward_usd":4938.24,"topay_rebate":1234.56,"topay_rebate_usd":1234.56,` +
		`"currency":"USD","period_start_date":"2026-06-01","period_end_date":"2026-06-30"}`
	rebateDoneExample   = `{"code":"OK","message":"The rebates were sent to the broker for payment.",` + rebateSumsExample
	rebateSelectExample = `{"rebates":[17],"rebate_rows":[]}`
)

func payloadOf(a *rebate.Approval) rebatePayloadOut {
	out := rebatePayloadOut{
		UserUID: a.PartnerID, RequestedAt: a.RequestedAt, OperationType: verification.ApproveRebates, Rebates: []int64{}, Rows: []int64{},
	}
	if len(a.Rebates)+len(a.Rows) > maxPayloadIDs {
		out.Digest = hex.EncodeToString(a.Digest[:])
		return out
	}
	out.Rebates, out.Rows = append(out.Rebates, a.Rebates...), append(out.Rows, a.Rows...)
	return out
}

// doneOf returns the response to a decision. Its message is doneMessage if the
// decision is complete, and laterMessage if a job completes it later.
func doneOf(out *rebate.Outcome, err error, doneMessage, laterMessage string) (*rebateDoneOut, error) {
	if err != nil {
		return nil, err
	}
	message := doneMessage
	if !out.Finished {
		message = laterMessage
	}
	return &rebateDoneOut{*okay(message), rebateSumsOf(&out.Shown)}, nil
}

var rebateApproveStart = httpapi.Op{
	ID:      "rebate_approve_start",
	MaxBody: maxSelectBody,
	Summary: "Preview the approval of rebates",
	Description: "Returns what the approval of the named rebates and rows would pay. The ids are those of rebates that wait for " +
		"approval, of single rows of such rebates, or both. They can be numbers or strings. A row counts once if its " +
		"rebate is named too. An id that does not wait for approval is a ValidationError that names the id.\n\n" +
		"To approve the amounts in the response, request a code within 10 minutes with `verification_payload` as the " +
		"payload. Then approve the same ids.",
	Request: json.RawMessage(rebateSelectExample),
	Example: json.RawMessage(`{"verification_payload":{"user_uid":"0197c0de-0000-7000-8000-000000000001","requested_at":"2026-07-01T09:00:00Z",` +
		`"operation_type":"APPROVE_REBATES","rebate_ids":[17],"rebate_row_ids":[]},` + rebateSumsExample),
}

func (h rebateRunsAPI) rebateApproveStart(ctx context.Context, in *rebateSelectIn) (*rebateStartOut, error) {
	selection, err := in.selection()
	if err != nil {
		return nil, err
	}
	a, shown, err := h.s.Start(ctx, partnerOf(ctx), selection)
	if err != nil {
		return nil, err
	}
	return &rebateStartOut{payloadOf(a), rebateSumsOf(shown)}, nil
}

var rebateApprove = httpapi.Op{
	ID:      "rebate_approve",
	MaxBody: maxSelectBody,
	Summary: "Approve rebates",
	Description: "Pays exactly what `approve/start/` showed for these ids, once. The request needs the token of an " +
		"`APPROVE_REBATES` operation. Other ids, or amounts that have changed in the meantime, are refused with 403. A " +
		"refusal does not use up the token. Nothing is paid while the wallet is below zero.\n\n" +
		"When the response arrives, the broker has up to 5,000 of the payments. The other payments follow within a " +
		"minute. Until then, the rebates have the status `approving`.",
	Request: json.RawMessage(rebateSelectExample),
	Example: json.RawMessage(rebateDoneExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h rebateRunsAPI) rebateApprove(ctx context.Context, in *rebateApproveIn) (*rebateDoneOut, error) {
	selection, err := in.selection()
	if err != nil {
		return nil, err
	}
	out, err := h.s.Approve(ctx, partnerOf(ctx), selection, in.Token)
	return doneOf(out, err, "The rebates were sent to the broker for payment.", "The rebates are being paid.")
}

var rebateReject = httpapi.Op{
	ID:      "rebate_reject",
	MaxBody: maxSelectBody,
	Summary: "Reject rebates",
	Description: "Rejects rebates, and returns the money reserved for them to the wallet. The request accepts the same ids as " +
		"`approve/start/`, and rows whose payment failed. A rejection cannot be undone.",
	Request: json.RawMessage(rebateSelectExample),
	Example: json.RawMessage(`{"code":"OK","message":"The rebates are rejected.",` + rebateSumsExample),
}

func (h rebateRunsAPI) rebateReject(ctx context.Context, in *rebateSelectIn) (*rebateDoneOut, error) {
	selection, err := in.selection()
	if err != nil {
		return nil, err
	}
	out, err := h.s.Reject(ctx, partnerOf(ctx), selection)
	return doneOf(out, err, "The rebates are rejected.", "The rebates are being rejected.")
}

var rebateRetry = httpapi.Op{
	ID:      "rebate_retry",
	Summary: "Retry failed payments",
	Description: "Pays each row again as it was approved, with the same amount and to the same account. A request can name at " +
		"most 10,000 rows. A row whose payment did not fail is a ValidationError that names the row.",
	Request: json.RawMessage(`{"rebate_rows":[4711]}`),
	Example: json.RawMessage(rebateDoneExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h rebateRunsAPI) rebateRetry(ctx context.Context, in *rebateRetryIn) (*rebateDoneOut, error) {
	out, err := h.s.Retry(ctx, partnerOf(ctx), numbersOf(in.Rows))
	return doneOf(out, err, "The rebates were sent to the broker for payment.", "")
}
