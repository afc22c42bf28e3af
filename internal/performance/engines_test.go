package performance_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestPerformance(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, storetest.Performance)
}
