package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/wallet"
)

// AddWallet declares the operations on the partner's wallet.
func AddWallet(r *httpapi.Router, s *wallet.Service) {
	h := walletAPI{s}
	r.Mount(wire.TagWallet,
		httpapi.GET("/api/wallet/accounts/", wire.Read, h.walletAccountList, walletAccountList),
		httpapi.POST("/api/wallet/accounts/", wire.Write, h.walletAccountCreate, walletAccountCreate),
		httpapi.PATCH("/api/wallet/accounts/{id}/", wire.Write, h.walletAccountRename, walletAccountRename),
	)

	addTransfers(r, s)
	addWithdrawals(r, s)
}

type walletAPI struct{ s *wallet.Service }

type walletOut struct {
	Accounts        []walletAccountOut `json:"accounts" doc:"The partner's accounts."`
	SummaryEquity   json.Number        `json:"summary_equity" doc:"Sum of all balances and reserved amounts in this response, in USD at the day's rates."`
	ReservedRebates json.Number        `json:"reserved_rebates" doc:"Sum of the amounts reserved for clients' rebates, in USD at the day's rates."`
}

type walletAccountOut struct {
	ID              string      `json:"id" doc:"Number of the account, called partner_account in reports." example:"1163683105934900000"`
	Name            string      `json:"name" doc:"Name of the account."`
	Currency        string      `json:"currency" doc:"Currency of the account." example:"USD"`
	Balance         json.Number `json:"balance" doc:"Amount that the partner can use, in the account's currency, cut to whole cents." example:"812.07"`
	Type            string      `json:"type" doc:"reward: the account that receives rewards. regular: any other account." example:"reward"`
	ReservedRebates json.Number `json:"reserved_rebates_amount" doc:"Amount reserved for clients' rebates, in the account's currency, cut to whole cents. balance does not include it." example:"0"`
}

type accountIn struct {
	Name     string `json:"account_name" required:"true" maxLength:"name" doc:"Name of the account." example:"Savings"`
	Currency string `json:"currency" required:"true" maxLength:"8" doc:"Currency of the account. It is USD or any currency that the programme has a rate for." example:"EUR"`
}

type accountNameIn struct {
	ID   string `path:"id" doc:"Number of the account."`
	Name string `json:"account_name" alias:"name" required:"true" maxLength:"name" doc:"New name of the account." example:"Holidays"`
}

const accountExample = `{"id":"1163683105934900000","name":"Savings","currency":"EUR","balance":0,"type":"regular","reserved_rebates_amount":0}`

func walletAccountOf(a *partner.WalletAccount) *walletAccountOut {
	return &walletAccountOut{
		ID: a.Number, Name: a.Name, Currency: a.Currency, Balance: formatCents(wallet.Shown(a.Balance)), Type: a.Kind,
		ReservedRebates: formatCents(wallet.Shown(a.Reserved)),
	}
}

type walletTotals struct {
	Count     int64        `json:"count" doc:"Number of rows that match the filters, on all pages together."`
	AmountUSD money.Amount `json:"amount_usd" doc:"Sum of the amounts of these rows in USD."`
}

func walletTotalsOf(t wallet.Totals) walletTotals { return walletTotals(t) }

var walletAccountList = httpapi.Op{
	ID:          "wallet_account_list",
	Summary:     "List the accounts of the wallet",
	Description: "Lists the partner's accounts with their current balances, oldest first.",
	Example: json.RawMessage(`{"accounts":[{"id":"1163683105934900000","name":"partner","currency":"USD","balance":812.07,"type":"reward",` +
		`"reserved_rebates_amount":0}],"summary_equity":812.07,"reserved_rebates":0}`),
}

func (h walletAPI) walletAccountList(ctx context.Context, _ *struct{}) (*walletOut, error) {
	o, err := h.s.Overview(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &walletOut{Accounts: make([]walletAccountOut, len(o.Accounts)), SummaryEquity: formatCents(o.EquityUSD), ReservedRebates: formatCents(o.ReservedUSD)}
	for i := range o.Accounts {
		out.Accounts[i] = *walletAccountOf(&o.Accounts[i])
	}
	return out, nil
}

var walletAccountCreate = httpapi.Op{
	ID:      "wallet_account_create",
	Summary: "Open an account",
	Description: "Opens an account in another currency. A second account in the same currency is a ValidationError with code " +
		"`already_in_use`.",
	Request: map[string]string{"account_name": "Savings", "currency": "EUR"},
	Example: json.RawMessage(accountExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h walletAPI) walletAccountCreate(ctx context.Context, in *accountIn) (*walletAccountOut, error) {
	a, err := h.s.CreateAccount(ctx, partnerOf(ctx), in.Name, in.Currency)
	if err != nil {
		return nil, err
	}
	return walletAccountOf(a), nil
}

var walletAccountRename = httpapi.Op{
	ID:          "wallet_account_rename",
	Summary:     "Rename an account",
	Description: "Changes the name of one of the partner's accounts.",
	Request:     map[string]string{"account_name": "Savings"},
	Example:     json.RawMessage(accountExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h walletAPI) walletAccountRename(ctx context.Context, in *accountNameIn) (*walletAccountOut, error) {
	a, err := h.s.RenameAccount(ctx, partnerOf(ctx), in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	return walletAccountOf(a), nil
}
