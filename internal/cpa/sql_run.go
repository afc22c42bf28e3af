package cpa

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Store stores the CPA of clients.
type Store struct{ db db.DB }

// NewStore returns the Store of db. db must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// These conditions are those of the partial indexes cpa_clients_due and
// cpa_clients_open.
const (
	isDue  = `c.status = 'approved' AND c.paid_day IS NULL`
	isOpen = `c.status = 'pending' AND c.qualified_at IS NULL`
)

// inTime is true for clients who met the conditions, and were approved, before a
// run. An approval that is made before a late run must wait for the next one.
const inTime = `c.qualified_at < $1 AND (c.decided_at IS NULL OR c.decided_at < $1)`

// duePartners returns partners with something to do in the run that starts at a
// time. It returns at most limit partners, and only those whose id is greater
// than after. The query reads the two partial indexes.
func duePartners(ctx context.Context, q db.Querier, start time.Time, after id.UUID, limit int) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, q, `SELECT c.partner_id FROM cpa_clients c`+by(q, "cpa_clients_due")+` WHERE `+isDue+` AND c.partner_id > $2 AND `+inTime+`
		UNION SELECT c.partner_id FROM cpa_clients c`+by(q, "cpa_clients_open")+` WHERE `+isOpen+` AND c.partner_id > $2 AND c.expires_at < $1
		ORDER BY 1 LIMIT $3`, db.Micros(start), after, int64(limit))
}

// dueClients returns clients to pay, in the order of the payment.
func dueClients(ctx context.Context, q db.Querier, partnerID id.UUID, start time.Time, limit int) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM cpa_clients c`+by(q, "cpa_clients_due")+` WHERE `+isDue+` AND c.partner_id = $2 AND `+inTime+`
		ORDER BY c.qualified_at, c.client_uid LIMIT $3`, db.Micros(start), partnerID, int64(limit))
}

// expiredClients returns clients who have not met the conditions in time, and
// are still pending.
func expiredClients(ctx context.Context, q db.Querier, partnerID id.UUID, start time.Time, limit int) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM cpa_clients c`+by(q, "cpa_clients_open")+` WHERE `+isOpen+` AND c.partner_id = $1 AND c.expires_at < $2
		ORDER BY c.expires_at, c.client_uid LIMIT $3`, partnerID, db.Micros(start), int64(limit))
}

// usedOf returns how much of their caps the bundles of clients have used, for
// the caps that they have. The queries read ranges of the
// indexes cpa_clients_paid and cpa_clients_campaign.
func usedOf(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day, clients []*Client, plans []*reward.Plan) (*used, error) {
	u := newUsed()
	sum := func(c *Client, index, condition string, value any) (money.Amount, error) {
		sum, _, err := db.One[money.Amount](ctx, q, `SELECT CAST(coalesce(sum(paid_usd_e6), 0) AS bigint) FROM cpa_clients`+by(q, index)+`
			WHERE partner_id = $1 AND bundle = $2 AND paid_day IS NOT NULL AND `+condition, partnerID, c.Bundle, value)
		return sum, err
	}
	for _, c := range clients {
		terms, err := c.terms(plans)
		if err != nil {
			return nil, err
		}
		if _, known := u.month[c.Bundle]; !known && terms.CapPerMonthUSD != nil {
			if u.month[c.Bundle], err = sum(c, "cpa_clients_paid", `paid_day = $3`, int64(day)); err != nil {
				return nil, err
			}
		}
		if _, known := u.campaign[campaignOf(c)]; !known && terms.CapPerCampaignUSD != nil {
			if u.campaign[campaignOf(c)], err = sum(c, "cpa_clients_campaign", `campaign_code = $3`, c.CampaignCode); err != nil {
				return nil, err
			}
		}
	}
	return u, nil
}
