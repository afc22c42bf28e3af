package sqldb

// rebateRunChecks prove what closing, approving and paying leave: that a row
// pays only what is whole cents, once and with its payout, that a rebate is its
// rows, and that approvals paid what they were shown.
var rebateRunChecks = []check{
	{3, "a row pays whole cents, once it is closed", `SELECT row_id, client_account, status, topay_e6 FROM rebate_rows
		WHERE topay_e6 < 0 OR topay_e6 % 10000 <> 0 OR (topay_e6 = 0 AND topay_usd_e6 <> 0) OR (status = 'open' AND topay_e6 <> 0)`},
	{3, "a rebate adds up its closed rows", `SELECT r.rebate_id, r.status, r.topay_e6, coalesce(w.topay, 0) FROM rebates r
		LEFT JOIN (SELECT partner_id, rebate_id, sum(CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END) AS paying, sum(reward_e6) AS reward, sum(reward_usd_e6) AS reward_usd,
			sum(topay_e6) AS topay, sum(topay_usd_e6) AS topay_usd FROM rebate_rows WHERE status <> 'open' GROUP BY partner_id, rebate_id) w
		ON w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id
		WHERE r.rows_count <> coalesce(w.paying, 0) OR r.reward_e6 <> coalesce(w.reward, 0) OR r.reward_usd_e6 <> coalesce(w.reward_usd, 0)
			OR r.topay_e6 <> coalesce(w.topay, 0) OR r.topay_usd_e6 <> coalesce(w.topay_usd, 0)`},
	{3, "a rebate counts its paying rows as they stand", `SELECT r.rebate_id, r.status, r.pending_rows, coalesce(w.pending, 0) FROM rebates r
		LEFT JOIN (SELECT partner_id, rebate_id, sum(CASE status WHEN 'pending' THEN 1 ELSE 0 END) AS pending, sum(CASE status WHEN 'approving' THEN 1 ELSE 0 END) AS approving,
			sum(CASE status WHEN 'approved' THEN 1 ELSE 0 END) AS approved, sum(CASE status WHEN 'failed' THEN 1 ELSE 0 END) AS failed,
			sum(CASE status WHEN 'paid' THEN 1 ELSE 0 END) AS paid, sum(CASE status WHEN 'rejected' THEN 1 ELSE 0 END) AS rejected,
			sum(CASE status WHEN 'expired' THEN 1 ELSE 0 END) AS expired FROM rebate_rows WHERE topay_e6 > 0 GROUP BY partner_id, rebate_id) w
		ON w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id
		WHERE r.pending_rows <> coalesce(w.pending, 0) OR r.approving_rows <> coalesce(w.approving, 0) OR r.approved_rows <> coalesce(w.approved, 0)
			OR r.failed_rows <> coalesce(w.failed, 0) OR r.paid_rows <> coalesce(w.paid, 0) OR r.rejected_rows <> coalesce(w.rejected, 0)
			OR r.expired_rows <> coalesce(w.expired, 0)`},
	{3, "a row waits as long as its rebate does", `SELECT w.row_id, w.status, r.status, '' FROM rebate_rows w
		JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE (w.status = 'pending' AND r.status NOT IN ('closing', 'pending', 'approving', 'rejecting', 'expiring'))
			OR (w.status = 'approving' AND r.status NOT IN ('pending', 'approving', 'rejecting', 'expiring'))
			OR (w.status = 'approved' AND r.status NOT IN ('pending', 'approving', 'rejecting', 'expiring', 'approved'))
			OR (w.status = 'failed' AND r.status IN ('open', 'closing', 'paid', 'rejected', 'expired'))`},
	{3, "a rebate waits as long as a row of it does", `SELECT r.rebate_id, r.status, '', '' FROM rebates r WHERE r.status IN ('pending', 'approved')
		AND NOT EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.topay_e6 > 0
			AND w.status IN ('pending', 'approving', 'approved') AND (r.status = 'pending' OR w.status = 'approved'))`},
	{3, "what was paid or is on the way has a payout", `SELECT row_id, client_account, status, topay_e6 FROM rebate_rows
		WHERE topay_e6 > 0 AND payout_id IS NULL AND status IN ('approved', 'paid', 'failed')`},
	{3, "a posting makes payable exactly its payouts", `SELECT g.posting_id, coalesce(e.amount, 0), coalesce(p.amount, 0), '' FROM (SELECT partner_id, posting_id FROM postings WHERE kind = 'rebate_payout') g
		LEFT JOIN (SELECT partner_id, posting_id, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM entries WHERE account = 'payable' GROUP BY partner_id, posting_id) e
			ON e.partner_id = g.partner_id AND e.posting_id = g.posting_id
		LEFT JOIN (SELECT partner_id, posting_id, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM payouts GROUP BY partner_id, posting_id) p
			ON p.partner_id = g.partner_id AND p.posting_id = g.posting_id
		WHERE coalesce(e.amount, 0) <> coalesce(p.amount, 0) OR coalesce(e.usd, 0) <> coalesce(p.usd, 0)`},
	{5, "approvals paid what they were shown, and nothing else", `SELECT coalesce(a.partner_id, g.partner_id), a.done, a.given, g.amount FROM
		(SELECT partner_id, sum(topay_e6) AS given, sum(topay_usd_e6) AS given_usd, sum(CASE WHEN done_at IS NULL THEN 0 ELSE topay_e6 END) AS done,
			sum(CASE WHEN done_at IS NULL THEN 0 ELSE topay_usd_e6 END) AS done_usd FROM rebate_approvals WHERE approved_at IS NOT NULL GROUP BY partner_id) a
		FULL JOIN (SELECT p.partner_id, sum(e.amount_e6) AS amount, sum(e.amount_usd_e6) AS usd FROM postings p
			JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id AND e.account = 'payable'
			WHERE p.kind = 'rebate_payout' AND p.cause LIKE 'approval:%' GROUP BY p.partner_id) g ON g.partner_id = a.partner_id
		WHERE coalesce(g.amount, 0) < coalesce(a.done, 0) OR coalesce(g.amount, 0) > coalesce(a.given, 0)
			OR coalesce(g.usd, 0) < coalesce(a.done_usd, 0) OR coalesce(g.usd, 0) > coalesce(a.given_usd, 0)`},
	{5, "what is being approved was approved", `SELECT w.partner_id, w.row_id, '', '' FROM rebate_rows w WHERE w.status = 'approving'
		AND NOT EXISTS (SELECT 1 FROM rebate_approvals a WHERE a.partner_id = w.partner_id AND a.approved_at IS NOT NULL AND a.done_at IS NULL)`},
}
