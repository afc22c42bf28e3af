package report

import "github.com/tributary-server/tributary/internal/page"

// shownRebates is true for the rebates that a partner sees, those that have
// closed completely.
const shownRebates = "t.status NOT IN ('open', 'closing')"

// wireStatus is a rebate's status on the wire: one that is being carried out is
// shown as decided.
func wireStatus(status string) string {
	return "CASE " + status + " WHEN 'rejecting' THEN 'rejected' WHEN 'expiring' THEN 'expired' ELSE " + status + " END"
}

// titleOfGroup is the title of one of the partner's groups, deleted ones
// included.
func titleOfGroup(group string) string {
	return "(SELECT g.title FROM rebate_groups g WHERE g.partner_id = t.partner_id AND g.group_id = " + group + ")"
}

// rebates has a row for each group and period that closed with an amount.
//
// Plan: the partner's rebates by their primary key, from its end; titles by
// primary keys.
var rebates = Definition{
	ID: "rebates", Path: "/api/v2/autorebates/rebates/", Title: "Rebates", Tag: tagRebates,
	Description: "What waits for approval, and what was: a group in a period that has closed, the newest first. A rebate that waits can be approved or " +
		"rejected as a whole or row by row. It is `approving` while its payouts are made, `approved` when the broker has them all, then `paid`, or `failed` " +
		"if any payment failed. A rebate that is not decided on before `expires` becomes `expired`.",
	Source: Source{Table: "rebates", Key: []string{"rebate_id"}, Where: shownRebates},
	Order:  []page.Order{{Field: "id", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.rebate_id", Order: true},
		{Name: "group_id", Format: Integer, SQL: "t.group_id", Filter: true, Order: true},
		{Name: "group_title", Format: Text, SQL: titleOfGroup("t.group_id"), Nullable: true, Order: true},
		{Name: "group_type", Format: Text, SQL: "t.group_type", Filter: true, Order: true, About: "As it was when the period closed."},
		{Name: "status", Format: Text, SQL: wireStatus("t.status"), Filter: true, Order: true},
		{Name: "period_start_date", Format: Date, SQL: "t.period_start_day", Order: true},
		{Name: "period_end_date", Format: Date, SQL: "t.period_end_day", Order: true, About: "The period's last day."},
		{Name: "clients_count", Format: Integer, SQL: "t.rows_count", Order: true, About: "Rows that pay at least 0.01."},
		{Name: "reward", Format: MoneyNumber, SQL: "t.reward_e6", Order: true, About: "What all its client accounts earned the partner in the period."},
		{Name: "reward_usd", Format: MoneyNumber, SQL: "t.reward_usd_e6", Order: true},
		{Name: "topay_rebate", Format: MoneyNumber, SQL: "t.topay_e6", Order: true, About: "What all its rows pay, in whole cents."},
		{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: "t.topay_usd_e6", Order: true},
		{Name: "currency", Format: Text, SQL: "t.currency"},
		{Name: "closed", Format: DateTime, SQL: "t.closed_at", Nullable: true, Order: true, About: "When its period was closed."},
		{Name: "expires", Format: DateTime, SQL: "t.expires_at", Nullable: true, Order: true, About: "Until when it can be decided on."},
		{Name: "period", Format: Date, SQL: "t.period_start_day", Filter: true, Hidden: true, About: "The period's first day."},
		{Name: "group", Format: Integer, SQL: "t.group_id", Filter: true, Hidden: true, About: "The same as group_id."},
	},
	Totals: []Total{
		{Name: "clients_count", Format: Integer, SQL: sum("t.rows_count")},
		{Name: "reward_usd", Format: MoneyNumber, SQL: sum("t.reward_usd_e6")},
		{Name: "topay_rebate", Format: MoneyNumber, SQL: sum("t.topay_e6")},
		{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: sum("t.topay_usd_e6")},
	},
}
