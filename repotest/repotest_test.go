package repotest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ours is the beginning of the import paths of this module.
const ours = "github.com/tributary-server/tributary/"

var root = ".."

type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	EmbedFiles   []string
	Imports      []string
	Deps         []string
}

// path returns the package's path inside the module, such as internal/money.
func (p *pkg) path() string { return strings.TrimPrefix(p.ImportPath, ours) }

// ownPackages returns those imports that are packages of this module, as paths
// inside the module.
func ownPackages(imports []string) []string {
	var paths []string
	for _, path := range imports {
		if inside, found := strings.CutPrefix(path, ours); found {
			paths = append(paths, inside)
		}
	}
	return paths
}

// packages returns the packages that match patterns, without test files. The
// test fails if there are none.
func packages(t *testing.T, patterns ...string) []*pkg {
	t.Helper()
	out := run(t, "go", append([]string{"list", "-json"}, patterns...)...)
	var found []*pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		found = append(found, &p)
	}
	require.NotEmpty(t, found)
	return found
}

// files returns the paths of all files that git does not ignore, relative to
// root. If suffixes are given, a path must end in one of them.
func files(t *testing.T, suffixes ...string) []string {
	t.Helper()
	out := run(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var found []string
	for path := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		wanted := len(suffixes) == 0 || slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) })
		if info, err := os.Lstat(filepath.Join(root, path)); wanted && err == nil && info.Mode().IsRegular() {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	require.NotEmpty(t, found)
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(content)
}

// isGenerated reports whether a file has the header of generated files.
func isGenerated(content string) bool {
	head, _, _ := strings.Cut(content, "\npackage ")
	return strings.Contains(head, "Code generated ") && strings.Contains(head, "DO NOT EDIT.")
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", cmd, &stderr)
	return out
}
