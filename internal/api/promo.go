package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

const tagPromo = "Promo"

type materialsIn struct {
	Page      page.Page `ordering:"id,kind,title,language,width,height,theme,product,created"`
	Kinds     []string  `query:"kind" enum:"banner,landing,logo,text,video,widget" maxItems:"10" doc:"Only materials of these kinds."`
	Languages []string  `query:"language" maxItems:"100" doc:"Only materials in these languages, as in en."`
	Sizes     []string  `query:"size" maxItems:"100" doc:"A width and a height, as 300x250."`
	Themes    []string  `query:"theme" maxItems:"100" doc:"Only materials of these themes."`
	Products  []string  `query:"product" maxItems:"100" doc:"Only materials for these products."`
}

type materialOut struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind" enum:"banner,landing,logo,text,video,widget"`
	Title      string    `json:"title"`
	Language   string    `json:"language" doc:"Such as en or pt-BR; empty: none in particular."`
	Width      *int64    `json:"width" doc:"Pixels; null: it has none."`
	Height     *int64    `json:"height"`
	Theme      string    `json:"theme"`
	Product    string    `json:"product"`
	PreviewURL *string   `json:"preview_url" doc:"A PNG of at most 320 pixels, for the same credentials; null: there is none."`
	FileURL    string    `json:"file_url" doc:"What it is, for the same credentials: a file, a text's words, the address of a landing or a widget."`
	Created    time.Time `json:"created"`
	Clicks     *int64    `json:"clicks,omitempty" doc:"That came to the partner through it, ever. Left out where clicks are not counted."`
}

type materialDetailOut struct {
	materialOut
	MediaType string `json:"media_type"`
	FileName  string `json:"file_name"`
	FileSize  int64  `json:"file_size" doc:"Bytes."`
	Version   int64  `json:"version" doc:"Of the file, from 1. A version never changes."`
}

type materialValuesIn struct {
	Field string `query:"field" enum:"kind,language,size,theme,product" doc:"Only the values of this field."`
	Q     string `query:"q" maxLength:"search" doc:"Only values that contain this text, in any case."`
}

type materialValuesOut struct {
	Kinds     *[]string `json:"kind,omitempty"`
	Languages *[]string `json:"language,omitempty"`
	Sizes     *[]string `json:"size,omitempty"`
	Themes    *[]string `json:"theme,omitempty"`
	Products  *[]string `json:"product,omitempty"`
}

type materialPath struct {
	ID int64 `path:"material_id" example:"7" doc:"The material's id."`
}

type embedIn struct {
	materialPath
	LinkCode     string `json:"link_code" maxLength:"fact_text" doc:"One of the partner's codes: this or campaign_code." example:"abc123"`
	CampaignCode string `json:"campaign_code" maxLength:"fact_text" doc:"One of the partner's campaigns."`
	SubID        string `json:"sub_id" maxLength:"fact_text" doc:"Comes back with each click."`
	Domain       string `json:"domain" maxLength:"host" doc:"One of /api/campaigns/domains/; empty: the link's own."`
}

type embedOut struct {
	HTML     string `json:"html"`
	Markdown string `json:"markdown"`
	BBCode   string `json:"bbcode"`
	Tracking string `json:"tracking_link" example:"https://go.example.com/a/abc123?m=7"`
}

const (
	materialExample = `{"id":7,"kind":"banner","title":"Trade gold","language":"en","width":300,"height":250,"theme":"dark","product":"metals",` +
		`"preview_url":"/api/promo/materials/7/preview/?v=1","file_url":"/api/promo/materials/7/file/?v=1","created":"2026-06-01T09:00:00Z","clicks":12`
	materialDetailExample = materialExample + `,"media_type":"image/png","file_name":"trade-gold-1.png","file_size":20480,"version":1}`
)

