package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// onBoth runs a test on each engine, with a new database.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, dbtest.New(t))
	})
}

// tributary prepares a command on a database, in a process of its own. The
// process runs this test binary (see TestMain).
func tributary(t *testing.T, database string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tributary", args...)
	cmd.Env = []string{"TRIBUTARY_DB=" + database, "TRIBUTARY_CLOCK=2026-03-01T00:00:00Z"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TRIBUTARY_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	t.Cleanup(func() {
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("%s: %s", cmd, &stderr)
		}
	})
	return cmd
}

func output(t *testing.T, database string, args ...string) string {
	t.Helper()
	out, err := tributary(t, database, args...).Output()
	require.NoError(t, err, "tributary %s", strings.Join(args, " "))
	return string(out)
}

type summary struct {
	Accepted     int64 `json:"accepted"`
	Duplicates   int64 `json:"duplicates"`
	Unattributed int64 `json:"unattributed"`
	Rejected     int64 `json:"rejected_count"`
}

func summaryOf(t *testing.T, text string) summary {
	t.Helper()
	var s summary
	require.NoError(t, json.Unmarshal([]byte(text), &s), text)
	return s
}

func lastOf(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
