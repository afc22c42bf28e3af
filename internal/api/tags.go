package api

import (
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// tags are the groups of operations, in the order in which the documentation page
// shows them. The groups that a partner's program needs first come first. The broker's
// groups come last.
var tags = []openapi.Tag{
	{Name: wire.TagAuth, Description: "Log in, renew and revoke tokens, and reset a forgotten password."},
	{Name: wire.TagPartner, Description: "Read the partner's summary, profile and links, and check whether someone is the partner's client."},
	{Name: wire.TagReports, Description: "Read reports on clients, accounts, orders and rewards, as JSON, CSV or XLSX."},
	{Name: wire.TagRebates, Description: "Manage rebate groups and the percent that each client account gets back, and approve rebates. " +
		"These operations return 403 to partners that are not verified or whose country does not have the feature."},
	{Name: wire.TagWallet, Description: "Read the partner's accounts and ledger lines, transfer money, and withdraw it."},
	{Name: wire.TagCampaigns, Description: "Manage campaigns, tracked links, sub-publishers and traffic sources."},
	{Name: wire.TagPromo, Description: "Find banners, videos and texts for advertising, and create QR codes of links."},
	{Name: wire.TagClients, Description: "Request clients' contacts, and write notes on clients."},
	{Name: wire.TagAgents, Description: "Give links to referral agents, make agreements with the agents, and choose the reports that they may read."},
	{Name: wire.TagWebhooks, Description: "Receive every change that concerns the partner, through a webhook or from a feed with a cursor."},
	{Name: wire.TagPostbacks, Description: "Set up URLs that are called when a client registers or deposits, or when the partner earns a reward."},
	{Name: wire.TagNotifications, Description: "Read notifications about clients and payouts, and choose which of them are mailed."},
	{Name: wire.TagVerification, Description: "Get one-time codes for operations that need one, such as a withdrawal."},
	{Name: wire.TagSecurity, Description: "Manage the password, the authenticator app and the recovery codes."},
	{Name: wire.TagKeys, Description: "Manage the API keys that programs use, end open sessions, and read the log of who did what."},
	{Name: wire.TagRegistration, Description: "Register as a new partner."},
	{Name: wire.TagBroker, Description: "Push facts, manage partners, reward plans and promo material, and confirm payouts. " +
		"These operations need a broker key or the token of a staff member."},
	{Name: wire.TagBrokerReports, Description: "Read the reports of all partners together. These operations need a broker key or the token of a staff member."},
	{Name: wire.TagStaff, Description: "Sign in as a staff member of the broker, and manage staff members and their roles."},
	{Name: "Schema", Description: "Read this document."},
}

const description = `This is the API of a partner programme.
Programs written for the Exness Partnership API work here after a change of the host and the credentials.

**Authentication.** Send the header ` + "`Authorization: JWT <token>`" + `. ` + "`POST /api/auth/`" + ` returns a token that is valid for 6 hours.
A program should use an API key instead of a token.
An API key can be limited to scopes: ` + "`read`" + ` allows reading everything, ` + "`write`" + ` allows changing everything, and an area (` +
	"`reports`, `rebates`, `campaigns`, `wallet`, `clients`, `promo`, `agents`" + `) allows both in its own part of the API. A key can have several scopes.
Each operation says which scopes it accepts. API keys cannot change security settings, API keys or sessions.

**Lists** have the form ` + "`{\"data\": [...], \"totals\": {\"count\": n, ...}}`" + `.
The totals cover every row that matches the filters, not only the rows of this page.

A filter accepts one value, several values separated by commas, a repeated key, or a repeated ` + "`key[]`" + `. A row matches if it has any of the values.
Unknown parameters are ignored. With the header ` + "`Prefer: handling=strict`" + `, an unknown parameter or field causes a ValidationError that names it.

**Errors** have the form ` + "`{\"code\": \"...\", \"message\": \"...\"}`" + `. A ValidationError names each wrong field in ` + "`details`" + `.

**Paths** work with and without the final slash.`
