package db_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

type side string

type ownerKey struct {
	Owner id.UUID `db:"owner"`
	Day   clock.Day
}

type everyRow struct {
	everyKey

	Sums     everySums       `db:",inline"`
	Paid     everySums       `db:"paid_,inline"`
	Side     side            `db:"side"`
	Text     string          `db:"text_value"`
	Maybe    *string         `db:"maybe_text"`
	Parent   *id.UUID        `db:"parent"`
	Open     bool            `db:"is_open"`
	Known    *bool           `db:"known"`
	At       time.Time       `db:"at"`
	Ended    *time.Time      `db:"ended_at"`
	Last     *clock.Day      `db:"last_day"`
	Rate     *money.Rate     `db:"rate_e12"`
	Row      int64           `db:"row_number,null"`
	Note     string          `db:"note,null"`
	Seen     time.Time       `db:"seen_at,null"`
	Digest   [4]byte         `db:"digest"`
	Body     []byte          `db:"body"`
	Settings json.RawMessage `db:"settings"`
	Tags     []string        `db:"tags,json"`
	Derived  string          `db:"-"`
}

type everyKey struct {
	Owner id.UUID   `db:"owner"`
	Day   clock.Day `db:"day"`
}

type everySums struct {
	Number int32        `db:"number"`
	USD    money.Amount `db:"usd_e6"`
}

func createEvery(ctx context.Context, t *testing.T, store db.DB) {
	t.Helper()
	uuid, bytes := "uuid", "bytea"
	if store.Engine() == db.SQLite {
		uuid, bytes = "blob", "blob"
	}
	write(ctx, t, store, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `CREATE TABLE every_row (owner `+uuid+` NOT NULL, day bigint NOT NULL, number bigint NOT NULL, usd_e6 bigint NOT NULL,
		paid_number bigint NOT NULL, paid_usd_e6 bigint NOT NULL,
		side text NOT NULL, text_value text NOT NULL, maybe_text text, parent `+uuid+`, is_open boolean NOT NULL, known boolean, at bigint NOT NULL,
		ended_at bigint, last_day bigint, rate_e12 bigint, row_number bigint, note text, seen_at bigint, digest `+bytes+` NOT NULL, body `+bytes+` NOT NULL,
		settings text NOT NULL, tags text NOT NULL, PRIMARY KEY (owner, day))`)
		return err
	})
}

func write(ctx context.Context, t require.TestingT, store db.DB, fn func(context.Context, db.Querier) error) {
	require.NoError(t, store.Write(ctx, fn))
}

