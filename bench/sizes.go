package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
)

// goalBytes is the largest number of bytes that an order should need on SQLite,
// in all tables and indexes together.
const goalBytes = 300

// sizes holds the size in bytes of each table and index of a SQLite file. A
// size is a whole number of pages. sizes is nil for PostgreSQL.
type sizes map[string]int64

func sizesOf(ctx context.Context, database db.DB) (sizes, error) {
	if database.Engine() != db.SQLite {
		return nil, nil //nolint:nilnil // another engine has no sizes
	}
	type row struct {
		Name  string `db:"name"`
		Bytes int64  `db:"bytes"`
	}
	rows, err := db.All[row](ctx, database, `SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name`)
	if err != nil {
		return nil, fmt.Errorf("reading the sizes of tables: %w", err)
	}
	found := sizes{}
	for _, r := range rows {
		found[r.Name] = r.Bytes
	}
	return found, nil
}

// minus returns by how many bytes each table and index has grown since it had
// the given sizes.
func (s sizes) minus(earlier sizes) sizes {
	grown := maps.Clone(s)
	for name := range grown {
		grown[name] -= earlier[name]
	}
	return grown
}

// print prints a row with the number of bytes per order. If detail is true, it
// also prints a row for each table and index that needs at least one byte per
// order.
func (s sizes) print(out io.Writer, engine string, orders int, detail bool) {
	if s == nil {
		return
	}
	all := 0.0
	names := slices.SortedFunc(maps.Keys(s), func(a, b string) int { return cmp.Or(cmp.Compare(s[b], s[a]), cmp.Compare(a, b)) })
	each := func(name string) float64 { return float64(s[name]) / float64(orders) }
	for _, name := range names {
		all += each(name)
	}
	fmt.Fprintf(out, "| bytes an order, %s | %.0f | %d (goal) | %.2f |\n", engine, all, goalBytes, all/goalBytes)
	for _, name := range names {
		if detail && each(name) >= 1 {
			fmt.Fprintf(out, "| bytes an order, %s, %s | %.1f | | |\n", engine, name, each(name))
		}
	}
}
