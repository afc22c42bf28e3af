package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
)

// A list in the file must mean the same as a repeated flag, or as comma-separated
// values in the environment.
func TestListsInTheFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"flow":     "trusted-proxy: [10.0.0.0/8, 192.168.1.4/32]\nwithdrawal-method: [\"card:10-5000/10000\", \"bank_transfer:50-20000/50000\"]\n",
		"block":    "trusted-proxy:\n- 10.0.0.0/8\n- 192.168.1.4/32\nwithdrawal-method:\n- card:10-5000/10000\n- bank_transfer:50-20000/50000\n",
		"json":     `{"trusted-proxy": ["10.0.0.0/8", "192.168.1.4/32"], "withdrawal-method": ["card:10-5000/10000", "bank_transfer:50-20000/50000"]}`,
		"one text": "trusted-proxy: 10.0.0.0/8,192.168.1.4/32\nwithdrawal-method: card:10-5000/10000,bank_transfer:50-20000/50000\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "config")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			cli, _, err := parse(t, "serve", "--config", file)
			require.NoError(t, err)
			require.Len(t, cli.Serve.TrustedProxy, 2)
			require.Equal(t, "192.168.1.4/32", cli.Serve.TrustedProxy[1].String())
			require.Len(t, cli.Serve.WithdrawalMethod, 2)
		})
	}
	for text, want := range map[string]string{
		"listen: [a, b]\n":                    "line 1: listen takes one value",
		"trusted-proxy: [[10.0.0.0/8]]\n":     "takes a list of single values",
		"trusted-proxy: [{a: b}]\n":           "takes a list of single values",
		"trusted-proxy: [10.0.0.0/8, null]\n": "takes a list of single values",
		"trusted-proxy: {a: b}\n":             "takes one value",
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, _, err := parse(t, "serve", "--config", file)
		require.ErrorContains(t, err, want, text)
	}
}

func TestEveryFlagHasAnEnvironmentName(t *testing.T) {
	t.Parallel()
	reference, err := config.Reference()
	require.NoError(t, err)
	seen := 0
	for line := range strings.Lines(string(reference)) {
		if !strings.HasPrefix(line, "| `--") {
			continue
		}
		seen++
		row := regexp.MustCompile("^\\| `--([a-z-]+)[^`]*` \\| `([A-Z_]+)` \\|").FindStringSubmatch(line)
		require.Len(t, row, 3, line)
		require.Equal(t, "TRIBUTARY_"+strings.ToUpper(strings.ReplaceAll(row[1], "-", "_")), row[2])
	}
	require.Greater(t, seen, 40)
}
