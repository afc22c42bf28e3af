package wire

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/page"
)

// DomainOut is a domain that tracked links may use.
type DomainOut struct {
	Domain    string `json:"domain" example:"go.example.com"`
	Scheme    string `json:"scheme" enum:"https,http"`
	Region    string `json:"region" doc:"Whom it is meant for; empty: everybody."`
	IsDefault bool   `json:"is_default"`
}

// LandingOut is a page that tracked links may lead to.
type LandingOut struct {
	Page  string `json:"page" doc:"What links carry; empty: the default page."`
	URL   string `json:"url"`
	Title string `json:"title"`
}

// DomainExample is an example of DomainOut.
const DomainExample = `{"domain":"go.example.com","scheme":"https","region":"","is_default":true}`

// LandingExample is an example of LandingOut.
const LandingExample = `{"page":"","url":"https://broker.example.com/signup","title":"Sign up"}`

// LinkDomains answers with the domains that links may use.
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

// LandingPages answers with the pages that links may lead to.
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

// These are examples of the lists.
var (
	DomainsExample = json.RawMessage(`{"data":[` + DomainExample + `],"totals":{"count":1}}`)
	PagesExample   = json.RawMessage(`{"data":[` + LandingExample + `],"totals":{"count":1}}`)
)
