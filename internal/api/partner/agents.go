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

// AddAgents declares the operations of an owner on its referral agents, and
// those of an agent.
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
	Alias string `json:"alias" required:"true" maxLength:"name" doc:"Your own name for the link. Each of your agent links needs a different one." example:"Blog"`
	Email string `json:"email" required:"true" format:"email" doc:"E-mail address of the agent. The agent earns a share once this address belongs to a partner of the programme." example:"agent@example.com"`
}

type agentLinkOut struct {
	ID           int64     `json:"id" doc:"Id of the link." example:"17"`
	LinkCode     string    `json:"link_code" doc:"Code of the link." example:"kqtwzrbnmhdf"`
	ReferralLink string    `json:"referral_link" doc:"The whole link, for the agent to publish." example:"https://go.example.com/a/kqtwzrbnmhdf"`
	Alias        string    `json:"alias" doc:"Your own name for the link." example:"Blog"`
	Email        string    `json:"email" doc:"E-mail address of the agent." example:"agent@example.com"`
	Created      time.Time `json:"created" doc:"When the link was created."`
}

// agentLinksOut lists the links twice: older programs read the second list.
type agentLinksOut struct {
	Data    []agentLinkOut `json:"data" doc:"The rows of this page."`
	Totals  page.Count     `json:"totals"`
	Results []agentLinkOut `json:"results" doc:"The same rows as data, for older programs."`
	Count   int64          `json:"count" doc:"The same number as totals.count, for older programs."`
}

const agentLinkExample = `{"id":17,"link_code":"kqtwzrbnmhdf","referral_link":"https://go.example.com/a/kqtwzrbnmhdf","alias":"Blog",` +
	`"email":"agent@example.com","created":"2026-06-30T12:00:00Z"}`

func agentLinkOf(l *agent.Shown) agentLinkOut {
	return agentLinkOut{ID: l.ID, LinkCode: l.Code, ReferralLink: l.Address, Alias: l.Alias, Email: l.Email, Created: l.CreatedAt}
}

type agentAffiliationIn struct {
	ClientEmail string `json:"client_email" required:"true" format:"email" doc:"E-mail address of the client; case is ignored." example:"client@example.com"`
	MaxAccounts int    `json:"max_accounts" default:"100" minimum:"0" doc:"How many accounts to return at most. A value above 1,000 counts as 1,000."`
}

type agentAffiliationOut struct {
	IsAffiliated bool     `json:"is_affiliated" doc:"Whether the client came by one of the caller's agent links and is still with the owner of that link."`
	LinkCode     *string  `json:"link_code" doc:"Code of the link that the client came by. Null when the client is not affiliated."`
	Accounts     []string `json:"accounts" doc:"Numbers of the client's accounts under the caller's agent links, oldest first. Empty when the client is not affiliated."`
}

type agreementsIn struct {
	ID   int64 `path:"id" doc:"Id of the agent link."`
	Page page.Page
}

type agreementIn struct {
	ID    int64         `path:"id" doc:"Id of the agent link."`
	Share money.Percent `json:"share_perc" required:"true" minimum:"0" maximum:"100" doc:"The agent's share of each order's reward in USD, in percent. At most 2 decimal places." example:"25.5"`
	Cap   *money.Amount `json:"cap_amount_usd" doc:"The most that the agent can earn under this agreement, in USD. At most 2 decimal places. Absent or null for no limit." example:"1000"`
	Token string        `header:"X-Temporary-Token" doc:"Token of a SET_AGENT_COMMISSION operation with these terms."`
}

type agreementOut struct {
	Share  money.Percent `json:"share_perc" type:"number" doc:"The agent's share of each order's reward in USD, in percent."`
	Cap    *money.Amount `json:"cap_amount_usd" type:"number" doc:"The most that the agent can earn under this agreement, in USD. Null when there is no limit."`
	Earned money.Amount  `json:"earned_usd" type:"number" doc:"What the agent has earned under this agreement so far, in USD, after reversals."`
	From   time.Time     `json:"effective_from" doc:"The agreement applies to orders that close from this moment on, until the next agreement."`
}

type doneOut struct {
	Code    string `json:"code" doc:"OK when the change was made." example:"OK"`
	Message string `json:"message" doc:"What was done, for people."`
}

