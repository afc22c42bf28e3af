package report

import "github.com/tributary-server/tributary/internal/page"

var cpaStatuses = []string{"approved", "pending", "rejected"}

// countCPA and sumCPA return SQL for totals over the clients with a status.
func countCPA(status string) string { return "count(CASE WHEN t.status = '" + status + "' THEN 1 END)" }

func sumCPA(condition string) string {
	return sum("CASE WHEN " + condition + " THEN t.earns_usd_e6 END")
}

// cpaClients has a row for each client whom a bundle of the plan covers.
//
// A page reads the index cpa_clients_registered, and a page of the broker's report
// reads cpa_clients_all. The totals read the partner's rows.
var cpaClients = Definition{
	ID: "cpa_clients", Path: "/api/reports/cpa/clients/v2/", Broker: "cpa/clients/", Title: "Clients with CPA",
	Description: "Lists the clients for whom the partner earns CPA (cost per action) once they meet the conditions of the plan, newest first. Approved clients are paid on the first day of the next month.",
	Source:      Source{Table: "cpa_clients", Key: []string{"client_uid"}, Index: "cpa_clients_registered", AllIndex: "cpa_clients_all"},
	Order:       []page.Order{{Field: "registered_at", Descending: true}},
	Columns: []Column{
		{Name: "client_uid", Format: UUID, SQL: "t.client_uid", Filter: true, Unlisted: true, About: "Id of the client."},
		{Name: "registered_at", Format: DateTime, SQL: "t.registered_at", Order: true, About: "When the client registered."},
		{Name: "country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true},
		{Name: "campaign_code", Format: Text, SQL: "CASE WHEN t.campaign_code <> '' THEN t.campaign_code END", Nullable: true, Filter: true, About: "Campaign through which the client came. Null if there is none."},
		{Name: "bundle", Format: Text, SQL: "t.bundle", Filter: true, About: "Name of the plan's bundle that covers the client."},
		{Name: "expires_at", Format: DateTime, SQL: "t.expires_at", About: "Last moment at which the client can meet the conditions."},
		{Name: "ftd_at", Format: DateTime, SQL: "t.first_deposit_at", Nullable: true, Order: true, About: "When the client made its first deposit. Null if it has not."},
		{
			Name: "ftd_amount", Format: Integer, SQL: band("t.first_deposit_usd_e6"),
			About: "Band of the first deposit, from 0 to 6, as in the report of clients. The first deposit is everything that the client deposits within 24 hours of ftd_at, less what the broker reverses within these hours.",
		},
		{Name: "qualified_at", Format: DateTime, SQL: "t.qualified_at", Nullable: true, Order: true, About: "When the client met the last of the conditions. Null if it has not met all of them."},
		{
			Name: "status", Format: Text, SQL: "t.status", Choices: cpaStatuses, Filter: true, Order: true,
			About: "pending: the client has not met the conditions, or waits for the broker's approval. approved: is paid, or will be. rejected: earns nothing.",
		},
		{
			Name: "reason", Format: Text, SQL: "CASE WHEN t.status = 'rejected' THEN t.reason END", Nullable: true,
			About: "Why the client was rejected: the broker's reason; or expired, if the client did not meet the conditions in time; or deposit_reversed, if the broker reversed the first deposit. Null if it was not rejected.",
		},
		{Name: "cpa_usd", Format: Money, SQL: "t.earns_usd_e6", Order: true, About: "What the partner earns for the client, in USD. 0 until the client meets the conditions, and if it is rejected. Before the payment, the caps of the plan are not applied yet."},
		{Name: "paid_on", Format: Date, SQL: "t.paid_day", Nullable: true, Order: true, About: "Day of the payment. Null before it. It remains if the payment is taken back."},
		{Name: "limited_by", Format: Text, SQL: "CASE WHEN t.limited_by <> '' THEN t.limited_by END", Nullable: true, About: "The cap of the plan that reduced the payment: cap_per_month or cap_per_campaign. Null if none did."},
		{Name: "period", Format: Date, SQL: "t.registered_at / 86400000000", Instant: "t.registered_at", Filter: true, Hidden: true, About: "Day of registered_at, in UTC."},
	},
	Totals: []Total{
		{Name: "pending", Format: Integer, SQL: countCPA("pending"), About: "Number of clients with the status pending."},
		{Name: "approved", Format: Integer, SQL: countCPA("approved"), About: "Number of clients with the status approved."},
		{Name: "rejected", Format: Integer, SQL: countCPA("rejected"), About: "Number of clients with the status rejected."},
		{Name: "pending_usd", Format: Money, SQL: sumCPA("t.status = 'pending'"), About: "Sum of cpa_usd of the pending clients."},
		{Name: "approved_usd", Format: Money, SQL: sumCPA("t.status = 'approved'"), About: "Sum of cpa_usd of the approved clients."},
		{Name: "paid_usd", Format: Money, SQL: sumCPA("t.paid_day IS NOT NULL"), About: "Sum of cpa_usd of the clients that were paid. Part of approved_usd."},
	},
}
