package sqldb

// rebateChecks prove what is set aside for rebates: that each row is what its
// rewards give, and that the ledger reserves exactly what is due.
var rebateChecks = []check{
	{3, "an account's rebates under way are its open rows", `SELECT coalesce(a.client_account, r.client_account), a.open_e6, r.rebate, '' FROM rebate_accounts a
		FULL JOIN (SELECT partner_id, client_account, sum(rebate_e6) AS rebate, sum(rebate_usd_e6) AS usd FROM rebate_rows WHERE status = 'open'
			GROUP BY partner_id, client_account) r ON r.partner_id = a.partner_id AND r.client_account = a.client_account
		WHERE coalesce(a.open_e6, 0) <> coalesce(r.rebate, 0) OR coalesce(a.open_usd_e6, 0) <> coalesce(r.usd, 0)`},
	{3, "an account carries over what its closed rows did not pay", `SELECT coalesce(a.client_account, r.client_account), a.carry_e6, r.rest, '' FROM rebate_accounts a
		FULL JOIN (SELECT partner_id, client_account, sum(rebate_e6 - topay_e6) AS rest, sum(rebate_usd_e6 - topay_usd_e6) AS usd FROM rebate_rows
			WHERE status <> 'open' GROUP BY partner_id, client_account) r ON r.partner_id = a.partner_id AND r.client_account = a.client_account
		WHERE coalesce(a.carry_e6, 0) <> coalesce(r.rest, 0) OR coalesce(a.carry_usd_e6, 0) <> coalesce(r.usd, 0)`},
	{3, "what is held for an account is what is due, and never below zero", `SELECT client_account, open_e6, carry_e6, held_e6 FROM rebate_accounts
		WHERE held_e6 <> CASE WHEN open_e6 + carry_e6 > 0 THEN open_e6 + carry_e6 ELSE 0 END
		OR held_usd_e6 <> CASE WHEN open_e6 + carry_e6 > 0 THEN open_usd_e6 + carry_usd_e6 ELSE 0 END`},
	{3, "a row's reward is that of its orders", `SELECT w.row_id, w.client_account, w.reward_e6, coalesce(r.reward, 0) FROM rebate_rows w
		LEFT JOIN (SELECT partner_id, rebate_row, sum(reward_e6) AS reward, sum(reward_usd_e6) AS usd, sum(1 - kind) AS orders FROM rewards
			WHERE rebate_row IS NOT NULL GROUP BY partner_id, rebate_row) r ON r.partner_id = w.partner_id AND r.rebate_row = w.row_id
		LEFT JOIN (SELECT partner_id, from_row, sum(reward_e6) AS reward, sum(reward_usd_e6) AS usd, sum(orders_count) AS orders FROM rebate_adjustments
			GROUP BY partner_id, from_row) f ON f.partner_id = w.partner_id AND f.from_row = w.row_id
		LEFT JOIN (SELECT partner_id, to_row, sum(reward_e6) AS reward, sum(reward_usd_e6) AS usd, sum(orders_count) AS orders FROM rebate_adjustments
			GROUP BY partner_id, to_row) t ON t.partner_id = w.partner_id AND t.to_row = w.row_id
		WHERE w.reward_e6 <> coalesce(r.reward, 0) - coalesce(f.reward, 0) + coalesce(t.reward, 0)
			OR w.reward_usd_e6 <> coalesce(r.usd, 0) - coalesce(f.usd, 0) + coalesce(t.usd, 0)
			OR w.orders_count <> coalesce(r.orders, 0) - coalesce(f.orders, 0) + coalesce(t.orders, 0)`},
	{3, "a reward counts in a row of its own account", `SELECT r.client_account, r.ticket, r.rebate_row, w.client_account FROM rewards r
		LEFT JOIN rebate_rows w ON w.partner_id = r.partner_id AND w.row_id = r.rebate_row
		WHERE r.rebate_row IS NOT NULL AND (w.client_account IS NULL OR w.client_account <> r.client_account)`},
	// |reward x percent| is cut to millionths: one apart of the quotient, computed in halves so that it fits 64 bits.
	{3, "a row's rebate is its reward times its percent", `SELECT row_id, reward_e6, percent_e4, rebate_e6 FROM rebate_rows
		WHERE percent_e4 < 0 OR percent_e4 > 1000000
		OR rebate_e6 <> reward_e6 / 1000000 * percent_e4 + reward_e6 % 1000000 * percent_e4 / 1000000
		OR rebate_usd_e6 <> reward_usd_e6 / 1000000 * percent_e4 + reward_usd_e6 % 1000000 * percent_e4 / 1000000`},
	{3, "a row is open as long as its rebate is", `SELECT w.row_id, w.status, r.status, '' FROM rebate_rows w
		LEFT JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE r.status IS NULL OR (r.status = 'open' AND w.status <> 'open') OR (r.status NOT IN ('open', 'closing') AND w.status = 'open')`},
	{3, "the ledger reserves what is held, and what rows are to pay", `SELECT coalesce(b.partner_id, h.partner_id), b.amount_e6, h.held, '' FROM
		(SELECT partner_id, sum(amount_e6) AS amount_e6, sum(amount_usd_e6) AS amount_usd_e6 FROM balances WHERE account = 'rebates_reserved' GROUP BY partner_id) b
		FULL JOIN (SELECT partner_id, sum(held) AS held, sum(usd) AS usd FROM (
			SELECT partner_id, held_e6 AS held, held_usd_e6 AS usd FROM rebate_accounts
			UNION ALL SELECT partner_id, topay_e6, topay_usd_e6 FROM rebate_rows WHERE status IN ('pending', 'approving', 'failed')) s GROUP BY partner_id) h
		ON h.partner_id = b.partner_id
		WHERE coalesce(b.amount_e6, 0) <> coalesce(h.held, 0) OR coalesce(b.amount_usd_e6, 0) <> coalesce(h.usd, 0)`},
}
