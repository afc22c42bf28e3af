package identity

import "github.com/tributary-server/tributary/internal/identity/caller"

// What a key can be limited to: something done everywhere, or an area with
// everything that is done in it. Several add up.
const (
	ScopeRead  = "read"  // look at what its role may see
	ScopeWrite = "write" // change what its role may change; to look takes read
	ScopeFeed  = "feed"  // brokers: push facts

	AreaReports   = "reports"
	AreaRebates   = "rebates"
	AreaCampaigns = "campaigns" // links, campaigns, traffic sources, postbacks
	AreaWallet    = "wallet"
	AreaClients   = "clients"
	AreaPromo     = "promo"
	AreaAgents    = "agents"
)

// Scopes lists what a key of a role can be limited to.
func Scopes(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{
		ScopeRead, ScopeWrite, AreaReports, AreaRebates, AreaCampaigns, AreaWallet, AreaClients, AreaPromo, AreaAgents,
	}
}

// unlimited spells out what a credential may do that is limited to nothing.
func unlimited(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{ScopeRead, ScopeWrite}
}
