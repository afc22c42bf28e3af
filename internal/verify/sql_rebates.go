package verify

// rebateChecks check the amounts that are reserved for rebates. Each row must
// follow from its rewards, and the ledger must reserve exactly the amount due.
var rebateChecks = []check{
	sides{
		invariant: 3, title: "an account's open amount equals the sum of its open rows", keys: "client_account, partner_id", values: "rebate, usd",
		left:  `SELECT client_account, partner_id, open_e6, open_usd_e6 FROM rebate_accounts`,
		right: `SELECT client_account, partner_id, rebate_e6, rebate_usd_e6 FROM rebate_rows WHERE status = 'open'`,
	}.check(),
	sides{
		invariant: 3, title: "an account carries over what its closed rows did not pay", keys: "client_account, partner_id", values: "rest, usd",
		left:  `SELECT client_account, partner_id, carry_e6, carry_usd_e6 FROM rebate_accounts`,
		right: `SELECT client_account, partner_id, rebate_e6 - topay_e6, rebate_usd_e6 - topay_usd_e6 FROM rebate_rows WHERE status <> 'open'`,
	}.check(),
	{3, "an account's reserve is the amount due, and never below zero", `SELECT client_account, open_e6, carry_e6, held_e6 FROM rebate_accounts
		WHERE held_e6 <> CASE WHEN open_e6 + carry_e6 > 0 THEN open_e6 + carry_e6 ELSE 0 END
		OR held_usd_e6 <> CASE WHEN open_e6 + carry_e6 > 0 THEN open_usd_e6 + carry_usd_e6 ELSE 0 END`},
	sides{
		invariant: 3, title: "a rebate row's reward equals the sum of its orders' rewards", keys: "row_id, partner_id", values: "reward, usd, orders",
		left: `SELECT row_id, partner_id, reward_e6, reward_usd_e6, orders_count FROM rebate_rows`,
		right: `SELECT rebate_row, partner_id, reward_e6, reward_usd_e6, CASE kind WHEN 0 THEN 1 ELSE 0 END FROM rewards WHERE rebate_row IS NOT NULL
			UNION ALL SELECT from_row, partner_id, -reward_e6, -reward_usd_e6, -orders_count FROM rebate_adjustments
			UNION ALL SELECT to_row, partner_id, reward_e6, reward_usd_e6, orders_count FROM rebate_adjustments`,
		where: ofLeft,
	}.check(),
	{3, "a reward is in a rebate row of its own account", `SELECT r.client_account, r.ticket, r.rebate_row, w.client_account FROM rewards r
		LEFT JOIN rebate_rows w ON w.partner_id = r.partner_id AND w.row_id = r.rebate_row
		WHERE r.rebate_row IS NOT NULL AND (w.client_account IS NULL OR w.client_account <> r.client_account)`},
	// The product of reward and percent is truncated to 6 decimal places. The
	// query computes the product in two parts, because the whole would not fit
	// into 64 bits.
	{3, "a rebate row's amount is its reward times its percent", `SELECT row_id, reward_e6, percent_e4, rebate_e6 FROM rebate_rows
		WHERE percent_e4 < 0 OR percent_e4 > 1000000
		OR rebate_e6 <> reward_e6 / 1000000 * percent_e4 + reward_e6 % 1000000 * percent_e4 / 1000000
		OR rebate_usd_e6 <> reward_usd_e6 / 1000000 * percent_e4 + reward_usd_e6 % 1000000 * percent_e4 / 1000000`},
	{3, "a rebate row is open exactly while its rebate is open", `SELECT w.row_id, w.status, r.status, '' FROM rebate_rows w
		LEFT JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE r.status IS NULL OR (r.status = 'open' AND w.status <> 'open') OR (r.status NOT IN ('open', 'closing') AND w.status = 'open')`},
	sides{
		invariant: 3, title: "the ledger's reserve equals the reserves of accounts and unpaid rows", keys: "partner_id", values: amounts,
		left: `SELECT partner_id, amount_e6, amount_usd_e6 FROM balances WHERE account = 'rebates_reserved'`,
		right: `SELECT partner_id, held_e6, held_usd_e6 FROM rebate_accounts
			UNION ALL SELECT partner_id, topay_e6, topay_usd_e6 FROM rebate_rows WHERE status IN ('pending', 'approving', 'failed')`,
	}.check(),
}
