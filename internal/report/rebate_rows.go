package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// rowStatus is the status of a row. A row that is pending, or that pays
// nothing, has the status of its rebate.
var rowStatus = "CASE WHEN t.status = 'pending' OR t.topay_e6 = 0 THEN (SELECT " + wireStatus("b.status") +
	" FROM rebates b WHERE b.partner_id = t.partner_id AND b.rebate_id = t.rebate_id) ELSE t.status END"

// payoutID is the id under which the broker knows a row's last payout.
const (
	payoutID         = "lower(hex(t.partner_id)) || '-' || CAST(t.payout_id AS TEXT)"
	payoutIDPostgres = "replace(CAST(t.partner_id AS TEXT), '-', '') || '-' || CAST(t.payout_id AS TEXT)"
)

// rebateRowColumns are the columns that every list of rows has.
var rebateRowColumns = []Column{
	{Name: "id", Format: Integer, SQL: "t.row_id", Order: true},
	{Name: "rebate_id", Format: Integer, SQL: "t.rebate_id", Order: true},
	{Name: "client_account", Format: Digits, SQL: "t.client_account", Account: true, Filter: true, Order: true},
	{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Account: true, Filter: true},
	{Name: "orders_count", Format: Integer, SQL: "t.orders_count", Order: true},
	{Name: "rebate_percent", Format: rebatePercent, SQL: "t.percent_e4", Order: true},
	{Name: "reward", Format: MoneyNumber, SQL: "t.reward_e6", Order: true, About: "What the partner earned from the account in the period while this percent was in force, in the partner's currency."},
	{Name: "reward_usd", Format: MoneyNumber, SQL: "t.reward_usd_e6", Order: true},
	{Name: "rebate", Format: MoneyExact, SQL: "t.rebate_e6", Order: true, About: "The reward times the percent, truncated to 6 decimal places."},
	{Name: "rebate_usd", Format: MoneyExact, SQL: "t.rebate_usd_e6", Order: true},
	{
		Name: "topay_rebate", Format: MoneyNumber, SQL: "t.topay_e6", Order: true,
		About: "Amount that is paid: the rebate plus the remainder of earlier periods, truncated to whole cents. The rest carries over to the next period.",
	},
	{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: "t.topay_usd_e6", Order: true},
	{Name: "status", Format: Text, SQL: rowStatus, Filter: true, Order: true},
	{Name: "payout_id", Format: Text, SQL: payoutID, Postgres: payoutIDPostgres, Nullable: true, About: "Id of the latest payout for this row, in the form that the broker uses. Null before the first payout."},
	{Name: "reason", Format: Text, SQL: "NULLIF(t.reason, '')", Nullable: true, About: "Why the payment failed. Null when it did not."},
	{Name: "changed", Format: DateTime, SQL: "t.changed_at", Order: true},
}

var rebateRowTotals = []Total{
	{Name: "reward_usd", Format: MoneyNumber, SQL: sum("t.reward_usd_e6")},
	{Name: "rebate", Format: MoneyExact, SQL: sum("t.rebate_e6")},
	{Name: "topay_rebate", Format: MoneyNumber, SQL: sum("t.topay_e6")},
	{Name: "topay_rebate_usd", Format: MoneyNumber, SQL: sum("t.topay_usd_e6")},
}

// rebateRows has a row for each account and percent in a rebate.
//
// The query reads the rows in the order of the index rebate_rows_account.
var rebateRows = Definition{
	ID: "rebate_rows", Path: "/api/v2/autorebates/rebates/{rebate_id}/rows/", Title: "Rows of a rebate", Tag: tagRebates,
	Description: "Lists the client accounts of a rebate, each with its reward, its rebate and the amount to pay.",
	Source:      Source{Table: "rebate_rows", Key: []string{"row_id"}},
	Parent:      &Source{Table: "rebates", Key: []string{"rebate_id"}, Where: shownRebates},
	Order:       []page.Order{{Field: "client_account"}},
	Columns:     offIndex(rebateRowColumns),
	Totals:      rebateRowTotals,
}

// offIndex returns the columns with Account set to false. The path already
// selects the rows, so a filter by account must not use the AccountIndex.
func offIndex(columns []Column) []Column {
	all := slices.Clone(columns)
	for i := range all {
		all[i].Account = false
	}
	return all
}

// rebateOrders has a row for each order with a reward in a rebate row.
//
// The query finds the rebate row by its primary key, and the account's orders
// by their index.
var rebateOrders = Definition{
	ID: "rebate_orders", Path: "/api/v2/autorebates/rebates/rows/{row_id}/orders/", Title: "Orders of a rebate's row", Tag: tagRebates,
	Description: "Lists the orders whose rewards make up the reward of a row, with their reversals. A correction that arrives after the period was closed belongs to the open period instead.",
	Source: Source{
		Table: `(SELECT r.partner_id, w.row_id, r.close_at, r.server, r.ticket, r.part, r.account, r.client_account, r.kind, r.symbol, r.volume_lots_e8, r.volume_usd_e4,
 r.reward_e6, r.reward_usd_e6, r.open_at, r.reward_day, w.percent_e4 FROM rebate_rows w CROSS JOIN accounts a CROSS JOIN ` + reward.Indexed + `
 WHERE w.partner_id = $1 AND a.partner_id = $1 AND a.client_account = w.client_account AND x.partner_id = $1 AND x.account = a.number AND ` + reward.SameRow + ` AND r.rebate_row = w.row_id)`,
		Key: []string{"close_at", "ticket", "part", "account", "kind"},
	},
	Parent: &Source{Table: "(SELECT w.partner_id, w.row_id FROM rebate_rows w CROSS JOIN rebates t WHERE w.partner_id = $1 AND t.partner_id = $1 AND t.rebate_id = w.rebate_id AND " + shownRebates + ")"},
	Order:  []page.Order{{Field: "close_date", Descending: true}},
	Columns: []Column{
		{Name: "order_id", Format: OrderID, SQL: "t.server" + wireOrderID},
		{Name: "client_account", Format: Digits, SQL: "t.client_account"},
		{Name: "symbol", Format: Text, SQL: "t.symbol", Filter: true, Order: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward", Format: MoneyExact, SQL: "t.reward_e6", Order: true},
		{Name: "reward_usd", Format: MoneyExact, SQL: "t.reward_usd_e6", Order: true},
		{Name: "rebate_percent", Format: rebatePercent, SQL: "t.percent_e4"},
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Filter: true, Order: true},
		{Name: "open_date", Format: DateTime, SQL: "t.open_at", Order: true},
		{Name: "close_date", Format: DateTime, SQL: "t.close_at", Order: true},
		{Name: "row_id", Format: Integer, SQL: "t.row_id", About: "Id of the rebate row that contains the order."},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward", Format: MoneyExact, SQL: sum("t.reward_e6")},
		{Name: "reward_usd", Format: MoneyExact, SQL: sum("t.reward_usd_e6")},
	},
}

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
