package broker

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
)

// AddBrokerDomains declares the operations with which the broker sets the
// domains and the landing pages of tracked links.
func AddBrokerDomains(r *httpapi.Router, s *campaign.Service) {
	h := domainsAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/link-domains/", wire.BrokerRead, wire.LinkDomains(s), brokerDomainList),
		httpapi.PUT("/broker/v1/link-domains/{domain}/", wire.BrokerWrite, h.brokerDomainSet, brokerDomainSet),
		httpapi.DELETE("/broker/v1/link-domains/{domain}/", wire.BrokerWrite, h.brokerDomainRemove, brokerDomainRemove),
		httpapi.GET("/broker/v1/landing-pages/", wire.BrokerRead, wire.LandingPages(s), brokerPageList),
		httpapi.PUT("/broker/v1/landing-pages/", wire.BrokerWrite, h.brokerPageSet, brokerPageSet),
		httpapi.DELETE("/broker/v1/landing-pages/", wire.BrokerWrite, h.brokerPageRemove, brokerPageRemove),
	)
}

type domainsAPI struct{ s *campaign.Service }

type domainIn struct {
	Domain    string `path:"domain" doc:"Host name of the link domain, with the port unless it is the scheme's default." example:"go.example.com"`
	Scheme    string `json:"scheme" enum:"https,http" default:"https" doc:"Scheme that links on this domain begin with."`
	Region    string `json:"region" maxLength:"label" doc:"The region that the domain is meant for, in the broker's own words. Empty if the domain is meant for every region."`
	IsDefault bool   `json:"is_default" doc:"Whether links use this domain unless the partner chooses another. A new default replaces the previous one. The first domain is always the default."`
}

type domainPath struct {
	Domain string `path:"domain" doc:"Host name of the link domain."`
}

type landingIn struct {
	Page  string `json:"page" maxLength:"label" doc:"Name of the page in links. It may contain lower-case letters, digits, hyphens, underscores and slashes. Empty for the default page."`
	URL   string `json:"url" required:"true" maxLength:"link" doc:"URL that a click on a link to this page leads to. The parameters of the link are added to its query." example:"https://broker.example.com/signup"`
	Title string `json:"title" maxLength:"title" doc:"Title of the page, shown to partners."`
}

type landingPath struct {
	Page string `query:"page" doc:"Name of the page to remove. Empty for the default page."`
}

var brokerDomainList = httpapi.Op{
	ID:          "broker_domain_list",
	Summary:     "List the domains of tracked links",
	Description: "Lists the domains that tracked links may use. The default domain comes first.",
	Example:     wire.DomainsExample,
}

var brokerDomainSet = httpapi.Op{
	ID:      "broker_domain_set",
	Summary: "Add or change a domain",
	Description: "Adds a domain for tracked links, or replaces the settings of an existing domain. The host of the domain must " +
		"lead to this server. If no domain is set, links begin with the server's own address. A field that is not sent " +
		"gets its default value: `https` for `scheme`, an empty text for `region` and false for `is_default`. A new " +
		"default domain replaces the previous one.",
	Request: json.RawMessage(`{"scheme":"https","region":"","is_default":true}`),
	Example: json.RawMessage(wire.DomainExample),
}

func (h domainsAPI) brokerDomainSet(ctx context.Context, in *domainIn) (*wire.DomainOut, error) {
	d, err := h.s.SetDomain(ctx, campaign.Domain{Domain: in.Domain, Scheme: in.Scheme, Region: in.Region, IsDefault: in.IsDefault})
	return &wire.DomainOut{Domain: d.Domain, Scheme: d.Scheme, Region: d.Region, IsDefault: d.IsDefault}, err
}

var brokerDomainRemove = httpapi.Op{
	ID:          "broker_domain_remove",
	Status:      http.StatusNoContent,
	Summary:     "Remove a domain",
	Description: "Removes a domain. Links on it then use the default domain.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h domainsAPI) brokerDomainRemove(ctx context.Context, in *domainPath) (*struct{}, error) {
	return nil, h.s.RemoveDomain(ctx, in.Domain)
}

var brokerPageList = httpapi.Op{
	ID:          "broker_page_list",
	Summary:     "List the landing pages",
	Description: "Lists the landing pages that tracked links may lead to.",
	Example:     wire.PagesExample,
}

var brokerPageSet = httpapi.Op{
	ID:      "broker_page_set",
	Summary: "Add or change a landing page",
	Description: "Adds a landing page, or replaces the settings of an existing page. Links can lead only to pages that are set " +
		"here. A change takes effect within a few seconds.",
	Request: json.RawMessage(wire.LandingExample),
	Example: json.RawMessage(wire.LandingExample),
}

func (h domainsAPI) brokerPageSet(ctx context.Context, in *landingIn) (*wire.LandingOut, error) {
	p, err := h.s.SetPage(ctx, campaign.Page{Name: in.Page, URL: in.URL, Title: in.Title})
	return &wire.LandingOut{Page: p.Name, URL: p.URL, Title: p.Title}, err
}

var brokerPageRemove = httpapi.Op{
	ID:          "broker_page_remove",
	Status:      http.StatusNoContent,
	Summary:     "Remove a landing page",
	Description: "Removes a landing page.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h domainsAPI) brokerPageRemove(ctx context.Context, in *landingPath) (*struct{}, error) {
	return nil, h.s.RemovePage(ctx, in.Page)
}
