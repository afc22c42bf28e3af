package verify

// adjustmentChecks check the manual adjustments.
var adjustmentChecks = []check{
	sides{
		invariant: 5, title: "the ledger has exactly the approved adjustments", keys: "cause, partner_id, currency", values: amounts,
		left: `SELECT adjustment_id, partner_id, currency, amount_e6, amount_usd_e6 FROM adjustments WHERE status = 'approved'`,
		right: `SELECT p.cause, p.partner_id, e.currency, e.amount_e6, e.amount_usd_e6 FROM postings p
			JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id WHERE p.kind = 'adjustment' AND e.account = 'wallet'`,
	}.check(),
	{5, "an adjustment is booked once", `SELECT partner_id, cause, count(*), '' FROM postings WHERE kind = 'adjustment'
		GROUP BY partner_id, cause HAVING count(*) > 1`},
	{5, "an adjustment moves only wallets and the programme's cost", `SELECT p.partner_id, e.posting_id, e.line, e.account FROM postings p
		JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind = 'adjustment' AND e.account NOT IN ('wallet', 'expense')`},
	{5, "an adjustment above its limit has two staff members", `SELECT partner_id, adjustment_id, author, decided_by FROM adjustments
		WHERE status = 'approved' AND (abs(amount_usd_e6) > limit_usd_e6 OR decided_by <> '')
			AND (author NOT LIKE 'staff:%' OR decided_by NOT LIKE 'staff:%' OR author = decided_by)`},
	{5, "a pending adjustment is undecided, above its limit, and by a staff member", `SELECT partner_id, adjustment_id, status, author FROM adjustments
		WHERE (status = 'pending') <> (decided_at IS NULL)
			OR status = 'pending' AND (abs(amount_usd_e6) <= limit_usd_e6 OR author NOT LIKE 'staff:%')`},
}
