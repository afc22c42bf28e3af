package sqldb_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/store/postgres"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/store/sqlite"
	"github.com/tributary-server/tributary/internal/store/storetest"
	"github.com/tributary-server/tributary/internal/store/testpg"
)

// onEngines runs a suite on both engines.
func onEngines(t *testing.T, suite func(t *testing.T, open func(t *testing.T) sqldb.DB)) {
	t.Helper()
	onEnginesWithClicks(t, func(t *testing.T, open func(t *testing.T) (db, clicks sqldb.DB)) {
		t.Helper()
		suite(t, func(t *testing.T) sqldb.DB {
			t.Helper()
			db, _ := open(t)
			return db
		})
	})
}

// onEnginesWithClicks is onEngines for what needs the clicks, which are beside
// the rest on SQLite and among it on PostgreSQL.
func onEnginesWithClicks(t *testing.T, suite func(t *testing.T, open func(t *testing.T) (db, clicks sqldb.DB))) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		suite(t, func(t *testing.T) (sqldb.DB, sqldb.DB) {
			t.Helper()
			path := filepath.Join(t.TempDir(), "tributary.db")
			db, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			clicks, err := sqlite.OpenClicks(t.Context(), path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, clicks.Close()) })
			return sqldb.Joining(db), sqldb.Joining(clicks)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		suite(t, func(t *testing.T) (sqldb.DB, sqldb.DB) {
			t.Helper()
			dsn := testpg.Template(t, "foundation", func(dsn string) error {
				db, err := postgres.Open(context.Background(), dsn) // outlives the first test that asks for it
				if err != nil {
					return err
				}
				return db.Close()
			})
			db, err := postgres.Open(t.Context(), dsn)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			joining := sqldb.Joining(db)
			return joining, joining
		})
	})
}

func TestAccrual(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Accrual)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Verify)
}

func TestRealTrades(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.RealTrades)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Identity)
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Security)
}

func TestPartner(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Partner)
}

func TestWallet(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Wallet)
}

func TestWalletVerify(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.WalletVerify)
}

func TestReports(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Reports)
}

func TestRebates(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Rebates)
}

func TestRebateSettings(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.RebateSettings)
}

func TestRebateRuns(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.RebateRuns)
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Traffic)
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Notifications)
}

func TestNotificationsPurge(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.NotificationsPurge)
}

func TestNotificationsMailed(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.NotificationsMailed)
}

func TestOperator(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Operator)
}

func TestMails(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Mails)
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Registrations)
}

func TestAudit(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Audit)
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Idempotency)
}

func TestRebateRunsVerify(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.RebateRunsVerify)
}

func TestPromo(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Promo)
}

func TestDismissed(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Dismissed)
}

func TestServers(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Servers)
}

func TestReinstated(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Reinstated)
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Corrections)
}

func TestSelfReferrals(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.SelfReferrals)
}

func TestEvenWork(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.EvenWork)
}

func TestExports(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Exports)
}
