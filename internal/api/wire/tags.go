// Package wire holds the types that more than one side of the API reads or
// answers with, and the words that they share.
package wire

// These are the groups of operations in the document.
const (
	TagAgents        = "Referral agents"
	TagAuth          = "Authorization"
	TagBroker        = "Broker"
	TagCampaigns     = "Campaigns"
	TagClients       = "Clients"
	TagKeys          = "API keys and sessions"
	TagNotifications = "Notifications"
	TagPartner       = "Partner"
	TagPostbacks     = "Postbacks"
	TagPromo         = "Promo"
	TagRebates       = "Rebates"
	TagRegistration  = "Registration"
	TagReports       = "Reports"
	TagSecurity      = "Security"
	TagVerification  = "Verification"
	TagWallet        = "Wallet"
	TagWebhooks      = "Webhooks and events"
)
