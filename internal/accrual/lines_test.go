package accrual_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestLines_LateLink changes the link of an account after its order was booked. The
// plan pays more for one of the links.
func TestLines_LateLink(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		half := money.Percent(50_0000)
		plan := reward.Default()
		plan.Formulas = append([]reward.FormulaRule{{LinkCodes: []string{"summer"}, SharePercent: &half, Formula: reward.ClassicV2}}, plan.Formulas...)
		_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
		require.NoError(t, err)
		p.MustFeed(t, p.Setting()...)
		p.AgentLink(t, programmetest.PartnerA, 702, "summer", "none@example.com")
		p.MustFeed(t, p.Fact(feed.AccountOpened, "2026-02-10T00:00:00Z",
			`"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
			p.Order("1002", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
		require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
		for _, change := range []struct{ at, code, wallet string }{
			{"2026-02-03T00:00:00Z", "summer", "5"}, {"2026-02-04T00:00:00Z", "alpha", "2"}, {"2026-02-05T00:00:00Z", "summer", "5"},
		} {
			p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, change.at, `"client_uid":"`+programmetest.Client1+`","partner_code":"`+change.code+`"`))
			require.Equal(t, change.wallet, p.Wallet(t, programmetest.PartnerA), change.at)
		}
		programmetest.RequireSound(t, p.DB)
	})
}
