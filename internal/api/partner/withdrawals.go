package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/wallet"
)

func addWithdrawals(r *httpapi.Router, s *wallet.Service) {
	h := withdrawalsAPI{s}
	r.Mount(wire.TagWallet,
		httpapi.GET("/api/wallet/withdrawals/methods/", wire.Read, h.walletWithdrawalMethods, walletWithdrawalMethods),
		httpapi.GET("/api/wallet/withdrawals/", wire.Read, h.walletWithdrawalList, walletWithdrawalList),
		httpapi.POST("/api/wallet/withdrawals/", wire.Write, h.walletWithdrawalCreate, walletWithdrawalCreate),
	)
}

type withdrawalsAPI struct{ s *wallet.Service }

type withdrawalsIn struct {
	Statuses []string `query:"status" enum:"pending,paid,failed" maxItems:"10" doc:"Only withdrawals with one of these statuses."`
	Methods  []string `query:"method" maxItems:"100" doc:"Only withdrawals by these methods."`
	Accounts []string `query:"account" format:"digits" maxItems:"100" doc:"A partner_account."`
	Page     page.Page
}

type withdrawalIn struct {
	Account     string       `json:"account" required:"true" format:"digits" maxLength:"32" doc:"The account to take from." example:"1163683105934900000"`
	Amount      money.Amount `json:"amount" required:"true" doc:"In the account's currency; at most 2 places." example:"250"`
	Method      string       `json:"method" required:"true" maxLength:"method" doc:"One of withdrawals/methods/." example:"bank_transfer"`
	Destination string       `json:"destination" required:"true" maxLength:"destination" doc:"Where to, as the method asks." example:"DE89370400440532013000"`
	Token       string       `header:"X-Temporary-Token" doc:"The token of a WITHDRAW operation with this body as its payload."`
}

type withdrawalOut struct {
	ID          int64        `json:"id"`
	Account     string       `json:"account"`
	Method      string       `json:"method"`
	Destination string       `json:"destination"`
	Currency    string       `json:"currency"`
	Amount      money.Amount `json:"amount"`
	AmountUSD   money.Amount `json:"amount_usd" doc:"At the rate of the day it was made on."`
	Status      string       `json:"status" enum:"pending,paid,failed"`
	PayoutID    string       `json:"payout_id" doc:"What the broker calls it."`
	Reason      *string      `json:"reason" doc:"Why it failed; the money is back on the account then."`
	Created     time.Time    `json:"created"`
	Answered    *time.Time   `json:"answered" doc:"When it was paid, or failed."`
}

type methodOut struct {
	Method   string       `json:"method" example:"bank_transfer"`
	MinUSD   money.Amount `json:"min_usd" doc:"The least of one withdrawal."`
	MaxUSD   money.Amount `json:"max_usd" doc:"The most of one withdrawal."`
	DailyUSD money.Amount `json:"daily_usd" doc:"The most of all on one day of the programme; what failed does not count."`
}

const withdrawalExample = `{"id":42,"account":"1163683105934900000","method":"bank_transfer","destination":"DE89370400440532013000","currency":"USD",` +
	`"amount":250,"amount_usd":250,"status":"pending","payout_id":"0197c0de000070008000000000000001-43","reason":null,` +
	`"created":"2026-06-30T12:00:00Z","answered":null}`

func withdrawalOf(w *wallet.Withdrawal) *withdrawalOut {
	return &withdrawalOut{
		ID: w.ID, Account: w.Account, Method: w.Method, Destination: w.Destination, Currency: w.Currency, Amount: w.Amount, AmountUSD: w.AmountUSD,
		Status: w.Status, PayoutID: payout.Key{PartnerID: w.PartnerID, Number: w.PayoutID}.String(), Reason: wire.UnlessEmpty(w.Reason),
		Created: w.CreatedAt, Answered: w.AnsweredAt,
	}
}

var walletWithdrawalMethods = httpapi.Op{
	ID:      "wallet_withdrawal_methods",
	Summary: "The ways to withdraw",
	Description: "Lists the methods with their limits in USD; an amount in another currency " +
		"counts at the day's rate.",
	Example: json.RawMessage(`{"data":[{"method":"bank_transfer","min_usd":1,"max_usd":100000,"daily_usd":250000}],"totals":{"count":1}}`),
}

func (h withdrawalsAPI) walletWithdrawalMethods(context.Context, *struct{}) (*page.List[methodOut, page.Count], error) {
	methods := h.s.Methods()
	rows := make([]methodOut, len(methods))
	for i, m := range methods {
		rows[i] = methodOut{Method: m.Name, MinUSD: m.MinUSD, MaxUSD: m.MaxUSD, DailyUSD: m.DailyUSD}
	}
	return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
}

var walletWithdrawalList = httpapi.Op{
	ID:          "wallet_withdrawal_list",
	Summary:     "The partner's withdrawals",
	Description: wire.NewestFirst,
	Example:     json.RawMessage(`{"data":[` + withdrawalExample + `],"totals":{"count":1,"amount_usd":250}}`),
}

func (h withdrawalsAPI) walletWithdrawalList(ctx context.Context, in *withdrawalsIn) (*page.List[withdrawalOut, walletTotals], error) {
	list, totals, err := h.s.Withdrawals(ctx, partnerOf(ctx), wallet.WithdrawalFilter{
		Statuses: in.Statuses, Methods: in.Methods, Accounts: in.Accounts, Page: in.Page,
	})
	if err != nil {
		return nil, err
	}
	rows := make([]withdrawalOut, len(list))
	for i := range list {
		rows[i] = *withdrawalOf(&list[i])
	}
	return page.NewList(rows, walletTotalsOf(totals)), nil
}

var walletWithdrawalCreate = httpapi.Op{
	ID:      "wallet_withdrawal_create",
	Status:  http.StatusCreated,
	Summary: "Withdraw money",
	Description: "Takes the header `X-Temporary-Token` of a `WITHDRAW` operation with this body as its payload. Only verified " +
		"partners can withdraw. An amount beyond the balance, or any account below zero, is a ValidationError with code " +
		"`insufficient_funds`; a refused withdrawal does not use the token up. The money leaves the account at once and comes back " +
		"if the payment fails.",
	Request: json.RawMessage(`{"account":"1163683105934900000","amount":250,"method":"bank_transfer","destination":"DE89370400440532013000"}`),
	Example: json.RawMessage(withdrawalExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h withdrawalsAPI) walletWithdrawalCreate(ctx context.Context, in *withdrawalIn) (*withdrawalOut, error) {
	w, err := h.s.Withdraw(ctx, partnerOf(ctx), wallet.Request{
		Account: in.Account, Amount: in.Amount, Method: in.Method, Destination: in.Destination,
	}, in.Token)
	if err != nil {
		return nil, err
	}
	return withdrawalOf(w), nil
}
