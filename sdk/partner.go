package sdk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Summary is the partner's own account at a glance.
type Summary struct {
	PartnerUID   string
	Email        string
	Country      string
	Status       string
	Programme    string // ib or affiliate
	Level        string
	SecurityType string // standard or secure
	// Fields is the whole answer: balances, counts of clients, rewards and
	// volumes among it.
	Fields Row
}

// Summary returns the partner's summary.
func (c *Client) Summary(ctx context.Context) (Summary, error) {
	var fields Row
	if err := c.get(ctx, "/api/partner/summary/", nil, &fields); err != nil {
		return Summary{}, err
	}
	return Summary{
		PartnerUID: fields.Text("partner_uid"), Email: fields.Text("email"), Country: fields.Text("country"), Status: fields.Text("status"),
		Programme: fields.Text("programme"), Level: fields.Text("level"), SecurityType: fields.Text("security_type"), Fields: fields,
	}, nil
}

// Affiliation says whether a client is the partner's.
type Affiliation struct {
	Affiliated bool     `json:"affiliation"`
	Accounts   []string `json:"accounts"`   // the client's trading accounts
	ClientUID  string   `json:"client_uid"` // its first 8 characters; empty when not affiliated
}

// Affiliation asks whether the client with this e-mail address is the
// partner's.
func (c *Client) Affiliation(ctx context.Context, email string) (Affiliation, error) {
	var answer Affiliation
	body := map[string]string{"email": email}
	err := c.call(ctx, &request{method: http.MethodPost, path: "/api/partner/affiliation/", body: body}, &answer)
	return answer, err
}

// Allocation is what the partner may know of one client.
type Allocation struct {
	Value        string `json:"value"` // as asked
	Type         string `json:"type"`  // what it was: email, client_uid or client_account
	ClientUID    string `json:"client_uid"`
	RegisteredAt string `json:"registered_at"`
	ClientStatus string `json:"client_status"`
}

// Allocation finds a client of the partner by e-mail address, client_uid or
// client_account. For any other value the error's code is NotFound.
func (c *Client) Allocation(ctx context.Context, value string) (Allocation, error) {
	var answer Allocation
	err := c.get(ctx, "/api/affiliate/partner/allocation", url.Values{"value": {value}}, &answer)
	return answer, err
}

// DefaultLink is the link that brings clients when no other is chosen.
type DefaultLink struct {
	FullDefaultLink string `json:"full_default_link"`
	Domain          string `json:"domain"`
	Code            string `json:"code"`
}

// DefaultLink returns the partner's default link.
func (c *Client) DefaultLink(ctx context.Context) (DefaultLink, error) {
	var answer DefaultLink
	err := c.get(ctx, "/api/partner/default_link/", nil, &answer)
	return answer, err
}

// Link is one of the partner's link codes.
type Link struct {
	RewardSchema   string `json:"reward_schema"`
	LinkCode       string `json:"link_code"`
	IsDefault      bool   `json:"is_default"`
	IsBlocked      bool   `json:"is_blocked"`
	IsCustom       bool   `json:"is_custom"`
	PartnerAccount string `json:"partner_account"`
}

// Links returns all the partner's link codes.
func (c *Client) Links(ctx context.Context) ([]Link, error) {
	var answer struct {
		Data []Link `json:"data"`
	}
	err := c.get(ctx, "/api/partner/links/", nil, &answer)
	return answer.Data, err
}

// WalletAccount is one of the partner's accounts.
type WalletAccount struct {
	ID                    string      `json:"id"`
	Name                  string      `json:"name"`
	Currency              string      `json:"currency"`
	Balance               json.Number `json:"balance"`
	Type                  string      `json:"type"`
	ReservedRebatesAmount json.Number `json:"reserved_rebates_amount"` // the part of Balance that belongs to rebates under way
}

// WalletAccounts returns the partner's accounts.
func (c *Client) WalletAccounts(ctx context.Context) ([]WalletAccount, error) {
	var answer struct {
		Accounts []WalletAccount `json:"accounts"`
	}
	err := c.get(ctx, "/api/wallet/accounts/", nil, &answer)
	return answer.Accounts, err
}

func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, &request{method: http.MethodGet, path: path, query: query}, out)
}
