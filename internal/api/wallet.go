package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
)

const tagWallet = "Wallet"

type walletOut struct {
	Accounts        []walletAccountOut `json:"accounts"`
	SummaryEquity   json.Number        `json:"summary_equity" doc:"All balances and what is reserved, in USD as it was booked."`
	ReservedRebates json.Number        `json:"reserved_rebates" doc:"All that is reserved for clients' rebates, in USD as it was booked."`
}

type walletAccountOut struct {
	ID              string      `json:"id" doc:"The partner_account." example:"1163683105934900000"`
	Name            string      `json:"name"`
	Currency        string      `json:"currency" example:"USD"`
	Balance         json.Number `json:"balance" doc:"What the partner may use." example:"812.07"`
	Type            string      `json:"type" example:"reward"`
	ReservedRebates json.Number `json:"reserved_rebates_amount" doc:"Reserved for clients' rebates, beside the balance." example:"0"`
}

// AddWallet declares the partner's wallet.
func AddWallet(r *drf.Router, s *partner.Service) {
	drf.Handle(r, drf.Op{
		Method: http.MethodGet, Path: "/api/wallet/accounts/", ID: "wallet_account_list", Tag: tagWallet, Scope: identity.ScopeRead,
		Summary: "The partner's accounts", Description: "Each account with its balance, as the ledger has it now; the oldest first.",
		Example: json.RawMessage(`{"accounts":[{"id":"1163683105934900000","name":"partner","currency":"USD","balance":812.07,"type":"reward",` +
			`"reserved_rebates_amount":0}],"summary_equity":812.07,"reserved_rebates":0}`),
	}, func(ctx context.Context, _ *struct{}) (*walletOut, error) {
		accounts, err := s.WalletAccounts(ctx, partnerOf(ctx))
		if err != nil {
			return nil, err
		}
		out := &walletOut{Accounts: make([]walletAccountOut, len(accounts))}
		var equity, reserved money.Amount
		for i := range accounts {
			a := &accounts[i]
			out.Accounts[i] = walletAccountOut{
				ID: a.Number, Name: a.Name, Currency: a.Currency, Balance: cents(a.Balance), Type: a.Kind, ReservedRebates: cents(a.Reserved),
			}
			equity += a.BalanceUSD + a.ReservedUSD
			reserved += a.ReservedUSD
		}
		out.SummaryEquity, out.ReservedRebates = cents(equity), cents(reserved)
		return out, nil
	})
}
