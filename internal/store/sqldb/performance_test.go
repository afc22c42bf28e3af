package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestPerformance(t *testing.T) {
	t.Parallel()
	onEnginesWithClicks(t, storetest.Performance)
}
