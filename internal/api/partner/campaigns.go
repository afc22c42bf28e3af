package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

// AddCampaigns declares the operations on the partner's campaigns, with their
// links and costs.
func AddCampaigns(r *httpapi.Router, s *campaign.Service) {
	h := campaignsAPI{s}
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/campaigns/", wire.Read, h.campaignList, campaignList),
		httpapi.POST("/api/campaigns/", wire.Write, h.campaignCreate, campaignCreate),
		httpapi.GET("/api/campaigns/{campaign_code}/", wire.Read, h.campaignGet, campaignGet),
		httpapi.PATCH("/api/campaigns/{campaign_code}/", wire.Write, h.campaignUpdate, campaignUpdate),
		httpapi.POST("/api/campaigns/{campaign_code}/links/", wire.Write, h.campaignLinkCreate, campaignLinkCreate),
	)

	addCosts(r, s)
}

type campaignsAPI struct{ s *campaign.Service }

func addCosts(r *httpapi.Router, s *campaign.Service) {
	h := costsAPI{s}
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/campaigns/{campaign_code}/costs/", wire.Read, h.campaignCostList, campaignCostList),
		httpapi.PUT("/api/campaigns/{campaign_code}/costs/", wire.Write, h.campaignCostSet, campaignCostSet),
	)
}

type costsAPI struct{ s *campaign.Service }

type campaignsIn struct {
	Page     page.Page `ordering:"title,created,archived,campaign_code"`
	Archived *bool     `query:"archived" doc:"If true, only archived campaigns are returned. If false, only campaigns that are not archived."`
	Search   string    `query:"q" maxLength:"100" doc:"Only campaigns whose title or code contains this text. Case is ignored."`
}

type campaignIn struct {
	Title       string `json:"title" required:"true" minLength:"1" maxLength:"title" doc:"Title of the campaign." example:"Spring"`
	Description string `json:"description" maxLength:"body" lines:"true" doc:"Your notes on the campaign."`
	Archived    bool   `json:"archived" doc:"Whether the new campaign is archived."`
}

type campaignPath struct {
	Code string `path:"campaign_code" doc:"Code of the campaign." example:"k3p9xw2m"`
}

type campaignChangeIn struct {
	campaignPath
	Title       *string `json:"title" minLength:"1" maxLength:"title" doc:"New title of the campaign."`
	Description *string `json:"description" maxLength:"body" lines:"true" doc:"New notes on the campaign."`
	Archived    *bool   `json:"archived" doc:"Whether the campaign is archived. The only change that an archived campaign accepts is to set this to false."`
}

type campaignLinkIn struct {
	campaignPath
	Domain   string   `json:"domain" required:"true" maxLength:"host" doc:"Domain of the link. /api/campaigns/domains/ lists the domains to choose from." example:"go.example.com"`
	Page     string   `json:"page" maxLength:"label" doc:"Page that the link leads to. /api/campaigns/pages/ lists the pages to choose from. Empty means the default page."`
	Platform string   `json:"platform" enum:"web,mobile" default:"web" doc:"Kind of device that the link is meant for. The link works on every device."`
	OS       string   `json:"os" enum:"all,android,ios" default:"all" doc:"Operating system that the link is meant for. The link works on every operating system."`
	Tags     []string `json:"tags" maxItems:"16" maxLength:"tag" doc:"Labels of the link. Reports can group by them. Each label has 1 to 16 Latin letters and digits." example:"[\"news\"]"`
}

type campaignOut struct {
	Code         string            `json:"campaign_code" doc:"Code of the campaign."`
	Title        string            `json:"title" doc:"Title of the campaign."`
	Description  string            `json:"description" doc:"The partner's notes on the campaign."`
	LinkCount    int               `json:"link_count" doc:"Number of tracked links of the campaign."`
	Archived     bool              `json:"archived" doc:"Whether the campaign is archived."`
	Blocked      bool              `json:"is_blocked" doc:"Whether the broker has blocked the campaign. Its links then lead to a page without attribution."`
	BaseLink     string            `json:"base_link" doc:"The partner's default link, extended by the code of this campaign."`
	Created      time.Time         `json:"created" doc:"When the campaign was created."`
	Links        []campaignLinkOut `json:"links" doc:"Tracked links of the campaign."`
	RewardSchema string            `json:"reward_schema" doc:"How the partner is rewarded for clients of the campaign. Always revenue_share."`
}

