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
	{Name: wire.TagPartner, Description: "The partner's summary, profile and links, and whether somebody is its client."},
	{Name: wire.TagReports, Description: "Clients, accounts, orders and rewards, as JSON, CSV or XLSX."},
	{Name: wire.TagRebates, Description: "Rebate groups, what each client account gets back, and approval of what is due."},
	{Name: wire.TagWallet, Description: "The partner's accounts, ledger lines, transfers and withdrawals."},
	{Name: wire.TagCampaigns, Description: "Campaigns, tracked links, sub-publishers and traffic sources."},
	{Name: wire.TagPromo, Description: "Banners, videos and texts to advertise with, and QR codes of links."},
	{Name: wire.TagClients, Description: "Requests for clients' contacts, and the partner's notes on clients."},
	{Name: wire.TagAgents, Description: "Links that a partner gives to agents, their agreements and shared reports."},
	{Name: wire.TagWebhooks, Description: "Every change that concerns the partner, sent to a webhook or read from a cursor on."},
	{Name: wire.TagPostbacks, Description: "URLs that are called when a client registers, deposits or earns a reward."},
	{Name: wire.TagNotifications, Description: "What happened, in words, and what of it is mailed."},
	{Name: wire.TagVerification, Description: "One-time codes for operations that need one, such as a withdrawal."},
	{Name: wire.TagSecurity, Description: "Password, authenticator app and recovery codes."},
	{Name: wire.TagKeys, Description: "Keys for programs, open sessions, and the log of who did what."},
	{Name: wire.TagRegistration, Description: "Become a partner."},
	{Name: wire.TagBroker, Description: "The broker's side: push facts, look after partners, plans and promo, and confirm payouts."},
	{Name: "Schema", Description: "This document."},
}

const description = `The API of a partner programme. Programs written for the Exness Partnership API work here: change the host and the credentials.

**Sign in.** Send ` + "`Authorization: JWT <token>`" + `. ` + "`POST /api/auth/`" + ` gives a token for 6 hours; a program is better served by an API key.
An API key may be limited to scopes: ` + "`read`" + ` reads everything, ` + "`write`" + ` changes everything, and an area (` +
	"`reports`, `rebates`, `campaigns`, `wallet`, `clients`, `promo`, `agents`" + `) does both in its own part. A key may have several scopes;
each operation says which it needs. API keys cannot change security settings, keys and sessions.

**Lists** answer ` + "`{\"data\": [...], \"totals\": {\"count\": n, ...}}`" + `. The totals cover every row that the filters let through, not only this page.

A filter takes one value, several separated by commas, a repeated key, or a repeated ` + "`key[]`" + `; all mean any of them.
Unknown parameters are ignored; with ` + "`Prefer: handling=strict`" + ` an unknown parameter or field is a ValidationError that names it.

**Errors** are ` + "`{\"code\": \"...\", \"message\": \"...\"}`" + `; a ValidationError names each field at fault in ` + "`details`" + `.

**Paths** work with and without the slash at their end.`
