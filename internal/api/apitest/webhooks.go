package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
)

// SetupOutbox is a world that may send to receivers on this machine.
func SetupOutbox(t *testing.T) *World {
	t.Helper()
	return SetupWorld(t, func(c *programme.Config) { c.Egress = ThisMachine })
}

// Deliver makes all due deliveries, and those that follow from them.
func (w *World) Deliver(t *testing.T) {
	t.Helper()
	for range 10 {
		require.NoError(t, w.Server.Courier.Round(t.Context()))
		w.Server.Courier.Wait()
	}
}