type campaignLinkOut struct {
	Link     string   `json:"link" doc:"Whole link, ready to be published."`
	Platform string   `json:"platform" doc:"Kind of device that the link is meant for."`
	OS       string   `json:"os" doc:"Operating system that the link is meant for."`
	Tags     []string `json:"tags" doc:"Labels of the link."`
}

type costsIn struct {
	campaignPath
	Page page.Page
	From *clock.Day `query:"date_from" doc:"Only costs of this day or later, YYYY-MM-DD."`
	To   *clock.Day `query:"date_to" doc:"Only costs of this day or earlier, YYYY-MM-DD."`
}

type costsChangeIn struct {
	campaignPath
	Costs []costIn `json:"costs" required:"true" maxItems:"1000" doc:"Costs to set, at most one for each day. Each cost replaces the previous cost of its day."`
}

type costIn struct {
	Day     clock.Day    `json:"day" required:"true" doc:"Day of the cost, YYYY-MM-DD."`
	Amount  money.Amount `json:"amount_usd" required:"true" minimum:"0" doc:"Cost of the day in USD. An amount of 0 without a comment removes the cost of the day." example:"12.50"`
	Comment string       `json:"comment" maxLength:"200" lines:"true" doc:"Your note on the cost."`
}

type costOut struct {
	Day     clock.Day   `json:"day" doc:"Day of the cost."`
	Amount  json.Number `json:"amount_usd" doc:"Cost of the day in USD."`
	Comment string      `json:"comment" doc:"The partner's note on the cost. May be empty."`
}

type costTotals struct {
	Count  int64       `json:"count" doc:"Number of days with a cost that match the filters, on all pages together."`
	Amount json.Number `json:"amount_usd" doc:"Sum of these costs in USD."`
}

const (
	campaignLinkExample = `{"link":"https://go.example.com/a/abc123?campaign=k3p9xw2m&l=17","platform":"web","os":"all","tags":["news"]}`
	campaignExample     = `{"campaign_code":"k3p9xw2m","title":"Spring","description":"","link_count":1,"archived":false,"is_blocked":false,` +
		`"base_link":"https://go.example.com/a/abc123?campaign=k3p9xw2m","created":"2026-06-01T09:00:00Z","links":[` + campaignLinkExample + `],` +
		`"reward_schema":"revenue_share"}`
	costExample = `{"data":[{"day":"2026-06-01","amount_usd":12.5,"comment":""}],"totals":{"count":1,"amount_usd":12.5}}`
)

func costs(ctx context.Context, s *campaign.Service, code string, from, to *clock.Day, part *page.Page) (*page.List[costOut, costTotals], error) {
	first, last := clock.Day(-1<<31), clock.Day(1<<31-1)
	if from != nil {
		first = *from
	}
	if to != nil {
		last = *to
	}
	list, err := s.Costs(ctx, partnerOf(ctx), code, first, last)
	if err != nil {
		return nil, err
	}
	rows, sum := make([]costOut, len(list)), money.Amount(0)
	for i, c := range list {
		rows[i] = costOut{Day: c.Day, Amount: formatCents(c.AmountUSD), Comment: c.Comment}
		sum += c.AmountUSD
	}
	total := costTotals{Count: int64(len(rows)), Amount: formatCents(sum)}
	if part != nil {
		from := min(part.Offset, len(rows))
		rows = rows[from : from+min(part.Limit, len(rows)-from)]
	}
	return page.NewList(rows, total), nil
}

func campaignAnswer(c campaign.Campaign, err error) (*campaignOut, error) {
	if err != nil {
		return nil, err
	}
	return campaignOf(&c), nil
}

func campaignOf(c *campaign.Campaign) *campaignOut {
	out := &campaignOut{
		Code: c.Code, Title: c.Title, Description: c.Description, LinkCount: len(c.Links), Archived: c.Archived, Blocked: c.Blocked,
		BaseLink: c.Base, Created: c.CreatedAt, Links: make([]campaignLinkOut, len(c.Links)), RewardSchema: partner.SchemaRevShare,
	}
	for i := range c.Links {
		out.Links[i] = campaignLinkOf(&c.Links[i])
	}
	return out
}

func campaignLinkOf(l *campaign.Link) campaignLinkOut {
	tags := l.Tags
	if tags == nil {
		tags = []string{}
	}
	return campaignLinkOut{Link: l.Address, Platform: l.Platform, OS: l.OS, Tags: tags}
}

var campaignList = httpapi.Op{
	ID:          "campaign_list",
	Summary:     "List the partner's campaigns",
	Description: "Lists the partner's campaigns with their tracked links, newest first.",
	Example:     json.RawMessage(`{"data":[` + campaignExample + `],"totals":{"count":1}}`),
}

