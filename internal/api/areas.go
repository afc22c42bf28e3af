package api

import "github.com/tributary-server/tributary/internal/identity"

// areas maps path prefixes of the Partner API to areas. A partner's key can be limited
// to some areas. A path without an area accepts only keys that have the scope read or
// write.
var areas = map[string]string{
	"/api/reports/":                     identity.AreaReports,
	"/api/v1/reports/":                  identity.AreaReports,
	"/api/v1/orders/":                   identity.AreaReports,
	"/api/v2/reports/":                  identity.AreaReports,
	"/api/v3/reports/":                  identity.AreaReports,
	"/api/v4/reports/":                  identity.AreaReports,
	"/api/v2/autorebates/":              identity.AreaRebates,
	"/api/wallet/":                      identity.AreaWallet,
	"/api/v1/clients/":                  identity.AreaClients,
	"/api/partner/affiliation/":         identity.AreaClients,
	"/api/affiliate/partner/allocation": identity.AreaClients,
	"/api/partner/links/":               identity.AreaCampaigns,
	"/api/partner/default_link/":        identity.AreaCampaigns,
	"/api/partner/traffic_sources/":     identity.AreaCampaigns,
	"/api/partner/sub_publisher/":       identity.AreaCampaigns,
	"/api/campaigns/":                   identity.AreaCampaigns,
	"/api/v1/postbacks/":                identity.AreaCampaigns,
	"/api/partner_integrations/":        identity.AreaCampaigns,
	"/api/promo/":                       identity.AreaPromo,
	"/api/v1/referral-agent-links/":     identity.AreaAgents,
	"/api/v1/referral-agents/":          identity.AreaAgents,
}
