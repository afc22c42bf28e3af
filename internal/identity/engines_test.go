package identity_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Identity)
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Security)
}
