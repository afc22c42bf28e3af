package programmetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// RebateGroup gives a partner a rebate group that applies from a given time onwards,
// as the rebate service does.
func (p *Programme) RebateGroup(t *testing.T, partner string, group int64, from string, percent int64, period string, value int, isDefault bool, link string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	p.Write(t, `INSERT INTO rebate_group_terms (partner_id, group_id, from_at, percent_e4, period, period_value, is_default, link_code, is_deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, UUID(partner), group, db.Micros(at), percent*10_000, period, int64(value), isDefault, link, false)
	if dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebate_groups WHERE partner_id = $1 AND group_id = $2`, UUID(partner), group) == 1 {
		p.Write(t, `UPDATE rebate_groups SET percent_e4 = $3 WHERE partner_id = $1 AND group_id = $2`, UUID(partner), group, percent*10_000)
		return
	}
	dbtest.Insert(t, p.DB, "rebate_groups", dbtest.Row{
		"partner_id": UUID(partner), "group_id": group, "title": fmt.Sprintf("group %d", group), "group_type": "MANUAL", "percent_e4": percent * 10_000,
		"period": period, "period_value": int64(value), "is_default": isDefault, "link_code": link, "created_at": db.Micros(at),
	})
}

// RebateTerms gives an account its own terms from a given time onwards. If group or
// percentE4 is nil, the account has no group or percentage of its own.
func (p *Programme) RebateTerms(t *testing.T, partner, account, from string, group, percentE4 *int64) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	p.Write(t, `INSERT INTO rebate_account_terms (partner_id, client_account, from_at, group_id, percent_e4) VALUES ($1, $2, $3, $4, $5)`,
		UUID(partner), account, db.Micros(at), group, percentE4)
}
