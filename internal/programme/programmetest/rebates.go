package programmetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// RebateGroup gives a partner a rebate group that applies from a given time onwards,
// as the rebate service does.
func (p *Programme) RebateGroup(t *testing.T, partner string, group int64, from string, percent int64, period string, value int, isDefault bool, link string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	p.Write(t, `INSERT INTO rebate_group_terms (partner_id, group_id, from_at, percent_e4, period, period_value, is_default, link_code, is_deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, UUID(partner), group, db.Micros(at), percent*10_000, period, int64(value), isDefault, link, false)
	p.Write(t, `INSERT INTO rebate_groups (partner_id, group_id, title, group_type, percent_e4, period, period_value, is_default, link_code, created_at)
		VALUES ($1, $2, $3, 'MANUAL', $4, $5, $6, $7, $8, $9) ON CONFLICT (partner_id, group_id) DO UPDATE SET percent_e4 = excluded.percent_e4`,
		UUID(partner), group, fmt.Sprintf("group %d", group), percent*10_000, period, int64(value), isDefault, link, db.Micros(at))
}

// RebateTerms gives an account its own terms from a given time onwards. If group or
// percent is nil, the account has no value of its own.
func (p *Programme) RebateTerms(t *testing.T, partner, account, from string, group, percentE4 *int64) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	p.Write(t, `INSERT INTO rebate_account_terms (partner_id, client_account, from_at, group_id, percent_e4) VALUES ($1, $2, $3, $4, $5)`,
		UUID(partner), account, db.Micros(at), group, percentE4)
}
