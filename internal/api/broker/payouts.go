package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
)

// AddPayouts declares the operations with which the broker lists the payouts of
// rebates and withdrawals, and reports whether they were paid.
func AddPayouts(r *httpapi.Router, s *payout.Service) {
	h := payoutsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/payouts/", wire.BrokerRead, h.brokerPayoutList, brokerPayoutList),
		httpapi.POST("/broker/v1/payouts/{payout_id}/confirm/", wire.BrokerMoney, h.brokerPayoutConfirm, brokerPayoutConfirm),
		httpapi.POST("/broker/v1/payouts/{payout_id}/fail/", wire.BrokerMoney, h.brokerPayoutFail, brokerPayoutFail),
		httpapi.POST("/broker/v1/payouts/confirm/", wire.BrokerMoney, h.brokerPayoutConfirmMany, brokerPayoutConfirmMany),
	)
}

type payoutsAPI struct{ s *payout.Service }

type payoutsIn struct {
	Statuses []string  `query:"status" enum:"pending,paid,failed" default:"pending" maxItems:"10" doc:"Only payouts with one of these statuses. If absent, only pending payouts."`
	Kinds    []string  `query:"kind" enum:"rebate,withdrawal" maxItems:"10" doc:"Only payouts of these kinds."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only payouts of these partners."`
	Page     page.Page `ordering:"created"`
}

type payoutOut struct {
	ID            string       `json:"id" doc:"Id of the payout, unique in the programme." example:"0197c0de000070008000000000000001-43"`
	Kind          string       `json:"kind" enum:"rebate,withdrawal" doc:"rebate: a payment to a client. withdrawal: a payment to the partner."`
	PartnerUID    id.UUID      `json:"partner_uid" doc:"Partner whose wallet pays."`
	ClientAccount *string      `json:"client_account" doc:"Client account that earned the rebate. Null for a withdrawal."`
	Method        *string      `json:"method" doc:"Method that the partner chose for the withdrawal. Null for a rebate."`
	Destination   string       `json:"destination" doc:"Destination of the money. It is a client account for a rebate, and what the partner entered for a withdrawal."`
	Currency      string       `json:"currency" doc:"Currency of amount."`
	Amount        money.Amount `json:"amount" doc:"Amount to pay."`
	AmountUSD     money.Amount `json:"amount_usd" doc:"The same amount in USD."`
	Status        string       `json:"status" enum:"pending,paid,failed" doc:"Status of the payout. It is pending until the broker confirms the payout or reports that it failed."`
	Reason        *string      `json:"reason" doc:"Why the payout failed. Null if it did not fail or if the broker gave no reason."`
	Created       time.Time    `json:"created" doc:"When the payout was created."`
	Answered      *time.Time   `json:"answered" doc:"When the broker confirmed the payout or reported that it failed. Null while it is pending."`
}

type payoutTotals struct {
	Count     int64          `json:"count" doc:"Number of payouts that match the filters, on all pages together."`
	AmountUSD money.Amount   `json:"amount_usd" doc:"Sum of these payouts in USD."`
	Sums      []payoutSumOut `json:"sums" doc:"Sums of these payouts, one for each currency."`
}

type payoutSumOut struct {
	Currency  string       `json:"currency" doc:"Currency of the payouts."`
	Count     int64        `json:"count" doc:"Number of payouts in this currency."`
	Amount    money.Amount `json:"amount" doc:"Sum of these payouts in their currency."`
	AmountUSD money.Amount `json:"amount_usd" doc:"Sum of these payouts in USD."`
}

type payoutIn struct {
	ID string `path:"payout_id" doc:"Id of the payout."`
}

type payoutFailureIn struct {
	ID     string `path:"payout_id" doc:"Id of the payout."`
	Reason string `json:"reason" maxLength:"fact_text" doc:"Why the payout failed. The partner can read it." example:"account closed"`
}

type payoutIDsIn struct {
	IDs []string `json:"ids" required:"true" maxItems:"10000" maxLength:"64" doc:"Ids of the payouts to confirm."`
}

type payoutResultOut struct {
	ID     string  `json:"id" doc:"Id from the request."`
	Result string  `json:"result" enum:"confirmed,already_confirmed,conflict,not_found" doc:"confirmed: this request confirmed the payout. already_confirmed: the payout was confirmed before. conflict: the payout was reported as failed before and does not change. not_found: there is no such payout."`
	Status *string `json:"status" enum:"pending,paid,failed" doc:"Status of the payout after this request. Null if there is no such payout."`
}

type payoutResultTotals struct {
	Count     int64 `json:"count" doc:"Number of ids in the request."`
	Confirmed int64 `json:"confirmed" doc:"Number of payouts that this request confirmed."`
	Already   int64 `json:"already_confirmed" doc:"Number of payouts that were confirmed before."`
	Conflict  int64 `json:"conflict" doc:"Number of payouts that were reported as failed before and do not change."`
	NotFound  int64 `json:"not_found" doc:"Number of ids without a payout."`
}

const payoutExample = `{"id":"0197c0de000070008000000000000001-43","kind":"rebate","partner_uid":"0197c0de-0000-7000-8000-000000000001",` +
	`"client_account":"44186900","method":null,"destination":"44186900","currency":"USD","amount":12.5,"amount_usd":12.5,"status":"pending",` +
	`"reason":null,"created":"2026-06-30T12:00:00Z","answered":null}`

const aboutAnswers = " Repeating the request is harmless. If the opposite was reported before, the payout does not change, and the response " +
	"is a ValidationError with code `conflict`."

