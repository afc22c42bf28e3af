package migrations_test

import (
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/migrations"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// kept is a table of a database at schema version 27. The database has partners
// with overrides, rebates and payouts. Some of its orders were reversed, booked
// again or moved between partners, and some of its facts are waiting or were
// dismissed. A value is a number, a string, null, or a list with the hex digits
// of bytes.
type kept struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

func readKept(t *testing.T) map[string]kept {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "books-27.json.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	in := json.NewDecoder(unpacked)
	in.UseNumber()
	var tables map[string]kept
	require.NoError(t, in.Decode(&tables))
	for _, table := range tables {
		for _, row := range table.Rows {
			for i, value := range row {
				switch v := value.(type) {
				case json.Number:
					row[i], err = v.Int64()
					require.NoError(t, err)
				case []any:
					digits, _ := v[0].(string)
					row[i], err = hex.DecodeString(digits)
					require.NoError(t, err)
				}
			}
		}
	}
	return tables
}

// TestNarrowRows migrates a database at schema version 27, and interrupts the
// migrations while they run. The books must be the same afterwards.
func TestNarrowRows(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "old.db")
		old, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_txlock=immediate")
		require.NoError(t, err)
		old.SetMaxOpenConns(1)
		testNarrowing(t, old, migrations.SQLite, func() (db.DB, error) { return sqlite.Open(t.Context(), path) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := dbtest.New(t)
		old, err := sql.Open("pgx", dsn)
		require.NoError(t, err)
		testNarrowing(t, old, migrations.Postgres, func() (db.DB, error) { return postgres.Open(t.Context(), dsn) })
	})
}

func testNarrowing(t *testing.T, old *sql.DB, schema migrations.Schema, open func() (db.DB, error)) {
	t.Helper()
	books := readKept(t)
	require.NoError(t, migrations.UpTo(t.Context(), old, schema, 27))
	for name, table := range books {
		load(t, old, schema, name, table)
	}
	exec := func(query string) {
		_, err := old.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	// This table makes the last migration fail after it has moved the rows.
	exec(`CREATE TABLE reward_rows_account (n integer)`)
	kills := 0
	for wait := time.Millisecond; wait < 20*time.Millisecond; wait += 3 * time.Millisecond {
		if migrate(t, old, schema, wait) != nil {
			kills++
		}
	}
	require.Positive(t, kills)
	require.ErrorContains(t, migrate(t, old, schema, time.Minute), "reward_rows_account")
	var left int
	require.NoError(t, old.QueryRowContext(t.Context(), `SELECT count(*) FROM rewards`).Scan(&left))
	require.Len(t, books["rewards"].Rows, left)
	exec(`DROP TABLE reward_rows_account`)
	require.NoError(t, old.Close())

	store, err := open()
	require.NoError(t, err)
	defer store.Close()
	database := db.Joining(store)
	programmetest.RequireSound(t, database)
	require.ElementsMatch(t, linesOf(books["rewards"].Rows), linesOf(read(t, database, "rewards", books["rewards"].Columns)))
	requireFacts(t, database, books)
	requireEvents(t, database, books["events"])
	requireAlive(t, database)
}

func migrate(t *testing.T, old *sql.DB, schema migrations.Schema, wait time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	return migrations.Up(ctx, old, schema)
}

func load(t *testing.T, old *sql.DB, schema migrations.Schema, name string, table kept) {
	t.Helper()
	tx, err := old.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback() //nolint:errcheck // has no effect after a commit
	_, err = tx.ExecContext(t.Context(), `DELETE FROM `+name)
	require.NoError(t, err)
	places, kinds := make([]string, len(table.Columns)), map[string]string{}
	mark := map[migrations.Schema]string{migrations.SQLite: "?", migrations.Postgres: "$"}[schema]
	for i := range places {
		places[i] = fmt.Sprintf("%s%d", mark, i+1)
	}
	if schema == migrations.Postgres {
		rows, err := tx.QueryContext(t.Context(), `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1`, name)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var column, kind string
			require.NoError(t, rows.Scan(&column, &kind))
			kinds[column] = kind
		}
		require.NoError(t, rows.Err())
	}
	insert := fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, name, strings.Join(table.Columns, ", "), strings.Join(places, ", "))
	for _, row := range table.Rows {
		values := slices.Clone(row)
		for i, value := range values {
			switch kinds[table.Columns[i]] {
			case "boolean":
				values[i] = value == int64(1)
			case "uuid":
				if bytes, is := value.([]byte); is {
					values[i] = hex.EncodeToString(bytes)
				}
			}
		}
		_, err := tx.ExecContext(t.Context(), insert, values...)
		require.NoError(t, err, name)
	}
	require.NoError(t, tx.Commit())
}

