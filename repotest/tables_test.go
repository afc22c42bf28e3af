package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tableWriters maps a table to the only package that may write it.
var tableWriters = map[string]string{
	"postings": "internal/ledger",
	"entries":  "internal/ledger",
	"balances": "internal/ledger",
}

func TestTablesAreWrittenByTheirPackage(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range packages(t, "./internal/...") {
		if covers("internal/programme/programmetest", p.path()) {
			continue // tests damage the books to check verify
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, table := range writtenTables(file) {
				switch writer := tableWriters[table]; writer {
				case "":
				case p.path():
					seen[table] = true
				default:
					t.Errorf("%s/%s writes the table %s: call %s instead", p.path(), name, table, writer)
				}
			}
		}
	}
	for table, writer := range tableWriters {
		require.True(t, seen[table], "%s writes no table %s", writer, table)
	}
}

func TestWrittenTablesAreFound(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"const x = `INSERT INTO balances (a) VALUES ($1)`":        {"balances"},
		"const x = `insert\n\tinto balances (a) VALUES ($1)`":     {"balances"},
		`const x = "UPDATE entries SET a = 1"`:                    {"entries"},
		`const x = "WITH a AS (DELETE FROM postings) SELECT 1"`:   {"postings"},
		`var x = db.NewTable[row]("balances", "note")`:            {"balances"},
		`var x = db.BulkInsert{Table: "balances", Columns: c}`:    {"balances"},
		`const x = "SELECT a FROM balances JOIN entries USING b"`: nil,
		`var x = report.Source{Table: "balances"}`:                nil,
		`const x = "balances"`:                                    nil,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, parser.SkipObjectResolution)
		require.NoError(t, err)
		require.Equal(t, want, writtenTables(file), source)
	}
}

var writing = regexp.MustCompile(`(?i)\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)`)

// writtenTables returns the tables that a file writes with a statement, with a
// bulk insert or through a db.Table.
func writtenTables(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				for _, match := range writing.FindAllStringSubmatch(text, -1) {
					found = append(found, strings.ToLower(match[1]))
				}
			}
		case *ast.CallExpr:
			if of, is := n.Fun.(*ast.IndexExpr); is && name(of.X) == "NewTable" && len(n.Args) > 0 {
				found = append(found, literal(n.Args[0])...)
			}
		case *ast.CompositeLit:
			if sel, is := n.Type.(*ast.SelectorExpr); is && sel.Sel.Name == "BulkInsert" {
				for _, element := range n.Elts {
					if pair, is := element.(*ast.KeyValueExpr); is {
						if key, is := pair.Key.(*ast.Ident); is && key.Name == "Table" {
							found = append(found, literal(pair.Value)...)
						}
					}
				}
			}
		}
		return true
	})
	return found
}

// name returns the last part of a name, such as NewTable for db.NewTable.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	default:
		return ""
	}
}

// literal returns the text of a string literal, and nil for any other
// expression.
func literal(e ast.Expr) []string {
	if lit, is := e.(*ast.BasicLit); is && lit.Kind == token.STRING {
		if text, err := strconv.Unquote(lit.Value); err == nil {
			return []string{text}
		}
	}
	return nil
}
