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

// SortTypes returns a statement that selects the type on PostgreSQL of each
// expression by which the report is sorted, and the types that cursors expect.
func (d *Definition) SortTypes(partner *Partner, by []page.Order) (statement string, args []any, expected []string) {
	b := newBuilder(db.Postgres, partner, 0, 0, d.all)
	keys := b.sortKeys(d, by)
	types, selected := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		selected[i] = k.sql + " AS k" + string(rune('a'+i))
		types[i] = "CAST(pg_typeof(b.k" + string(rune('a'+i)) + ") AS TEXT)"
		expected = append(expected, map[kind]string{kindText: "text", kindInteger: "integer", kindBoolean: "boolean", kindUUID: "uuid"}[k.kind])
	}
	s := b.statement("SELECT ", strings.Join(types, ", "), " FROM (SELECT 1) one LEFT JOIN (SELECT ", strings.Join(selected, ", "), b.fromClause(&d.Source, nil),
		d.Source.Join, b.whereClause(d.Source.Where, nil), " LIMIT 1) b ON true")
	return s.text, s.args, expected
}

// TextOf returns a value that is the same in every row of a partner.
func TextOf(of func(*Partner) string) *PartnerText { return &PartnerText{of: of} }
