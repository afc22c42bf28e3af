package report

import "github.com/tributary-server/tributary/internal/page"

// The reports in this file show a referral agent the data that the owners of
// the agent's links share: the accounts that came through the links, their
// volumes and the agent's own earnings. No other reports read rows of another
// partner. The sources therefore list their columns, so that no other data can
// be read. A link is left out if its owner does not share the report.

// sharedLinks finds the accounts of an agent's links by the agent's e-mail. The
// agent's row is p. The query uses the primary keys of partners, agent_routes and
// agent_links, and then the index accounts_link. Its cost therefore depends only
// on how many clients the agent has, and not on how many the owners have.
const sharedLinks = `partners p CROSS JOIN agent_routes r CROSS JOIN agent_links l CROSS JOIN accounts a`

const whereShared = ` WHERE @mine(p.partner_id) AND r.email = p.email AND l.partner_id = r.owner_id AND l.link_id = r.link_id
 AND a.partner_id = l.partner_id AND a.link_code = l.link_code`

// earnedBy returns the sum that the agent earned from an account while it
// belonged to the owner. After a move, two owners can have the account. The query
// reads a range of the index agent_shares_owner, which contains the amounts.
func earnedBy(column, days string) string {
	return `(SELECT ` + sum("s."+column) + ` FROM agent_shares s WHERE s.partner_id = p.partner_id AND s.client_account = a.client_account AND s.owner_id = a.partner_id` + days + `)`
}

// sharedClients is the source of reports about clients that a partner shares with
// agents. Its rows are the accounts that came through such a link. An account that
// was moved to another owner has a row for each of them. Link codes are unique in
// the programme, so the code identifies the owner of a row.
var sharedClients = Source{
	Table: `(SELECT p.partner_id, l.link_code, a.client_account, a.country, a.account_type, a.client_uid, a.opened_day,
 a.last_trade_day, a.volume_lots_e8, a.volume_usd_e4, ` + earnedBy("amount_e6", "") + ` AS share_e6, ` + earnedBy("amount_usd_e6", "") + ` AS share_usd_e6
 FROM ` + sharedLinks + whereShared + ` AND l.share_clients)`,
	Key: []string{"client_account", "link_code"},
}

// sharedDays has the account-days of the links with a shared reward history.
// They include days on which the agent earned nothing. The index
// account_days_account finds the days of each account.
var sharedDays = Source{
	Table: `(SELECT p.partner_id, l.link_code, d.reward_day, d.client_account, d.country, d.account_type, d.client_uid,
 d.volume_lots_e8, d.volume_usd_e4, ` + earnedBy("amount_usd_e6", " AND s.reward_day = d.reward_day") + ` AS share_usd_e6
 FROM ` + sharedLinks + ` CROSS JOIN account_days d` + whereShared + ` AND l.share_rewards AND d.partner_id = a.partner_id AND d.client_account = a.client_account)`,
	Key: []string{"reward_day", "client_account", "link_code"},
}

const (
	aboutLinkCode   = "The agent's link code through which the account came."
	aboutOwnAccount = "Number of the agent's own partner account, which its share is paid to."
)

// clientsSharedV2 has a row for each account that came through the agent's
// links.
var clientsSharedV2 = Definition{
	ID: "clients_shared", Path: "/api/v2/reports/clients/shared/", Title: "Clients of a referral agent",
	Description: "Lists the accounts of clients who came through links that a partner (the owner) gave the caller, a referral agent. An account is listed only if the owner of its link shares the client report. `reward` is the caller's share of the owner's rewards, in the currency of the caller's own account.",
	Source:      sharedClients,
	Order:       []page.Order{{Field: "reg_date", Descending: true}},
	Columns: []Column{
		{
			Name: "id", Format: Integer, About: "The last 18 digits of the account's number.",
			SQL: "CAST(substr(t.client_account, -18) AS BIGINT)", Postgres: "CAST(right(t.client_account, 18) AS BIGINT)",
		},
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true, About: aboutLinkCode},
		{Name: "country", Format: Text, SQL: "t.country"},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Filter: true},
		{Name: "reg_date", Format: Date, SQL: "t.opened_day", Filter: true, Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, About: aboutOwnAccount},
		{Name: "currency", Format: Text, Partner: partnerCurrency, About: "Currency of partner_account."},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "trade_fn", Format: Date, SQL: "t.last_trade_day", Nullable: true, Filter: true, Order: true},
		{Name: "reward", Format: MoneyNumber, SQL: "t.share_e6", Order: true, About: "The agent's share, in the currency of its partner account."},
		{Name: "reward_usd", Format: MoneyNumber, SQL: "t.share_usd_e6", Order: true, About: "The agent's share in USD."},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward", Format: MoneyNumber, SQL: sum("t.share_e6")},
		{Name: "reward_usd", Format: MoneyNumber, SQL: sum("t.share_usd_e6")},
		{Name: "currency", Format: Text, Partner: partnerCurrency},
		{Name: "client_uid_count", Format: Integer, SQL: distinct("t.client_uid")},
	},
}

// clientsSharedV3 is like clientsSharedV2, but its amounts are only the agent's
// share, in USD.
var clientsSharedV3 = Definition{
	ID: "clients_shared_v3", Path: "/api/v3/reports/clients/shared/", Broker: "clients/shared/", Title: "Clients of a referral agent",
	Description: "Lists the accounts of clients who came through links that a partner (the owner) gave the caller, a referral agent. An account is listed only if the owner of its link shares the client report. `agent_commission_usd` is the share that the caller has earned from an account so far.",
	Source:      sharedClients,
	Order:       []page.Order{{Field: "reg_date", Descending: true}},
	Columns: []Column{
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true, About: aboutLinkCode},
		{Name: "country", Format: Text, SQL: "t.country", Order: true},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Filter: true},
		{Name: "reg_date", Format: Date, SQL: "t.opened_day", Filter: true, Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, About: aboutOwnAccount},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "trade_fn", Format: Date, SQL: "t.last_trade_day", Nullable: true, Filter: true, Order: true},
		{Name: "agent_commission_usd", Format: MoneyNumber, SQL: "t.share_usd_e6", Order: true, About: "The agent's share in USD."},
	},
	Totals: []Total{
		{Name: "client_uid_count", Format: Integer, SQL: distinct("t.client_uid")},
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "agent_commission_usd", Format: MoneyNumber, SQL: sum("t.share_usd_e6")},
	},
}

// rewardsSharedV4 has a row for each account and each day on which the account
// traded.
var rewardsSharedV4 = Definition{
	ID: "rewards_shared", Path: "/api/v4/reports/rewards/shared/", Broker: "rewards/shared/", Title: "Rewards of a referral agent",
	Description: "Lists the shares that the caller, a referral agent, earned from each account on each day. The accounts are those of clients who came through links that a partner (the owner) gave the caller. They are listed only if the owner shares the reward history. The shares are entries of the caller's wallet.",
	Source:      sharedDays,
	Order:       []page.Order{{Field: "reward_date", Descending: true}},
	Columns: []Column{
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Filter: true, Order: true},
		{Name: "country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "link_code", Format: Text, SQL: "t.link_code", Filter: true, Order: true, About: aboutLinkCode},
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Filter: true, Order: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "share_amount_usd", Format: MoneyNumber, SQL: "t.share_usd_e6", Order: true},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "share_amount_usd", Format: MoneyNumber, SQL: sum("t.share_usd_e6")},
	},
}