// These are the reports that an owner can let its agent read.
const (
	rewardHistory = "reward_history"
	clientReport  = "client_report"
)

type sharedReportsIn struct {
	ID int64 `path:"id" doc:"Id of the agent link."`
}

type shareReportsIn struct {
	ID      int64     `path:"id" doc:"Id of the agent link."`
	Reports *[]string `json:"shared_reports" enum:"reward_history,client_report" maxItems:"100" doc:"The reports that the agent may read. Required; an empty list closes all of them."`
}

// Validate implements httpapi.Validator. An empty list is allowed, a missing one is
// not.
func (in *shareReportsIn) Validate() error {
	if in.Reports == nil {
		return fault.Invalid("shared_reports", "required", "This field is required.")
	}
	return nil
}

type sharedReportsOut struct {
	Reports []string `json:"shared_reports" enum:"reward_history,client_report" doc:"The reports that the agent may read."`
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
	ID:          "referral_agent_link_list",
	Summary:     "The links given to agents",
	Description: "Newest first. `results` and `count` are the same for older programs.",
	Example:     json.RawMessage(`{"data":[` + agentLinkExample + `],"totals":{"count":1},"results":[` + agentLinkExample + `],"count":1}`),
}

func (h agentsAPI) referralAgentLinkList(ctx context.Context, in *agentLinksIn) (*agentLinksOut, error) {
	links, count, err := h.s.Links(ctx, partnerOf(ctx), in.Page)
	if err != nil {
		return nil, err
	}
	rows := make([]agentLinkOut, len(links))
	for i := range links {
		rows[i] = agentLinkOf(&links[i])
	}
	return &agentLinksOut{Data: rows, Totals: page.Count{Count: count}, Results: rows, Count: count}, nil
}

var referralAgentLinkCreate = httpapi.Op{
	ID:      "referral_agent_link_create",
	Status:  http.StatusCreated,
	Summary: "Give an agent a link",
	Description: "Makes a link code that an agent hands out to bring clients to the caller. The agent earns from them once there " +
		"is an agreement and the agent's e-mail belongs to a partner of the programme. " +
		"A taken alias is a ValidationError with code `already_in_use`. At most 1,000 links of every kind.",
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
	Summary: "Check whether a client came by the caller's agent links",
	Description: "Asked by an agent, a partner itself, about the clients of all links that were given to its e-mail. " +
		"The client's e-mail is compared ignoring surrounding spaces and case; one who left the link's owner is not affiliated. " +
		"`accounts` are those under the agent's links, the oldest first, at most `max_accounts` of them.\n\n" +
		"The answer and its time are the same for any other client and for an e-mail that is no client's.",
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
	Summary:     "A link's agreements",
	Description: "Newest first; the first one is in force.",
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
	for i, a := range list {
		rows[i] = agreementOut{Share: a.Share, Cap: a.Cap, Earned: a.EarnedUSD, From: a.From}
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var referralAgentAgreementCreate = httpapi.Op{
	ID:      "referral_agent_agreement_create",
	Summary: "Agree with an agent on its share",
	Description: "Puts new terms in force for orders that close from now on; what was earned under the ones before stays, and the " +
		"limit starts again. Takes a token of SET_AGENT_COMMISSION, whose payload is `{link_id?, share_perc, cap_amount_usd?}` with " +
		"the same values: " +
		"no token, or one for other terms, is 403. Asked for without `link_id`, a token is good for one agreement of that share on any link, " +
		"and without `cap_amount_usd` too, with any limit. The agent is told by mail: " +
		"one partner causes at most 3 mails an hour to a mailbox, and what is agreed beyond is in force without one.\n\n" +
		"The share is cut to 6 places, and never more than the order leaves its owner beside its client's rebate.",
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
	ID:      "referral_agent_shared_reports",
	Summary: "What the agent may read",
	Example: sharedReportsExample,
	Errors:  []fault.Code{fault.NotFound},
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
	Summary: "Let the agent read reports",
	Description: "`client_report` opens `/api/v2/reports/clients/shared/` and `/api/v3/reports/clients/shared/` to the agent, " +
		"`reward_history` opens `/api/v4/reports/rewards/shared/`: the rows of the clients who came by this link. Reports that are " +
		"not named are closed to the agent.",
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
