package cpa_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestRun_OnePartnerFails damages the client of one partner. The other partner is
// paid, and the run is tried again after a minute.
func TestRun_OnePartnerFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		s := newScene(t, open(t), basic)
		s.client(1, "2026-06-02", "")
		s.qualify(1, "2026-06-03")
		lines := s.Setting()
		s.MustFeed(t, lines[7], lines[9], s.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"2001","amount_usd":108.5`),
			s.Order("2001", 50, "EURUSD", "2026-02-04T00:00:00Z", ``), s.Order("2001", 51, "EURUSD", "2026-02-05T00:00:00Z", ``))
		s.Write(t, `UPDATE cpa_clients SET bundle = 'Gone' WHERE partner_id = $1`, programmetest.Alpha)
		s.at("2026-07-01")
		require.ErrorContains(t, s.payments.Run(t.Context()), `has no bundle "Gone"`)
		require.Equal(t, "22222222 approved 200 paid", s.CPA(t, programmetest.Beta))
		s.Write(t, `UPDATE cpa_clients SET bundle = 'All' WHERE partner_id = $1`, programmetest.Alpha)
		require.NoError(t, s.payments.Run(t.Context()))
		require.Equal(t, "c0000001 approved 200", s.CPA(t, programmetest.Alpha), "the pause is not over")
		s.Clock.Advance(time.Minute)
		require.NoError(t, s.payments.Run(t.Context()))
		require.Equal(t, "c0000001 approved 200 paid", s.CPA(t, programmetest.Alpha))
		programmetest.RequireSound(t, s.DB)
	})
}

// TestRun_WithoutRate pays a partner whose currency has no rate in the first month
// after the rate arrived.
func TestRun_WithoutRate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		bundle := basic
		bundle.MinLots = 0 // without a rate, orders wait
		s := newScene(t, open(t), bundle)
		s.MustFeed(t, s.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`))
		s.MustFeed(t,
			s.Fact(feed.ClientRegistered, "2026-06-02T00:00:00Z", `"client_uid":"`+uid(1)+`","email":"c1@example.com","country":"PL","partner_code":"gamma"`),
			s.Fact(feed.AccountOpened, "2026-06-02T00:00:00Z", `"client_account":"5001","client_uid":"`+uid(1)+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
		s.deposit(1, "2026-06-03T00:00:00Z", 100)
		gamma := programmetest.UUID("cccccccc-0000-4000-8000-000000000003")
		s.until("2026-07-01")
		require.Equal(t, "c0000001 approved 200", s.CPA(t, gamma))
		s.MustFeed(t, s.Fact(feed.RateSet, "2026-07-02T00:00:00Z", `"currency":"GBP","usd":"1.25"`))
		s.until("2026-08-01")
		require.Equal(t, "c0000001 approved 200 paid", s.CPA(t, gamma))
		require.Equal(t, "160", s.Wallet(t, gamma.String()))
		programmetest.RequireSound(t, s.DB)
	})
}
