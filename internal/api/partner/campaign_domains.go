package partner

import (
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/httpapi"
)

// AddDomains declares the link domains and landing pages that partners choose
// from for their tracked links.
func AddDomains(r *httpapi.Router, s *campaign.Service) {
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/campaigns/domains/", wire.Read, wire.LinkDomains(s), campaignDomainList),
		httpapi.GET("/api/campaigns/pages/", wire.Read, wire.LandingPages(s), campaignPageList),
	)
}

var campaignDomainList = httpapi.Op{
	ID:          "campaign_domain_list",
	Summary:     "Domains that links may use",
	Description: "The default one first.",
	Example:     wire.DomainsExample,
}

var campaignPageList = httpapi.Op{
	ID:      "campaign_page_list",
	Summary: "Pages that links may lead to",
	Example: wire.PagesExample,
}
