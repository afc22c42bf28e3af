package identity

import "github.com/tributary-server/tributary/internal/identity/caller"

// These are the scopes that a key can be limited to. A scope allows one action
// everywhere, or every action in one area. A key with several scopes may do
// what any of them allows.
const (
	ScopeRead  = "read"  // read what its role may see
	ScopeWrite = "write" // change what its role may change; does not include read
	ScopeFeed  = "feed"  // brokers: push facts

	AreaReports   = "reports"
	AreaRebates   = "rebates"
	AreaCampaigns = "campaigns" // links, campaigns, traffic sources, postbacks
	AreaWallet    = "wallet"
	AreaClients   = "clients"
	AreaPromo     = "promo"
	AreaAgents    = "agents"
)

// Scopes lists the scopes that a key of a role can be limited to.
func Scopes(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{
		ScopeRead, ScopeWrite, AreaReports, AreaRebates, AreaCampaigns, AreaWallet, AreaClients, AreaPromo, AreaAgents,
	}
}

// unlimited lists the scopes of a credential without limits.
func unlimited(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{ScopeRead, ScopeWrite}
}
