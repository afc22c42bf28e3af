package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// AddAgents declares the operations on referral agents. Some are for the
// partner who owns the agents' links, and some are for the agents.
func AddAgents(r *httpapi.Router, s *agent.Service) {
	h := agentsAPI{s}
	r.Mount(wire.TagAgents,
		httpapi.GET("/api/v1/referral-agent-links/", wire.Read, h.referralAgentLinkList, referralAgentLinkList),
		httpapi.POST("/api/v1/referral-agent-links/", wire.Write, h.referralAgentLinkCreate, referralAgentLinkCreate),
		httpapi.POST("/api/v1/referral-agents/affiliation/", wire.Read, h.referralAgentAffiliation, referralAgentAffiliation),
	)

	addAgreements(r, s)
	addSharedReports(r, s)
}

type agentsAPI struct{ s *agent.Service }

func addAgreements(r *httpapi.Router, s *agent.Service) {
	h := agreementsAPI{s}
	r.Mount(wire.TagAgents,
		httpapi.GET("/api/v1/referral-agent-links/{id}/agreements/", wire.Read, h.referralAgentAgreementList, referralAgentAgreementList),
		httpapi.POST("/api/v1/referral-agent-links/{id}/agreements/", wire.Write, h.referralAgentAgreementCreate, referralAgentAgreementCreate),
	)
}

type agreementsAPI struct{ s *agent.Service }

func addSharedReports(r *httpapi.Router, s *agent.Service) {
	h := sharedReportsAPI{s}
	r.Mount(wire.TagAgents,
		httpapi.GET("/api/v1/referral-agent-links/{id}/shared-reports/", wire.Read, h.referralAgentSharedReports, referralAgentSharedReports),
		httpapi.PUT("/api/v1/referral-agent-links/{id}/shared-reports/", wire.Write, h.referralAgentSharedReportsSet, referralAgentSharedReportsSet),
	)
}

type sharedReportsAPI struct{ s *agent.Service }

type agentLinksIn struct {
	Page page.Page
}

type agentLinkIn struct {
	Alias string `json:"alias" required:"true" maxLength:"name" doc:"Your own name for the link. Each of your agent links needs a different name." example:"Blog"`
	Email string `json:"email" required:"true" format:"email" doc:"E-mail address of the agent. The agent earns a share once this address belongs to a partner of the programme." example:"agent@example.com"`
}

type agentLinkOut struct {
	ID           int64     `json:"id" doc:"Id of the link." example:"17"`
	LinkCode     string    `json:"link_code" doc:"Code of the link." example:"kqtwzrbnmhdf"`
	ReferralLink string    `json:"referral_link" doc:"Whole link, for the agent to publish." example:"https://go.example.com/a/kqtwzrbnmhdf"`
	Alias        string    `json:"alias" doc:"Your own name for the link." example:"Blog"`
	Email        string    `json:"email" doc:"E-mail address of the agent." example:"agent@example.com"`
	Created      time.Time `json:"created" doc:"When the link was created."`
}

// agentLinkRow is a link in the list. Unlike the response to a new link, it has
// the agreement and the shared reports.
type agentLinkRow struct {
	agentLinkOut

	Agreement *agreementOut `json:"agreement" doc:"The agreement in force. Null if there is none."`
	Reports   []string      `json:"shared_reports" enum:"reward_history,client_report" doc:"Reports that the agent may read."`
}

// agentLinksOut contains the links twice, because older programs read them from the
// fields results and count.
type agentLinksOut struct {
	Data    []agentLinkRow `json:"data" doc:"The rows of this page."`
	Totals  page.Count     `json:"totals" doc:"Totals of all pages together."`
	Results []agentLinkRow `json:"results" doc:"The same rows as data, for older programs."`
	Count   int64          `json:"count" doc:"The same number as totals.count, for older programs."`
}

const agentLinkExample = `{"id":17,"link_code":"kqtwzrbnmhdf","referral_link":"https://go.example.com/a/kqtwzrbnmhdf","alias":"Blog",` +
	`"email":"agent@example.com","created":"2026-06-30T12:00:00Z"}`

