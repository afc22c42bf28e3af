package promo_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestPromo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Promo)
}
