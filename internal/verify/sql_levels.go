package verify

import (
	"context"

	"github.com/tributary-server/tributary/internal/level"
)

// levelChecks check the progress rewards. The method Progress also recomputes their
// rows.
var levelChecks = []check{
	sides{
		invariant: 4, title: "a progress reward equals the sum of its rows", keys: "progress_id, partner_id", values: "orders, usd, amount",
		left:  `SELECT progress_id, partner_id, orders_count, amount_usd_e6, amount_e6 FROM level_reviews WHERE progress_id IS NOT NULL`,
		right: `SELECT progress_id, partner_id, CASE kind WHEN 0 THEN 1 ELSE 0 END, amount_usd_e6, amount_e6 FROM progress_rows`,
	}.check(),
	sides{
		invariant: 4, title: "the ledger has exactly the progress rewards", keys: "cause, partner_id", values: amounts,
		left: `SELECT CAST(progress_id AS text), partner_id, amount_e6, amount_usd_e6 FROM level_reviews WHERE progress_id IS NOT NULL`,
		right: `SELECT p.cause, p.partner_id, e.amount_e6, e.amount_usd_e6 FROM postings p
			JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id WHERE p.kind = 'progress_reward' AND e.account = 'wallet'`,
	}.check(),
	{4, "a progress reward moves only wallets and the programme's cost", `SELECT p.partner_id, e.posting_id, e.line, e.account FROM postings p
		JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind = 'progress_reward' AND (e.account NOT IN ('wallet', 'expense') OR e.client_account IS NOT NULL OR e.reward_day IS NOT NULL)`},
	{2, "a progress reward's row belongs to a reward", `SELECT w.client_account, w.ticket, w.kind, w.progress_id FROM progress_rows w
		LEFT JOIN accounts a ON a.partner_id = w.partner_id AND a.client_account = w.client_account
		LEFT JOIN reward_rows r ON r.partner_id = w.partner_id AND r.ticket = w.ticket AND r.part = w.part AND r.account = a.number AND r.kind = w.kind
		LEFT JOIN level_reviews v ON v.partner_id = w.partner_id AND v.progress_id = w.progress_id
		WHERE r.ticket IS NULL OR v.progress_id IS NULL`},
	{6, "a rise takes effect on the day after its review, and a fall on the day itself", `SELECT partner_id, review_day, from_day, new_level FROM level_reviews
		WHERE (paid_through IS NULL) <> (progress_id IS NULL) OR (progress_id IS NOT NULL AND from_day <> review_day + 1)
			OR (progress_id IS NULL AND from_day <> review_day) OR (progress_id IS NOT NULL AND new_level = level)`},
}

// Progress recomputes the progress rewards from the rewards of orders. It calls
// differ once for each difference that it finds.
func (tx Tx) Progress(ctx context.Context, differ func(string)) error {
	zone, err := tx.Zone(ctx)
	if err != nil {
		return err
	}
	return level.Recompute(ctx, tx.q, zone, differ)
}