const agentLinkRowExample = `{"id":17,"link_code":"kqtwzrbnmhdf","referral_link":"https://go.example.com/a/kqtwzrbnmhdf","alias":"Blog",` +
	`"email":"agent@example.com","created":"2026-06-30T12:00:00Z","agreement":{"share_perc":25.5,"cap_amount_usd":1000,"earned_usd":12.345678,` +
	`"effective_from":"2026-06-30T12:00:00Z"},"shared_reports":["reward_history"]}`

func agentLinkOf(l *agent.Shown) agentLinkOut {
	return agentLinkOut{ID: l.ID, LinkCode: l.Code, ReferralLink: l.Address, Alias: l.Alias, Email: l.Email, Created: l.CreatedAt}
}

type agentAffiliationIn struct {
	ClientEmail string `json:"client_email" required:"true" format:"email" doc:"E-mail address of the client. Case is ignored." example:"client@example.com"`
	MaxAccounts int    `json:"max_accounts" default:"100" minimum:"0" doc:"Maximum number of accounts to return. A value above 1,000 is treated as 1,000."`
}

type agentAffiliationOut struct {
	IsAffiliated bool     `json:"is_affiliated" doc:"Whether the client came through one of the caller's agent links and is still with the owner of that link."`
	LinkCode     *string  `json:"link_code" doc:"Code of the link that the client came through. Null if the client is not affiliated."`
	Accounts     []string `json:"accounts" doc:"Numbers of the client's accounts under the caller's agent links, oldest first. Empty if the client is not affiliated."`
}

type agreementsIn struct {
	ID   int64 `path:"id" doc:"Id of the agent link."`
	Page page.Page
}

type agreementIn struct {
	ID    int64         `path:"id" doc:"Id of the agent link."`
	Share money.Percent `json:"share_perc" required:"true" minimum:"0" maximum:"100" doc:"The agent's share of each order's reward in USD, in percent. At most 2 decimal places." example:"25.5"`
	Cap   *money.Amount `json:"cap_amount_usd" doc:"Maximum amount that the agent can earn under this agreement, in USD with at most 2 decimal places. Absent or null means no limit." example:"1000"`
	Token string        `header:"X-Temporary-Token" doc:"Token of a SET_AGENT_COMMISSION operation with these terms."`
}

type agreementOut struct {
	Share  money.Percent `json:"share_perc" type:"number" doc:"The agent's share of each order's reward in USD, in percent."`
	Cap    *money.Amount `json:"cap_amount_usd" type:"number" doc:"Maximum amount that the agent can earn under this agreement, in USD. Null if there is no limit."`
	Earned money.Amount  `json:"earned_usd" type:"number" doc:"Amount that the agent has earned under this agreement so far, in USD, after reversals."`
	From   time.Time     `json:"effective_from" doc:"Start of the agreement. It applies to orders that close from this moment until the next agreement starts."`
}

func agreementOf(a *agent.Agreement) agreementOut {
	return agreementOut{Share: a.Share, Cap: a.Cap, Earned: a.EarnedUSD, From: a.From}
}

type doneOut struct {
	Code    string `json:"code" doc:"Always OK. It confirms that the change was made." example:"OK"`
	Message string `json:"message" doc:"Description of the change, for people."`
}

// These are the reports that the owner of a link can share with its agent.
const (
	rewardHistory = "reward_history"
	clientReport  = "client_report"
)

type sharedReportsIn struct {
	ID int64 `path:"id" doc:"Id of the agent link."`
}

type shareReportsIn struct {
	ID      int64     `path:"id" doc:"Id of the agent link."`
	Reports *[]string `json:"shared_reports" enum:"reward_history,client_report" maxItems:"100" doc:"Reports that the agent may read. This field is required. An empty list means that the agent may read none."`
}

// Validate implements bind.Validator. The list may be empty, but not missing.
func (in *shareReportsIn) Validate() error {
	if in.Reports == nil {
		return fault.Invalid("shared_reports", "required", "This field is required.")
	}
	return nil
}

type sharedReportsOut struct {
	Reports []string `json:"shared_reports" enum:"reward_history,client_report" doc:"Reports that the agent may read."`
}

