package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
)

type domainOut struct {
	Domain    string `json:"domain" example:"go.example.com"`
	Scheme    string `json:"scheme" enum:"https,http"`
	Region    string `json:"region" doc:"Whom it is meant for; empty: everybody."`
	IsDefault bool   `json:"is_default"`
}

type domainIn struct {
	Domain    string `path:"domain" doc:"A host name, with a port if it is not the usual one." example:"go.example.com"`
	Scheme    string `json:"scheme" enum:"https,http" default:"https"`
	Region    string `json:"region" maxLength:"label"`
	IsDefault bool   `json:"is_default" doc:"Takes the place of the last default. The first domain is the default anyway."`
}

type domainPath struct {
	Domain string `path:"domain" doc:"The link domain."`
}

type landingOut struct {
	Page  string `json:"page" doc:"What links carry; empty: the default page."`
	URL   string `json:"url"`
	Title string `json:"title"`
}

type landingIn struct {
	Page  string `json:"page" maxLength:"label" doc:"Lower-case letters, digits, hyphens, underscores, slashes; empty: the default page."`
	URL   string `json:"url" required:"true" maxLength:"link" doc:"Where a click on it leads; what the link carries is added to its query." example:"https://broker.example.com/signup"` //nolint:lll // a tag is one line
	Title string `json:"title" maxLength:"title"`
}

type landingPath struct {
	Page string `query:"page" doc:"The page to remove; empty: the default page."`
}

const (
	domainExample  = `{"domain":"go.example.com","scheme":"https","region":"","is_default":true}`
	landingExample = `{"page":"","url":"https://broker.example.com/signup","title":"Sign up"}`
)

// AddDomains declares the link domains and landing pages of tracked links:
// partners choose from them, and the broker sets them.
func AddDomains(r *httpapi.Router, s *campaign.Service) {
	domains := func(ctx context.Context, _ *struct{}) (*page.List[domainOut, page.Count], error) {
		list, err := s.Domains(ctx)
		if err != nil {
			return nil, err
		}
		rows := make([]domainOut, len(list))
		for i, d := range list {
			rows[i] = domainOut{Domain: d.Domain, Scheme: d.Scheme, Region: d.Region, IsDefault: d.IsDefault}
		}
		return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
	}
	pages := func(ctx context.Context, _ *struct{}) (*page.List[landingOut, page.Count], error) {
		list, err := s.Pages(ctx)
		if err != nil {
			return nil, err
		}
		rows := make([]landingOut, len(list))
		for i, p := range list {
			rows[i] = landingOut{Page: p.Name, URL: p.URL, Title: p.Title}
		}
		return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
	}
	domainList := json.RawMessage(`{"data":[` + domainExample + `],"totals":{"count":1}}`)
	pageList := json.RawMessage(`{"data":[` + landingExample + `],"totals":{"count":1}}`)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/campaigns/domains/", ID: "campaign_domain_list", Tag: tagCampaigns, Scope: identity.ScopeRead,
		Summary: "Domains that links may use", Description: "The default one first.", Example: domainList,
	}, domains)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/campaigns/pages/", ID: "campaign_page_list", Tag: tagCampaigns, Scope: identity.ScopeRead,
		Summary: "Pages that links may lead to", Example: pageList,
	}, pages)
	broker := func(method, path, id, scope, summary string, status int) httpapi.Op {
		return httpapi.Op{Method: method, Path: path, ID: id, Tag: tagBroker, Access: httpapi.Broker, Scope: scope, Summary: summary, Status: status}
	}
	op := broker(http.MethodGet, "/broker/v1/link-domains/", "broker_domain_list", identity.ScopeRead, "Domains of tracked links", 0)
	op.Example = domainList
	httpapi.Handle(r, op, domains)
	op = broker(http.MethodPut, "/broker/v1/link-domains/{domain}/", "broker_domain_set", identity.ScopeWrite, "Add or change a domain", 0)
	op.Request, op.Example = json.RawMessage(`{"scheme":"https","region":"","is_default":true}`), json.RawMessage(domainExample)
	op.Description = "Its host must lead to this server. Without any, links begin with the server's own address. " +
		"Fields that are not sent get the values in the example. A new default replaces the former one."
	httpapi.Handle(r, op, func(ctx context.Context, in *domainIn) (*domainOut, error) {
		d, err := s.SetDomain(ctx, campaign.Domain{Domain: in.Domain, Scheme: in.Scheme, Region: in.Region, IsDefault: in.IsDefault})
		return &domainOut{Domain: d.Domain, Scheme: d.Scheme, Region: d.Region, IsDefault: d.IsDefault}, err
	})
	op = broker(http.MethodDelete, "/broker/v1/link-domains/{domain}/", "broker_domain_remove", identity.ScopeWrite, "Remove a domain", http.StatusNoContent)
	op.Errors = []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *domainPath) (*struct{}, error) {
		return nil, s.RemoveDomain(ctx, in.Domain)
	})

	op = broker(http.MethodGet, "/broker/v1/landing-pages/", "broker_page_list", identity.ScopeRead, "Pages that links lead to", 0)
	op.Example = pageList
	httpapi.Handle(r, op, pages)
	op = broker(http.MethodPut, "/broker/v1/landing-pages/", "broker_page_set", identity.ScopeWrite, "Add or change a page", 0)
	op.Request, op.Example = json.RawMessage(landingExample), json.RawMessage(landingExample)
	op.Description = "Links can only lead to pages that are set here. A change reaches links within a few seconds."
	httpapi.Handle(r, op, func(ctx context.Context, in *landingIn) (*landingOut, error) {
		p, err := s.SetPage(ctx, campaign.Page{Name: in.Page, URL: in.URL, Title: in.Title})
		return &landingOut{Page: p.Name, URL: p.URL, Title: p.Title}, err
	})
	op = broker(http.MethodDelete, "/broker/v1/landing-pages/", "broker_page_remove", identity.ScopeWrite, "Remove a page", http.StatusNoContent)
	op.Errors = []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *landingPath) (*struct{}, error) { return nil, s.RemovePage(ctx, in.Page) })
}
