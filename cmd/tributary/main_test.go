package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
)

// TestMain lets the test scripts run this test binary as if it were the command
// tributary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tributary": main})
}

func TestEveryCommandDoesSomething(t *testing.T) {
	t.Parallel()
	names, err := config.Commands()
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		require.NotNil(t, commands[name], name)
	}
	require.Len(t, commands, len(names))
}
