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

// AddPayouts declares how the broker reads the payouts of rebates and
// withdrawals that wait, and how it answers them.
func AddPayouts(r *httpapi.Router, s *payout.Service) {
	h := payoutsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/payouts/", wire.BrokerRead, h.brokerPayoutList, brokerPayoutList),
		httpapi.POST("/broker/v1/payouts/{payout_id}/confirm/", wire.BrokerWrite, h.brokerPayoutConfirm, brokerPayoutConfirm),
		httpapi.POST("/broker/v1/payouts/{payout_id}/fail/", wire.BrokerWrite, h.brokerPayoutFail, brokerPayoutFail),
		httpapi.POST("/broker/v1/payouts/confirm/", wire.BrokerWrite, h.brokerPayoutConfirmMany, brokerPayoutConfirmMany),
	)
}

type payoutsAPI struct{ s *payout.Service }

type payoutsIn struct {
	Statuses []string  `query:"status" enum:"pending,paid,failed" default:"pending" maxItems:"10" doc:"The status; pending if not given."`
	Kinds    []string  `query:"kind" enum:"rebate,withdrawal" maxItems:"10" doc:"Only payouts of these kinds."`
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only payouts of these partners."`
	Page     page.Page `ordering:"created"`
}

type payoutOut struct {
	ID            string       `json:"id" doc:"Unique in the programme." example:"0197c0de000070008000000000000001-43"`
	Kind          string       `json:"kind" enum:"rebate,withdrawal"`
	PartnerUID    id.UUID      `json:"partner_uid"`
	ClientAccount *string      `json:"client_account" doc:"Whose rebate it is; null: a withdrawal."`
	Method        *string      `json:"method" doc:"How the partner wants to be paid; null: a rebate."`
	Destination   string       `json:"destination" doc:"The account to pay a rebate to; of a withdrawal what the partner wrote."`
	Currency      string       `json:"currency"`
	Amount        money.Amount `json:"amount"`
	AmountUSD     money.Amount `json:"amount_usd"`
	Status        string       `json:"status" enum:"pending,paid,failed"`
	Reason        *string      `json:"reason" doc:"Why it failed."`
	Created       time.Time    `json:"created"`
	Answered      *time.Time   `json:"answered"`
}

type payoutTotals struct {
	Count     int64          `json:"count" doc:"Rows in the whole filtered set."`
	AmountUSD money.Amount   `json:"amount_usd"`
	Sums      []payoutSumOut `json:"sums" doc:"By currency."`
}

type payoutSumOut struct {
	Currency  string       `json:"currency"`
	Count     int64        `json:"count"`
	Amount    money.Amount `json:"amount"`
	AmountUSD money.Amount `json:"amount_usd"`
}

type payoutIn struct {
	ID string `path:"payout_id" doc:"The payout's id."`
}

type payoutFailureIn struct {
	ID     string `path:"payout_id" doc:"The payout's id."`
	Reason string `json:"reason" maxLength:"fact_text" doc:"For the partner to read." example:"account closed"`
}

type payoutIDsIn struct {
	IDs []string `json:"ids" required:"true" maxItems:"10000" maxLength:"64"`
}

type payoutResultOut struct {
	ID     string  `json:"id" doc:"As it was sent."`
	Result string  `json:"result" enum:"confirmed,already_confirmed,conflict,not_found"`
	Status *string `json:"status" enum:"pending,paid,failed" doc:"As it is now; null: there is no such payout."`
}

type payoutResultTotals struct {
	Count     int64 `json:"count"`
	Confirmed int64 `json:"confirmed" doc:"New answers."`
	Already   int64 `json:"already_confirmed" doc:"The same was said before."`
	Conflict  int64 `json:"conflict" doc:"Something else was said before, and stays."`
	NotFound  int64 `json:"not_found"`
}

const payoutExample = `{"id":"0197c0de000070008000000000000001-43","kind":"rebate","partner_uid":"0197c0de-0000-7000-8000-000000000001",` +
	`"client_account":"44186900","method":null,"destination":"44186900","currency":"USD","amount":12.5,"amount_usd":12.5,"status":"pending",` +
	`"reason":null,"created":"2026-06-30T12:00:00Z","answered":null}`

const aboutAnswers = "Does the same as a fact of the feed with the payout's id. Repeating it is harmless. A payout that has the " +
	"other answer already stays as it is: a ValidationError with code `conflict`."

// maxAnswers bounds the body of a bulk call, in bytes: 10,000 ids.
const maxAnswers = 2 << 20

func answered(p *payout.Payout, err error) (*payoutOut, error) {
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
	Summary: "Payouts",
	Description: "Lists rebates and withdrawals that wait to be paid, oldest first; `status` asks for those " +
		"already answered.",
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
	rows := make([]payoutOut, len(list))
	for i := range list {
		rows[i] = *payoutOf(&list[i])
	}
	return page.NewList(rows, payoutTotalsOf(&totals)), nil
}

var brokerPayoutConfirm = httpapi.Op{
	ID:          "broker_payout_confirm",
	Summary:     "Confirm a payout",
	Description: aboutAnswers,
	Example:     json.RawMessage(payoutExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h payoutsAPI) brokerPayoutConfirm(ctx context.Context, in *payoutIn) (*payoutOut, error) {
	return answered(h.s.One(ctx, in.ID, payout.Answer{Status: payout.Paid}))
}

var brokerPayoutFail = httpapi.Op{
	ID:      "broker_payout_fail",
	Summary: "Report that a payout failed",
	Description: aboutAnswers + " A withdrawal's money goes back to the wallet, a " +
		"rebate's to what is reserved.",
	Request: map[string]string{"reason": "account closed"},
	Example: json.RawMessage(payoutExample),
	Errors:  []fault.Code{fault.NotFound},
}

func (h payoutsAPI) brokerPayoutFail(ctx context.Context, in *payoutFailureIn) (*payoutOut, error) {
	return answered(h.s.One(ctx, in.ID, payout.Answer{Status: payout.Failed, Reason: in.Reason}))
}

var brokerPayoutConfirmMany = httpapi.Op{
	ID:          "broker_payout_confirm_many",
	MaxBody:     maxAnswers,
	Summary:     "Confirm several payouts",
	Description: "Up to 10,000 at once, in one transaction; each id gets its result, in the order they were sent.",
	Request:     json.RawMessage(`{"ids":["0197c0de000070008000000000000001-43"]}`),
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
