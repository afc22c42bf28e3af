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

// clientTransactions has a row for each deposit, for each ledger entry of an
// account's reward, and for each rebate that was paid.
//
// A page reads its rows, newest first, from the indexes deposits_at,
// postings_booked and payouts_rebated. SQLite uses the index payouts_rebated only
// if the query has a condition on answered_at. For an export, SQLite merges the
// indexes, but only if a column has the same declared type in each part. This is
// the reason for the casts.
var clientTransactions = union([]string{
	`SELECT d.partner_id, d.at, CAST('deposit:' || d.fact_id AS TEXT) AS id,
 CAST(CASE WHEN d.kind = 'reversed' THEN 'deposit_reversed' WHEN c.first_deposit_fact = d.fact_id THEN 'first_deposit' ELSE 'deposit' END AS TEXT) AS kind,
 d.client_account, d.amount_usd_e6 AS deposit_usd_e6, CAST(NULL AS BIGINT) AS amount_usd_e6
 FROM deposits d @newest(deposits_all) CROSS JOIN clients c WHERE c.partner_id = d.partner_id AND c.client_uid = d.client_uid AND d.kind <> 'failed'`,
	`SELECT p.partner_id, p.booked_at AS at, CAST(p.kind || ':' || p.cause || ':' || CAST(e.line AS TEXT) AS TEXT) AS id, CAST(p.kind AS TEXT) AS kind, e.client_account,
 CAST(NULL AS BIGINT) AS deposit_usd_e6, e.amount_usd_e6
 FROM postings p @newest(postings_all) CROSS JOIN entries e WHERE e.partner_id = p.partner_id AND e.posting_id = p.posting_id AND p.kind IN (` + rewardKinds + `) AND e.account = 'wallet' AND e.client_account IS NOT NULL`,
	`SELECT o.partner_id, o.answered_at AS at, CAST('rebate:' || CAST(o.payout_id AS TEXT) AS TEXT) AS id, CAST('rebate' AS TEXT) AS kind, o.client_account,
 CAST(NULL AS BIGINT) AS deposit_usd_e6, CAST(-o.amount_usd_e6 AS BIGINT) AS amount_usd_e6
 FROM payouts o @newest(payouts_answered) WHERE o.kind = 'rebate' AND o.status = 'paid' @all(o.payout_id > 0) AND o.answered_at > 0`,
}, "at", "id")

// rewardKinds lists the kinds of postings that book the reward of an account.
const rewardKinds = `'reward', 'reversal', 'reinstatement', 'correction'`

const paidRebates = ` FROM payouts o WHERE @same(o.partner_id, p.partner_id) AND o.kind = 'rebate' AND o.status = 'paid'`

// movedMoney provides the totals without reading the rows. It takes the rewards
// from the partner's totals, and counts the other rows in indexes. A ledger entry
// belongs to a reward if it has a client account.
var movedMoney = Rollup{
	Table: `(SELECT p.partner_id, s.reward_usd_e6,
 (SELECT count(*) FROM deposits d WHERE @same(d.partner_id, p.partner_id) AND d.kind <> 'failed') AS moves,
 (SELECT count(*) FROM deposits d WHERE @same(d.partner_id, p.partner_id) AND d.kind = 'received') AS deposits,
 (SELECT count(*) FROM clients c WHERE @same(c.partner_id, p.partner_id) AND c.first_deposit_at IS NOT NULL) AS firsts,
 (SELECT count(*) FROM entries e WHERE @same(e.partner_id, p.partner_id) AND e.account = 'wallet' AND e.client_account IS NOT NULL) AS lines,
 (SELECT count(*)` + paidRebates + `) AS rebates, (SELECT coalesce(sum(o.amount_usd_e6), 0)` + paidRebates + `) AS rebate_usd_e6
 FROM partners p LEFT JOIN partner_totals s ON s.partner_id = p.partner_id)`,
	Count: sum("t.moves + t.lines + t.rebates"),
	SQL: map[string]string{
		"deposits_count": sum("t.deposits"), "first_deposits_count": sum("t.firsts"), "reward_usd": sum("t.reward_usd_e6"), "rebate_usd": sum("t.rebate_usd_e6"),
	},
}

// allAccounts provides the values of filters by account.
var allAccounts = Source{Table: "accounts", Key: []string{"client_account"}}

var (
	transactionKinds = []string{"deposit", "first_deposit", "deposit_reversed", "reward", "reversal", "reinstatement", "correction", "rebate"}
	depositBand      = "CASE WHEN t.deposit_usd_e6 IS NOT NULL THEN " + band("t.deposit_usd_e6") + " END"
)

