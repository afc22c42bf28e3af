package partner

import (
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/httpapi"
)

// AddDomains declares the lists of link domains and landing pages from which partners
// can choose.
func AddDomains(r *httpapi.Router, s *campaign.Service) {
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/campaigns/domains/", wire.Read, wire.LinkDomains(s), campaignDomainList),
		httpapi.GET("/api/campaigns/pages/", wire.Read, wire.LandingPages(s), campaignPageList),
	)
}

var campaignDomainList = httpapi.Op{
	ID:          "campaign_domain_list",
	Summary:     "List the domains for links",
	Description: "Lists the domains that tracked links may use. The default domain comes first.",
	Example:     wire.DomainsExample,
}

var campaignPageList = httpapi.Op{
	ID:          "campaign_page_list",
	Summary:     "List the landing pages for links",
	Description: "Lists the landing pages that tracked links may lead to.",
	Example:     wire.PagesExample,
}
