package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Outbox)
}

func TestOutboxDamage(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.OutboxDamage)
}

func TestOutboxRebates(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.OutboxRebates)
}
