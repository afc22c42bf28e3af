package click_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestClicks(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, storetest.Clicks)
}

func TestSources(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, storetest.Sources)
}

func TestCodes(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, storetest.Codes)
}
