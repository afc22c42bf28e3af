package report

import (
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

const paysProgress = "t.progress_id IS NOT NULL AND t.orders_count > 0"

// progressRewards has a row for each progress reward that is not zero. A
// partner has at most one for each month.
//
// The query reads the partner's reviews by primary key.
var progressRewards = Definition{
	ID: "progress_rewards", Path: "/api/reports/progress_reward/", Broker: "progress_reward/", Title: "Progress rewards",
	Description: "Lists the partner's progress rewards, newest first. A monthly review that raises the partner's level pays a progress reward for the month before: the difference that the new level would have made to the orders of that month. Other reports of rewards do not include it.",
	Source:      Source{Table: "level_reviews", Key: []string{"review_day"}, Where: paysProgress, AllIndex: "level_reviews_raised"},
	Order:       []page.Order{{Field: "reward_date", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.progress_id", About: "Id of the progress reward, called compensation_id in the path of its orders."},
		{Name: "reward_date", Format: Date, SQL: "t.review_day", Order: true, About: "Day of the review that raised the level."},
		{Name: "progress_reward_period_start", Format: Date, SQL: "t.period_start_day"},
		{Name: "progress_reward_period_end", Format: Date, SQL: "t.period_end_day"},
		{Name: "old_level", Format: Text, SQL: "t.level"},
		{Name: "new_level", Format: Text, SQL: "t.new_level"},
		{Name: "orders_count", Format: Integer, SQL: "t.orders_count", About: "Number of orders that the progress reward is paid for."},
		{Name: "progress_reward_amount_usd", Format: MoneyNumber, SQL: "t.amount_usd_e6", Order: true},
		{Name: "progress_reward_amount", Format: MoneyNumber, SQL: "t.amount_e6"},
		{Name: "currency", Format: Text, SQL: "t.currency"},
		{Name: "period", Format: Date, SQL: "t.period_start_day", Filter: true, Hidden: true, About: "First day of the month that the progress reward is paid for."},
	},
	Totals: progressTotals,
}

// progressTotals are the totals of both reports in this file. The period in the
// totals of a list spans the periods of all its rows.
var progressTotals = []Total{
	{Name: "progress_reward_amount_usd", Format: MoneyNumber, SQL: sum("t.amount_usd_e6")},
	{Name: "progress_reward_period_start", Format: Date, SQL: "min(t.period_start_day)", Nullable: true, About: "First day of the first of these months. Null when there are no rows."},
	{Name: "progress_reward_period_end", Format: Date, SQL: "max(t.period_end_day)", Nullable: true, About: "Last day of the last of these months. Null when there are no rows."},
}

// progressOrders has a row for each order of a progress reward, and for each of
// its reversals and reinstatements. Its total is exactly the amount that the
// ledger has for the progress reward.
//
// The query reads a range of the index progress_rows_listed.
var progressOrders = Definition{
	ID: "progress_reward_orders", Path: "/api/reports/progress_reward/{compensation_id}/detailed/", Broker: "progress_reward/{compensation_id}/detailed/", Title: "Orders of a progress reward",
	Description: "Lists the orders that a progress reward is paid for. If an order is reversed, it has a second row with negative amounts, and a reinstatement has a further row. Orders of the month that arrive after the review are added with the same rule.",
	Source: Source{
		Table: `(SELECT w.partner_id, w.progress_id, w.row_id, w.client_account, w.reward_at, w.account_type, w.ticket, w.initial_usd_e6, w.initial_percent_e4,
 w.old_percent_e4, w.new_percent_e4, w.amount_usd_e6, v.period_start_day, v.period_end_day FROM level_reviews v CROSS JOIN progress_rows w
 WHERE @mine(v.partner_id) AND @same(w.partner_id, v.partner_id) AND w.progress_id = v.progress_id)`,
		Key: []string{"row_id"},
	},
	Parent: &Source{Table: "level_reviews", Where: paysProgress},
	Order:  []page.Order{{Field: "reward_date", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.row_id"},
		{Name: "client_account", Format: Digits, SQL: "t.client_account"},
		{Name: "reward_date", Format: DateTime, SQL: "t.reward_at", Order: true, About: "When the order was closed, reversed or reinstated."},
		{Name: "account_type", Format: Text, SQL: "t.account_type"},
		{Name: "order_id", Format: Integer, SQL: "t.ticket", About: "Ticket of the order."},
		{Name: "progress_reward_amount_usd", Format: MoneyNumber, SQL: "t.amount_usd_e6", Order: true},
		{Name: "initial_reward_usd", Format: MoneyNumber, SQL: "t.initial_usd_e6"},
		{Name: "initial_reward_size", Format: exactDecimal(money.PercentPlaces), SQL: "t.initial_percent_e4"},
		{Name: "old_reward_size", Format: exactDecimal(money.PercentPlaces), SQL: "t.old_percent_e4"},
		{Name: "new_reward_size", Format: exactDecimal(money.PercentPlaces), SQL: "t.new_percent_e4"},
		{Name: "compensation_id", Format: Integer, SQL: "t.progress_id", Hidden: true},
	},
	Totals: progressTotals,
}
