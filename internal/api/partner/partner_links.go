package partner

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
)

func addLinks(r *httpapi.Router, s *partner.Service) {
	h := linksAPI{s}
	r.Mount(wire.TagPartner,
		httpapi.GET("/api/partner/links/", wire.Read, h.partnerLinkList, partnerLinkList),
		httpapi.POST("/api/partner/links/", wire.Write, h.partnerLinkCreate, partnerLinkCreate),
		httpapi.PATCH("/api/partner/links/{link_code}/", wire.Write, h.partnerLinkUpdate, partnerLinkUpdate),
	)
}

type linksAPI struct{ s *partner.Service }

type linksIn struct {
	Page page.Page
}

type linkIn struct {
	Code string `json:"link_code" required:"true" maxLength:"link_code" doc:"The new code. It may contain lower-case letters, hyphens and underscores, and must not begin with c_." example:"my-code"`
}

type linkChangeIn struct {
	Code      string `path:"link_code" doc:"Code of the link."`
	IsDefault *bool  `json:"is_default" doc:"Must be true. Absent or null means true."`
}

// Validate implements bind.Validator.
func (in *linkChangeIn) Validate() error {
	if in.IsDefault != nil && !*in.IsDefault {
		return fault.Invalid("is_default", "invalid", "One link is always the default. Make another link the default instead.")
	}
	return nil
}

type linkOut struct {
	RewardSchema   string `json:"reward_schema" doc:"How the partner is rewarded for clients of the link. Always revenue_share." example:"revenue_share"`
	LinkCode       string `json:"link_code" doc:"Code of the link." example:"abc123"`
	IsDefault      bool   `json:"is_default" doc:"Whether this is the partner's default link."`
	IsBlocked      bool   `json:"is_blocked" doc:"Whether the broker has blocked the link. A blocked link brings no new clients to the partner."`
	IsCustom       bool   `json:"is_custom" doc:"Whether the partner chose the code."`
	PartnerAccount string `json:"partner_account" doc:"Partner account that receives the rewards of this link." example:"1163683105934900000"`
}

const linkExample = `{"reward_schema":"revenue_share","link_code":"my-code","is_default":false,"is_blocked":false,"is_custom":true,` +
	`"partner_account":"1163683105934900000"}`

func linkOf(l *partner.Link, account string) *linkOut {
	return &linkOut{
		RewardSchema: l.RewardSchema, LinkCode: l.Code, PartnerAccount: account,
		IsDefault: l.IsDefault, IsBlocked: l.IsBlocked, IsCustom: l.IsCustom,
	}
}

var partnerLinkList = httpapi.Op{
	ID:          "partner_link_list",
	Summary:     "List the partner's links",
	Description: "Lists the codes with which clients sign up for the partner, newest first.",
	Example:     json.RawMessage(`{"data":[` + linkExample + `],"totals":{"count":1}}`),
}

func (h linksAPI) partnerLinkList(ctx context.Context, in *linksIn) (*page.List[linkOut, page.Count], error) {
	links, account, err := h.s.Links(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	from := min(in.Page.Offset, len(links))
	to := min(from+in.Page.Limit, len(links))
	rows := make([]linkOut, 0, to-from)
	for i := range links[from:to] {
		rows = append(rows, *linkOf(&links[from+i], account))
	}
	return page.NewList(rows, page.Count{Count: int64(len(links))}), nil
}

var partnerLinkCreate = httpapi.Op{
	ID:      "partner_link_create",
	Status:  http.StatusCreated,
	Summary: "Create a custom link code",
	Description: "Creates a link code of the partner's choice. The code must be free in the whole programme. A code that is " +
		"already in use is a ValidationError with code `already_in_use`. If the broker has already registered clients " +
		"with this code, these clients become the partner's. A partner can have at most 1,000 codes.",
	Request: map[string]string{"link_code": "my-code"},
	Example: json.RawMessage(linkExample),
}

func (h linksAPI) partnerLinkCreate(ctx context.Context, in *linkIn) (*linkOut, error) {
	link, account, err := h.s.CreateLink(ctx, partnerOf(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	return linkOf(&link, account), nil
}

var partnerLinkUpdate = httpapi.Op{
	ID:      "partner_link_update",
	Summary: "Make a link the default",
	Description: "Makes this link the default. The previous default link stays in use as an ordinary link. The request is refused " +
		"with 403 if the link is blocked.",
	Request: map[string]bool{"is_default": true},
	Example: json.RawMessage(linkExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h linksAPI) partnerLinkUpdate(ctx context.Context, in *linkChangeIn) (*linkOut, error) {
	link, account, err := h.s.SetDefaultLink(ctx, partnerOf(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	return linkOf(&link, account), nil
}
