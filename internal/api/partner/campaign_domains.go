package partner

import (
	"encoding/json"
	"net/http"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
)

// AddDomains declares the link domains and landing pages that partners choose
// from for their tracked links.
func AddDomains(r *httpapi.Router, s *campaign.Service) {
	domainList := json.RawMessage(`{"data":[` + wire.DomainExample + `],"totals":{"count":1}}`)
	pageList := json.RawMessage(`{"data":[` + wire.LandingExample + `],"totals":{"count":1}}`)
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/campaigns/domains/", ID: "campaign_domain_list", Tag: wire.TagCampaigns, Scope: identity.ScopeRead,
		Summary: "Domains that links may use", Description: "The default one first.", Example: domainList,
	}, wire.LinkDomains(s))
	httpapi.Handle(r, httpapi.Op{
		Method: http.MethodGet, Path: "/api/campaigns/pages/", ID: "campaign_page_list", Tag: wire.TagCampaigns, Scope: identity.ScopeRead,
		Summary: "Pages that links may lead to", Example: pageList,
	}, wire.LandingPages(s))
}
