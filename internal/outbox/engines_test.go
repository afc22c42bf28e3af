package outbox_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Outbox)
}

func TestOutboxDamage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.OutboxDamage)
}

func TestOutboxRebates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.OutboxRebates)
}
