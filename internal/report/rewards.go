package report

import "github.com/tributary-server/tributary/internal/page"

// These are the sources of the reward reports.
var (
	accountDays = Source{Table: "account_days", Key: []string{"reward_day", "client_account"}, AccountIndex: "account_days_account", AllIndex: "account_days_day"}
	partnerDays = Source{Table: "partner_days", Key: []string{"reward_day"}, Where: "t.reward_rows > 0", AllIndex: "partner_days_day"}
	// tradedAccounts has every account that has account-days. Each account
	// occurs once, in the order of the index accounts_number.
	tradedAccounts = Source{
		Table: "accounts", Key: []string{"client_account"},
		Where: "EXISTS (SELECT 1 FROM account_days d WHERE d.partner_id = t.partner_id AND d.client_account = t.client_account)",
	}
	// tradedClients counts the clients who have account-days.
	tradedClients = Rollup{
		Table: "(SELECT t.partner_id, t.client_account, t.client_uid, t.country, t.link_code FROM accounts t WHERE t.orders_count > 0)",
		SQL:   map[string]string{"clients_count": distinct("t.client_uid")}, Filters: accountGroups,
	}
	// tradedMonths counts the clients who have account-days in some months.
	tradedMonths = Rollup{
		Table: "(SELECT m.partner_id, m.month_day AS reward_day, m.client_uid FROM client_months m)",
		SQL:   map[string]string{"clients_count": distinct("t.client_uid")}, Filters: []string{"reward_date", "partner_account"}, Months: true,
	}
	// byAccount has the sums of all days of each account that has some. Each day of
	// an account has the same client, country and link code, but not the same type.
	// An account that has days has an order, because only orders are reversed.
	byAccount = Grouping{Source: Source{Table: "accounts", Where: "t.orders_count > 0"}, Groups: accountGroups, Filters: accountGroups}
	// byMonth has the sums of each day, and the number of clients of each month in a
	// row of its first day.
	byMonth = Grouping{
		Source: Source{Table: `(SELECT d.partner_id, d.reward_day, d.volume_lots_e8, d.volume_usd_e4, d.reward_usd_e6, d.orders_count, 0 AS clients
 FROM partner_days d WHERE @mine(d.partner_id) AND d.reward_rows > 0
 UNION ALL SELECT m.partner_id, m.month_day, 0, 0, 0, 0, count(*) FROM client_months m WHERE @mine(m.partner_id) GROUP BY m.partner_id, m.month_day)`},
		SQL:    map[string]string{"clients_count": sum("t.clients")},
		Groups: []string{"month", "partner_account"}, Needs: "month", Filters: []string{"reward_date", "partner_account"}, Months: true,
	}
	accountGroups   = []string{"client_uid", "client_account", "country", "link_code", "partner_account"}
	perAccountByDay = Rollup{Table: "partner_days", Count: sum("t.account_days"), Filters: []string{"reward_date"}, Booked: true}
)

// rewardsV1 has a row for each account and each day on which the account earned
// something.
var rewardsV1 = Definition{
	ID: "rewards", Path: "/api/reports/rewards/", Broker: "rewards/", Title: "Rewards",
	Description: "Lists the reward that the partner earned from each trading account on each day. The sums equal the ledger entries of the same accounts and days.",
	Source:      accountDays,
	Rollups:     []Rollup{perAccountByDay},
	Order:       []page.Order{{Field: "reward_date", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.number"},
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Values: &partnerDays, Filter: true, Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true},
		{Name: "partner_account_name", Format: Text, Partner: partnerAccountName},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Values: &tradedAccounts, Account: true, Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Account: true, Filter: true},
		{Name: "currency", Format: Text, Partner: partnerCurrency},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward", Format: Money, SQL: "t.reward_e6", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "orders_count", Format: Integer, SQL: "t.orders_count", Order: true},
		{
			Name: "reward_order", Format: Text, About: "Stable id of this account on this day. Every ledger entry that belongs to it has the same id.",
			SQL:      "t.client_account || '-' || strftime('%Y%m%d', t.reward_day * 86400, 'unixepoch')",
			Postgres: "t.client_account || '-' || to_char(DATE '1970-01-01' + t.reward_day, 'YYYYMMDD')",
		},
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true},
	},
	Totals: []Total{
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "reward", Format: Money, SQL: sum("t.reward_e6"), Own: true},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "orders_count", Format: Integer, SQL: sum("t.orders_count")},
		{Name: "currency", Format: Text, Partner: partnerCurrency},
	},
}

// rewardsV2 adds up the account-days by the columns that aggregate_by names.
var rewardsV2 = Definition{
	ID: "rewards_v2", Path: "/api/v2/reports/rewards/", Broker: "rewards/sums/", Title: "Aggregated rewards",
	Description: "Lists the sums of the rewards that the partner earned from their clients, grouped by one or more columns.",
	Source:      accountDays,
	Rollups:     []Rollup{tradedClients, tradedMonths},
	Groupings:   []Grouping{byAccount, byMonth},
	Groups:      []string{"client_uid", "client_account", "client_account_type", "country", "link_code", "partner_account", "reward_date", "month"},
	Columns: []Column{
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Account: true, Filter: true, Order: true},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Values: &tradedAccounts, Account: true, Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true, Order: true},
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Values: &partnerDays, Filter: true, Order: true, Newest: true},
		{
			Name: "month", Format: Text, Order: true, Newest: true, About: "Month of the reward, YYYY-MM.",
			SQL:      "strftime('%Y-%m', t.reward_day * 86400, 'unixepoch')",
			Postgres: "to_char(DATE '1970-01-01' + t.reward_day, 'YYYY-MM')",
		},
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8"), Sum: true, Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4"), Sum: true, Order: true},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6"), Sum: true, Order: true},
		{Name: "orders_count", Format: Integer, SQL: sum("t.orders_count"), Sum: true, Order: true},
		{Name: "clients_count", Format: Integer, SQL: distinct("t.client_uid"), Order: true},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "orders_count", Format: Integer, SQL: sum("t.orders_count")},
		{Name: "clients_count", Format: Integer, SQL: distinct("t.client_uid"), About: "Number of different clients in all groups together."},
	},
}

var rewardsByDay = Definition{
	ID: "rewards_byday", Path: "/api/reports/rewards/byday/", Broker: "rewards/byday/", Title: "Rewards by day",
	Description: "Lists the rewards that the partner earned on each day. The response contains all days and has no pages.",
	Source:      partnerDays,
	Unpaged:     true,
	Order:       []page.Order{{Field: "reward_date", Descending: true}},
	Columns: []Column{
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Filter: true, Order: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8"},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4"},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6"},
		{Name: "orders_count", Format: Integer, SQL: "t.orders_count"},
	},
}
