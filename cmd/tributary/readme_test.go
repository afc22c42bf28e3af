package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadme runs the commands in the README. Some run against a demo server.
// The broker's commands run in a new directory.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```[a-z]*\n(.*?)```\n").FindAllStringSubmatch(string(readme), -1)
	kinds := map[string]int{}
	for _, block := range blocks {
		commands := block[1]
		switch {
		case strings.HasPrefix(commands, "make "):
			kinds["make"]++
			for _, target := range regexp.MustCompile(`(?m)^make ([a-z-]+)`).FindAllStringSubmatch(commands, -1) {
				require.Contains(t, string(makefile), "\n"+target[1]+": ", "the Makefile lacks the target")
			}
		case strings.Contains(commands, "http://localhost:8080"):
			kinds["demo"]++
			cmd, url := startDemo(t)
			out := shell(t, t.TempDir(), strings.ReplaceAll(commands, "http://localhost:8080", url))
			require.Contains(t, out, `"formula_code"`)
			stopCommand(t, cmd)
		case strings.Contains(commands, "bin/tributary"):
			kinds["broker"]++
			dir := t.TempDir()
			program, err := os.Executable()
			require.NoError(t, err)
			examples, err := filepath.Abs("../../examples")
			require.NoError(t, err)
			require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
			require.NoError(t, os.Symlink(program, filepath.Join(dir, "bin", "tributary")))
			require.NoError(t, os.Symlink(examples, filepath.Join(dir, "examples")))
			require.Contains(t, shell(t, dir, commands), ": 0 faults")
		default:
			t.Errorf("nothing runs this block of the README:\n%s", commands)
		}
	}
	for _, kind := range []string{"make", "demo", "broker"} {
		require.Positive(t, kinds[kind], kind)
	}
}

// shell runs commands until one fails. An HTTP error is also a failure.
func shell(t *testing.T, dir, commands string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", `curl() { command curl --fail-with-body "$@"; }`+"\n"+commands)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", commands, out)
	return string(out)
}

// startDemo starts a small demo with a fixed clock, and returns its URL.
func startDemo(t *testing.T) (cmd *exec.Cmd, url string) {
	t.Helper()
	return serveDemo(t, demoCommand(t))
}

// startDemoNow starts a small demo with the real clock, and returns its URL.
func startDemoNow(t *testing.T, options ...string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = demoCommand(t, options...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(entry string) bool { return strings.HasPrefix(entry, "TRIBUTARY_CLOCK=") })
	return serveDemo(t, cmd)
}

func demoCommand(t *testing.T, options ...string) *exec.Cmd {
	t.Helper()
	return tributary(t, "", append([]string{"demo", "--listen", "127.0.0.1:0", "--orders", "2000", "--clients", "60"}, options...)...)
}

func serveDemo(t *testing.T, demo *exec.Cmd) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = demo
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, at, found := strings.Cut(lines.Text(), " serves a made-up programme on "); found {
			url = at
		}
		if strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
			break
		}
	}
	require.NotEmpty(t, url)
	return cmd, url
}
