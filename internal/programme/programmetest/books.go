package programmetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verify"
)

// What a partner has and earned, in millionths. Each takes the partner's id.
const (
	WalletSum  = `SELECT coalesce(sum(amount_e6), 0) FROM balances WHERE partner_id = $1 AND account = 'wallet'`
	RewardsUSD = `SELECT coalesce(sum(reward_usd_e6), 0) FROM partner_days WHERE partner_id = $1`
)

// Health returns what the broker is shown of facts that wait.
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

// RequireSound runs verify over the books.
func RequireSound(t *testing.T, db db.DB) {
	t.Helper()
	var faults []string
	_, err := verify.Run(t.Context(), verify.NewStore(db), func(f verify.Fault) { faults = append(faults, f.String()) })
	require.NoError(t, err)
	require.Empty(t, faults)
}

// Write runs a statement in a transaction of its own.
func (p *Programme) Write(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, p.DB.Lock(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}
