package accrual_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestAccrual(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Accrual)
}

func TestRealTrades(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RealTrades)
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

func TestModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Model)
}
