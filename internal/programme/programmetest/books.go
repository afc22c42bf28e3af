package programmetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verify"
)

// Wallet returns the balance of a partner's wallet, as a decimal number in the
// partner's currency.
func (p *Programme) Wallet(t *testing.T, partner string) string {
	t.Helper()
	return p.sum(t, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'wallet'`, UUID(partner))
}

// Reserved returns the amount that is set aside for the rebates of a partner's
// clients.
func (p *Programme) Reserved(t *testing.T, partner string) string {
	t.Helper()
	return p.sum(t, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'rebates_reserved'`, UUID(partner))
}

// Rebated returns the amount set aside for the rebates of one client account.
func (p *Programme) Rebated(t *testing.T, account string) string {
	t.Helper()
	return p.sum(t, `SELECT CAST(coalesce(sum(rebate_e6), 0) AS bigint) FROM rebate_rows WHERE client_account = $1`, account)
}

// Rewards returns the sum of a partner's rewards in USD.
func (p *Programme) Rewards(t *testing.T, partner string) string {
	t.Helper()
	return p.sum(t, `SELECT CAST(coalesce(sum(reward_usd_e6), 0) AS bigint) FROM partner_days WHERE partner_id = $1`, UUID(partner))
}

// AgentsEarned returns the sum that the agents of a partner have earned, in USD.
func (p *Programme) AgentsEarned(t *testing.T, owner string) string {
	t.Helper()
	return p.sum(t, `SELECT CAST(coalesce(sum(earned_usd_e6), 0) AS bigint) FROM agent_agreements WHERE partner_id = $1`, UUID(owner))
}

func (p *Programme) sum(t *testing.T, query string, of any) string {
	t.Helper()
	return money.Amount(dbtest.Scalar(t, p.DB, query, of)).String()
}

// Health returns the state of the feed.
func (p *Programme) Health(t *testing.T) *inbox.Health {
	t.Helper()
	h, err := inbox.NewStore(p.DB).Health(t.Context())
	require.NoError(t, err)
	return h
}

// NewLink returns a partner's own link.
func NewLink(partnerID id.UUID, code string) *partner.Link {
	return &partner.Link{PartnerID: partnerID, Code: code, RewardSchema: partner.SchemaRevShare, IsCustom: true, CreatedAt: Now}
}

// RequireSound fails the test if verify finds a fault in the books.
func RequireSound(t *testing.T, db db.DB) {
	t.Helper()
	var faults []string
	_, err := verify.Run(t.Context(), verify.NewStore(db), func(f verify.Fault) { faults = append(faults, f.String()) })
	require.NoError(t, err)
	require.Empty(t, faults)
}

// Write runs an SQL statement in a transaction of its own.
func (p *Programme) Write(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, p.DB.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}
