package repotest_test

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// modernc.org/libc does not follow semantic versioning. With a newer version
// than the SQLite driver requires, the driver can fail without an error.
func TestLibcIsTheOneSQLiteWasMadeWith(t *testing.T) {
	t.Parallel()
	var sqlite, libc struct{ Version, GoMod string }
	require.NoError(t, json.Unmarshal(run(t, "go", "list", "-m", "-json", "modernc.org/sqlite"), &sqlite))
	require.NoError(t, json.Unmarshal(run(t, "go", "list", "-m", "-json", "modernc.org/libc"), &libc))
	content, err := os.ReadFile(sqlite.GoMod)
	require.NoError(t, err)
	wanted := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (v\S+)`).FindSubmatch(content)
	require.NotNil(t, wanted, "modernc.org/sqlite %s names no libc", sqlite.Version)
	require.Equal(t, string(wanted[1]), libc.Version, "the libc that modernc.org/sqlite %s was made with", sqlite.Version)
}

func TestModulesReplaceNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"go.mod", "tools/go.mod"} {
		require.NotRegexp(t, `(?m)^\s*(replace|exclude)\b`, read(t, name), "%s: go install would not see it", name)
	}
}

func TestNoFileNamesAMachine(t *testing.T) {
	t.Parallel()
	machine := regexp.MustCompile(`(^|[^\w.)}/-])/(work|root|tmp/notes)(/|\b)`)
	for sample, want := range map[string]bool{
		"/" + "work/shared": true,
		"see /" + "root/x":  true,
		"/homework/":        false,
		"../work/":          false,
		"a/work/b":          false,
		"$(pwd)/root/":      false,
	} {
		require.Equal(t, want, machine.MatchString(sample), sample)
	}
	for _, name := range files(t) {
		if path.Base(name) == "go.sum" {
			continue
		}
		content := read(t, name)
		if strings.ContainsRune(content, 0) {
			continue // skip files that are not text
		}
		if found := machine.FindString(content); found != "" {
			t.Errorf("%s names %q", name, strings.TrimSpace(found))
		}
	}
}

func TestLicence(t *testing.T) {
	t.Parallel()
	require.Contains(t, read(t, "LICENSE"), "Apache License\n                           Version 2.0, January 2004")
	require.Contains(t, read(t, "NOTICE"), "Apache License, Version 2.0")
}

// TestPackagesHaveFewFiles finds a package with so many files that a reader no longer
// guesses the file from the feature. Tests and generated files do not count.
func TestPackagesHaveFewFiles(t *testing.T) {
	t.Parallel()
	const most = 40
	count := map[string]int{}
	for _, file := range files(t, ".go") {
		if !strings.HasSuffix(file, "_test.go") && !strings.HasSuffix(file, "_gen.go") {
			count[path.Dir(file)]++
		}
	}
	require.NotEmpty(t, count)
	for folder, n := range count {
		require.LessOrEqual(t, n, most, "%s has %d files: join small files of one subject, or make a package of some", folder, n)
	}
}

// TestMigrationsHaveTheirOwnNumbers finds two migrations with the same number,
// which can come from two branches. With both of them, no store could be
// opened.
func TestMigrationsHaveTheirOwnNumbers(t *testing.T) {
	t.Parallel()
	numbers := map[string]string{}
	for _, file := range files(t, ".sql") {
		if dir := path.Dir(file); path.Dir(dir) == "internal/db/migrations" {
			number := path.Join(dir, strings.SplitN(path.Base(file), "_", 2)[0])
			require.Empty(t, numbers[number], "%s has that number too", file)
			numbers[number] = file
		}
	}
	require.NotEmpty(t, numbers)
}

func TestDecisionRecords(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$`)
	status := regexp.MustCompile(`(?m)^[-*_ ]*Status[*_]*:`)
	numbers := map[string]string{}
	for _, file := range files(t, ".md") {
		if path.Dir(file) != "docs/adr" || path.Base(file) == "README.md" {
			continue
		}
		parts := name.FindStringSubmatch(path.Base(file))
		require.NotNil(t, parts, "%s: a decision's file is named NNNN-what-was-decided.md", file)
		require.Empty(t, numbers[parts[1]], "%s has that number too", file)
		numbers[parts[1]] = file
		require.Regexp(t, status, read(t, file), "%s has no line 'Status:'", file)
	}
	require.NotEmpty(t, numbers, "docs/adr holds no decision")
}

func TestContributingIsShortEnoughToBeRead(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, strings.Count(read(t, "CONTRIBUTING.md"), "\n"), 150)
}

func TestLinksInDocumentsLead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)\s]*)?\)`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	for _, file := range files(t, ".md") {
		if path.Base(file) == "reference.md" {
			continue // links in this source are relative to docs, where the generated document is
		}
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(read(t, file), ""), -1) {
			target := found[1]
			if strings.Contains(target, ":") {
				continue // the target is outside this repository
			}
			_, err := os.Stat(filepath.Join(root, path.Dir(file), target))
			require.NoError(t, err, "%s links to %s", file, target)
		}
	}
}

func TestMakeHelpNamesEveryTarget(t *testing.T) {
	t.Parallel()
	help := string(run(t, "make", "help"))
	for _, phony := range regexp.MustCompile(`(?m)^\.PHONY: (.+)$`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		for target := range strings.FieldsSeq(phony[1]) {
			require.Regexp(t, `(?m)^  make `+target+` +\S`, help)
		}
	}
}