func (h campaignsAPI) campaignList(ctx context.Context, in *campaignsIn) (*page.List[campaignOut, page.Count], error) {
	list, count, err := h.s.List(ctx, partnerOf(ctx), campaign.Filter{Archived: in.Archived, Search: in.Search, Page: in.Page})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, campaignOf, page.Count{Count: count}), nil
}

var campaignCreate = httpapi.Op{
	ID:          "campaign_create",
	Status:      http.StatusCreated,
	Summary:     "Create a campaign",
	Description: "Creates a campaign. The server chooses its code. Clicks on `base_link` are counted for the campaign at once.",
	Request:     map[string]string{"title": "Spring"},
	Example:     json.RawMessage(campaignExample),
}

func (h campaignsAPI) campaignCreate(ctx context.Context, in *campaignIn) (*campaignOut, error) {
	return campaignAnswer(h.s.Create(ctx, partnerOf(ctx), campaign.Draft{Title: in.Title, Description: in.Description, Archived: in.Archived}))
}

var campaignGet = httpapi.Op{
	ID:          "campaign_get",
	Summary:     "Get a campaign",
	Description: "Returns one of the partner's campaigns with its tracked links.",
	Example:     json.RawMessage(campaignExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h campaignsAPI) campaignGet(ctx context.Context, in *campaignPath) (*campaignOut, error) {
	return campaignAnswer(h.s.Get(ctx, partnerOf(ctx), in.Code))
}

var campaignUpdate = httpapi.Op{
	ID:      "campaign_update",
	Summary: "Update a campaign",
	Description: "Changes the fields that are sent. An archived campaign accepts only `{\"archived\": false}`. Any other change of " +
		"it is refused with 403.",
	Request: map[string]bool{"archived": true},
	Example: json.RawMessage(campaignExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h campaignsAPI) campaignUpdate(ctx context.Context, in *campaignChangeIn) (*campaignOut, error) {
	return campaignAnswer(h.s.Update(ctx, partnerOf(ctx), in.Code, campaign.Change{Title: in.Title, Description: in.Description, Archived: in.Archived}))
}

var campaignLinkCreate = httpapi.Op{
	ID:      "campaign_link_create",
	Status:  http.StatusCreated,
	Summary: "Create a tracked link",
	Description: "Creates a tracked link for a campaign. Clicks on the link are counted for the campaign, for the link and for its " +
		"tags. The request is refused with 403 if the campaign is archived.",
	Request: map[string]any{"domain": "go.example.com", "tags": []string{"news"}},
	Example: json.RawMessage(campaignLinkExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h campaignsAPI) campaignLinkCreate(ctx context.Context, in *campaignLinkIn) (*campaignLinkOut, error) {
	link, err := h.s.AddLink(ctx, campaign.Link{
		PartnerID: partnerOf(ctx), CampaignCode: in.Code, Domain: in.Domain, Page: in.Page, Platform: in.Platform, OS: in.OS, Tags: in.Tags,
	})
	if err != nil {
		return nil, err
	}
	out := campaignLinkOf(&link)
	return &out, nil
}

var campaignCostList = httpapi.Op{
	ID:          "campaign_cost_list",
	Summary:     "List the costs of a campaign",
	Description: "Lists the costs of a campaign by day, newest first.",
	Example:     json.RawMessage(costExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h costsAPI) campaignCostList(ctx context.Context, in *costsIn) (*page.List[costOut, costTotals], error) {
	return costs(ctx, h.s, in.Code, in.From, in.To, &in.Page)
}

var campaignCostSet = httpapi.Op{
	ID:      "campaign_cost_set",
	Summary: "Set the costs of a campaign",
	Description: "Sets the costs of the days in the request and returns all costs of the campaign. An amount of 0 without a " +
		"comment removes the cost of its day. The request is refused with 403 if the campaign is archived.",
	Request: json.RawMessage(`{"costs":[{"day":"2026-06-01","amount_usd":12.5}]}`),
	Example: json.RawMessage(costExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h costsAPI) campaignCostSet(ctx context.Context, in *costsChangeIn) (*page.List[costOut, costTotals], error) {
	list := make([]campaign.Cost, len(in.Costs))
	for i, c := range in.Costs {
		list[i] = campaign.Cost{Day: c.Day, AmountUSD: c.Amount, Comment: c.Comment}
	}
	if err := h.s.SetCosts(ctx, partnerOf(ctx), in.Code, list); err != nil {
		return nil, err
	}
	return costs(ctx, h.s, in.Code, nil, nil, nil)
}
