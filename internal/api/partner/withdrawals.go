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
	Accounts []string `query:"account" format:"digits" maxItems:"100" doc:"Only withdrawals from these accounts."`
	Page     page.Page
}

type withdrawalIn struct {
	Account     string       `json:"account" required:"true" format:"digits" maxLength:"32" doc:"Number of the account to take the money from." example:"1163683105934900000"`
	Amount      money.Amount `json:"amount" required:"true" doc:"Amount in the account's currency. At most 2 decimal places." example:"250"`
	Method      string       `json:"method" required:"true" maxLength:"method" doc:"Method of the withdrawal. /api/wallet/withdrawals/methods/ lists the methods to choose from." example:"bank_transfer"`
	Destination string       `json:"destination" required:"true" maxLength:"destination" doc:"Destination of the money, as the method requires, for example an IBAN." example:"DE89370400440532013000"`
	Token       string       `header:"X-Temporary-Token" doc:"Token of a WITHDRAW operation. The payload of that operation must equal the body of this request."`
}

type withdrawalOut struct {
	ID          int64        `json:"id" doc:"Id of the withdrawal."`
	Account     string       `json:"account" doc:"Number of the account that the money was taken from."`
	Method      string       `json:"method" doc:"Method by which the partner is paid."`
	Destination string       `json:"destination" doc:"Destination of the money."`
	Currency    string       `json:"currency" doc:"Currency of the account."`
	Amount      money.Amount `json:"amount" doc:"Amount in the account's currency."`
	AmountUSD   money.Amount `json:"amount_usd" doc:"Amount in USD, at the rate of the day on which the withdrawal was made."`
	Status      string       `json:"status" enum:"pending,paid,failed" doc:"Status of the withdrawal. It is pending until the broker pays the withdrawal or reports that it failed."`
	PayoutID    string       `json:"payout_id" doc:"Id of the payout in the broker's list of payouts."`
	Reason      *string      `json:"reason" doc:"Why the withdrawal failed. Null if it did not fail or if the broker gave no reason. The money of a failed withdrawal is back in the account."`
	Created     time.Time    `json:"created" doc:"When the withdrawal was made."`
	Answered    *time.Time   `json:"answered" doc:"When the withdrawal was paid or failed. Null while it is pending."`
}

type methodOut struct {
	Method   string       `json:"method" doc:"Name of the method." example:"bank_transfer"`
	MinUSD   money.Amount `json:"min_usd" doc:"Smallest amount of one withdrawal, in USD."`
	MaxUSD   money.Amount `json:"max_usd" doc:"Largest amount of one withdrawal, in USD."`
	DailyUSD money.Amount `json:"daily_usd" doc:"Largest sum of a partner's withdrawals on one day of the programme, in USD. Failed withdrawals do not count."`
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
	Summary: "List withdrawal methods",
	Description: "Lists the methods of withdrawal with their limits in USD. An amount in another currency is converted at the " +
		"day's rate.",
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
	Summary:     "List withdrawals",
	Description: "Lists the partner's withdrawals, newest first.",
	Example:     json.RawMessage(`{"data":[` + withdrawalExample + `],"totals":{"count":1,"amount_usd":250}}`),
}

func (h withdrawalsAPI) walletWithdrawalList(ctx context.Context, in *withdrawalsIn) (*page.List[withdrawalOut, walletTotals], error) {
	list, totals, err := h.s.Withdrawals(ctx, partnerOf(ctx), wallet.WithdrawalFilter{
		Statuses: in.Statuses, Methods: in.Methods, Accounts: in.Accounts, Page: in.Page,
	})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, withdrawalOf, walletTotalsOf(totals)), nil
}

var walletWithdrawalCreate = httpapi.Op{
	ID:      "wallet_withdrawal_create",
	Status:  http.StatusCreated,
	Summary: "Withdraw money",
	Description: "Withdraws money from an account. The request needs the token of a `WITHDRAW` operation with this body as its " +
		"payload. Only verified partners can withdraw. If the amount is larger than the balance, or if any of the " +
		"partner's accounts is below zero, the response is a ValidationError with code `insufficient_funds`. A refused " +
		"withdrawal does not use up the token. The money leaves the account at once. It returns to the account if the " +
		"payment fails.",
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
