package agent_test

import (
	"testing"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.Agents)
}

func TestAgentService(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.AgentService)
}

func TestSharedReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, storetest.SharedReports)
}
