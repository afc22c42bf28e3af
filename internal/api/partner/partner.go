package partner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddPartner declares the operations with which a partner reads its own data
// and looks up its clients.
func AddPartner(r *httpapi.Router, s *partner.Service) {
	h := partnerAPI{s}
	r.Mount(wire.TagPartner,
		httpapi.GET("/api/partner/summary/", wire.Read, h.partnerSummary, partnerSummary),
		httpapi.POST("/api/partner/affiliation/", wire.Read, h.partnerAffiliation, partnerAffiliation),
		httpapi.GET("/api/affiliate/partner/allocation", wire.Read, h.partnerAllocation, partnerAllocation),
		httpapi.GET("/api/partner/default_link/", wire.Read, h.partnerDefaultLink, partnerDefaultLink),
	)

	addLinks(r, s)
}

type partnerAPI struct{ s *partner.Service }

type affiliationIn struct {
	Email   *string `json:"email" format:"email" doc:"E-mail address of the client. Case is ignored. Send either this or client_account." example:"client@example.com"`
	Account *string `json:"client_account" format:"digits" maxLength:"account" doc:"Number of one of the client's accounts. Send either this or email." example:"44186900"`
}

// Validate implements bind.Validator.
func (in *affiliationIn) Validate() error {
	switch {
	case in.Email == nil && in.Account == nil:
		return fault.Invalid("email", "required", "This field is required.")
	case in.Email != nil && in.Account != nil:
		return fault.Invalid("client_account", "invalid", "Send email or client_account, not both.")
	case in.Email != nil && *in.Email == "":
		return fault.Invalid("email", "blank", "This field may not be blank.")
	case in.Account != nil && *in.Account == "":
		return fault.Invalid("client_account", "blank", "This field may not be blank.")
	}
	return nil
}

type affiliationOut struct {
	Affiliation bool     `json:"affiliation" doc:"Whether the client belongs to the partner."`
	Accounts    []string `json:"accounts" doc:"Numbers of the accounts that the client opened under the partner, oldest first. Empty if the client is not affiliated."`
	ClientUID   *string  `json:"client_uid" doc:"First 8 characters of the client's UUID. Null if the client is not affiliated." example:"4ec0c5fa"`
}

type allocationIn struct {
	Value string `query:"value" required:"true" doc:"Value to look for. It is an e-mail address, a client_uid (the whole UUID or its first 8 characters) or a client_account."`
}

type allocationOut struct {
	Value        string    `json:"value" doc:"Value from the request."`
	Type         string    `json:"type" enum:"email,client_uid,client_account" doc:"Kind of value that matched the client."`
	ClientUID    string    `json:"client_uid" doc:"First 8 characters of the client's UUID." example:"4ec0c5fa"`
	RegisteredAt time.Time `json:"registered_at" doc:"When the client registered."`
	ClientStatus string    `json:"client_status" enum:"ACTIVE,INACTIVE,CHANGING,LEFT" doc:"ACTIVE: the client is verified (KYC) and has made a first deposit and a first trade. INACTIVE: one of the three is missing. CHANGING: the client has requested another partner. LEFT: the client has left."`
}

var partnerSummary = httpapi.Op{
	Aliases: []string{"/api/v3/partner/summary/"},
	ID:      "partner_summary",
	Summary: "Get the partner's summary",
	Description: "Returns the partner that the token or key belongs to, with its level, its progress to the next level, its " +
		"balances, and the number of its clients by status. It also returns what the clients traded and what the partner " +
		"earned today, this month and in total, by the programme's days. An order is included as soon as the broker's " +
		"feed has acknowledged it.",
	Example: summaryExample,
}

func (h partnerAPI) partnerSummary(ctx context.Context, _ *struct{}) (*summaryOut, error) {
	summary, err := h.s.Summary(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	return summaryOf(summary), nil
}

var partnerAffiliation = httpapi.Op{
	ID:      "partner_affiliation",
	Unkeyed: true,
	Summary: "Check whether someone is the partner's client",
	Description: "Checks whether an e-mail address or an account belongs to one of the partner's clients. Send either `email` or " +
		"`client_account`. The e-mail is compared ignoring surrounding spaces and case. A client who is changing partner " +
		"is still affiliated. A client who left or has changed partner is not. `accounts` lists the accounts that the " +
		"client opened under the partner.\n\n" +
		"The response and its timing are the same for another partner's client and for an unknown e-mail.",
	Request: map[string]string{"email": "client@example.com"},
	Example: json.RawMessage(`{"affiliation":true,"accounts":["44186900","168247200"],"client_uid":"4ec0c5fa"}`),
}

func (h partnerAPI) partnerAffiliation(ctx context.Context, in *affiliationIn) (*affiliationOut, error) {
	find, what := h.s.Affiliation, in.Email
	if what == nil {
		find, what = h.s.AffiliationByAccount, in.Account
	}
	a, ok, err := find(ctx, partnerOf(ctx), *what)
	if err != nil {
		return nil, err
	}
	out := &affiliationOut{Affiliation: ok, Accounts: a.Accounts}
	if out.Accounts == nil {
		out.Accounts = []string{}
	}
	if ok {
		short := a.ClientUID.Short()
		out.ClientUID = &short
	}
	return out, nil
}

var partnerAllocation = httpapi.Op{
	ID:      "partner_allocation",
	Summary: "Find a client by e-mail, uid or account",
	Description: "Finds one of the partner's clients. Clients who left are included. Any other client is refused with 404. A " +
		"value of eight digits can be an account number or the beginning of a uid. The server first looks for an account " +
		"with this number.",
	Example: json.RawMessage(`{"value":"44186900","type":"client_account","client_uid":"4ec0c5fa",` +
		`"registered_at":"2026-02-01T08:30:00Z","client_status":"ACTIVE"}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h partnerAPI) partnerAllocation(ctx context.Context, in *allocationIn) (*allocationOut, error) {
	a, err := h.s.Allocation(ctx, partnerOf(ctx), in.Value)
	if err != nil {
		return nil, err
	}
	return &allocationOut{
		Value: in.Value, Type: a.Type, ClientUID: a.ClientUID.Short(), RegisteredAt: a.RegisteredAt, ClientStatus: string(a.Status),
	}, nil
}

var partnerDefaultLink = httpapi.Op{
	ID:          "partner_default_link",
	Summary:     "Get the default link",
	Description: "Returns the link that the partner gives to clients by default. The link of an affiliate has `c_` before its code.",
	Example:     wire.LinkAddressOut{FullDefaultLink: "https://go.example.com/a/abc123", Domain: "go.example.com", Code: "abc123"},
}

func (h partnerAPI) partnerDefaultLink(ctx context.Context, _ *struct{}) (*wire.LinkAddressOut, error) {
	link, err := h.s.DefaultLink(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	return wire.LinkAddressOf(&link), nil
}
