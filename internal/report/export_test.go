package report

import (
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/page"
)

// SplitSheets limits the number of rows in a sheet, including its header row.
func (s *Service) SplitSheets(rows int) { s.sheetRows = rows }

// Stride sets the minimum number of rows between two boundaries.
func (s *Service) Stride(rows int64) { s.minStride = rows }

// SortTypes returns a statement that selects the type of each expression by which
// the report is sorted. It also returns the types that cursors expect. SQLite has
// no types of expressions, so the statement selects the types of the values in one
// row.
func (d *Definition) SortTypes(engine db.Engine, partner *Partner, by []page.Order) (statement string, args []any, expected []string) {
	typeOf, types := "pg_typeof", map[kind]string{kindText: "text", kindInteger: "integer", kindBoolean: "boolean", kindUUID: "uuid"}
	if engine == db.SQLite {
		typeOf, types = "typeof", map[kind]string{kindText: "text", kindInteger: "integer", kindBoolean: "integer", kindUUID: "blob"}
	}
	b := newBuilder(engine, partner, 0, 0, d.all)
	keys := b.sortKeys(d, by)
	rows := []string{b.fromClause(&d.Source, nil), d.Source.Join, b.whereClause(d.Source.Where, nil)}
	if d.Groups != nil {
		var groups []*Column
		for _, name := range d.Groups {
			groups = append(groups, d.column(name))
		}
		keys = b.groupKeys(d, d.columnsToRead(groups), by)
		rows = []string{" FROM (", b.groupQuery(d, d.columnsToRead(groups), nil), ") t"}
	}
	picked, selected := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		selected[i] = k.sql + " AS k" + string(rune('a'+i))
		picked[i] = "CAST(" + typeOf + "(b.k" + string(rune('a'+i)) + ") AS TEXT)"
		expected = append(expected, types[k.kind])
	}
	s := b.statement("SELECT ", strings.Join(picked, ", "), " FROM (SELECT 1) one LEFT JOIN (SELECT ", strings.Join(selected, ", "), strings.Join(rows, ""), " LIMIT 1) b ON true")
	return s.text, s.args, expected
}

// TextOf returns a value that is the same in every row of a partner.
func TextOf(of func(*Partner) string) *PartnerText { return &PartnerText{of: of} }

// WithoutRollups returns the report as it is computed from its rows alone.
func (d *Definition) WithoutRollups() *Definition {
	plain := *d
	plain.Rollups, plain.Groupings = nil, nil
	if d.one != nil {
		plain.one = d.one.WithoutRollups()
	}
	return &plain
}
