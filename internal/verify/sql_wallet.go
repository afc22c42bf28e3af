package verify

// walletChecks check withdrawals, payouts and transfers. The balance of the ledger
// account "payable" must equal the sum of the pending payouts. The balance of the
// ledger account "paid" must equal the sum of the paid payouts. Each transfer and
// payout must have its posting.
var walletChecks = []check{
	sides{
		invariant: 1, title: "the payable balance equals the sum of pending payouts", keys: "partner_id, currency", values: amounts,
		left:  `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM balances WHERE account = 'payable'`,
		right: `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM payouts WHERE status = 'pending'`,
	}.check(),
	sides{
		invariant: 1, title: "the paid balance equals the sum of paid payouts", keys: "partner_id, currency", values: amounts,
		left:  `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM balances WHERE account = 'paid'`,
		right: `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM payouts WHERE status = 'paid'`,
	}.check(),
	// The balance after each line, except the last, is the balance before another
	// line. The balance before the first line is 0.
	{1, "a wallet's balances follow from each other, line by line", `SELECT partner_id, currency, v, '' FROM (
		SELECT e.partner_id, e.currency, e.balance_e6 AS v, 1 AS n FROM entries e WHERE e.account = 'wallet'
		UNION ALL SELECT e.partner_id, e.currency, e.balance_e6 - e.amount_e6, -1 FROM entries e WHERE e.account = 'wallet'
		UNION ALL SELECT b.partner_id, b.currency, b.amount_e6, -1 FROM balances b WHERE b.account = 'wallet'
		UNION ALL SELECT b.partner_id, b.currency, 0, 1 FROM balances b WHERE b.account = 'wallet') s
		WHERE (partner_id, currency) NOT IN (SELECT u.partner_id, u.currency FROM entries u WHERE u.account = 'wallet' AND u.balance_e6 IS NULL)
		GROUP BY partner_id, currency, v HAVING sum(n) <> 0`},
	{1, "the clearing account is empty in USD", `SELECT partner_id, sum(amount_usd_e6), '', '' FROM balances WHERE account = 'clearing'
		GROUP BY partner_id HAVING sum(amount_usd_e6) <> 0`},
	{1, "a payout has the posting that made it payable", `SELECT p.partner_id, p.payout_id, g.kind, '' FROM payouts p
		LEFT JOIN postings g ON g.partner_id = p.partner_id AND g.posting_id = p.posting_id
		WHERE g.kind IS NULL OR g.kind <> CASE p.kind WHEN 'withdrawal' THEN 'withdrawal' ELSE 'rebate_payout' END`},
	{1, "a transfer has its posting, with its amounts", `SELECT t.partner_id, t.transfer_id, t.from_amount_e6, t.to_amount_e6 FROM transfers t
		LEFT JOIN postings g ON g.partner_id = t.partner_id AND g.posting_id = t.posting_id AND g.kind = 'transfer'
		LEFT JOIN entries e ON e.partner_id = g.partner_id AND e.posting_id = g.posting_id AND e.account = 'wallet'
		GROUP BY t.partner_id, t.transfer_id HAVING count(e.line) = 0
			OR sum(CASE WHEN e.amount_e6 < 0 THEN -e.amount_e6 ELSE 0 END) <> t.from_amount_e6
			OR sum(CASE WHEN e.amount_e6 > 0 THEN e.amount_e6 ELSE 0 END) <> t.to_amount_e6
			OR sum(CASE WHEN e.amount_e6 > 0 THEN e.amount_usd_e6 ELSE 0 END) <> t.amount_usd_e6`},
	{1, "a withdrawal and its payout agree", `SELECT w.partner_id, w.withdrawal_id, w.status, p.status FROM withdrawals w
		LEFT JOIN payouts p ON p.partner_id = w.partner_id AND p.payout_id = w.payout_id AND p.kind = 'withdrawal'
		WHERE p.payout_id IS NULL OR p.subject_id <> w.withdrawal_id OR p.status <> w.status OR p.reason <> w.reason
			OR p.currency <> w.currency OR p.amount_e6 <> w.amount_e6 OR p.amount_usd_e6 <> w.amount_usd_e6 OR p.destination <> w.destination
			OR coalesce(p.answered_at, 0) <> coalesce(w.answered_at, 0)
		UNION ALL SELECT p.partner_id, p.subject_id, w.status, p.status FROM payouts p
		LEFT JOIN withdrawals w ON w.partner_id = p.partner_id AND w.withdrawal_id = p.subject_id AND w.payout_id = p.payout_id
		WHERE p.kind = 'withdrawal' AND w.withdrawal_id IS NULL`},
	{1, "a payout has a response unless it is pending", `SELECT partner_id, payout_id, status, answered_at FROM payouts
		WHERE (status = 'pending') <> (answered_at IS NULL) OR status NOT IN ('pending', 'paid', 'failed') OR amount_e6 <= 0`},
	{3, "a rebate's payout belongs to a row with the same amount and status", `SELECT w.partner_id, w.payout_id, p.status, w.status FROM rebate_rows w
		LEFT JOIN payouts p ON p.partner_id = w.partner_id AND p.payout_id = w.payout_id
		WHERE w.payout_id IS NOT NULL AND (p.payout_id IS NULL OR (p.status = 'pending') <> (w.status = 'approved') OR (p.status = 'paid') <> (w.status = 'paid'))
		UNION ALL SELECT p.partner_id, p.payout_id, p.status, w.status FROM payouts p
		LEFT JOIN rebate_rows w ON w.partner_id = p.partner_id AND w.row_id = p.subject_id AND w.payout_id = p.payout_id
		WHERE p.kind = 'rebate' AND p.status <> 'failed'
			AND (w.row_id IS NULL OR p.amount_e6 <> w.topay_e6 OR p.amount_usd_e6 <> w.topay_usd_e6 OR p.client_account <> w.client_account)`},
	sides{
		invariant: 3, title: "an account's paid sum equals the sum of its paid payouts", keys: "client_account, partner_id", values: "paid, usd",
		left:  `SELECT client_account, partner_id, paid_e6, paid_usd_e6 FROM rebate_accounts`,
		right: `SELECT client_account, partner_id, amount_e6, amount_usd_e6 FROM payouts WHERE kind = 'rebate' AND status = 'paid'`,
	}.check(),
	sides{
		invariant: 3, title: "a client's paid sum equals the sum of its paid rows", keys: "client_uid, partner_id", values: "usd",
		left: `SELECT client_uid, partner_id, rebate_usd_e6 FROM clients`,
		right: `SELECT w.client_uid, p.partner_id, p.amount_usd_e6 FROM payouts p
			JOIN rebate_rows w ON w.partner_id = p.partner_id AND w.row_id = p.subject_id WHERE p.kind = 'rebate' AND p.status = 'paid'`,
	}.check(),
	{3, "a rebate is paid only when all its rows are settled", `SELECT r.partner_id, r.rebate_id, r.status, '' FROM rebates r
		WHERE (r.status IN ('paid', 'failed') AND EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id
				AND w.status IN ('pending', 'approving', 'approved') AND w.topay_e6 > 0))
			OR (r.status = 'paid' AND EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.status = 'failed'))`},
}
