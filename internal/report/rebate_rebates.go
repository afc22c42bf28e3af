package report

import "github.com/tributary-server/tributary/internal/page"

// shownRebates is the condition for rebates whose rows are all closed. A
// partner sees no other rebates.
const shownRebates = "t.status NOT IN ('open', 'closing')"

// wireStatus returns the SQL for the status of a rebate in the API. While a
// decision is being carried out, the API already shows the status to which it
// leads.
func wireStatus(status string) string {
	return "CASE " + status + " WHEN 'rejecting' THEN 'rejected' WHEN 'expiring' THEN 'expired' ELSE " + status + " END"
}

// titleOfGroup returns the title of one of the partner's groups, including
// deleted groups.
func titleOfGroup(group string) string {
	return "(SELECT g.title FROM rebate_groups g WHERE g.partner_id = t.partner_id AND g.group_id = " + group + ")"
}

// rebates has a row for each rebate that closed with an amount to pay.
//
// The query reads the partner's rebates by primary key, the last one first.
var rebates = Definition{
	ID: "rebates", Path: "/api/v2/autorebates/rebates/", Title: "Rebates", Tag: tagRebates,
	Description: "Lists the partner's rebates, newest first. A rebate is the money that the accounts of one group get back for one closed period. A `pending` rebate waits for approval. It can be approved or rejected as a whole or row by row. It becomes `expired` if this does not happen before the time in `expires`. An approved rebate is `approving` while its payouts are being created and `approved` when the broker has all of them. It then becomes `paid`, or `failed` if a payment failed.",
	Source:      Source{Table: "rebates", Key: []string{"rebate_id"}, Where: shownRebates},
	Order:       []page.Order{{Field: "id", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.rebate_id", Order: true, About: "Id of the rebate."},
		{Name: "group_id", Format: Integer, SQL: "t.group_id", Filter: true, Order: true},
		{Name: "group_title", Format: Text, SQL: titleOfGroup("t.group_id"), Nullable: true, Order: true},
		{Name: "group_type", Format: Text, SQL: "t.group_type", Filter: true, Order: true, About: "Type of the group when the period closed. AUTO: paid automatically. MANUAL: paid after approval."},
		{Name: "status", Format: Text, SQL: wireStatus("t.status"), Filter: true, Order: true},
		{Name: "period_start_date", Format: Date, SQL: "t.period_start_day", Order: true},
		{Name: "period_end_date", Format: Date, SQL: "t.period_end_day", Order: true, About: "Last day of the period."},
		{Name: "clients_count", Format: Integer, SQL: "t.rows_count", Order: true, About: "Number of rows that pay at least 0.01."},
		{Name: "reward", Format: MoneyNumber, SQL: "t.reward_e6", Order: true, About: "What the partner earned from all client accounts of the rebate in the period, in the partner's currency."},
		{Name: "reward_usd", Format: MoneyNumber, SQL: "t.reward_usd_e6", Order: true},
		{Name: "topay_rebate", Format: MoneyNumber, SQL: "t.topay_e6", Order: true, About: "Amount that all rows of the rebate pay, in whole cents of the partner's currency."},
		{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: "t.topay_usd_e6", Order: true},
		{Name: "currency", Format: Text, SQL: "t.currency"},
		{Name: "closed", Format: DateTime, SQL: "t.closed_at", Nullable: true, Order: true, About: "When the period was closed."},
		{Name: "expires", Format: DateTime, SQL: "t.expires_at", Nullable: true, Order: true, About: "Until when the rebate can be approved or rejected. Null when it is paid without approval."},
		{Name: "period", Format: Date, SQL: "t.period_start_day", Filter: true, Hidden: true, About: "First day of the period."},
		{Name: "group", Format: Integer, SQL: "t.group_id", Filter: true, Hidden: true, About: "Id of the rebate group. The same as group_id."},
	},
	Totals: []Total{
		{Name: "clients_count", Format: Integer, SQL: sum("t.rows_count")},
		{Name: "reward_usd", Format: MoneyNumber, SQL: sum("t.reward_usd_e6")},
		{Name: "topay_rebate", Format: MoneyNumber, SQL: sum("t.topay_e6")},
		{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: sum("t.topay_usd_e6")},
	},
}
