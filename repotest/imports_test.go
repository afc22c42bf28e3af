package repotest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallPackages lists the packages that every other package may import, each
// with the packages that it may itself import.
var smallPackages = map[string][]string{
	"internal/clock":  {},
	"internal/email":  {"internal/text"},
	"internal/fault":  {"internal/text"},
	"internal/id":     {},
	"internal/money":  {},
	"internal/object": {},
	"internal/page":   {"internal/clock", "internal/fault", "internal/id", "internal/text"},
	"internal/text":   {},
}

// forbiddenImports lists the imports that are not allowed. A path includes all
// packages below it. If several entries are about the same importing package,
// only the first of them applies.
var forbiddenImports = []struct{ who, what, why string }{
	{"cmd", "", "a command starts the whole programme"},
	{"bench", "", "the benchmark starts the whole programme"},
	{"internal/programme/programmetest", "internal/api internal/httpapi cmd bench", "its scenarios call the domains"},
	{"internal/programme", "cmd bench", "the composition root is built by them"},
	{"sdk", "internal", "the client is public: its importers cannot name an internal type"},
	{"internal/db/dbtest", "internal/api internal/httpapi internal/programme cmd bench", "it opens the engines for tests"},
	{"internal/db", "internal/api internal/httpapi internal/programme cmd bench", "the engines know no table of a domain"},
	{"internal/api/wire", "internal/api internal/db internal/programme cmd bench", "all sides of the API use it"},
	{"internal/api/partner", "internal/api/broker internal/api/public internal/db internal/programme cmd bench", "one side of the API knows no other"},
	{"internal/api/broker", "internal/api/partner internal/api/public internal/db internal/programme cmd bench", "one side of the API knows no other"},
	{"internal/api/public", "internal/api/partner internal/api/broker internal/db internal/programme cmd bench", "one side of the API knows no other"},
	{"internal/api/apitest", "cmd bench", "it serves the programme that ships, for tests of the API"},
	{"internal/api", "internal/db internal/programme cmd bench", "the API knows the domain and no other adapter"},
	{"internal/httpapi", "internal/db internal/api internal/programme cmd bench", "HTTP must not know the API that it serves"},
	{"internal/web", "internal/db internal/programme cmd bench", "pages call the public API"},
	{
		"internal", "internal/db/sqlite internal/db/postgres internal/db/migrations internal/api internal/httpapi internal/programme cmd bench",
		"a domain knows db, which hides the engines, and no adapter",
	},
	{"", "cmd bench", "nothing imports a command"},
}

func TestValuesImportNothingElseOfOurs(t *testing.T) {
	t.Parallel()
	for path, allowed := range smallPackages {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, imported := range ownPackages(packages(t, "./"+path)[0].Imports) {
				require.Contains(t, allowed, imported)
			}
		})
	}
}

func TestImportDirection(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t, "./...") {
		for _, imported := range ownPackages(p.Imports) {
			if why := whyBarred(p.path(), imported); why != "" {
				t.Errorf("%s imports %s, but %s", p.path(), imported, why)
			}
		}
	}
}

func TestImportDirectionBars(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		who, what string
		barred    bool
	}{
		{"internal/reward", "internal/httpapi", true},
		{"internal/db/sqlite", "internal/httpapi", true},
		{"internal/httpapi", "internal/db", true},
		{"internal/storefront", "internal/apiary", false},
		{"internal/db/sqlite", "internal/reward", false},
		{"internal/db/sqlite", "internal/db", false},
		{"internal/httpapi", "internal/api", true},
		{"internal/api/wire", "internal/api/broker", true},
		{"internal/api/public", "internal/api/broker", true},
		{"internal/api/public", "internal/api/wire", false},
		{"internal/api", "internal/api/public", false},
		{"internal/api", "internal/httpapi", false},
		{"internal/api", "internal/reward", false},
		{"internal/api", "internal/programme", true},
		{"internal/reward", "internal/programme", true},
		{"internal/programme", "internal/api", false},
		{"internal/programme", "internal/db/sqlite", false},
		{"internal/programme", "cmd/tributary", true},
		{"bench", "internal/programme", false},
		{"cmd/tributary", "internal/db/sqlite", false},
		{"sdk", "internal/money", true},
		{"ui", "cmd/tributary", true},
	} {
		require.Equal(t, tt.barred, whyBarred(tt.who, tt.what) != "", "%s imports %s", tt.who, tt.what)
	}
}

func whyBarred(who, what string) string {
	for _, rule := range forbiddenImports {
		if covers(rule.who, who) {
			if slices.ContainsFunc(strings.Fields(rule.what), func(path string) bool { return covers(path, what) }) {
				return rule.why
			}
			return ""
		}
	}
	return ""
}

func covers(path, of string) bool {
	return path == "" || of == path || strings.HasPrefix(of, path+"/")
}

// Code that only tests need would make the binary larger and easier to attack.
func TestBinaryShipsNoTestCode(t *testing.T) {
	t.Parallel()
	testOnly := []string{
		"github.com/google/go-cmp",
		"github.com/rogpeppe/go-internal",
		"github.com/stretchr/testify",
		"go.uber.org/goleak",
		"net/http/httptest",
		"pgregory.net/rapid",
		"testing",
		ours + "repotest",
		ours + "internal/programme/programmetest",
		ours + "internal/db/dbtest",
	}
	for _, dep := range packages(t, "./cmd/tributary")[0].Deps {
		for _, path := range testOnly {
			require.False(t, covers(path, dep), "bin/tributary contains %s", dep)
		}
	}
}
