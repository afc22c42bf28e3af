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
	"github.com/tributary-server/tributary/internal/wallet"
)

func addTransfers(r *httpapi.Router, s *wallet.Service) {
	h := transfersAPI{s}
	r.Mount(wire.TagWallet,
		httpapi.GET("/api/wallet/transfers/", wire.Read, h.walletTransferList, walletTransferList),
		httpapi.POST("/api/wallet/transfers/", wire.Write, h.walletTransferCreate, walletTransferCreate),
	)
}

type transfersAPI struct{ s *wallet.Service }

type transferIn struct {
	From   string       `json:"from_account" required:"true" format:"digits" maxLength:"32" doc:"Number of the account to take the money from." example:"1163683105934900000"`
	To     string       `json:"to_account" required:"true" format:"digits" maxLength:"32" doc:"Number of the account to add the money to." example:"1804729018440210000"`
	Amount money.Amount `json:"amount" required:"true" doc:"Amount in the currency of from_account. At most 2 decimal places." example:"100"`
}

type transferOut struct {
	ID           int64         `json:"id" doc:"Id of the transfer."`
	From         string        `json:"from_account" doc:"Number of the account that the money was taken from."`
	To           string        `json:"to_account" doc:"Number of the account that the money was added to."`
	FromCurrency string        `json:"from_currency" doc:"Currency of from_account."`
	ToCurrency   string        `json:"to_currency" doc:"Currency of to_account."`
	Amount       money.Amount  `json:"amount" doc:"Amount taken, in from_currency."`
	ToAmount     money.Amount  `json:"to_amount" doc:"Amount added, in to_currency: amount x from_rate / to_rate x (100 - spread_percent) / 100, cut toward zero to 6 places."`
	AmountUSD    money.Amount  `json:"amount_usd" doc:"Amount taken, in USD: amount x from_rate, rounded half to even to 6 places."`
	FromRate     money.Rate    `json:"from_rate" doc:"USD for one unit of from_currency on the day of the transfer."`
	ToRate       money.Rate    `json:"to_rate" doc:"USD for one unit of to_currency on the day of the transfer."`
	Spread       money.Percent `json:"spread_percent" doc:"Spread that the programme kept, in percent of the amount." example:"0"`
	Created      time.Time     `json:"created" doc:"When the transfer was made."`
}

type transfersIn struct {
	Page page.Page
}

const transferExample = `{"id":41,"from_account":"1163683105934900000","to_account":"1804729018440210000","from_currency":"USD","to_currency":"EUR",` +
	`"amount":100,"to_amount":92.165899,"amount_usd":100,"from_rate":1,"to_rate":1.085,"spread_percent":0,"created":"2026-06-30T12:00:00Z"}`

func transferOf(t *wallet.Transfer) *transferOut {
	return &transferOut{
		ID: t.ID, From: t.From, To: t.To, FromCurrency: t.FromCurrency, ToCurrency: t.ToCurrency, Amount: t.FromAmount, ToAmount: t.ToAmount,
		AmountUSD: t.AmountUSD, FromRate: t.FromRate, ToRate: t.ToRate, Spread: t.Spread, Created: t.CreatedAt,
	}
}

var walletTransferList = httpapi.Op{
	ID:          "wallet_transfer_list",
	Summary:     "List transfers",
	Description: "Lists the transfers between the partner's own accounts, newest first.",
	Example:     json.RawMessage(`{"data":[` + transferExample + `],"totals":{"count":1,"amount_usd":100}}`),
}

func (h transfersAPI) walletTransferList(ctx context.Context, in *transfersIn) (*page.List[transferOut, walletTotals], error) {
	list, totals, err := h.s.Transfers(ctx, partnerOf(ctx), in.Page)
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, transferOf, walletTotalsOf(totals)), nil
}

var walletTransferCreate = httpapi.Op{
	ID:      "wallet_transfer_create",
	Status:  http.StatusCreated,
	Summary: "Transfer money between two accounts",
	Description: "Moves money between two of the partner's own accounts at the day's rates. If the programme has a spread, it " +
		"keeps the spread. An amount that is larger than the account's balance is a ValidationError with code " +
		"`insufficient_funds`. A transfer beyond the programme's daily limit is a ValidationError with code " +
		"`daily_limit`. The request is refused with 403 if the broker has switched transfers off.",
	Request: json.RawMessage(`{"from_account":"1163683105934900000","to_account":"1804729018440210000","amount":100}`),
	Example: json.RawMessage(transferExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h transfersAPI) walletTransferCreate(ctx context.Context, in *transferIn) (*transferOut, error) {
	t, err := h.s.Transfer(ctx, partnerOf(ctx), in.From, in.To, in.Amount)
	if err != nil {
		return nil, err
	}
	return transferOf(t), nil
}
