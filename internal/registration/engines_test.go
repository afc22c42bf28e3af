package registration_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestRegistrations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Registrations)
}

func TestEvenWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.EvenWork)
}
