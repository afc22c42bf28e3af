package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestAccrual(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Accrual)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Verify)
}

func TestRealTrades(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RealTrades)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Identity)
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Security)
}

func TestPartner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Partner)
}

func TestWallet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Wallet)
}

func TestWalletVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.WalletVerify)
}

func TestReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Reports)
}

func TestRebates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Rebates)
}

func TestRebateSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RebateSettings)
}

func TestRebateRuns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RebateRuns)
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Traffic)
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Notifications)
}

func TestNotificationsPurge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.NotificationsPurge)
}

func TestNotificationsMailed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.NotificationsMailed)
}

func TestOperator(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Operator)
}

func TestMails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Mails)
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Registrations)
}

func TestAudit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Audit)
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Idempotency)
}

func TestRebateRunsVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RebateRunsVerify)
}

func TestPromo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Promo)
}

func TestDismissed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Dismissed)
}

func TestServers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Servers)
}

func TestReinstated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Reinstated)
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Corrections)
}

func TestSelfReferrals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.SelfReferrals)
}

func TestEvenWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.EvenWork)
}
