package verify

import (
	"context"

	"github.com/tributary-server/tributary/internal/cpa"
)

// cpaChecks check the payments of CPA in the books. The method CPA also computes
// the clients' states and the caps again.
var cpaChecks = []check{
	sides{
		invariant: 4, title: "the ledger has exactly the CPA that was paid and not taken back", keys: "client_uid, partner_id, currency", values: amounts,
		left: `SELECT client_uid, partner_id, currency, paid_e6, paid_usd_e6 FROM cpa_clients WHERE paid_day IS NOT NULL AND NOT deposit_reversed`,
		right: `SELECT @uuid(p.cause), p.partner_id, e.currency, e.amount_e6, e.amount_usd_e6 FROM postings p
			JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id WHERE p.kind IN ('cpa', 'cpa_clawback') AND e.account = 'wallet'`,
	}.check(),
	sides{
		invariant: 2, title: "the sums for the caps per month are those of the payments", keys: "partner_id, paid_day, bundle", values: "usd",
		left:  `SELECT partner_id, paid_day, bundle, paid_usd_e6 FROM cpa_months`,
		right: `SELECT partner_id, paid_day, bundle, paid_usd_e6 FROM cpa_clients WHERE paid_day IS NOT NULL`,
	}.check(),
	sides{
		invariant: 2, title: "the sums for the caps per campaign are those of the payments", keys: "partner_id, bundle, campaign_code", values: "usd",
		left:  `SELECT partner_id, bundle, campaign_code, paid_usd_e6 FROM cpa_campaigns`,
		right: `SELECT partner_id, bundle, campaign_code, paid_usd_e6 FROM cpa_clients WHERE paid_day IS NOT NULL`,
	}.check(),
	{1, "CPA moves only wallets and the programme's cost", `SELECT p.partner_id, e.posting_id, e.line, e.account FROM postings p
		JOIN entries e ON e.partner_id = p.partner_id AND e.posting_id = p.posting_id
		WHERE p.kind IN ('cpa', 'cpa_clawback') AND (e.account NOT IN ('wallet', 'expense') OR e.client_account IS NOT NULL OR e.reward_day IS NOT NULL)`},
	{5, "CPA is paid once for a client", `SELECT partner_id, cause, count(*), '' FROM postings WHERE kind = 'cpa' GROUP BY partner_id, cause HAVING count(*) > 1`},
	{2, "CPA belongs to a client who registered with the partner", `SELECT c.partner_id, c.client_uid, c.registered_at, l.registered_at FROM cpa_clients c
		LEFT JOIN clients l ON l.partner_id = c.partner_id AND l.client_uid = c.client_uid
		LEFT JOIN client_events e ON e.client_uid = c.client_uid AND e.kind = 'client.registered'
		WHERE l.client_uid IS NULL OR e.client_uid IS NULL OR e.partner_id <> c.partner_id OR c.registered_at <> e.at
			OR c.country <> l.country OR c.campaign_code <> l.campaign_code OR c.link_code <> e.link_code`},
	{6, "CPA is paid in a monthly run, after the client met the conditions", `SELECT partner_id, client_uid, paid_day, qualified_at FROM cpa_clients
		WHERE (paid_day IS NULL) <> (paid_at IS NULL) OR (paid_day IS NOT NULL AND (qualified_at IS NULL OR decision = 'rejected'))
			OR (paid_day IS NULL AND (paid_usd_e6 <> 0 OR paid_e6 <> 0 OR currency <> ''))`},
}

// CPA recomputes the state of every client whom a bundle covers, and the caps. It
// calls differ for each stored value that is wrong.
func (tx Tx) CPA(ctx context.Context, differ func(string)) error {
	zone, err := tx.Zone(ctx)
	if err != nil {
		return err
	}
	return cpa.Recompute(ctx, tx.q, zone, differ)
}