// reportTransactions shows what happened to the money of clients' accounts. The sum
// of its column reward_usd equals the rewards in the ledger.
var reportTransactions = Definition{
	ID: "client_transactions", Path: "/api/reports/transactions/", Broker: "transactions/", Title: "Transactions of clients",
	Description: "Lists the deposits of the partner's clients, the rewards that their accounts earned, and the rebates that were paid to them. The sum of the rewards equals the ledger. A deposit shows the range of its amount instead of the amount.",
	Source:      clientTransactions,
	Rollups:     []Rollup{movedMoney},
	UTC:         true,
	Order:       []page.Order{{Field: "at", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Text, SQL: "t.id", About: "Id of the transaction."},
		{Name: "at", Format: DateTime, SQL: "t.at", Order: true, About: "When the client deposited, the reward was booked or the rebate was paid."},
		{
			Name: "kind", Format: Text, SQL: "t.kind", Choices: transactionKinds, Filter: true,
			About: "Kind of the transaction. first_deposit is the first deposit of the client. A reversal takes a reward back, a reinstatement cancels a reversal, and a correction changes a reward. A rebate was paid to the client.",
		},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Values: &allAccounts, Filter: true},
		{Name: "deposit_amount", Format: Integer, SQL: depositBand, Nullable: true, About: aboutBand + " Null for other kinds."},
		{Name: "amount_usd", Format: Money, SQL: "t.amount_usd_e6", Nullable: true, About: "Amount in USD. Negative for a reversal and for a rebate, which the partner paid. Null for deposits."},
		{Name: "date", Format: Date, SQL: "t.at / 86400000000", Instant: "t.at", Filter: true, Hidden: true, About: "Day of at, in UTC."},
	},
	Totals: []Total{
		{Name: "deposits_count", Format: Integer, SQL: sum("CASE WHEN t.kind IN ('deposit', 'first_deposit') THEN 1 ELSE 0 END"), About: "Number of deposits, first deposits included."},
		{Name: "first_deposits_count", Format: Integer, SQL: sum("CASE WHEN t.kind = 'first_deposit' THEN 1 ELSE 0 END"), About: "Number of first deposits."},
		{Name: "reward_usd", Format: Money, SQL: sum("CASE WHEN t.kind IN (" + rewardKinds + ") THEN t.amount_usd_e6 END"), About: "Sum of the rewards with their reversals, reinstatements and corrections, in USD."},
		{Name: "rebate_usd", Format: Money, SQL: sum("CASE WHEN t.kind = 'rebate' THEN -t.amount_usd_e6 END"), About: "Sum of the rebates paid, in USD."},
	},
}

// pendingTransactions has a row for each rebate that waits for its approval or
// for its payment. Rewards and deposits take effect at once and never wait.
//
// The query starts with the rebates that still have such rows, and reads each
// one's range of the index rebate_rows_account.
var pendingTransactions = Definition{
	ID: "pending_transactions", Path: "/api/reports/transactions/pending/", Broker: "transactions/pending/", Title: "Pending transactions of clients",
	Description: "Lists the rebates that are not paid yet: they wait for the partner's approval or for the broker's payment, or their payment failed and can be retried. Their sum is still reserved in the partner's wallet or on its way.",
	Source: Source{
		Table: `(SELECT w.partner_id, w.row_id, w.changed_at, w.client_account, w.topay_usd_e6, CASE WHEN w.status = 'pending' AND b.status = 'approving' THEN 'approving' ELSE w.status END AS status
 FROM rebates b CROSS JOIN rebate_rows w WHERE @mine(b.partner_id) AND b.status IN ('pending', 'approving', 'approved', 'failed') AND @same(w.partner_id, b.partner_id) AND w.rebate_id = b.rebate_id
 AND w.topay_e6 > 0 AND w.status IN ('pending', 'approving', 'approved', 'failed'))`,
		Key: []string{"row_id"},
	},
	UTC:   true,
	Few:   true,
	Order: []page.Order{{Field: "at", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.row_id", About: "Id of the rebate's row, as in the rows of the rebate."},
		{Name: "at", Format: DateTime, SQL: "t.changed_at", Order: true, About: "When the status last changed."},
		{Name: "kind", Format: Text, SQL: "CAST('rebate' AS TEXT)", Choices: []string{"rebate"}, Filter: true, About: "Kind of the transaction: rebate."},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true},
		{Name: "status", Format: Text, SQL: "t.status", Choices: []string{"approved", "approving", "failed", "pending"}, Filter: true, About: "pending: waits for the partner's approval. approving: is being approved. approved: waits for the broker's payment. failed: can be paid again."},
		{Name: "amount_usd", Format: Money, SQL: "-t.topay_usd_e6", Order: true, About: "Amount in USD, negative because the partner pays it."},
		{Name: "date", Format: Date, SQL: "t.changed_at / 86400000000", Filter: true, Hidden: true, About: "Day of at, in UTC."},
	},
	Totals: []Total{{Name: "rebate_usd", Format: Money, SQL: sum("t.topay_usd_e6"), About: "Sum of these rebates, in USD."}},
}
