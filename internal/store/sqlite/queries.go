package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// conn is what *sql.DB and *sql.Tx share.
type conn interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// queries implements sqldb.Querier over a pool or a transaction.
type queries struct {
	conn  conn
	cache *statements
}

// statements keeps prepared statements by text: preparing costs more than
// most of them do to run.
type statements struct {
	conn conn
	mu   sync.Mutex
	by   map[string]*sql.Stmt
}

const cachedStatements = 256 // beyond it a statement is prepared for each use

func newStatements(c conn) *statements { return &statements{conn: c, by: map[string]*sql.Stmt{}} }

func (s *statements) get(ctx context.Context, query string) (stmt *sql.Stmt, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.by[query]; ok {
		return stmt, func() {}, nil
	}
	stmt, err = s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if len(s.by) >= cachedStatements {
		return stmt, func() { stmt.Close() }, nil
	}
	s.by[query] = stmt
	return stmt, func() {}, nil
}

func (q queries) close() {
	q.cache.mu.Lock()
	defer q.cache.mu.Unlock()
	for query, stmt := range q.cache.by {
		stmt.Close()
		delete(q.cache.by, query)
	}
}

// Dialect implements sqldb.Querier.
func (queries) Dialect() sqldb.Dialect { return sqldb.SQLite }

// Exec implements sqldb.Querier.
func (q queries) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, release, err := q.cache.get(ctx, sqldb.Rewrite(sqldb.SQLite, query))
	if err != nil {
		return 0, describe(err, query)
	}
	defer release()
	result, err := stmt.ExecContext(ctx, encode(args)...)
	if err != nil {
		return 0, describe(err, query)
	}
	return result.RowsAffected()
}

// Query implements sqldb.Querier.
func (q queries) Query(ctx context.Context, query string, args ...any) (sqldb.Rows, error) {
	stmt, release, err := q.cache.get(ctx, sqldb.Rewrite(sqldb.SQLite, query))
	if err != nil {
		return nil, describe(err, query)
	}
	found, err := stmt.QueryContext(ctx, encode(args)...)
	if err != nil {
		release()
		return nil, describe(err, query)
	}
	return rows{found, release}, nil
}

// QueryRow implements sqldb.Querier.
func (q queries) QueryRow(ctx context.Context, query string, args ...any) sqldb.Row {
	found, err := q.Query(ctx, query, args...)
	return row{found, err}
}

type rows struct {
	*sql.Rows
	release func()
}

func (r rows) Close() {
	r.Rows.Close()
	r.release()
}

type row struct {
	rows sqldb.Rows
	err  error
}

func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sqldb.ErrNoRows
	}
	return r.rows.Scan(dest...)
}

// Bulk implements sqldb.Querier: one prepared INSERT, run row by row. Many rows
// in one statement would be slower: the driver's binding grows with the square
// of the values, and SQLite keeps a journal to undo half a statement.
func (q queries) Bulk(ctx context.Context, in sqldb.Insert) error {
	if in.Rows == 0 {
		return nil
	}
	stmt, release, err := q.cache.get(ctx, insertText(in))
	if err != nil {
		return describe(err, "insert into "+in.Table)
	}
	defer release()
	args := make([]any, len(in.Columns))
	for i := range in.Rows {
		in.Row(i, args)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return describe(err, "insert into "+in.Table)
		}
	}
	return nil
}

func insertText(in sqldb.Insert) string {
	values := strings.TrimSuffix(strings.Repeat("?,", len(in.Columns)), ",")
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", in.Table, strings.Join(in.Columns, ", "), values)
	if in.Conflict != "" {
		text += " ON CONFLICT " + in.Conflict
	}
	return text
}

// encode turns list arguments into JSON, which json_each unfolds, in place.
func encode(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case []string:
			args[i] = marshal(v)
		case []int64:
			args[i] = marshal(v)
		case []id.UUID:
			hex := make([]string, len(v))
			for j := range v {
				hex[j] = v[j].Hex()
			}
			args[i] = marshal(hex)
		}
	}
	return args
}

func marshal[T any](list []T) string {
	if list == nil {
		return "[]"
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	return string(text)
}

func describe(err error, query string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sqldb.ErrNoRows
	}
	if len(query) > 200 {
		query = query[:200] + "..."
	}
	return fmt.Errorf("sqlite: %w in %q", err, query)
}
