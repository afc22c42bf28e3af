package rebate_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

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

func TestRebateRunsVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.RebateRunsVerify)
}
