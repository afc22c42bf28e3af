package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
)

// SetupOutbox returns a World in which webhooks may be sent to this machine.
func SetupOutbox(t *testing.T) *World {
	t.Helper()
	return SetupWorld(t, func(c *programme.Config) { c.Egress = ThisMachine })
}

// Deliver runs ten rounds of deliveries, because a delivery can create further events.
func (w *World) Deliver(t *testing.T) {
	t.Helper()
	for range 10 {
		require.NoError(t, w.Server.Courier.Round(t.Context()))
		w.Server.Courier.Wait()
	}
}
