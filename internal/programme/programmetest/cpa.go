package programmetest

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// WithCPA returns the service that pays CPA in a programme. From now on, the
// programme's accrual pays what is due, as a server does. Each transaction pays
// only two clients, so that a run needs several transactions.
func WithCPA(p *Programme) *cpa.Service {
	database := db.Joining(p.DB)
	log := audit.NewSQLLog(database, p.Clock)
	payments := cpa.NewService(cpa.NewStore(database), p.Clock, cpa.Config{Zone: time.UTC, Audit: log, StepClients: 2})
	p.Accrual = accrual.New(accrual.NewSQLStore(database), p.Clock, time.UTC, slog.New(loud{slog.DiscardHandler}), accrual.Config{
		Audit: log, Monthly: payments.Run,
	})
	return payments
}

// WithBundles adds a plan that differs from the built-in plan only by its bundles.
// It is in force from the beginning of time.
func WithBundles(t *testing.T, p *Programme, bundles ...reward.CPA) {
	t.Helper()
	plan := reward.Default()
	plan.CPA = bundles
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, Now)
	require.NoError(t, err)
}

// CPA describes the CPA of a partner's clients, in the order of their ids: status,
// reason, amount and day of the payment.
func (p *Programme) CPA(t *testing.T, partnerID id.UUID) string {
	t.Helper()
	type client struct {
		UID      id.UUID      `db:"client_uid"`
		Status   string       `db:"status"`
		Reason   string       `db:"reason"`
		EarnsUSD money.Amount `db:"earns_usd_e6"`
		Paid     int64        `db:"paid"`
		By       string       `db:"limited_by"`
	}
	found, err := db.All[client](t.Context(), p.DB, `SELECT client_uid, status, reason, earns_usd_e6, CASE WHEN paid_day IS NULL THEN 0 ELSE 1 END AS paid, limited_by
		FROM cpa_clients WHERE partner_id = $1 ORDER BY client_uid`, partnerID)
	require.NoError(t, err)
	list := make([]string, len(found))
	for i, c := range found {
		list[i] = strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s %s", c.UID.Short(), c.Status, c.Reason, c.EarnsUSD, []string{"", "paid"}[c.Paid], c.By)), " ")
	}
	return strings.Join(list, ", ")
}

// CPARows gives each partner nine clients with CPA, three in each status. The
// clients of all partners registered at the same moments.
func CPARows(t *testing.T, p *Programme, owners ...string) {
	t.Helper()
	for _, owner := range owners {
		for i := range int64(9) {
			status, paid := []string{"approved", "pending", "rejected"}[i%3], any(nil)
			if i == 0 {
				paid = int64(20_635)
			}
			dbtest.Insert(t, p.DB, "cpa_clients", dbtest.Row{
				"partner_id": UUID(owner), "client_uid": UUID(fmt.Sprintf("%s-0000-4000-8000-%012d", owner[:8], i)), "registered_at": 1_780_000_000_000_000 + i/2,
				"country": []string{"TH", "CY"}[i%2], "link_code": "alpha", "campaign_code": "", "plan_id": id.Nil, "bundle": "Europe", "expires_at": int64(1_790_000_000_000_000),
				"expired": false, "first_deposit_at": nil, "first_deposit_usd_e6": int64(0), "qualified_at": nil, "deposit_reversed": false, "decision": "", "decided_at": nil, "note": "",
				"status": status, "reason": "", "earns_usd_e6": 100_000_000 * i, "paid_day": paid, "paid_at": nil, "currency": "USD", "paid_usd_e6": int64(0), "paid_e6": int64(0), "limited_by": "",
			})
		}
	}
}