func drawEvery(t *rapid.T, day clock.Day) *everyRow {
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "micros")).UTC()
	})
	text := rapid.StringOf(rapid.RuneFrom([]rune("aä'\"\\ 𝄞\n{}$?")))
	uuid := rapid.Custom(func(t *rapid.T) (u id.UUID) {
		copy(u[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
		return u
	})
	row := &everyRow{
		everyKey: everyKey{uuid.Draw(t, "owner"), day},
		Sums:     everySums{rapid.Int32().Draw(t, "number"), money.Amount(rapid.Int64().Draw(t, "usd"))},
		Paid:     everySums{rapid.Int32().Draw(t, "paid"), money.Amount(rapid.Int64().Draw(t, "paid usd"))},
		Side:     side(text.Draw(t, "side")),
		Text:     text.Draw(t, "text"),
		Maybe:    rapid.Ptr(text, true).Draw(t, "maybe"),
		Parent:   rapid.Ptr(uuid, true).Draw(t, "parent"),
		Open:     rapid.Bool().Draw(t, "open"),
		Known:    rapid.Ptr(rapid.Bool(), true).Draw(t, "known"),
		At:       instant.Draw(t, "at"),
		Ended:    rapid.Ptr(instant, true).Draw(t, "ended"),
		Last:     rapid.Ptr(rapid.Map(rapid.Int32(), func(n int32) clock.Day { return clock.Day(n) }), true).Draw(t, "last"),
		Rate:     rapid.Ptr(rapid.Map(rapid.Int64(), func(n int64) money.Rate { return money.Rate(n) }), true).Draw(t, "rate"),
		Row:      rapid.Int64Range(0, 2).Draw(t, "row"),
		Note:     text.Draw(t, "note"),
		Body:     rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "body"),
		Tags:     rapid.SliceOfN(text, 1, 3).Draw(t, "tags"),
		Settings: json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"a": [1, "ä"]}`, `null`}).Draw(t, "settings")),
	}
	copy(row.Digest[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "digest"))
	if rapid.Bool().Draw(t, "seen") {
		row.Seen = instant.Draw(t, "seen at")
	}
	return row
}

// TestTableKeepsRows checks that rows are read back unchanged, whether they
// were inserted one by one, were inserted together, or have replaced existing
// rows.
func TestTableKeepsRows(t *testing.T) {
	t.Parallel()
	table := db.NewTable[*everyRow]("every_row")
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store, ctx := open(t), t.Context()
		createEvery(ctx, t, store)
		rapid.Check(t, func(r *rapid.T) {
			rows := make([]*everyRow, rapid.IntRange(1, 3).Draw(r, "rows"))
			for i := range rows {
				rows[i] = drawEvery(r, clock.Day(i))
			}
			read := func() []*everyRow {
				found, err := db.All[*everyRow](ctx, store, `SELECT `+table.Of("e")+` FROM every_row e ORDER BY e.day`)
				require.NoError(r, err)
				return found
			}
			write(ctx, r, store, func(ctx context.Context, q db.Querier) error {
				if _, err := q.Exec(ctx, `DELETE FROM every_row`); err != nil {
					return err
				}
				return table.Insert(ctx, q, rows...)
			})
			require.Equal(r, rows, read())
			kept := rows[0].Text
			for i, row := range rows {
				next := drawEvery(r, row.Day)
				next.Owner = row.Owner
				rows[i] = next
			}
			write(ctx, r, store, func(ctx context.Context, q db.Querier) error {
				return table.InsertOn(ctx, q, table.Replacing("owner, day", "text_value"), rows...)
			})
			rows[0].Text = kept
			require.Equal(r, rows[0], read()[0])
		})
	})
}

func TestReadByName(t *testing.T) {
	t.Parallel()
	type pair struct {
		Owner string `db:"owner"`
		USD   int64  `db:"usd_e6"`
	}
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store, ctx := open(t), t.Context()
		one, found, err := db.One[pair](ctx, store, `SELECT 5 AS usd_e6, 'a' AS owner UNION ALL SELECT 6, 'b' ORDER BY 1`)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, pair{"a", 5}, one)

		_, found, err = db.One[*pair](ctx, store, `SELECT 5 AS usd_e6, 'a' AS owner WHERE 1 = 0`)
		require.NoError(t, err)
		require.False(t, found)

		sum, found, err := db.One[money.Amount](ctx, store, `SELECT sum(n) FROM (SELECT CAST(2 AS bigint) AS n UNION ALL SELECT 3) s`)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, money.Amount(5), sum)

		texts, err := db.AllAs(ctx, store, func(p pair) (string, error) { return p.Owner, nil }, `SELECT 'a' AS owner UNION ALL SELECT 'b' ORDER BY 1`)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, texts)
	})
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	type row struct {
		Name  side      `db:"name"`
		Small int8      `db:"small"`
		Open  *bool     `db:"open"`
		At    time.Time `db:"at"`
	}
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		store, ctx := open(t), t.Context()
		for query, message := range map[string]string{
			`SELECT 'a' AS name, 1 AS other`:         `"other"`,
			`SELECT 'a' AS name, 'b' AS name`:        `"name"`,
			`SELECT 'a' AS name, 1 AS x WHERE 1 = 0`: `"x"`,
			`SELECT NULL AS at`:                      `at: the column is NULL`,
			`SELECT CAST(128 AS bigint) AS small`:    `small: the column's value does not fit`,
			`SELECT 'x' AS at`:                       `at: the column's value does not fit`,
			`SELECT 'yes' AS open`:                   `open: the column's value does not fit`,
			`SELECT CAST(NULL AS text) AS name`:      `name: the column is NULL`,
		} {
			_, err := db.All[row](ctx, store, query)
			require.ErrorContains(t, err, message, query)
		}
		_, err := db.All[string](ctx, store, `SELECT 'a' AS a, 'b' AS b`)
		require.ErrorContains(t, err, `"a"`)
		_, err = db.All[row](ctx, store, `SELECT FROM WHERE`)
		require.Error(t, err)
	})
}

func TestColumnsOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"day", "number", "usd_e6", "paid_number", "paid_usd_e6"}, db.ColumnsOf[struct {
		everyKey
		Sums everySums `db:",inline"`
		Paid everySums `db:"paid_,inline"`
	}]("owner"))
	require.Equal(t, "k.owner, k.day", db.NewTable[everyKey]("every_row").Of("k"))
	require.Equal(t, "owner, day", db.NewTable[*everyKey]("every_row").Of(""))
	for name, columns := range map[string]func(...string) []string{
		"no tag":     db.ColumnsOf[struct{ Owner id.UUID }],
		"one in two": db.ColumnsOf[ownerKey],
		"no column": db.ColumnsOf[struct {
			Owner id.UUID `db:",null"`
		}],
		"twice": db.ColumnsOf[struct {
			A, B int64 `db:"a"`
		}],
		"no option": db.ColumnsOf[struct {
			A int64 `db:"a,nil"`
		}],
		"no type": db.ColumnsOf[struct {
			A map[string]int `db:"a"`
		}],
		"a list": db.ColumnsOf[struct {
			A []string `db:"a"`
		}],
		"not exported": db.ColumnsOf[struct {
			a int64 `db:"a"`
		}],
		"pointer": db.ColumnsOf[struct{ *everyKey }],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Panics(t, func() { columns() })
		})
	}
	require.Panics(t, func() { db.ColumnsOf[everyKey]("usd_e6") })
}

func TestInsertSelect(t *testing.T) {
	t.Parallel()
	require.Equal(t, "INSERT INTO t (a, b, c) SELECT x, 'y', $1 ", db.InsertSelect("t", map[string]string{"c": "$1", "a": "x", "b": "'y'"}))
}
