package wire

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/page"
)

// DomainOut is a domain that tracked links can use.
type DomainOut struct {
	Domain    string `json:"domain" doc:"Host name of the link domain, with the port unless it is the scheme's default." example:"go.example.com"`
	Scheme    string `json:"scheme" enum:"https,http" doc:"Scheme that links on this domain begin with."`
	Region    string `json:"region" doc:"The region that the domain is meant for, in the broker's own words. Empty if the domain is meant for every region."`
	IsDefault bool   `json:"is_default" doc:"Whether links use this domain unless the partner chooses another."`
}

// LandingOut is a page to which tracked links can lead.
type LandingOut struct {
	Page  string `json:"page" doc:"Name of the page in links. Empty for the default page."`
	URL   string `json:"url" doc:"URL that a click on a link to this page leads to."`
	Title string `json:"title" doc:"Title of the page, shown to partners."`
}

// DomainExample is an example of DomainOut.
const DomainExample = `{"domain":"go.example.com","scheme":"https","region":"","is_default":true}`

// LandingExample is an example of LandingOut.
const LandingExample = `{"page":"","url":"https://broker.example.com/signup","title":"Sign up"}`

// LinkDomains returns the handler that lists the domains that links can use.
func LinkDomains(s *campaign.Service) func(context.Context, *struct{}) (*page.List[DomainOut, page.Count], error) {
	return func(ctx context.Context, _ *struct{}) (*page.List[DomainOut, page.Count], error) {
		list, err := s.Domains(ctx)
		if err != nil {
			return nil, err
		}
		rows := make([]DomainOut, len(list))
		for i, d := range list {
			rows[i] = DomainOut{Domain: d.Domain, Scheme: d.Scheme, Region: d.Region, IsDefault: d.IsDefault}
		}
		return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
	}
}

// LandingPages returns the handler that lists the pages to which links can
// lead.
func LandingPages(s *campaign.Service) func(context.Context, *struct{}) (*page.List[LandingOut, page.Count], error) {
	return func(ctx context.Context, _ *struct{}) (*page.List[LandingOut, page.Count], error) {
		list, err := s.Pages(ctx)
		if err != nil {
			return nil, err
		}
		rows := make([]LandingOut, len(list))
		for i, p := range list {
			rows[i] = LandingOut{Page: p.Name, URL: p.URL, Title: p.Title}
		}
		return page.NewList(rows, page.Count{Count: int64(len(rows))}), nil
	}
}

// DomainsExample and PagesExample are examples of the two lists.
var (
	DomainsExample = json.RawMessage(`{"data":[` + DomainExample + `],"totals":{"count":1}}`)
	PagesExample   = json.RawMessage(`{"data":[` + LandingExample + `],"totals":{"count":1}}`)
)
