package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/page"
)

// ofRebate returns the SQL for a column of the rebate to which a row belongs.
func ofRebate(sql string) string {
	return "(SELECT " + sql + " FROM rebates b WHERE b.partner_id = t.partner_id AND b.rebate_id = t.rebate_id)"
}

// rebateHistory has a row for each rebate row that was paid or rejected, or that
// has failed or expired.
//
// The query reads the partner's rows by primary key, the last row first. A
// filter by account uses the index rebate_rows_history.
var rebateHistory = Definition{
	ID: "rebate_history", Path: "/api/v2/autorebates/history/", Title: "Past rebates", Tag: tagRebates,
	Description: "Lists the rebates of single client accounts that were paid, were rejected, have expired, or whose payment failed, newest first.",
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

// settledRebates has the groups and periods that occur in a list of filter
// values.
var settledRebates = Source{Table: "rebates", Key: []string{"rebate_id"}, Where: shownRebates}
