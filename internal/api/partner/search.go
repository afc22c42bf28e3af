package partner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/search"
)

// AddSearch declares the search over a partner's objects.
func AddSearch(r *httpapi.Router, s *search.Service) {
	h := searchAPI{s}
	r.Mount(wire.TagPartner, httpapi.GET("/api/v1/search/", wire.Read, h.search, searchOp))
}

type searchAPI struct{ s *search.Service }

type searchIn struct {
	Text  string `query:"q" required:"true" minLength:"1" maxLength:"search" doc:"Text to search for." example:"1180"`
	Limit *int   `query:"limit" minimum:"1" maximum:"20" doc:"Maximum number of results of each type. The default is 5."`
}

type searchOut struct {
	Results []foundOut `json:"results" doc:"Accounts first, then clients, orders and campaigns."`
}

type foundOut struct {
	Type          string       `json:"type" enum:"account,client,order,campaign" doc:"Type of the result."`
	ID            string       `json:"id" doc:"Number of the account, UUID of the client, id of the order, or code of the campaign."`
	ClientAccount *string      `json:"client_account" doc:"Number of the account, or of the account of the order. Null for other types."`
	ClientUID     *id.UUID     `json:"client_uid" doc:"UUID of the client. Null for a campaign."`
	AccountType   *string      `json:"client_account_type" doc:"Type of the account. Null for other types."`
	Country       *string      `json:"country" doc:"Country of the client, or of the client who has the account, ISO 3166 alpha-2. Null for other types."`
	Symbol        *string      `json:"symbol" doc:"Symbol of the order. Null for other types."`
	FormulaCode   *string      `json:"formula_code" doc:"Formula of the order's reward, which is a part of the path of the order's own report. Null for other types."`
	ClosedAt      *time.Time   `json:"close_date" doc:"Time at which the order closed. Null for other types."`
	Title         *string      `json:"title" doc:"Title of the campaign. Null for other types."`
	RewardUSD     *json.Number `json:"reward_usd" doc:"Reward in USD that the account, the client or the order has earned, with 2 decimal places. Null for a campaign."`
}

var searchOp = httpapi.Op{
	ID:      "search",
	Summary: "Search accounts, clients, orders and campaigns",
	Description: "Finds accounts whose number begins with the text, clients whose UUID begins with the text (at least 4 hexadecimal digits) or whose " +
		"e-mail address is the text, orders with this ticket or id, and campaigns whose title or code contains the text.",
	Example: json.RawMessage(`{"results":[{"type":"account","id":"11800001","client_account":"11800001","client_uid":"5e2a6c1f-8b3d-4f70-9a1c-2d4e6f8a0b1c",` +
		`"client_account_type":"Standard","country":"DE","symbol":null,"formula_code":null,"close_date":null,"title":null,"reward_usd":7.39}]}`),
}

const defaultResults = 5

func (h searchAPI) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	limit := defaultResults
	if in.Limit != nil {
		limit = *in.Limit
	}
	found, err := h.s.Find(ctx, partnerOf(ctx), in.Text, limit)
	out := &searchOut{Results: make([]foundOut, len(found))}
	for i := range found {
		out.Results[i] = foundOf(&found[i])
	}
	return out, err
}

func foundOf(r *search.Result) foundOut {
	out := foundOut{
		Type: string(r.Kind), ID: r.ID, ClientAccount: nonZero(r.ClientAccount), ClientUID: nonZero(r.ClientUID), AccountType: nonZero(r.AccountType),
		Country: nonZero(r.Country), Symbol: nonZero(r.Symbol), FormulaCode: nonZero(r.FormulaCode), ClosedAt: nonZero(r.ClosedAt), Title: nonZero(r.Title),
	}
	if r.RewardUSD != nil {
		usd := formatCents(*r.RewardUSD)
		out.RewardUSD = &usd
	}
	return out
}

// nonZero returns a pointer to v, or nil if v is the zero value.
func nonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
