package migrations_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/migrations"
)

// TestSchema compares the schema of a migrated database with
// migrations.Placements. Every table must have a placement. In a distributed
// table, partner_id must be NOT NULL and the first column of each key. The
// clicks may be in another database.
func TestSchema(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (db, clicks db.DB)) {
		db, clicks := open(t)
		all := readTables(t.Context(), t, db)
		maps.Copy(all, readTables(t.Context(), t, clicks))
		declared := slices.Sorted(maps.Keys(migrations.Placements))
		require.Equal(t, declared, slices.Sorted(maps.Keys(all)), "every table is declared in migrations.Placements, and nothing else")
		for name, table := range all {
			require.NotEmpty(t, table.Keys, "%s has no primary key", name)
			if migrations.Placements[name] != migrations.Distributed {
				continue
			}
			require.Contains(t, table.Columns, "partner_id", name)
			require.True(t, table.Columns["partner_id"].NotNull, "%s.partner_id may be null", name)
			for key, columns := range table.Keys {
				require.Equal(t, "partner_id", columns[0], "%s: partner_id leads the key %s", name, key)
			}
		}
	})
}

type table struct {
	Columns map[string]column
	Keys    map[string][]string // columns of each primary or unique key, in order
}

type column struct {
	Kind    string
	NotNull bool
}

// readTables reads the schema, without the table in which goose lists the
// applied migrations.
func readTables(ctx context.Context, t *testing.T, database db.DB) map[string]table {
	t.Helper()
	columns, keys := sqliteColumns, sqliteKeys
	if database.Engine() == db.Postgres {
		columns, keys = postgresColumns, postgresKeys
	}
	out := map[string]table{}
	for _, row := range texts(ctx, t, database, columns, 4) {
		if _, seen := out[row[0]]; !seen {
			out[row[0]] = table{Columns: map[string]column{}, Keys: map[string][]string{}}
		}
		out[row[0]].Columns[row[1]] = column{Kind: commonType(row[2], row[1]), NotNull: row[3] == "1"}
	}
	for _, row := range texts(ctx, t, database, keys, 3) {
		if table, is := out[row[0]]; is {
			table.Keys[row[1]] = append(table.Keys[row[1]], row[2])
		}
	}
	return out
}

const (
	sqliteColumns = `SELECT m.name, c.name, lower(c.type), CAST(c."notnull" AS text) FROM sqlite_master m, pragma_table_xinfo(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%' ORDER BY 1, 2`
	sqliteKeys = `SELECT m.name, l.name, i.name FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
		WHERE m.type = 'table' AND l."unique" = 1 ORDER BY 1, 2, i.seqno`
	postgresColumns = `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), CASE WHEN a.attnotnull THEN '1' ELSE '0' END
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
		AND c.relname NOT LIKE 'goose%' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2`
	postgresKeys = `SELECT c.relname::text, i.indexrelid::regclass::text, a.attname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY k(attnum, place) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
		WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND k.place <= i.indnkeyatts ORDER BY 1, 2, k.place`
)

func texts(ctx context.Context, t *testing.T, database db.DB, query string, width int) [][]string {
	t.Helper()
	rows, err := db.Collect(ctx, database, func(rows db.Rows) ([]string, error) {
		values, targets := make([]string, width), make([]any, width)
		for i := range values {
			targets[i] = &values[i]
		}
		return values, rows.Scan(targets...)
	}, query)
	require.NoError(t, err)
	return rows
}

// commonType maps the type names of both engines to one name.
func commonType(declared, column string) string {
	switch strings.ToLower(declared) {
	case "integer", "bigint", "boolean":
		return "integer"
	case "blob", "uuid", "bytea":
		return "bytes"
	case "text":
		return "text"
	default:
		return declared + " of " + column
	}
}

func describe(tables map[string]table) []string {
	var out []string
	for name, table := range tables {
		for column, c := range table.Columns {
			out = append(out, fmt.Sprintf("%s.%s %s not null: %t", name, column, c.Kind, c.NotNull))
		}
		for _, columns := range table.Keys {
			out = append(out, fmt.Sprintf("%s key (%s)", name, strings.Join(columns, ", ")))
		}
	}
	sort.Strings(out)
	return out
}
