package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Settings)
}
