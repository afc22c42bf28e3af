package report

import (
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// wireOrderID is the part of an order's id that follows the name of its server.
const wireOrderID = ` || ':' || CAST(t.ticket AS TEXT) || CASE WHEN t.part > 1 THEN '-' || CAST(t.part AS TEXT) ELSE '' END`

// These are the tables of rewards with their joins. The alias w means the terms of
// a reward, and the alias a means its account. If a filter is on a column of one of
// them, the query first finds the matching terms or accounts, so totals need no
// join.
var (
	rewardRows = Source{
		Table: "reward_rows", Key: []string{"close_at", "ticket", "part", "account", "kind"}, AccountIndex: "reward_rows_account", OrderIndex: "reward_rows_ticket", AllIndex: "reward_rows_closed",
		Join: " LEFT JOIN reward_terms w ON w.partner_id = t.partner_id AND w.terms = t.terms" +
			" LEFT JOIN accounts a ON a.partner_id = t.partner_id AND a.number = t.account",
	}
	rewardTerms = Source{Table: "reward_terms"}
)

// These are the tables of w and a, for filters on their columns. The query first
// finds the matching rows in them.
var (
	ofTerms    = &lookup{own: "t.terms", table: "reward_terms w", key: "w.terms", partner: "w.partner_id"}
	ofAccounts = &lookup{own: "t.account", table: "accounts a", key: "a.number", partner: "a.partner_id"}
)

const orderVolume = "coalesce(t.volume_lots_e8, t.lots_e8)"

// orders has a row for each closed order and for each reversal. Its totals
// therefore equal the sums of the ledger for the same days.
var orders = Definition{
	ID: "orders", Path: "/api/reports/orders/", Broker: "orders/", Title: "Orders",
	Description: "Lists the closed orders of the partner's clients, each with the reward that it earned and its outcome: paid, or why it earned nothing. A reversed order has a second row without volume, which takes the reward back on the day of the reversal. The outcome belongs to the order, so that all rows of an order have the same one.",
	Source:      rewardRows,
	Rollups: []Rollup{{
		Table: "partner_days", Count: sum("t.reward_rows"), SQL: map[string]string{"volume_lots": sum("t.volume_lots_e8"), "orders_count": sum("t.orders_count")}, Filters: []string{"date"}, Booked: true,
	}},
	Order: []page.Order{{Field: "close_date", Descending: true}},
	Columns: []Column{
		{Name: "order_id", Format: OrderID, SQL: "w.server" + wireOrderID, Filter: true, Unlisted: true},
		{Name: "client_account", Format: Digits, SQL: "a.client_account", In: ofAccounts, Values: &tradedAccounts, ValuesSQL: "t.client_account", Account: true, Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "w.account_type", In: ofTerms, Values: &rewardTerms, ValuesSQL: "t.account_type", Case: anyCase, Filter: true},
		{Name: "client_uid", Format: ShortUID, SQL: "a.client_uid", In: ofAccounts, Values: &accountDays, ValuesSQL: "t.client_uid", Account: true, Filter: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true},
		{Name: "symbol", Format: Text, SQL: "w.symbol", In: ofTerms, Values: &rewardTerms, ValuesSQL: "t.symbol", Filter: true, Order: true},
		{Name: "platform", Format: Text, SQL: "w.platform", In: ofTerms, Values: &rewardTerms, ValuesSQL: "t.platform", Case: lowerCase, Filter: true, Hidden: true},
		{Name: "volume_lots", Format: Lots, SQL: orderVolume, Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "formula_code", Format: Text, SQL: "w.formula_code"},
		{Name: "open_date", Format: DateTime, SQL: "t.open_at", Order: true},
		{Name: "close_date", Format: DateTime, SQL: "t.close_at", Order: true},
		{Name: "country", Format: Text, SQL: "a.country", In: ofAccounts, Values: &tradedAccounts, ValuesSQL: "t.country", Case: upperCase, Filter: true},
		{Name: "link_code", Format: Text, SQL: "a.link_code", In: ofAccounts, Values: &tradedAccounts, ValuesSQL: "t.link_code", Filter: true, About: "Link code through which the account came."},
		{Name: "outcome", Format: Text, SQL: reward.OutcomeSQL, Choices: outcomes(), Filter: true, About: aboutOutcome},
		{
			Name: "date", Format: Date, SQL: "t.reward_day", Instant: "t.close_at", Values: &partnerDays, Filter: true, Hidden: true,
			About: "Day of close_date, in the programme's time zone.",
		},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum(orderVolume)},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "orders_count", Format: Integer, SQL: sum("CASE t.kind WHEN 0 THEN 1 ELSE 0 END"), About: "Number of orders that closed. An order counts once, even if it was reversed or reinstated, and count is the number of rows."},
	},
}

const aboutOutcome = "What became of the order: paid, or why it earned nothing. docs/rewards.md explains each outcome."

func outcomes() []string {
	names := make([]string, len(reward.Booked))
	for i, outcome := range reward.Booked {
		names[i] = string(outcome)
	}
	return names
}
