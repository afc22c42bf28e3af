package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/page"
)

// ofRebate is a column of a row's rebate b.
func ofRebate(sql string) string {
	return "(SELECT " + sql + " FROM rebates b WHERE b.partner_id = t.partner_id AND b.rebate_id = t.rebate_id)"
}

// rebateHistory has a row for each payment that has ended: paid, rejected,
// failed or expired.
//
// Plan: the partner's rows by their primary key, from its end; an account's by
// index rebate_rows_history; its rebate by primary key.
var rebateHistory = Definition{
	ID: "rebate_history", Path: "/api/v2/autorebates/history/", Title: "Past rebates", Tag: tagRebates,
	Description: "Lists the rebates to single client accounts that were paid or rejected, that expired, or whose payment failed. Newest first.",
	Source: Source{
		Table: "rebate_rows", Key: []string{"row_id"}, Where: "t.status IN ('paid', 'rejected', 'failed', 'expired') AND t.topay_e6 > 0",
		AccountIndex: "rebate_rows_history",
	},
	Order: []page.Order{{Field: "id", Descending: true}},
	Columns: slices.Concat(rebateRowColumns, []Column{
		{Name: "group_id", Format: Integer, SQL: ofRebate("b.group_id"), Values: &settledRebates, Order: true, Filter: true},
		{Name: "group_title", Format: Text, SQL: titleOfGroup(ofRebate("b.group_id")), Nullable: true, Order: true},
		{Name: "period_start_date", Format: Date, SQL: ofRebate("b.period_start_day"), Order: true},
		{Name: "period_end_date", Format: Date, SQL: ofRebate("b.period_end_day"), Order: true},
		{Name: "currency", Format: Text, SQL: ofRebate("b.currency")},
		{Name: "period", Format: Date, SQL: ofRebate("b.period_start_day"), Values: &settledRebates, Filter: true, Hidden: true, About: "First day of the period."},
		{Name: "group", Format: Integer, SQL: ofRebate("b.group_id"), Values: &settledRebates, Filter: true, Hidden: true, About: "Id of the rebate group. The same as group_id."},
	}),
	Totals: rebateRowTotals,
}

// settledRebates is where the history's groups and periods are found: all
// closed rebates.
var settledRebates = Source{Table: "rebates", Key: []string{"rebate_id"}, Where: shownRebates}
