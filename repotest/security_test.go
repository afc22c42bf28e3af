package repotest_test

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// promiseDocuments lists the documents that name a test for each promise.
var promiseDocuments = []string{"docs/security.md", "docs/asvs.md"}

// namedTest matches the name of a test in a document, such as
// `repotest.TestNamedTestsExist`.
var namedTest = regexp.MustCompile("`([a-z0-9_/]+)\\.((?:Test|Fuzz)\\w*)`")

func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	for _, file := range files(t, "_test.go") {
		for _, found := range function.FindAllStringSubmatch(read(t, file), -1) {
			declared[path.Dir(file)+"."+found[1]] = true
		}
	}
	for _, document := range promiseDocuments {
		named := namedTest.FindAllStringSubmatch(read(t, document), -1)
		require.NotEmpty(t, named, document)
		for _, found := range named {
			if !declared[found[1]+"."+found[2]] {
				t.Errorf("%s names %s.%s, which is not there: name the test that holds the promise now", document, found[1], found[2])
			}
		}
	}
}

// asvsRow matches a row of the table. A row has the id, the level, the
// requirement, and the test or a reason.
var asvsRow = regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| (.+) \|$`)

// The file in testdata has the ids and levels of OWASP ASVS 5.0.0, levels 1 and
// 2.
func TestEveryRequirementIsThereOnce(t *testing.T) {
	t.Parallel()
	var wanted, got []string
	for line := range strings.Lines(read(t, "repotest/testdata/asvs-5.0.0.txt")) {
		wanted = append(wanted, strings.TrimSpace(line))
	}
	require.Len(t, wanted, 253)
	for _, row := range asvsRow.FindAllStringSubmatch(read(t, "docs/asvs.md"), -1) {
		got = append(got, row[1]+" "+row[2])
		reason := regexp.MustCompile(`^(does not apply|not met): \S`).MatchString(row[4])
		if !reason && !namedTest.MatchString(row[4]) {
			t.Errorf("%s: name a test, or begin with \"does not apply: \" or \"not met: \": %s", row[1], row[4])
		}
	}
	require.Equal(t, wanted, got, "each once, in the standard's order")
}

// The numbers in the table's introduction must match the rows.
func TestTheTableCountsItself(t *testing.T) {
	t.Parallel()
	text := read(t, "docs/asvs.md")
	said := regexp.MustCompile(`Of (\d+) rows (\d+) name tests, (\d+) do not apply and (\d+) are not met`).FindStringSubmatch(text)
	require.NotNil(t, said)
	var all, away, open int
	for _, row := range asvsRow.FindAllStringSubmatch(text, -1) {
		all++
		switch {
		case strings.HasPrefix(row[4], "does not apply: "):
			away++
		case strings.HasPrefix(row[4], "not met: "):
			open++
		}
	}
	require.Equal(t, []int{all, all - away - open, away, open}, []int{number(t, said[1]), number(t, said[2]), number(t, said[3]), number(t, said[4])})
}

// dangerousImports lists the packages of the standard library that our code
// must not import, each with its danger.
var dangerousImports = map[string]string{
	"crypto/des":     "a broken cipher",
	"crypto/md5":     "a broken hash",
	"crypto/rc4":     "a broken cipher",
	"crypto/sha1":    "a broken hash",
	"encoding/gob":   "types that the sender names",
	"encoding/xml":   "a further parser of input",
	"expvar":         "variables shown to everyone",
	"math/rand":      "numbers that can be guessed",
	"math/rand/v2":   "numbers that can be guessed",
	"net/http/pprof": "the memory shown to everyone",
	"os/exec":        "other programs",
	"plugin":         "code at run time",
	"text/template":  "templates that encode nothing",
	"unsafe":         "memory without bounds",
}

// guessableRandom lists the packages that may import math/rand/v2, although
// dangerousImports contains it. Each value says what the random numbers are used for.
var guessableRandom = map[string]string{
	"internal/demo":   "invented data",
	"internal/outbox": "pauses before a call is tried again",
}

func TestBinaryImportsNothingDangerous(t *testing.T) {
	t.Parallel()
	for _, p := range shippedPackages(t) {
		for _, imported := range p.Imports {
			if imported == "math/rand/v2" && guessableRandom[p.path()] != "" {
				continue
			}
			if why := dangerousImports[imported]; why != "" {
				t.Errorf("%s imports %s: %s", p.path(), imported, why)
			}
		}
	}
}

func TestCryptographyIsListed(t *testing.T) {
	t.Parallel()
	_, list, found := strings.Cut(read(t, "docs/security.md"), "\n## Cryptography\n")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "\n## ")
	using := map[string]bool{}
	for _, p := range shippedPackages(t) {
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "crypto/") || strings.HasPrefix(imported, "golang.org/x/crypto/") {
				using[p.path()] = true
			}
		}
	}
	require.NotEmpty(t, using)
	for name := range using {
		require.Contains(t, list, "`"+name+"`", "docs/security.md lists what uses cryptography, and for what")
	}
	for _, row := range regexp.MustCompile("(?m)^\\| (`internal[^|]+) \\|").FindAllStringSubmatch(list, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			require.True(t, using[strings.Trim(name, "`")], "%s no longer uses cryptography", name)
		}
	}
}

// shippedPackages returns the packages of this module that are in the binary.
func shippedPackages(t *testing.T) []*pkg {
	t.Helper()
	inside := packages(t, "./cmd/tributary")[0]
	patterns := []string{"./cmd/tributary"}
	for _, path := range ownPackages(inside.Deps) {
		patterns = append(patterns, "./"+path)
	}
	return packages(t, patterns...)
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	require.NoError(t, err)
	return n
}