func sharedReportsOf(r agent.Reports) *sharedReportsOut {
	out := &sharedReportsOut{Reports: []string{}}
	if r.Rewards {
		out.Reports = append(out.Reports, rewardHistory)
	}
	if r.Clients {
		out.Reports = append(out.Reports, clientReport)
	}
	return out
}

var referralAgentLinkList = httpapi.Op{
	ID:      "referral_agent_link_list",
	Summary: "List the links given to agents",
	Description: "Lists the links that the partner has given to referral agents, newest first, each with its agreement in force " +
		"and the reports that its agent may read. `results` and `count` repeat `data` and `totals.count` for older programs.",
	Example: json.RawMessage(`{"data":[` + agentLinkRowExample + `],"totals":{"count":1},"results":[` + agentLinkRowExample + `],"count":1}`),
}

func (h agentsAPI) referralAgentLinkList(ctx context.Context, in *agentLinksIn) (*agentLinksOut, error) {
	links, count, err := h.s.Links(ctx, partnerOf(ctx), in.Page)
	if err != nil {
		return nil, err
	}
	rows := make([]agentLinkRow, len(links))
	for i := range links {
		rows[i] = agentLinkRow{agentLinkOf(&links[i]), nil, sharedReportsOf(links[i].Reports).Reports}
		if a := links[i].Newest; a != nil {
			rows[i].Agreement = new(agreementOf(a))
		}
	}
	return &agentLinksOut{Data: rows, Totals: page.Count{Count: count}, Results: rows, Count: count}, nil
}

var referralAgentLinkCreate = httpapi.Op{
	ID:      "referral_agent_link_create",
	Status:  http.StatusCreated,
	Summary: "Create a link for an agent",
	Description: "Creates a link code that an agent can publish to bring clients to the caller. The agent earns a share of the " +
		"rewards once there is an agreement and the agent's e-mail belongs to a partner of the programme. An alias that " +
		"is already in use is a ValidationError with code `already_in_use`. A partner can have at most 1,000 links of " +
		"all kinds.",
	Request: map[string]string{"alias": "Blog", "email": "agent@example.com"},
	Example: json.RawMessage(agentLinkExample),
}

func (h agentsAPI) referralAgentLinkCreate(ctx context.Context, in *agentLinkIn) (*agentLinkOut, error) {
	link, err := h.s.CreateLink(ctx, partnerOf(ctx), in.Alias, in.Email)
	if err != nil {
		return nil, err
	}
	out := agentLinkOf(&link)
	return &out, nil
}

var referralAgentAffiliation = httpapi.Op{
	ID:      "referral_agent_affiliation",
	Unkeyed: true,
	Summary: "Check whether a client came through the caller's agent links",
	Description: "Tells a referral agent whether a client came through one of the links that were given to the agent's e-mail. " +
		"The agent is a partner too. The client's e-mail is compared ignoring surrounding spaces and case. A client who " +
		"left the owner of the link is not affiliated. `accounts` lists the client's accounts under the agent's links, " +
		"oldest first. It has at most `max_accounts` entries.\n\n" +
		"The response and its timing are the same for any other client and for an unknown e-mail.",
	Request: map[string]any{"client_email": "client@example.com", "max_accounts": 10},
	Example: json.RawMessage(`{"is_affiliated":true,"link_code":"kqtwzrbnmhdf","accounts":["44186900"]}`),
}

func (h agentsAPI) referralAgentAffiliation(ctx context.Context, in *agentAffiliationIn) (*agentAffiliationOut, error) {
	a, ok, err := h.s.Affiliation(ctx, partnerOf(ctx), in.ClientEmail, in.MaxAccounts)
	if err != nil {
		return nil, err
	}
	out := &agentAffiliationOut{IsAffiliated: ok, Accounts: a.Accounts}
	if out.Accounts == nil {
		out.Accounts = []string{}
	}
	if ok {
		out.LinkCode = &a.LinkCode
	}
	return out, nil
}

