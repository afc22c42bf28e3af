package repotest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxByPosition is the maximum number of values that a statement may write or read
// by position. More values must be mapped by name (see db.Table and docs/adr/0021),
// because two swapped values would go unnoticed. The benchmarks are not checked,
// because they compare the mapping with bare inserts.
const maxByPosition = 9

func TestManyColumnsAreMappedByName(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t, "./internal/...", "./cmd/...") {
		if p.path() == "internal/db" || p.path() == "internal/db/dbtest" {
			continue // skip the packages that implement the mapping by name
		}
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, found := range positional(parsed) {
				t.Errorf("%s: %s by position: give them names with db.Table, db.All, db.One or db.InsertSelect, in tests also with dbtest.Insert", set.Position(found.at), found.what)
			}
		}
	}
}

func TestPositionalValuesAreFound(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int{
		`rows.Scan(&a, &b, &c, &d, &e, &f, &g, &h, &i)`:                                         0,
		`rows.Scan(&a, &b, &c, &d, &e, &f, &g, &h, &i, &j)`:                                     1,
		`rows.Scan(append([]any{&a, &b, &c, &d, &e, &f, &g, &h, &i, &j}, more...)...)`:          1,
		`copy(dst, []any{a, b, c, d, e, f, g, h, i, j})`:                                        1,
		`db.BulkInsert{Table: "t", Columns: names, Rows: n, Row: fill}`:                         1,
		`q.Exec(ctx, "INSERT INTO t VALUES ($1)", a, b, c, d, e, f, g, h, i)`:                   0,
		`q.Exec(ctx, "INSERT INTO t VALUES ($1)", a, b, c, d, e, f, g, h, i, j)`:                1,
		`db.Each(ctx, q, do, "SELECT x FROM t WHERE a = $1", a, b, c, d, e, f, g, h, i, j)`:     0,
		`[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}`:                            0,
		`"INSERT INTO t (a, b, c, d, e, f, g, h, i) SELECT a, b, c, d, e, f, g, h, i"`:          0,
		`"INSERT INTO t (a, b, c, d, e, f, g, h, i, j) SELECT a, b, c, d, e, f, g, h, i, j"`:    1,
		`"INSERT INTO t (a, b, c, d, e, f, g, h, i,\n j) " + columns`:                           1,
		`"INSERT INTO t (a, b, c, d, e, f, g, h, i, j) VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0, 0)"`: 1,
		`db.InsertSelect("t", map[string]string{"a": "a", "b": "b"}) + "FROM t"`:                0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+source, parser.SkipObjectResolution)
		require.NoError(t, err)
		require.Len(t, positional(file), want, source)
	}
}

// insertOf matches an INSERT, with its columns.
var insertOf = regexp.MustCompile(`(?i)INSERT\s+INTO\s+\w+\s*\(([^)]*)\)`)

type position struct {
	at   token.Pos
	what string
}

// positional returns the scans, statements and lists in a file that have more than
// maxByPosition values and distinguish them only by their order.
func positional(file *ast.File) []position {
	var found []position
	add := func(n ast.Node, count int, what string) {
		if count > maxByPosition {
			found = append(found, position{n.Pos(), fmt.Sprintf("%d %s", count, what)})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch name(n.Fun) {
			case "Scan":
				add(n, len(n.Args), "columns are scanned")
			case "Exec":
				add(n, len(n.Args)-2, "values are written")
			}
		case *ast.BasicLit:
			if columns := insertOf.FindStringSubmatch(n.Value); len(columns) == 2 {
				add(n, strings.Count(columns[1], ",")+1, "columns are listed")
			}
		case *ast.CompositeLit:
			if list, is := n.Type.(*ast.ArrayType); is && name(list.Elt) == "any" {
				add(n, len(n.Elts), "values are listed")
			}
			if name(n.Type) == "BulkInsert" {
				found = append(found, position{n.Pos(), "rows are filled"})
			}
		}
		return true
	})
	return found
}
