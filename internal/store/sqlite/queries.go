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

// queries implements sqldb.Querier over a pool, or a transaction on it.
type queries struct {
	cache *statements
	tx    *sql.Tx // nil: the pool itself
}

// statements keeps a pool's prepared statements by text: preparing costs more
// than most of them do to run. Transactions take them over.
type statements struct {
	pool *sql.DB
	mu   sync.Mutex
	by   map[string]*sql.Stmt
	next map[string]bool // texts to prepare before the next transaction
}

const cachedStatements = 256 // beyond it a statement is prepared for each use

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, by: map[string]*sql.Stmt{}, next: map[string]bool{}}
}

func (s *statements) want(query string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[query] = true
}

// prepare prepares what transactions asked for. Not inside one: the pool's
// only connection may be its.
func (s *statements) prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for query := range s.next {
		stmt, err := s.pool.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		s.by[query] = stmt
		delete(s.next, query)
	}
	return nil
}

func (s *statements) get(ctx context.Context, query string) (stmt *sql.Stmt, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.by[query]; ok {
		return stmt, func() {}, nil
	}
	stmt, err = s.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if len(s.by) >= cachedStatements {
		return stmt, func() { stmt.Close() }, nil
	}
	s.by[query] = stmt
	return stmt, func() {}, nil
}

// statement returns the statement for a text, on the transaction if there is one.
func (q queries) statement(ctx context.Context, query string) (*sql.Stmt, func(), error) {
	if q.tx == nil {
		return q.cache.get(ctx, query)
	}
	q.cache.mu.Lock()
	known, ok := q.cache.by[query]
	room := len(q.cache.by)+len(q.cache.next) < cachedStatements
	q.cache.mu.Unlock()
	if ok {
		return q.tx.StmtContext(ctx, known), func() {}, nil
	}
	// The pool's only connection may be the transaction's: prepare on that one,
	// and leave the text to the pool for the next time.
	stmt, err := q.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if room {
		q.cache.want(query)
	}
	return stmt, func() { stmt.Close() }, nil
}

// Dialect implements sqldb.Querier.
func (queries) Dialect() sqldb.Dialect { return sqldb.SQLite }

// Exec implements sqldb.Querier.
func (q queries) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, release, err := q.statement(ctx, sqldb.Rewrite(sqldb.SQLite, query))
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
	stmt, release, err := q.statement(ctx, sqldb.Rewrite(sqldb.SQLite, query))
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
	stmt, release, err := q.statement(ctx, insertText(in))
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
