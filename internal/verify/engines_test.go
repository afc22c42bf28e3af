package verify_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Verify)
}
