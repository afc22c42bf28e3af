package verify

// rebateRunChecks check the results of closing, approving and paying rebates. A
// row must pay whole cents, and only once, with its own payout. A rebate must
// equal the sum of its rows. An approval must pay the amounts that the partner
// saw.
var rebateRunChecks = []check{
	{3, "a closed rebate row pays whole cents", `SELECT row_id, client_account, status, topay_e6 FROM rebate_rows
		WHERE topay_e6 < 0 OR topay_e6 % 10000 <> 0 OR (topay_e6 = 0 AND topay_usd_e6 <> 0) OR (status = 'open' AND topay_e6 <> 0)`},
	sides{
		invariant: 3, title: "a rebate equals the sum of its closed rows", keys: "rebate_id, partner_id",
		values: "topay, topay_usd, reward, reward_usd, paying",
		left:   `SELECT rebate_id, partner_id, topay_e6, topay_usd_e6, reward_e6, reward_usd_e6, rows_count FROM rebates`,
		right: `SELECT rebate_id, partner_id, topay_e6, topay_usd_e6, reward_e6, reward_usd_e6, CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END
			FROM rebate_rows WHERE status <> 'open'`,
		where: ofLeft,
	}.check(),
	sides{
		invariant: 3, title: "a rebate counts its paying rows by status", keys: "rebate_id, partner_id",
		values: "pending, approving, approved, failed, paid, rejected, expired",
		left:   `SELECT rebate_id, partner_id, pending_rows, approving_rows, approved_rows, failed_rows, paid_rows, rejected_rows, expired_rows FROM rebates`,
		right: `SELECT rebate_id, partner_id, CASE status WHEN 'pending' THEN 1 ELSE 0 END, CASE status WHEN 'approving' THEN 1 ELSE 0 END,
			CASE status WHEN 'approved' THEN 1 ELSE 0 END, CASE status WHEN 'failed' THEN 1 ELSE 0 END, CASE status WHEN 'paid' THEN 1 ELSE 0 END,
			CASE status WHEN 'rejected' THEN 1 ELSE 0 END, CASE status WHEN 'expired' THEN 1 ELSE 0 END FROM rebate_rows WHERE topay_e6 > 0`,
		where: ofLeft,
	}.check(),
	{3, "a rebate row's status fits the status of its rebate", `SELECT w.row_id, w.status, r.status, '' FROM rebate_rows w
		JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE (w.status = 'pending' AND r.status NOT IN ('closing', 'pending', 'approving', 'rejecting', 'expiring'))
			OR (w.status = 'approving' AND r.status NOT IN ('pending', 'approving', 'rejecting', 'expiring'))
			OR (w.status = 'approved' AND r.status NOT IN ('pending', 'approving', 'rejecting', 'expiring', 'approved'))
			OR (w.status = 'failed' AND r.status IN ('open', 'closing', 'paid', 'rejected', 'expired'))`},
	{3, "a pending or approved rebate has a row that is not settled", `SELECT r.rebate_id, r.status, '', '' FROM rebates r WHERE r.status IN ('pending', 'approved')
		AND NOT EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.topay_e6 > 0
			AND w.status IN ('pending', 'approving', 'approved') AND (r.status = 'pending' OR w.status = 'approved'))`},
	{3, "a rebate row with a payment has a payout", `SELECT row_id, client_account, status, topay_e6 FROM rebate_rows
		WHERE topay_e6 > 0 AND payout_id IS NULL AND status IN ('approved', 'paid', 'failed')`},
	sides{
		invariant: 3, title: "a posting makes payable exactly the sum of its payouts", keys: "posting_id, partner_id", values: amounts,
		left: `SELECT e.posting_id, e.partner_id, e.amount_e6, e.amount_usd_e6 FROM postings g
			JOIN entries e ON e.partner_id = g.partner_id AND e.posting_id = g.posting_id WHERE g.kind = 'rebate_payout' AND e.account = 'payable'`,
		right: `SELECT p.posting_id, p.partner_id, p.amount_e6, p.amount_usd_e6 FROM payouts p
			JOIN postings g ON g.partner_id = p.partner_id AND g.posting_id = p.posting_id WHERE g.kind = 'rebate_payout'`,
	}.check(),
	{5, "approvals paid exactly the amounts that were shown", `SELECT partner_id, sum(done), sum(given), sum(amount) FROM (
			SELECT partner_id, topay_e6 AS given, topay_usd_e6 AS given_usd, CASE WHEN done_at IS NULL THEN 0 ELSE topay_e6 END AS done,
				CASE WHEN done_at IS NULL THEN 0 ELSE topay_usd_e6 END AS done_usd, 0 AS amount, 0 AS usd
				FROM rebate_approvals WHERE approved_at IS NOT NULL
			UNION ALL SELECT p.partner_id, 0, 0, 0, 0, e.amount_e6, e.amount_usd_e6 FROM postings p
				JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id AND e.account = 'payable'
				WHERE p.kind = 'rebate_payout' AND p.cause LIKE 'approval:%') both_sides
		GROUP BY partner_id HAVING sum(amount) < sum(done) OR sum(amount) > sum(given) OR sum(usd) < sum(done_usd) OR sum(usd) > sum(given_usd)`},
	{5, "a rebate row that is being approved has an approval", `SELECT w.partner_id, w.row_id, '', '' FROM rebate_rows w WHERE w.status = 'approving'
		AND NOT EXISTS (SELECT 1 FROM rebate_approvals a WHERE a.partner_id = w.partner_id AND a.approved_at IS NOT NULL AND a.done_at IS NULL)`},
}
