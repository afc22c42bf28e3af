// Package wire holds the request and response types that several packages of
// the API share, and the names of the groups of operations.
package wire

// These are the names of the groups of operations in the OpenAPI document.
const (
	TagAgents        = "Referral agents"
	TagAuth          = "Authorization"
	TagBroker        = "Broker"
	TagBrokerReports = "Broker reports"
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
	TagStaff         = "Broker staff"
	TagVerification  = "Verification"
	TagWallet        = "Wallet"
	TagWebhooks      = "Webhooks and events"
)
