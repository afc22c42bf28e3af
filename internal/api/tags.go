package api

import (
	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
)

// tags are the groups of operations in the order of the page: first what a
// partner's program needs first, then the rest of the Partner API, then the
// broker's side.
var tags = []httpapi.Tag{
	{Name: wire.TagAuth, Description: "Log in, renew and revoke tokens, and reset a forgotten password."},
	{Name: wire.TagPartner, Description: "The partner's summary, profile and links, and whether someone is its client."},
	{Name: wire.TagReports, Description: "Reports on clients, accounts, orders and rewards, as JSON, CSV or XLSX."},
	{Name: wire.TagRebates, Description: "Rebate groups, the percent that each client account gets back, and the approval of rebates."},
	{Name: wire.TagWallet, Description: "The partner's accounts, ledger lines, transfers and withdrawals."},
	{Name: wire.TagCampaigns, Description: "Campaigns, tracked links, sub-publishers and traffic sources."},
	{Name: wire.TagPromo, Description: "Banners, videos and texts for advertising, and QR codes of links."},
	{Name: wire.TagClients, Description: "Requests for clients' contacts, and the partner's notes on clients."},
	{Name: wire.TagAgents, Description: "Links that a partner gives to agents, the agreements with agents, and the reports that they may read."},
	{Name: wire.TagWebhooks, Description: "Every change that concerns the partner: sent to a webhook, or read as a feed with a cursor."},
	{Name: wire.TagPostbacks, Description: "URLs that are called when a client registers, deposits or earns a reward."},
	{Name: wire.TagNotifications, Description: "What happened, in words, and the settings for which of it is mailed."},
	{Name: wire.TagVerification, Description: "One-time codes for operations that need one, such as a withdrawal."},
	{Name: wire.TagSecurity, Description: "Password, authenticator app and recovery codes."},
	{Name: wire.TagKeys, Description: "API keys for programs, open sessions, and the log of who did what."},
	{Name: wire.TagRegistration, Description: "Registration of new partners."},
	{Name: wire.TagBroker, Description: "The broker's side: push facts, manage partners, reward plans and promo material, and confirm payouts."},
	{Name: "Schema", Description: "This document."},
}

const description = `The API of a partner programme. Programs written for the Exness Partnership API work here: change only the host and the credentials.

**Authentication.** Send ` + "`Authorization: JWT <token>`" + `. ` + "`POST /api/auth/`" + ` gives a token that is valid for 6 hours.
A program should use an API key instead.
An API key can be limited to scopes: ` + "`read`" + ` allows reading everything, ` + "`write`" + ` allows changing everything, and an area (` +
	"`reports`, `rebates`, `campaigns`, `wallet`, `clients`, `promo`, `agents`" + `) allows both in its own part of the API. A key can have several scopes.
Each operation says which scopes it accepts. API keys cannot change security settings, API keys and sessions.

**Lists** answer ` + "`{\"data\": [...], \"totals\": {\"count\": n, ...}}`" + `. The totals cover every row that matches the filters, not only this page.

A filter takes one value, several values separated by commas, a repeated key, or a repeated ` + "`key[]`" + `. Several values mean any of them.
Unknown parameters are ignored. With ` + "`Prefer: handling=strict`" + ` an unknown parameter or field is a ValidationError that names it.

**Errors** are ` + "`{\"code\": \"...\", \"message\": \"...\"}`" + `. A ValidationError names each wrong field in ` + "`details`" + `.

**Paths** work with and without the slash at their end.`
