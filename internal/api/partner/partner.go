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

// AddPartner declares how a partner reads its own data and its clients'.
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
	Email   *string `json:"email" format:"email" doc:"E-mail address of the client; case is ignored. Send this or client_account." example:"client@example.com"`
	Account *string `json:"client_account" format:"digits" maxLength:"account" doc:"Number of one of the client's accounts. Send this or email." example:"44186900"`
}

// Validate implements httpapi.Validator.
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
	Affiliation bool     `json:"affiliation" doc:"Whether the client is the partner's."`
	Accounts    []string `json:"accounts" doc:"Numbers of the accounts that the client opened under the partner, oldest first. Empty when the client is not affiliated."`
	ClientUID   *string  `json:"client_uid" doc:"Id of the client: the first 8 characters of its UUID. Null when the client is not affiliated." example:"4ec0c5fa"`
}

type allocationIn struct {
	Value string `query:"value" required:"true" doc:"What to look for: an e-mail address, a client_uid (the whole UUID or its first 8 characters) or a client_account."`
}

type allocationOut struct {
	Value        string    `json:"value" doc:"The value that was looked for."`
	Type         string    `json:"type" enum:"email,client_uid,client_account" doc:"What the value turned out to be."`
	ClientUID    string    `json:"client_uid" doc:"Id of the client: the first 8 characters of its UUID." example:"4ec0c5fa"`
	RegisteredAt time.Time `json:"registered_at" doc:"When the client registered."`
	ClientStatus string    `json:"client_status" enum:"ACTIVE,INACTIVE,CHANGING,LEFT" doc:"ACTIVE: verified (KYC), with a first deposit and a first trade. INACTIVE: one of the three is missing. CHANGING: the client has asked for another partner. LEFT: the client left."`
}

var partnerSummary = httpapi.Op{
	Aliases: []string{"/api/v3/partner/summary/"},
	ID:      "partner_summary",
	Summary: "The partner at a glance",
	Description: "The partner that the token belongs to, its level and progress to the next one, its balances, its clients by status, " +
		"and what they traded and earned for it: today, this month, and since the beginning, by the programme's days. " +
		"An order is included as soon as the broker's feed has acknowledged it.",
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
	Summary: "Check whether an e-mail or account is the partner's client",
	Description: "Send `email` or `client_account`. The e-mail is compared ignoring surrounding spaces and case. " +
		"A client is affiliated as long as it is the partner's, " +
		"also while it is changing partner; one who left or changed is not. `accounts` are those that it opened under the partner.\n\n" +
		"The answer and its time are the same for another partner's client and for an e-mail that is no client's.",
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
	Description: "Finds one of the partner's clients, those who left included; any other client is 404. Eight digits can be an " +
		"account or the beginning of a uid: an account with that number is looked for first.",
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
	Summary:     "The default link",
	Description: "The link to hand out. An affiliate's has `c_` before its code.",
	Example:     wire.LinkAddressOut{FullDefaultLink: "https://go.example.com/a/abc123", Domain: "go.example.com", Code: "abc123"},
}

func (h partnerAPI) partnerDefaultLink(ctx context.Context, _ *struct{}) (*wire.LinkAddressOut, error) {
	link, err := h.s.DefaultLink(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	return wire.LinkAddressOf(&link), nil
}
