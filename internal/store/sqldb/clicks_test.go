package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestClicks(t *testing.T) {
	t.Parallel()
	onEnginesWithClicks(t, storetest.Clicks)
}

func TestSources(t *testing.T) {
	t.Parallel()
	onEnginesWithClicks(t, storetest.Sources)
}

func TestCodes(t *testing.T) {
	t.Parallel()
	onEnginesWithClicks(t, storetest.Codes)
}
