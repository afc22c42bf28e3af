package report

import (
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// walletLines are the ledger entries on the partner's wallet, with their
// postings. The query reads the index postings_booked backwards, and a range of
// the primary key of entries for each posting. The newest lines therefore need
// no sort.
var walletLines = Source{
	Table: `(SELECT p.partner_id, p.booked_at, p.posting_id, p.kind, p.cause, e.line, e.currency, e.amount_e6, e.amount_usd_e6, e.balance_e6, e.reward_day, e.client_account
 FROM postings p @newest(postings_all) CROSS JOIN entries e WHERE e.partner_id = p.partner_id AND e.posting_id = p.posting_id AND e.account = 'wallet')`,
	Key: []string{"booked_at", "posting_id", "line"},
}

// The lists of filter values are read from these tables, which are smaller than the
// report's own source.
var (
	bookedPostings  = Source{Table: "postings", Where: "t.kind NOT IN ('payout_paid', 'rebate_payout')"} // without the kinds that have no entry on the wallet
	walletBalances  = Source{Table: "balances", Where: "t.account = 'wallet'"}
	partnerAccounts = Source{Table: "partner_accounts"}
)

// walletAccount is the partner account of a line. A partner has one account for
// each currency.
const walletAccount = "(SELECT a.partner_account FROM partner_accounts a WHERE a.partner_id = t.partner_id AND a.currency = t.currency)"

// transactions is the partner's ledger. Its sums are exactly the wallet's
// balances.
var transactions = Definition{
	ID: "transactions", Path: "/api/wallet/transactions/", Broker: "wallet/transactions/", Title: "Ledger lines of the wallet", Tag: "Wallet",
	Description: "Lists every ledger line of the partner's wallet with its cause. Causes are rewards, the parts of rewards that are reserved for clients' rebates, overrides, agents' shares, transfers and withdrawals. Amounts are exact to 6 decimal places and add up to the balance.",
	Source:      walletLines,
	UTC:         true,
	Rollups: []Rollup{{
		Table: "(SELECT partner_id, currency, amount_usd_e6 FROM entries WHERE account = 'wallet')", Count: "count(*)", Filters: []string{"currency"},
	}},
	Order: []page.Order{{Field: "booked_at", Descending: true}},
	Columns: []Column{
		{Name: "booked_at", Format: DateTime, SQL: "t.booked_at", Order: true},
		{Name: "posting", Format: UUID, SQL: "t.posting_id", About: "Id of the posting. Lines with the same id were booked together."},
		{Name: "line", Format: Integer, SQL: "t.line", About: "Number of the line within its posting."},
		{
			Name: "kind", Format: Text, SQL: "t.kind", Values: &bookedPostings, Filter: true,
			About: "Kind of the line: reward, reversal, reinstatement, correction, override, agent_share, rebate_reserve, rebate_release, transfer, withdrawal, payout_failed, progress_reward, adjustment, cpa or cpa_clawback.",
		},
		{Name: "account", Format: Digits, SQL: walletAccount, Values: &partnerAccounts, Nullable: true, Filter: true, About: "Number of the partner account."},
		{Name: "currency", Format: Text, SQL: "t.currency", Values: &walletBalances, Filter: true},
		{Name: "amount", Format: exactDecimal(money.AmountPlaces), SQL: "t.amount_e6", Order: true, About: "Amount in the currency that the field `currency` names. Negative when it was taken out of the wallet."},
		{Name: "amount_usd", Format: exactDecimal(money.AmountPlaces), SQL: "t.amount_usd_e6", Order: true, About: "The amount in USD, at the rate of its booking."},
		{Name: "balance", Format: exactDecimal(money.AmountPlaces), SQL: "t.balance_e6", Nullable: true, About: "Balance of the account after the line, in the currency that the field `currency` names. Null if an older server booked the line during an update."},
		{Name: "cause", Format: Text, SQL: "t.cause", About: "What caused the posting: a batch of facts, a late fact, or the id of a transfer, withdrawal, progress reward, adjustment or client."},
		{
			Name: "belongs_to", Format: Text, Nullable: true, About: "The reward_order of an account on a day, or the id of a transfer, withdrawal, rebate, progress reward, adjustment or client that the line belongs to. Null when the line belongs to none of them alone.",
			SQL: "CASE WHEN t.client_account IS NOT NULL THEN t.client_account || '-' || strftime('%Y%m%d', t.reward_day * 86400, 'unixepoch') " +
				"WHEN t.kind IN (" + oneCause + ") THEN t.cause END",
			Postgres: "CASE WHEN t.client_account IS NOT NULL THEN t.client_account || '-' || to_char(DATE '1970-01-01' + CAST(t.reward_day AS integer), 'YYYYMMDD') " +
				"WHEN t.kind IN (" + oneCause + ") THEN t.cause END",
		},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Nullable: true, About: "The client account whose reward the line belongs to. Null for other lines."},
		{Name: "reward_date", Format: Date, SQL: "t.reward_day", Nullable: true, About: "Day of the reward or override that the line belongs to. Null for other lines."},
		{
			Name: "reason", Format: Text, Nullable: true, About: "Why the broker adjusted the wallet. Null for lines that are not adjustments.",
			SQL: "CASE WHEN t.kind = 'adjustment' THEN (SELECT a.reason FROM adjustments a WHERE a.partner_id = t.partner_id AND a.adjustment_id = t.cause) END",
		},
		{
			Name: "date", Format: Date, SQL: "t.booked_at / 86400000000", Instant: "t.booked_at", Values: &bookedPostings, Filter: true, Hidden: true,
			About: "Day of booked_at, in UTC.",
		},
	},
	Totals: []Total{
		{Name: "amount_usd", Format: exactDecimal(money.AmountPlaces), SQL: sum("t.amount_usd_e6")},
		{Name: "credited_usd", Format: exactDecimal(money.AmountPlaces), SQL: sum("CASE WHEN t.amount_usd_e6 > 0 THEN t.amount_usd_e6 END"), About: "Sum of the amounts that came in, in USD."},
		{Name: "debited_usd", Format: exactDecimal(money.AmountPlaces), SQL: sum("CASE WHEN t.amount_usd_e6 < 0 THEN t.amount_usd_e6 END"), About: "Sum of the amounts that were taken out, in USD. Negative or 0."},
	},
}

// oneCause lists the kinds of postings with exactly one cause, which is an
// object of the partner.
const oneCause = "'withdrawal', 'payout_failed', 'transfer', 'rebate_release', 'progress_reward', 'adjustment', 'cpa', 'cpa_clawback'"
