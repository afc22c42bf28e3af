package sqldb_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Agents)
}

func TestAgentService(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.AgentService)
}

func TestSharedReports(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.SharedReports)
}