var referralAgentAgreementList = httpapi.Op{
	ID:          "referral_agent_agreement_list",
	Summary:     "List the agreements of a link",
	Description: "Lists the agreements of one of the partner's agent links, newest first. The first agreement is in force.",
	Example: json.RawMessage(`{"data":[{"share_perc":25.5,"cap_amount_usd":1000,"earned_usd":12.345678,"effective_from":"2026-06-30T12:00:00Z"}],` +
		`"totals":{"count":1}}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h agreementsAPI) referralAgentAgreementList(ctx context.Context, in *agreementsIn) (*page.List[agreementOut, page.Count], error) {
	list, count, err := h.s.Agreements(ctx, partnerOf(ctx), in.ID, in.Page)
	if err != nil {
		return nil, err
	}
	rows := make([]agreementOut, len(list))
	for i := range list {
		rows[i] = agreementOf(&list[i])
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var referralAgentAgreementCreate = httpapi.Op{
	ID:      "referral_agent_agreement_create",
	Summary: "Make an agreement with an agent",
	Description: "Puts new terms in force for orders that close from now on. Amounts that the agent earned under earlier " +
		"agreements do not change, and do not count towards the new limit. The request needs the token of a " +
		"`SET_AGENT_COMMISSION` operation, whose payload is `{link_id?, share_perc, cap_amount_usd?}` with the same " +
		"values. A request without a token, or with a token for other terms, is refused with 403. A token without " +
		"`link_id` is valid for one agreement with that share on any of the partner's links. If it has no " +
		"`cap_amount_usd` either, it is valid with any limit.\n\n" +
		"The agent is notified by e-mail. A partner can cause at most 3 such mails an hour to one mailbox. Further " +
		"agreements are in force without a mail.\n\n" +
		"The share of each order is cut to 6 decimal places. It is never more than what the order leaves its owner after " +
		"the client's rebate.",
	Request: map[string]any{"share_perc": 25.5, "cap_amount_usd": 1000},
	Example: doneOut{Code: "OK", Message: "The agreement is in force."},
	Errors:  []fault.Code{fault.NotFound},
}

func (h agreementsAPI) referralAgentAgreementCreate(ctx context.Context, in *agreementIn) (*doneOut, error) {
	if err := h.s.SetAgreement(ctx, partnerOf(ctx), in.ID, agent.Terms{Share: in.Share, Cap: in.Cap}, in.Token); err != nil {
		return nil, err
	}
	return &doneOut{Code: "OK", Message: "The agreement is in force."}, nil
}

var sharedReportsExample = sharedReportsOut{Reports: []string{rewardHistory, clientReport}}

var referralAgentSharedReports = httpapi.Op{
	ID:          "referral_agent_shared_reports",
	Summary:     "Get the reports that the agent may read",
	Description: "Returns the reports that the partner shares with the agent of this link.",
	Example:     sharedReportsExample,
	Errors:      []fault.Code{fault.NotFound},
}

func (h sharedReportsAPI) referralAgentSharedReports(ctx context.Context, in *sharedReportsIn) (*sharedReportsOut, error) {
	link, err := h.s.Link(ctx, partnerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return sharedReportsOf(link.Reports), nil
}

var referralAgentSharedReportsSet = httpapi.Op{
	ID:      "referral_agent_shared_reports_set",
	Summary: "Choose the reports that the agent may read",
	Description: "Sets the reports that the agent of this link may read. `client_report` gives access to " +
		"`/api/v2/reports/clients/shared/` and `/api/v3/reports/clients/shared/`. `reward_history` gives access to " +
		"`/api/v4/reports/rewards/shared/`. The agent sees only the rows of clients who came through this link. Reports " +
		"that are not in the list are closed to the agent.",
	Request: sharedReportsExample,
	Example: sharedReportsExample,
	Errors:  []fault.Code{fault.NotFound},
}

func (h sharedReportsAPI) referralAgentSharedReportsSet(ctx context.Context, in *shareReportsIn) (*sharedReportsOut, error) {
	reports := agent.Reports{Rewards: slices.Contains(*in.Reports, rewardHistory), Clients: slices.Contains(*in.Reports, clientReport)}
	if err := h.s.SetReports(ctx, partnerOf(ctx), in.ID, reports); err != nil {
		return nil, err
	}
	return sharedReportsOf(reports), nil
}
