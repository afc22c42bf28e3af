package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// verbPattern matches a verb in the third person. After the package's name, the
// comment of a package must continue with such a verb.
var verbPattern = regexp.MustCompile(`^[a-z]+s\b`)

func TestEveryPackageIsDocumentedOnce(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t, "./...") {
		var docs []string
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.PackageClauseOnly)
			require.NoError(t, err)
			if file.Doc != nil && file.Doc.Text() != "" {
				docs = append(docs, file.Doc.Text())
			}
		}
		if len(p.GoFiles) == 0 {
			continue // the package has only tests
		}
		if len(docs) != 1 {
			t.Errorf("%s: %d of its files have a package comment, want 1", p.path(), len(docs))
			continue
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + path.Base(p.ImportPath) + " "
		}
		said, found := strings.CutPrefix(strings.ReplaceAll(docs[0], "\n", " "), want)
		if !found || !verbPattern.MatchString(said) {
			t.Errorf("%s: its comment should begin with %q and a verb, as in \"holds\"", p.path(), want)
		}
	}
}

// longFiles has the files that may exceed the limit, each with the reason.
var longFiles = map[string]string{}

func TestNoFileIsTooLongToRead(t *testing.T) {
	t.Parallel()
	const limit = 500
	seen := map[string]bool{}
	for _, name := range files(t, ".go", ".sql", ".sh", ".ts", ".tsx", ".css") {
		content := read(t, name)
		lines := strings.Count(content, "\n")
		if lines <= limit || isGenerated(content) {
			continue
		}
		seen[name] = true
		if longFiles[name] == "" {
			t.Errorf("%s has %d lines; split it by meaning, at %d at most", name, lines, limit)
		}
	}
	for name := range longFiles {
		require.True(t, seen[name], "%s is allowed to be long and is not", name)
	}
}

// untestedPackages lists the packages that need no test file, each with the
// reason.
var untestedPackages = map[string]string{
	"internal/api/apitest":             "it helps the tests of the API, which run it",
	"internal/programme/programmetest": "it helps the tests of the domains, which run it",
}

// TestLargePackagesHaveTests finds packages that are tested only from
// elsewhere. Readers look for a package's tests beside its code.
func TestLargePackagesHaveTests(t *testing.T) {
	t.Parallel()
	const limit = 300
	seen := map[string]bool{}
	for _, p := range packages(t, "./...") {
		if len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 {
			continue
		}
		lines := 0
		for _, name := range p.GoFiles {
			if content := read(t, path.Join(p.path(), name)); !isGenerated(content) {
				lines += strings.Count(content, "\n")
			}
		}
		if lines <= limit {
			continue
		}
		seen[p.path()] = true
		if untestedPackages[p.path()] == "" {
			t.Errorf("%s has %d lines and no test file; specify it beside its code", p.path(), lines)
		}
	}
	for name := range untestedPackages {
		require.True(t, seen[name], "%s is allowed to have no test file, and does not need that", name)
	}
}

// moneyPath lists the packages that compute or book money, and therefore must
// not use floating point. The same is true for all packages that they import.
var moneyPath = []string{"money", "ledger", "reward", "feed", "attribution", "accrual", "rebate"}

func TestNoFloatNearMoney(t *testing.T) {
	t.Parallel()
	checked := map[string]bool{}
	for _, p := range packages(t, "./internal/...") {
		name := strings.TrimPrefix(p.path(), "internal/")
		for _, part := range moneyPath {
			if covers(part, name) {
				checked[p.path()] = true
				for _, imported := range ownPackages(p.Deps) {
					checked[imported] = true
				}
			}
		}
	}
	require.Subset(t, checked, map[string]bool{"internal/money": true, "internal/ledger": true, "internal/reward": true, "internal/feed": true})
	for name := range checked {
		p := packages(t, "./"+name)[0]
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, found := range floats(parsed) {
				t.Errorf("%s: a floating-point number near money: internal/money is exact", fset.Position(found.Pos()))
			}
		}
	}
}

func TestFloatsAreFound(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int{
		`var x float64`:                             1,
		`func f(x []float32) map[string]float64`:    2,
		`var x = 1.5`:                               1,
		`var x = 2 / 3`:                             0,
		`var x = "1.5"`:                             0,
		`var x, _ = strconv.ParseFloat(s, 64)`:      1,
		`var x = big.NewFloat(2)`:                   1,
		`var x = math.Floor(y)`:                     1,
		`var x = math.MaxInt64`:                     0,
		`type x struct { float64 }`:                 1,
		`var x complex128`:                          1,
		`var x = int64(time.Since(y).Seconds())`:    1,
		`var x, y = json.Number("1.5"), decimal{}`:  0,
		`var _ = slog.Float64("share", percent(p))`: 1,
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, parser.SkipObjectResolution)
		require.NoError(t, err)
		require.Len(t, floats(parsed), want, source)
	}
}

// floats returns the floating-point numbers in a file, and the calls of
// functions that return them, as far as they can be recognised without type
// information.
func floats(file *ast.File) []ast.Node {
	var found []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				found = append(found, n)
			}
		case *ast.Ident:
			switch n.Name {
			case "float32", "float64", "complex64", "complex128":
				found = append(found, n)
			}
		case *ast.SelectorExpr:
			if isFloatingPoint(n) {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

func isFloatingPoint(n *ast.SelectorExpr) bool {
	name := n.Sel.Name
	if of, ok := n.X.(*ast.Ident); ok && of.Name == "math" {
		return !strings.HasPrefix(name, "Max") && !strings.HasPrefix(name, "MinInt") || strings.Contains(name, "Float") || name == "Max"
	}
	switch name {
	case "Seconds", "Minutes", "Hours": // methods of time.Duration
		return true
	}
	return strings.Contains(name, "Float")
}
