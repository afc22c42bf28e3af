package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
)

func TestExports(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 100_000, "--xlsx-rows=0": -1, "--xlsx-rows=1": 1, "--xlsx-rows=1000000": 1_000_000} {
		args := []string{"serve"}
		if text != "" {
			args = append(args, text)
		}
		cli, _, err := config.Parse(args, nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, cli.Serve.Rows(), text)
	}
	for _, wrong := range []string{"--xlsx-rows=-1", "--xlsx-rows=1000001", "--xlsx-rows=many"} {
		_, _, err := config.Parse([]string{"serve", wrong}, nil, nil)
		require.ErrorContains(t, err, "--xlsx-rows", wrong)
	}
}
