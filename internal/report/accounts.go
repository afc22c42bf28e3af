package report

import "github.com/tributary-server/tributary/internal/page"

var accounts = Definition{
	ID: "client_accounts", Path: "/api/reports/clients/accounts/", Broker: "accounts/", Title: "Client accounts",
	Description: "Lists the trading accounts of the partner's clients, each with its link code.",
	Source:      Source{Table: "accounts", Key: []string{"client_account"}, AllIndex: "accounts_day"},
	Rollups:     []Rollup{perAccount},
	Email:       emailOfAccount,
	Order:       []page.Order{{Field: "client_account_created", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.number", Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true, Order: true},
		{Name: "partner_account_name", Format: Text, Partner: partnerAccountName, Order: true},
		{Name: "partner_account_currency", Format: Text, Partner: partnerCurrency, Order: true},
		{Name: "partner_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true},
		{
			Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", OrNumber: "client_account", Filter: true, Order: true,
			About: "Id of the client: the first 8 characters of its UUID. As a filter, a number of 9 digits or more is read as a client_account.",
		},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "client_country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "platform", Format: Text, SQL: "NULLIF(t.platform, '')", Nullable: true, Case: lowerCase, Filter: true, Order: true, About: "Trading platform: mt4 or mt5. Null when it is unknown."},
		{Name: "client_account_created", Format: Date, SQL: "t.opened_day", Filter: true, Order: true},
		{Name: "client_account_last_trade", Format: Date, SQL: "t.last_trade_day", Nullable: true, Filter: true, Order: true},
		{Name: "volume_lots", Format: LotsText, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSDText, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward", Format: Money, SQL: "t.reward_e6", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "comment", Format: Text, SQL: noteOfClient, Nullable: true, Order: true},
	},
	Totals: []Total{
		{Name: "clients_count", Format: Integer, SQL: distinct("t.client_uid")},
		{Name: "volume_mln_usd", Format: MlnUSDText, SQL: sum("t.volume_usd_e4")},
		{Name: "volume_lots", Format: LotsText, SQL: sum("t.volume_lots_e8")},
		{Name: "reward", Format: Money, SQL: sum("t.reward_e6"), Own: true},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "partner_account_currency", Format: Text, Partner: partnerCurrency},
	},
}
