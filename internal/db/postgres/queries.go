package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// conn has the methods that both a pool and a transaction have.
type conn interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error)
}

type queries struct {
	conn  conn
	types *columnTypes
}

func (queries) Engine() db.Engine { return db.Postgres }

func (q queries) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := q.conn.Exec(ctx, db.Rewrite(db.Postgres, query), encode(args)...)
	if err != nil {
		return 0, describe(err, query)
	}
	return tag.RowsAffected(), nil
}

func (q queries) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	found, err := q.conn.Query(ctx, db.Rewrite(db.Postgres, query), encode(args)...)
	if err != nil {
		return nil, describe(err, query)
	}
	return rows{found}, nil
}

func (q queries) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	return db.FirstRow(q.Query(ctx, query, args...))
}

type rows struct{ pgx.Rows }

func (r rows) Columns() ([]string, error) {
	described := r.FieldDescriptions()
	names := make([]string, len(described))
	for i := range described {
		names[i] = described[i].Name
	}
	return names, nil
}

// Bulk implements db.Querier. It uses COPY if no row can exist already. For an
// insert with an ON CONFLICT clause, it passes arrays to unnest. A single row
// is inserted with a plain INSERT, which needs only one round trip.
func (q queries) Bulk(ctx context.Context, in db.BulkInsert) error {
	switch in.Rows {
	case 0:
		return nil
	case 1:
		values := make([]any, len(in.Columns))
		in.Row(0, values)
		_, err := q.Exec(ctx, insertText(in), values...)
		return err
	}
	if in.Conflict == "" {
		_, err := q.conn.CopyFrom(ctx, pgx.Identifier{in.Table}, in.Columns, &copySource{in: in, i: -1, values: make([]any, len(in.Columns))})
		if err != nil {
			return describe(err, "COPY "+in.Table)
		}
		return nil
	}
	types, err := q.types.forTable(ctx, q, in.Table)
	if err != nil {
		return err
	}
	lists := make([]arrayBuilder, len(in.Columns))
	for c, name := range in.Columns {
		if lists[c] = newList(types[name], in.Rows); lists[c] == nil {
			return fmt.Errorf("%w: %s.%s is %q", errColumnType, in.Table, name, types[name])
		}
	}
	values := make([]any, len(in.Columns))
	for i := range in.Rows {
		in.Row(i, values)
		for c, v := range encode(values) {
			if err := lists[c].add(v); err != nil {
				return fmt.Errorf("%s.%s: %w", in.Table, in.Columns[c], err)
			}
		}
	}
	arrays, arguments := make([]string, len(in.Columns)), make([]any, len(in.Columns))
	for c, name := range in.Columns {
		arrays[c] = fmt.Sprintf("$%d::%s[]", c+1, types[name])
		arguments[c] = lists[c].array()
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM unnest(%s) ON CONFLICT %s",
		in.Table, strings.Join(in.Columns, ", "), strings.Join(arrays, ", "), in.Conflict)
	if _, err := q.conn.Exec(ctx, query, arguments...); err != nil {
		return describe(err, "insert into "+in.Table)
	}
	return nil
}

func insertText(in db.BulkInsert) string {
	places := make([]string, len(in.Columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", in.Table, strings.Join(in.Columns, ", "), strings.Join(places, ", "))
	if in.Conflict != "" {
		text += " ON CONFLICT " + in.Conflict
	}
	return text
}

type copySource struct {
	in     db.BulkInsert
	i      int
	values []any
}

func (c *copySource) Next() bool {
	c.i++
	return c.i < c.in.Rows
}

func (c *copySource) Values() ([]any, error) {
	c.in.Row(c.i, c.values)
	return encode(c.values), nil
}

func (*copySource) Err() error { return nil }

// encode converts UUIDs to the type of pgx, because pgx would send an id.UUID
// as text.
func encode(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case id.UUID:
			args[i] = pgtype.UUID{Bytes: v, Valid: true}
		case *id.UUID:
			if v == nil {
				args[i] = nil
			} else {
				args[i] = pgtype.UUID{Bytes: *v, Valid: true}
			}
		case []id.UUID:
			list := make([]pgtype.UUID, len(v))
			for j := range v {
				list[j] = pgtype.UUID{Bytes: v[j], Valid: true}
			}
			args[i] = list
		case []string:
			if v == nil {
				args[i] = []string{}
			}
		case []int64:
			if v == nil {
				args[i] = []int64{}
			}
		}
	}
	return args
}

func describe(err error, query string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return db.ErrNoRows
	}
	if len(query) > 200 {
		query = query[:200] + "..."
	}
	return unavailable(fmt.Errorf("postgres: %w in %q", err, query), false)
}