func read(t *testing.T, database db.DB, name string, columns []string) [][]any {
	t.Helper()
	rows, err := db.Collect(t.Context(), database, func(rows db.Rows) ([]any, error) {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		return values, rows.Scan(targets...)
	}, `SELECT `+strings.Join(columns, ", ")+` FROM `+name)
	require.NoError(t, err)
	return rows
}

// linesOf writes rows as text, in the same way for both engines.
func linesOf(rows [][]any) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for _, value := range row {
			switch v := value.(type) {
			case []byte:
				fmt.Fprintf(&b, "%x|", v)
			case [16]byte:
				fmt.Fprintf(&b, "%x|", v)
			case bool:
				n := 0
				if v {
					n = 1
				}
				fmt.Fprintf(&b, "%d|", n)
			default:
				fmt.Fprintf(&b, "%v|", v)
			}
		}
		out[i] = b.String()
	}
	return out
}

// requireFacts checks that every fact and its digest still exist. The fact of
// an order must have lost its type. It must also have lost its time if that was
// the time of the order's close, because the reward has this time.
func requireFacts(t *testing.T, database db.DB, books map[string]kept) {
	t.Helper()
	closed := map[any]any{}
	reward := books["rewards"]
	for _, row := range reward.Rows {
		if at := columnsOf(reward, row); at["kind"] == int64(0) {
			closed[at["fact_id"]] = at["close_at"]
		}
	}
	var want [][]any
	facts := books["facts"]
	for _, row := range facts.Rows {
		f := columnsOf(facts, row)
		if f["type"] == "order.closed" {
			f["type"] = nil
			if closed[f["fact_id"]] == f["at"] {
				f["at"] = nil
			}
		}
		want = append(want, []any{f["fact_id"], f["digest"], f["received_at"], f["type"], f["at"], f["body"]})
	}
	require.ElementsMatch(t, linesOf(want), linesOf(read(t, database, "facts", []string{"fact_id", "digest", "received_at", "type", "at", "body"})))
}

func columnsOf(table kept, row []any) map[string]any {
	out := map[string]any{}
	for i, name := range table.Columns {
		out[name] = row[i]
	}
	return out
}

// requireEvents checks that the events are still the same as those that were
// sent to partners.
func requireEvents(t *testing.T, database db.DB, events kept) {
	t.Helper()
	want := map[id.UUID]map[int64]any{}
	for _, row := range events.Rows {
		e := columnsOf(events, row)
		partnerID := id.UUID(e["partner_id"].([]byte))
		if want[partnerID] == nil {
			want[partnerID] = map[int64]any{}
		}
		want[partnerID][e["event_seq"].(int64)] = e["data"]
	}
	for partnerID, all := range want {
		found, err := event.NewLog(database).List(t.Context(), partnerID, 1, event.MaxSeq, nil, 1_000_000)
		require.NoError(t, err)
		require.Len(t, found, len(all))
		for _, e := range found {
			require.Equal(t, all[e.Seq], string(e.Data))
		}
	}
}

// requireAlive checks that the database still accepts facts: a new order, a
// repeat of that order, and a reversal of an order from before the migration.
func requireAlive(t *testing.T, database db.DB) {
	t.Helper()
	var ticket int64
	require.NoError(t, database.QueryRow(t.Context(), `SELECT min(o.ticket) FROM rewards o WHERE o.client_account = '1001'
		AND NOT EXISTS (SELECT 1 FROM order_changes c WHERE c.ticket = o.ticket)`).Scan(&ticket))
	p := programmetest.New(database)
	p.Next = 900_000
	before := dbtest.Scalar(t, database, `SELECT count(*) FROM rewards`)
	first := p.Order("1001", 77_001, "EURUSD", "2026-06-02T10:00:00Z", ``)
	p.MustFeed(t, first, p.Order("1001", 77_002, "EURUSD", "2026-06-02T10:00:01Z", ``))
	require.EqualValues(t, 1, p.Feed(t, first).Duplicates)
	p.MustFeed(t, p.Fact("order.reversed", "2026-06-03T00:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"client_account":"1001","reason":"test"`, ticket)))
	require.Equal(t, before+3, dbtest.Scalar(t, database, `SELECT count(*) FROM rewards`))
	programmetest.RequireSound(t, database)
}
