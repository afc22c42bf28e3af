package report

import "github.com/tributary-server/tributary/internal/page"

const wireOrderID = `t.server || ':' || CAST(t.ticket AS TEXT) || CASE WHEN t.part > 1 THEN '-' || CAST(t.part AS TEXT) ELSE '' END`

// orders has a row for each closed order and for each reversal. Its totals
// therefore equal the sums of the ledger for the same days.
var orders = Definition{
	ID: "orders", Path: "/api/reports/orders/", Title: "Orders",
	Description: "Lists the closed orders of the partner's clients, each with the reward that it earned. A reversed order has a second row without volume, which takes the reward back on the day of the reversal.",
	Source:      Source{Table: "rewards", Key: []string{"close_at", "server", "ticket", "part", "client_account", "kind"}, Text: []string{"server"}, AccountIndex: "rewards_account"},
	Rollups:     []Rollup{{Table: "partner_days", Count: sum("t.reward_rows"), Filters: []string{"date"}, Booked: true}},
	Order:       []page.Order{{Field: "close_date", Descending: true}},
	Columns: []Column{
		{Name: "order_id", Format: OrderID, SQL: wireOrderID},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Values: &tradedAccounts, Account: true, Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Values: &accountDays, Account: true, Filter: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true},
		{Name: "symbol", Format: Text, SQL: "t.symbol", Filter: true, Order: true},
		{Name: "platform", Format: Text, SQL: "t.platform", Case: lowerCase, Filter: true, Hidden: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "formula_code", Format: Text, SQL: "t.formula_code"},
		{Name: "open_date", Format: DateTime, SQL: "t.open_at", Order: true},
		{Name: "close_date", Format: DateTime, SQL: "t.close_at", Order: true},
		{
			Name: "date", Format: Date, SQL: "t.reward_day", Instant: "t.close_at", Values: &partnerDays, Filter: true, Hidden: true,
			About: "Day of close_date, in the programme's time zone.",
		},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
	},
}
