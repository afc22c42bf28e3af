package sqldb

// walletChecks prove money on its way out, and between a partner's accounts:
// that the ledger owes exactly what payouts wait for and has paid exactly what
// was answered so, and that whatever was made has its posting.
var walletChecks = []check{
	{1, "what is payable is what waits to be paid", `SELECT coalesce(b.partner_id, p.partner_id), coalesce(b.currency, p.currency), b.amount_e6, p.amount FROM
		(SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM balances WHERE account = 'payable') b
		FULL JOIN (SELECT partner_id, currency, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM payouts WHERE status = 'pending' GROUP BY partner_id, currency) p
		ON p.partner_id = b.partner_id AND p.currency = b.currency
		WHERE coalesce(b.amount_e6, 0) <> coalesce(p.amount, 0) OR coalesce(b.amount_usd_e6, 0) <> coalesce(p.usd, 0)`},
	{1, "what is paid is what was answered so", `SELECT coalesce(b.partner_id, p.partner_id), coalesce(b.currency, p.currency), b.amount_e6, p.amount FROM
		(SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM balances WHERE account = 'paid') b
		FULL JOIN (SELECT partner_id, currency, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM payouts WHERE status = 'paid' GROUP BY partner_id, currency) p
		ON p.partner_id = b.partner_id AND p.currency = b.currency
		WHERE coalesce(b.amount_e6, 0) <> coalesce(p.amount, 0) OR coalesce(b.amount_usd_e6, 0) <> coalesce(p.usd, 0)`},
	{1, "nothing is left between two currencies", `SELECT partner_id, sum(amount_usd_e6), '', '' FROM balances WHERE account = 'clearing'
		GROUP BY partner_id HAVING sum(amount_usd_e6) <> 0`},
	{1, "a payout has the posting that made it payable", `SELECT p.partner_id, p.payout_id, g.kind, '' FROM payouts p
		LEFT JOIN postings g ON g.partner_id = p.partner_id AND g.posting_id = p.posting_id
		WHERE g.kind IS NULL OR g.kind <> CASE p.kind WHEN 'withdrawal' THEN 'withdrawal' ELSE 'rebate_payout' END`},
	{1, "a transfer has its posting, with its amounts", `SELECT t.partner_id, t.transfer_id, t.from_amount_e6, t.to_amount_e6 FROM transfers t
		LEFT JOIN postings g ON g.partner_id = t.partner_id AND g.posting_id = t.posting_id AND g.kind = 'transfer'
		LEFT JOIN (SELECT partner_id, posting_id, sum(CASE WHEN amount_e6 < 0 THEN -amount_e6 ELSE 0 END) AS taken, sum(CASE WHEN amount_e6 > 0 THEN amount_e6 ELSE 0 END) AS given,
			sum(CASE WHEN amount_e6 > 0 THEN amount_usd_e6 ELSE 0 END) AS usd FROM entries WHERE account = 'wallet' GROUP BY partner_id, posting_id) e
			ON e.partner_id = g.partner_id AND e.posting_id = g.posting_id
		WHERE e.posting_id IS NULL OR e.taken <> t.from_amount_e6 OR e.given <> t.to_amount_e6 OR e.usd <> t.amount_usd_e6`},
	{1, "a withdrawal is its payout", `SELECT coalesce(w.partner_id, p.partner_id), coalesce(w.withdrawal_id, p.subject_id), w.status, p.status FROM withdrawals w
		FULL JOIN (SELECT * FROM payouts WHERE kind = 'withdrawal') p ON p.partner_id = w.partner_id AND p.payout_id = w.payout_id
		WHERE w.withdrawal_id IS NULL OR p.payout_id IS NULL OR p.subject_id <> w.withdrawal_id OR p.status <> w.status OR p.reason <> w.reason
			OR p.currency <> w.currency OR p.amount_e6 <> w.amount_e6 OR p.amount_usd_e6 <> w.amount_usd_e6 OR p.destination <> w.destination
			OR coalesce(p.answered_at, 0) <> coalesce(w.answered_at, 0)`},
	{1, "a payout that waits has no answer, any other has one", `SELECT partner_id, payout_id, status, answered_at FROM payouts
		WHERE (status = 'pending') <> (answered_at IS NULL) OR status NOT IN ('pending', 'paid', 'failed') OR amount_e6 <= 0`},
	{3, "a rebate's payout is its row's, and says how it stands", `SELECT coalesce(p.partner_id, w.partner_id), coalesce(p.payout_id, w.payout_id), p.status, w.status FROM
		(SELECT partner_id, row_id, client_account, payout_id, topay_e6, topay_usd_e6, status FROM rebate_rows WHERE payout_id IS NOT NULL) w
		FULL JOIN (SELECT * FROM payouts WHERE kind = 'rebate' AND status <> 'failed') p ON p.partner_id = w.partner_id AND p.subject_id = w.row_id
		LEFT JOIN payouts l ON l.partner_id = w.partner_id AND l.payout_id = w.payout_id
		WHERE w.row_id IS NULL OR l.payout_id IS NULL
			OR (p.payout_id IS NOT NULL AND (p.payout_id <> w.payout_id OR p.amount_e6 <> w.topay_e6 OR p.amount_usd_e6 <> w.topay_usd_e6 OR p.client_account <> w.client_account))
			OR (l.status = 'pending') <> (w.status = 'approved') OR (l.status = 'paid') <> (w.status = 'paid')`},
	{3, "an account was paid what its payouts were paid", `SELECT coalesce(a.client_account, p.client_account), a.paid_e6, p.amount, '' FROM
		(SELECT partner_id, client_account, paid_e6, paid_usd_e6 FROM rebate_accounts WHERE paid_e6 <> 0 OR paid_usd_e6 <> 0) a
		FULL JOIN (SELECT partner_id, client_account, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM payouts WHERE kind = 'rebate' AND status = 'paid'
			GROUP BY partner_id, client_account) p ON p.partner_id = a.partner_id AND p.client_account = a.client_account
		WHERE coalesce(a.paid_e6, 0) <> coalesce(p.amount, 0) OR coalesce(a.paid_usd_e6, 0) <> coalesce(p.usd, 0)`},
	{3, "a client was paid what its rows were paid", `SELECT coalesce(c.client_uid, p.client_uid), c.rebate_usd_e6, p.usd, '' FROM
		(SELECT partner_id, client_uid, rebate_usd_e6 FROM clients WHERE rebate_usd_e6 <> 0) c
		FULL JOIN (SELECT p.partner_id, w.client_uid, sum(p.amount_usd_e6) AS usd FROM payouts p
			JOIN rebate_rows w ON w.partner_id = p.partner_id AND w.row_id = p.subject_id WHERE p.kind = 'rebate' AND p.status = 'paid'
			GROUP BY p.partner_id, w.client_uid) p ON p.partner_id = c.partner_id AND p.client_uid = c.client_uid
		WHERE coalesce(c.rebate_usd_e6, 0) <> coalesce(p.usd, 0)`},
	{3, "a rebate is paid when all of it is settled", `SELECT r.partner_id, r.rebate_id, r.status, '' FROM rebates r
		WHERE (r.status IN ('paid', 'failed') AND EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id
				AND w.status IN ('pending', 'approving', 'approved') AND w.topay_e6 > 0))
			OR (r.status = 'paid' AND EXISTS (SELECT 1 FROM rebate_rows w WHERE w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.status = 'failed'))`},
}