// AddPromo declares the library of promo material: what partners do with it,
// how the broker fills it, and the public files for pages that embed it.
func AddPromo(r *httpapi.Router, s *promo.Service) {
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/promo/materials/", ID: "promo_material_list", Tag: tagPromo, Scope: identity.ScopeRead,
		Summary: "Promo material", Description: "Banners, logos, videos, landing pages, texts and widgets, newest first.",
		Example: json.RawMessage(`{"data":[` + materialExample + `}],"totals":{"count":1}}`),
	}, func(ctx context.Context, in *materialsIn) (*page.List[materialOut, page.Count], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		list, count, err := s.List(ctx, partnerOf(ctx), f)
		if err != nil {
			return nil, err
		}
		rows := make([]materialOut, len(list))
		for i := range list {
			rows[i] = materialOf(&list[i])
		}
		return page.NewList(rows, page.Count{Count: count}), nil
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/promo/materials/filters/", ID: "promo_material_filters", Tag: tagPromo, Scope: identity.ScopeRead,
		Summary: "Material: values to filter by", Description: "Lists the distinct values of every filterable field.",
		Example: json.RawMessage(`{"kind":["banner","logo"],"language":["en"],"size":["300x250"],"theme":["dark"],"product":["metals"]}`),
	}, func(ctx context.Context, in *materialValuesIn) (*materialValuesOut, error) {
		v, err := s.Values(ctx)
		if err != nil {
			return nil, err
		}
		return in.pick(&v), nil
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/promo/materials/{material_id}/", ID: "promo_material_get", Tag: tagPromo, Scope: identity.ScopeRead,
		Summary: "One material", Example: json.RawMessage(materialDetailExample), Errors: []fault.Code{fault.NotFound},
	}, func(ctx context.Context, in *materialPath) (*materialDetailOut, error) {
		m, err := s.Get(ctx, partnerOf(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return materialDetailOf(&m), nil
	})
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodPost, Path: "/api/promo/materials/{material_id}/embed/", ID: "promo_material_embed", Tag: tagPromo, Scope: identity.ScopeRead,
		Unkeyed: true, Summary: "Snippets to put on a page",
		Description: "The snippets contain the partner's own tracked link, which records the material that a visitor came by. Their " +
			"files are public and keep showing the version they were made with; once the material is retired they answer 404. " +
			"A landing other than the default page needs the code of a campaign that has a link to it.",
		Request: map[string]string{"link_code": "abc123", "sub_id": "blog"},
		Example: json.RawMessage(`{"html":"<a href=\"https://go.example.com/a/abc123?m=7\" target=\"_blank\" rel=\"sponsored noopener\">Trade gold</a>",` +
			`"markdown":"[Trade gold](https://go.example.com/a/abc123?m=7)","bbcode":"[url=https://go.example.com/a/abc123?m=7]Trade gold[/url]",` +
			`"tracking_link":"https://go.example.com/a/abc123?m=7"}`),
		Errors: []fault.Code{fault.NotFound},
	}, func(ctx context.Context, in *embedIn) (*embedOut, error) {
		e, err := s.Embed(ctx, partnerOf(ctx), in.ID, promo.Link{LinkCode: in.LinkCode, CampaignCode: in.CampaignCode, SubID: in.SubID, Domain: in.Domain})
		return &embedOut{HTML: e.HTML, Markdown: e.Markdown, BBCode: e.BBCode, Tracking: e.Tracking}, err
	})
	addPromoFiles(r, s)
	addQR(r, s)
	addPromoBroker(r, s)
}

var sizePattern = regexp.MustCompile(`^([1-9][0-9]{0,5})x([1-9][0-9]{0,5})$`)

func (in *materialsIn) filter() (promo.Filter, error) {
	f := promo.Filter{Kinds: in.Kinds, Languages: in.Languages, Themes: in.Themes, Products: in.Products, Page: in.Page}
	for _, text := range in.Sizes {
		parts := sizePattern.FindStringSubmatch(text)
		if parts == nil {
			return f, fault.Invalid("size", "invalid", "A width and a height in pixels, as 300x250.")
		}
		width, _ := strconv.ParseInt(parts[1], 10, 64) // the pattern limits the digits
		height, _ := strconv.ParseInt(parts[2], 10, 64)
		f.Sizes = append(f.Sizes, promo.Size{Width: width, Height: height})
	}
	return f, nil
}

// pick returns only the values that were asked for.
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

func materialOf(m *promo.Material) materialOut {
	at := "/api/promo/materials/" + strconv.FormatInt(m.ID, 10) + "/"
	version := "/?v=" + strconv.FormatInt(m.Version, 10)
	out := materialOut{
		ID: m.ID, Kind: string(m.Kind), Title: m.Title, Language: m.Language, Width: m.Width, Height: m.Height, Theme: m.Theme,
		Product: m.Product, FileURL: at + "file" + version, Created: m.CreatedAt, Clicks: m.Clicks,
	}
	if m.HasPreview {
		preview := at + "preview" + version
		out.PreviewURL = &preview
	}
	return out
}

func materialDetailOf(m *promo.Material) *materialDetailOut {
	return &materialDetailOut{materialOut: materialOf(m), MediaType: m.MediaType, FileName: m.FileName, FileSize: m.Size, Version: m.Version}
}
