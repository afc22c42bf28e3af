package operator_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Operator)
}
