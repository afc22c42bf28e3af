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

// TestLines_LinkAfterMove moves a client, and then gives it another link of the new
// partner from before its account was opened. The order from before the move gets the
// terms of this link.
func TestLines_LinkAfterMove(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for _, linkFirst := range []bool{true, false} {
			p := programmetest.New(open(t))
			half := money.Percent(50_0000)
			plan := reward.Default()
			plan.Formulas = append([]reward.FormulaRule{{LinkCodes: []string{"summer"}, SharePercent: &half, Formula: reward.ClassicV2}}, plan.Formulas...)
			_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
			require.NoError(t, err)
			p.MustFeed(t, p.Setting()...)
			p.AgentLink(t, programmetest.PartnerB, 703, "summer", "none@example.com")
			p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
			facts := []string{
				p.Fact(feed.ClientPartnerChanged, "2026-02-01T12:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"summer"`),
				p.Fact(feed.ClientMoved, "2026-04-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta","reason":"test"`),
				p.Order("1001", 2, "EURUSD", "2026-05-01T10:00:00Z", ``),
			}
			if !linkFirst {
				facts = append(facts[1:], facts[0])
			}
			for _, fact := range facts {
				p.MustFeed(t, fact)
			}
			require.EqualValues(t, 5_000000, dbtest.Scalar(t, p.DB, `SELECT reward_usd_e6 FROM rewards WHERE ticket = 1 AND partner_id = $1`, programmetest.Beta))
			programmetest.RequireSound(t, p.DB)
		}
	})
}

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
