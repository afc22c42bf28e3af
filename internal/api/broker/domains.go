package broker

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
)

// AddBrokerDomains declares how the broker sets the link domains and landing
// pages of tracked links.
func AddBrokerDomains(r *httpapi.Router, s *campaign.Service) {
	domainList := json.RawMessage(`{"data":[` + wire.DomainExample + `],"totals":{"count":1}}`)
	pageList := json.RawMessage(`{"data":[` + wire.LandingExample + `],"totals":{"count":1}}`)
	broker := func(method, path, id, scope, summary string, status int) httpapi.Op {
		return httpapi.Op{Method: method, Path: path, ID: id, Tag: wire.TagBroker, Access: httpapi.Broker, Scope: scope, Summary: summary, Status: status}
	}
	op := broker(http.MethodGet, "/broker/v1/link-domains/", "broker_domain_list", identity.ScopeRead, "Domains of tracked links", 0)
	op.Example = domainList
	httpapi.Handle(r, op, wire.LinkDomains(s))
	op = broker(http.MethodPut, "/broker/v1/link-domains/{domain}/", "broker_domain_set", identity.ScopeWrite, "Add or change a domain", 0)
	op.Request, op.Example = json.RawMessage(`{"scheme":"https","region":"","is_default":true}`), json.RawMessage(wire.DomainExample)
	op.Description = "Its host must lead to this server. Without any, links begin with the server's own address. " +
		"Fields that are not sent get the values in the example. A new default replaces the former one."
	httpapi.Handle(r, op, func(ctx context.Context, in *domainIn) (*wire.DomainOut, error) {
		d, err := s.SetDomain(ctx, campaign.Domain{Domain: in.Domain, Scheme: in.Scheme, Region: in.Region, IsDefault: in.IsDefault})
		return &wire.DomainOut{Domain: d.Domain, Scheme: d.Scheme, Region: d.Region, IsDefault: d.IsDefault}, err
	})
	op = broker(http.MethodDelete, "/broker/v1/link-domains/{domain}/", "broker_domain_remove", identity.ScopeWrite, "Remove a domain", http.StatusNoContent)
	op.Errors = []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *domainPath) (*struct{}, error) {
		return nil, s.RemoveDomain(ctx, in.Domain)
	})

	op = broker(http.MethodGet, "/broker/v1/landing-pages/", "broker_page_list", identity.ScopeRead, "Pages that links lead to", 0)
	op.Example = pageList
	httpapi.Handle(r, op, wire.LandingPages(s))
	op = broker(http.MethodPut, "/broker/v1/landing-pages/", "broker_page_set", identity.ScopeWrite, "Add or change a page", 0)
	op.Request, op.Example = json.RawMessage(wire.LandingExample), json.RawMessage(wire.LandingExample)
	op.Description = "Links can only lead to pages that are set here. A change reaches links within a few seconds."
	httpapi.Handle(r, op, func(ctx context.Context, in *landingIn) (*wire.LandingOut, error) {
		p, err := s.SetPage(ctx, campaign.Page{Name: in.Page, URL: in.URL, Title: in.Title})
		return &wire.LandingOut{Page: p.Name, URL: p.URL, Title: p.Title}, err
	})
	op = broker(http.MethodDelete, "/broker/v1/landing-pages/", "broker_page_remove", identity.ScopeWrite, "Remove a page", http.StatusNoContent)
	op.Errors = []fault.Code{fault.NotFound}
	httpapi.Handle(r, op, func(ctx context.Context, in *landingPath) (*struct{}, error) { return nil, s.RemovePage(ctx, in.Page) })
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

type landingIn struct {
	Page  string `json:"page" maxLength:"label" doc:"Lower-case letters, digits, hyphens, underscores, slashes; empty: the default page."`
	URL   string `json:"url" required:"true" maxLength:"link" doc:"Where a click on it leads; what the link carries is added to its query." example:"https://broker.example.com/signup"` //nolint:lll // a tag is one line
	Title string `json:"title" maxLength:"title"`
}

type landingPath struct {
	Page string `query:"page" doc:"The page to remove; empty: the default page."`
}
