package partner

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

// AddPromo declares the partner's operations on promo materials, and the public
// files of embedded materials.
func AddPromo(r *httpapi.Router, s *promo.Service) {
	h := promoAPI{s}
	r.Mount(wire.TagPromo,
		httpapi.GET("/api/promo/materials/", wire.Read, h.promoMaterialList, promoMaterialList),
		httpapi.GET("/api/promo/materials/filters/", wire.Read, h.promoMaterialFilters, promoMaterialFilters),
		httpapi.GET("/api/promo/materials/{material_id}/", wire.Read, h.promoMaterialGet, promoMaterialGet),
		httpapi.POST("/api/promo/materials/{material_id}/embed/", wire.Read, h.promoMaterialEmbed, promoMaterialEmbed),
	)

	addPromoFiles(r, s)
}

type promoAPI struct{ s *promo.Service }

type materialValuesIn struct {
	Field string `query:"field" enum:"kind,language,size,theme,product" doc:"Only the values of this field."`
	Q     string `query:"q" maxLength:"search" doc:"Only values that contain this text. Case is ignored."`
}

type materialValuesOut struct {
	Kinds     *[]string `json:"kind,omitempty" doc:"Kinds of materials."`
	Languages *[]string `json:"language,omitempty" doc:"Languages of materials."`
	Sizes     *[]string `json:"size,omitempty" doc:"Sizes of materials, as width and height in pixels, such as 300x250."`
	Themes    *[]string `json:"theme,omitempty" doc:"Themes of materials."`
	Products  *[]string `json:"product,omitempty" doc:"Products that materials advertise."`
}

type embedIn struct {
	wire.MaterialPath
	LinkCode     string `json:"link_code" maxLength:"fact_text" doc:"One of your link codes. Send either this or campaign_code." example:"abc123"`
	CampaignCode string `json:"campaign_code" maxLength:"fact_text" doc:"Code of one of your campaigns. Send either this or link_code."`
	SubID        string `json:"sub_id" maxLength:"fact_text" doc:"Your own id for the place where you publish the material. Reports and postbacks show it for each click and client."`
	Domain       string `json:"domain" maxLength:"host" doc:"Domain of the tracked link. /api/campaigns/domains/ lists the domains to choose from. Empty means the link's own domain."`
}

type embedOut struct {
	HTML     string `json:"html" doc:"Snippet as HTML."`
	Markdown string `json:"markdown" doc:"Snippet as Markdown."`
	BBCode   string `json:"bbcode" doc:"Snippet as BBCode."`
	Tracking string `json:"tracking_link" doc:"Tracked link that the snippets contain." example:"https://go.example.com/a/abc123?m=7"`
}

const (
	materialDetailExample = wire.MaterialExample + `,"media_type":"image/png","file_name":"trade-gold-1.png","file_size":20480,"version":1}`
)

func (in *materialValuesIn) pick(v *promo.Values) *materialValuesOut {
	sizes := make([]string, len(v.Sizes))
	for i, size := range v.Sizes {
		sizes[i] = fmt.Sprintf("%dx%d", size.Width, size.Height)
	}
	out := &materialValuesOut{}
	for _, f := range []struct {
		name   string
		values []string
		to     **[]string
	}{
		{"kind", v.Kinds, &out.Kinds},
		{"language", v.Languages, &out.Languages},
		{"size", sizes, &out.Sizes},
		{"theme", v.Themes, &out.Themes},
		{"product", v.Products, &out.Products},
	} {
		if in.Field != "" && in.Field != f.name {
			continue
		}
		kept := []string{}
		for _, value := range f.values {
			if strings.Contains(strings.ToLower(value), strings.ToLower(in.Q)) {
				kept = append(kept, value)
			}
		}
		*f.to = &kept
	}
	return out
}

var promoMaterialList = httpapi.Op{
	ID:          "promo_material_list",
	Summary:     "List promo materials",
	Description: "Lists the banners, logos, videos, landing pages, texts and widgets that partners can use, newest first.",
	Example:     json.RawMessage(`{"data":[` + wire.MaterialExample + `}],"totals":{"count":1}}`),
}

func (h promoAPI) promoMaterialList(ctx context.Context, in *wire.MaterialsIn) (*page.List[wire.MaterialOut, page.Count], error) {
	f, err := in.Filter()
	if err != nil {
		return nil, err
	}
	list, count, err := h.s.List(ctx, partnerOf(ctx), f)
	if err != nil {
		return nil, err
	}
	rows := make([]wire.MaterialOut, len(list))
	for i := range list {
		rows[i] = wire.MaterialOf(&list[i])
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}

var promoMaterialFilters = httpapi.Op{
	ID:          "promo_material_filters",
	Summary:     "List filter values for promo materials",
	Description: "Lists the distinct values of every field that the list of promo materials can be filtered by.",
	Example:     json.RawMessage(`{"kind":["banner","logo"],"language":["en"],"size":["300x250"],"theme":["dark"],"product":["metals"]}`),
}

func (h promoAPI) promoMaterialFilters(ctx context.Context, in *materialValuesIn) (*materialValuesOut, error) {
	v, err := h.s.Values(ctx)
	if err != nil {
		return nil, err
	}
	return in.pick(&v), nil
}

var promoMaterialGet = httpapi.Op{
	ID:          "promo_material_get",
	Summary:     "Get a promo material",
	Description: "Returns a promo material with the details of its file.",
	Example:     json.RawMessage(materialDetailExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h promoAPI) promoMaterialGet(ctx context.Context, in *wire.MaterialPath) (*wire.MaterialDetailOut, error) {
	m, err := h.s.Get(ctx, partnerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return wire.MaterialDetailOf(&m), nil
}

var promoMaterialEmbed = httpapi.Op{
	ID:      "promo_material_embed",
	Unkeyed: true,
	Summary: "Get snippets for a page",
	Description: "Returns snippets with which a page can show the material. They contain the partner's own tracked link, which " +
		"records the material through which a visitor came. The files in the snippets are public. They keep the content " +
		"that the material has at the time of this request. They return 404 after the material is retired. A landing " +
		"page other than the default one needs the code of a campaign that has a link to this page.",
	Request: map[string]string{"link_code": "abc123", "sub_id": "blog"},
	Example: json.RawMessage(`{"html":"<a href=\"https://go.example.com/a/abc123?m=7\" target=\"_blank\" rel=\"sponsored noopener\">Trade gold</a>",` +
		`"markdown":"[Trade gold](https://go.example.com/a/abc123?m=7)","bbcode":"[url=https://go.example.com/a/abc123?m=7]Trade gold[/url]",` +
		`"tracking_link":"https://go.example.com/a/abc123?m=7"}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h promoAPI) promoMaterialEmbed(ctx context.Context, in *embedIn) (*embedOut, error) {
	e, err := h.s.Embed(ctx, partnerOf(ctx), in.ID, promo.Link{LinkCode: in.LinkCode, CampaignCode: in.CampaignCode, SubID: in.SubID, Domain: in.Domain})
	return &embedOut{HTML: e.HTML, Markdown: e.Markdown, BBCode: e.BBCode, Tracking: e.Tracking}, err
}
