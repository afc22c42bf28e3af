package verify

// agentChecks check the shares of referral agents. Each share must follow from
// its order and its agreement. The sum earned under an agreement must equal the
// sum of its shares. The ledger must have every share for both the agent and
// the owner.
var agentChecks = []check{
	{2, "an agent's share belongs to an order of its owner", `SELECT s.server, s.ticket, s.base_usd_e6, r.reward_usd_e6 FROM agent_shares s
		LEFT JOIN accounts a ON a.partner_id = s.owner_id AND a.client_account = s.client_account
		LEFT JOIN reward_rows r ON r.partner_id = s.owner_id AND r.ticket = s.ticket AND r.part = s.part AND r.account = a.number AND r.kind = s.kind
		LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.terms = r.terms
		WHERE t.terms IS NULL OR t.server <> s.server OR r.reward_usd_e6 <> s.base_usd_e6 OR r.reward_day <> s.reward_day`},
	// The product of base and percent is truncated to 6 decimal places. The query
	// computes the product in two parts, because the whole would not fit into 64
	// bits.
	{2, "an agent's share is at most its part of the reward", `SELECT server, ticket, amount_usd_e6, base_usd_e6 FROM agent_shares
		WHERE kind % 2 = 0 AND (amount_usd_e6 <= 0 OR amount_e6 < 0 OR paid_e6 < 0 OR share_e4 <= 0 OR share_e4 > 1000000
			OR amount_usd_e6 > base_usd_e6 / 1000000 * share_e4 + base_usd_e6 % 1000000 * share_e4 / 1000000)`},
	{2, "an agent earns under an agreement that was in force at the close", `SELECT s.server, s.ticket, s.link_id, s.agreement_at FROM agent_shares s
		LEFT JOIN accounts c ON c.partner_id = s.owner_id AND c.client_account = s.client_account
		LEFT JOIN reward_rows r ON r.partner_id = s.owner_id AND r.ticket = s.ticket AND r.part = s.part AND r.account = c.number AND r.kind = 0
		LEFT JOIN agent_agreements a ON a.partner_id = s.owner_id AND a.link_id = s.link_id AND a.from_at = s.agreement_at
		WHERE a.from_at IS NULL OR a.share_e4 <> s.share_e4 OR r.close_at IS NULL OR a.from_at > r.close_at`},
	{2, "an agent earns only from accounts of its link", `SELECT s.client_account, s.link_id, a.link_code, l.link_code FROM agent_shares s
		LEFT JOIN accounts a ON a.partner_id = s.owner_id AND a.client_account = s.client_account
		LEFT JOIN agent_links l ON l.partner_id = s.owner_id AND l.link_id = s.link_id
		WHERE a.link_code IS NULL OR l.link_code IS NULL OR a.link_code <> l.link_code`},
	{2, "a reversal cancels exactly what its order's agent earned", `SELECT s.server, s.ticket, s.amount_usd_e6, v.amount_usd_e6 FROM agent_shares s
		JOIN rewards r ON r.partner_id = s.owner_id AND r.server = s.server AND r.ticket = s.ticket AND r.part = s.part
			AND r.client_account = s.client_account AND r.kind = s.kind + 1
		LEFT JOIN agent_shares v ON v.partner_id = s.partner_id AND v.owner_id = s.owner_id AND v.server = s.server AND v.ticket = s.ticket
			AND v.part = s.part AND v.client_account = s.client_account AND v.kind = s.kind + 1
		WHERE s.kind % 2 = 0 AND (v.kind IS NULL OR v.amount_usd_e6 <> -s.amount_usd_e6 OR v.amount_e6 <> -s.amount_e6 OR v.paid_e6 <> -s.paid_e6)`},
	{2, "a reinstatement gives an agent no more than the reversal cancelled", `SELECT s.server, s.ticket, s.amount_usd_e6, v.amount_usd_e6 FROM agent_shares s
		LEFT JOIN agent_shares v ON v.partner_id = s.partner_id AND v.owner_id = s.owner_id AND v.server = s.server AND v.ticket = s.ticket
			AND v.part = s.part AND v.client_account = s.client_account AND v.kind = s.kind - 1
		WHERE s.kind % 2 = 0 AND s.kind > 0 AND (v.kind IS NULL OR s.amount_usd_e6 > -v.amount_usd_e6 OR s.amount_e6 > -v.amount_e6 OR s.paid_e6 > -v.paid_e6)`},
	{2, "a reversal takes from an agent only what it earned", `SELECT v.server, v.ticket, v.amount_usd_e6, '' FROM agent_shares v
		LEFT JOIN agent_shares s ON s.partner_id = v.partner_id AND s.owner_id = v.owner_id AND s.server = v.server AND s.ticket = v.ticket
			AND s.part = v.part AND s.client_account = v.client_account AND s.kind = v.kind - 1
		WHERE v.kind % 2 = 1 AND s.kind IS NULL`},
	sides{
		invariant: 4, title: "an agreement's earnings are the sum of its shares, within its limit", keys: "link_id, agreement_at, owner_id",
		values: "usd, usd_off_limits",
		left: `SELECT link_id, from_at, partner_id, earned_usd_e6,
			CASE WHEN earned_usd_e6 < 0 OR earned_usd_e6 > cap_usd_e6 THEN earned_usd_e6 ELSE 0 END FROM agent_agreements`,
		right: `SELECT link_id, agreement_at, owner_id, amount_usd_e6, 0 FROM agent_shares`,
		or:    "left_rows = 0",
	}.check(),
	{4, "an agent's link shows what was earned under its newest agreement", `SELECT l.link_id, l.link_code, l.earned_usd_e6, a.earned_usd_e6 FROM agent_links l
		LEFT JOIN agent_agreements a ON a.partner_id = l.partner_id AND a.link_id = l.link_id
			AND a.from_at = (SELECT max(b.from_at) FROM agent_agreements b WHERE b.partner_id = l.partner_id AND b.link_id = l.link_id)
		WHERE l.earned_usd_e6 <> coalesce(a.earned_usd_e6, 0)`},
	sides{
		invariant: 4, title: "the ledger has each agent's shares, and what their owners paid for them", keys: "partner_id, currency",
		values: amounts,
		left: `SELECT partner_id, currency, amount_e6, amount_usd_e6 FROM agent_shares
			UNION ALL SELECT s.owner_id, r.currency, -s.paid_e6, -s.amount_usd_e6 FROM agent_shares s
				JOIN rewards r ON r.partner_id = s.owner_id AND r.server = s.server AND r.ticket = s.ticket AND r.part = s.part
					AND r.client_account = s.client_account AND r.kind = s.kind`,
		right: `SELECT e.partner_id, e.currency, e.amount_e6, e.amount_usd_e6 FROM postings p
			JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
			WHERE p.kind = 'agent_share' AND e.account = 'wallet'`,
	}.check(),
	{4, "a posting of an agent's share uses only the accounts wallet and expense", `SELECT p.partner_id, e.posting_id, e.line, e.account FROM postings p
		JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind = 'agent_share' AND (e.account NOT IN ('wallet', 'expense') OR e.client_account IS NOT NULL OR e.reward_day IS NOT NULL)`},
	{4, "an agent's link is among its owner's links, and its agent can find it", `SELECT l.link_id, l.link_code, l.email, '' FROM agent_links l
		LEFT JOIN partner_links k ON k.partner_id = l.partner_id AND k.link_code = l.link_code
		LEFT JOIN agent_routes r ON r.email = l.email AND r.owner_id = l.partner_id AND r.link_id = l.link_id
		WHERE k.link_code IS NULL OR r.link_id IS NULL`},
}
