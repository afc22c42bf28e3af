package identity

import "github.com/tributary-server/tributary/internal/identity/caller"

// A key can be limited to these scopes. A scope allows one action (reading,
// writing or sending facts) everywhere, or every action in one area. A key with
// several scopes may do everything that any of them allows.
const (
	ScopeRead  = "read"  // read what the role may see
	ScopeWrite = "write" // change what the role may change, but not read
	ScopeFeed  = "feed"  // send facts, which only brokers may do

	AreaReports   = "reports"
	AreaRebates   = "rebates"
	AreaCampaigns = "campaigns" // campaigns, links, traffic sources and postbacks
	AreaWallet    = "wallet"
	AreaClients   = "clients"
	AreaPromo     = "promo"
	AreaAgents    = "agents"
)

// Scopes lists the scopes that a key of the role can be limited to.
func Scopes(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{
		ScopeRead, ScopeWrite, AreaReports, AreaRebates, AreaCampaigns, AreaWallet, AreaClients, AreaPromo, AreaAgents,
	}
}

func allScopes(role caller.Role) []string {
	if role == caller.Broker {
		return []string{ScopeFeed, ScopeRead, ScopeWrite}
	}
	return []string{ScopeRead, ScopeWrite}
}