// maxAnswers is the maximum size in bytes of a report about many payouts. It is large
// enough for 10,000 ids.
const maxAnswers = 2 << 20

func payoutAnswer(p *payout.Payout, err error) (*payoutOut, error) {
	if err != nil {
		return nil, err
	}
	return payoutOf(p), nil
}

func payoutOf(p *payout.Payout) *payoutOut {
	return &payoutOut{
		ID: p.String(), Kind: p.Kind, PartnerUID: p.PartnerID, ClientAccount: wire.UnlessEmpty(p.ClientAccount), Method: wire.UnlessEmpty(p.Method),
		Destination: p.Destination, Currency: p.Currency, Amount: p.Amount, AmountUSD: p.AmountUSD, Status: string(p.Status),
		Reason:  wire.UnlessEmpty(p.Reason),
		Created: p.CreatedAt, Answered: p.AnsweredAt,
	}
}

func payoutTotalsOf(t *payout.Totals) payoutTotals {
	out := payoutTotals{Count: t.Count, AmountUSD: t.AmountUSD, Sums: make([]payoutSumOut, len(t.Sums))}
	for i, s := range t.Sums {
		out.Sums[i] = payoutSumOut(s)
	}
	return out
}

func resultsOf(results []payout.Result, answer payout.Answer) *page.List[payoutResultOut, payoutResultTotals] {
	rows := make([]payoutResultOut, len(results))
	totals := payoutResultTotals{Count: int64(len(results))}
	for i := range results {
		r := &results[i]
		rows[i].ID = r.ID
		if r.Payout == nil {
			rows[i].Result = "not_found"
			totals.NotFound++
			continue
		}
		status := string(r.Payout.Status)
		rows[i].Status = &status
		switch {
		case !r.Agrees(answer):
			rows[i].Result = "conflict"
			totals.Conflict++
		case r.Changed:
			rows[i].Result = "confirmed"
			totals.Confirmed++
		default:
			rows[i].Result = "already_confirmed"
			totals.Already++
		}
	}
	return page.NewList(rows, totals)
}

var brokerPayoutList = httpapi.Op{
	ID:      "broker_payout_list",
	Summary: "List payouts",
	Description: "Lists the rebates and withdrawals that wait to be paid, oldest first. `status` selects payouts that were " +
		"already paid or have failed.",
	Example: json.RawMessage(`{"data":[` + payoutExample + `],"totals":{"count":1,"amount_usd":12.5,` +
		`"sums":[{"currency":"USD","count":1,"amount":12.5,"amount_usd":12.5}]}}`),
}

func (h payoutsAPI) brokerPayoutList(ctx context.Context, in *payoutsIn) (*page.List[payoutOut, payoutTotals], error) {
	list, totals, err := h.s.List(ctx, payout.Filter{
		Statuses: in.Statuses, Kinds: in.Kinds, Partners: in.Partners, Page: in.Page,
		Newest: len(in.Page.Order) > 0 && in.Page.Order[0].Descending,
	})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, payoutOf, payoutTotalsOf(&totals)), nil
}

var brokerPayoutConfirm = httpapi.Op{
	ID:          "broker_payout_confirm",
	Summary:     "Confirm a payout",
	Description: "Reports that a payout was paid, like a `payout.paid` fact in the feed." + aboutAnswers,
	Example:     json.RawMessage(payoutExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h payoutsAPI) brokerPayoutConfirm(ctx context.Context, in *payoutIn) (*payoutOut, error) {
	return payoutAnswer(h.s.One(ctx, in.ID, payout.Answer{Status: payout.Paid}))
}

var brokerPayoutFail = httpapi.Op{
	ID:      "broker_payout_fail",
	Summary: "Report that a payout failed",
	Description: "Reports that a payout failed, like a `payout.failed` fact in the feed. The money of a withdrawal returns to the wallet. " +
		"The money of a rebate is reserved again." + aboutAnswers,
	Request: map[string]string{"reason": "account closed"},
	Example: json.RawMessage(payoutExample),
	Errors:  []fault.Code{fault.NotFound},
}

func (h payoutsAPI) brokerPayoutFail(ctx context.Context, in *payoutFailureIn) (*payoutOut, error) {
	return payoutAnswer(h.s.One(ctx, in.ID, payout.Answer{Status: payout.Failed, Reason: in.Reason}))
}

var brokerPayoutConfirmMany = httpapi.Op{
	ID:      "broker_payout_confirm_many",
	MaxBody: maxAnswers,
	Summary: "Confirm several payouts",
	Description: "Reports that up to 10,000 payouts were paid, in one transaction. The response has a result for each id, in the " +
		"order of the ids in the request.",
	Request: json.RawMessage(`{"ids":["0197c0de000070008000000000000001-43"]}`),
	Example: json.RawMessage(`{"data":[{"id":"0197c0de000070008000000000000001-43","result":"confirmed","status":"paid"}],` +
		`"totals":{"count":1,"confirmed":1,"already_confirmed":0,"conflict":0,"not_found":0}}`),
}

func (h payoutsAPI) brokerPayoutConfirmMany(ctx context.Context, in *payoutIDsIn) (*page.List[payoutResultOut, payoutResultTotals], error) {
	answer := payout.Answer{Status: payout.Paid}
	results, err := h.s.Give(ctx, in.IDs, answer)
	if err != nil {
		return nil, err
	}
	return resultsOf(results, answer), nil
}
