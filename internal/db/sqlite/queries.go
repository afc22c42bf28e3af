package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

type queries struct {
	pool *statementCache
	tx   *transaction // nil if the statements run outside a transaction
}

// statementCache holds the prepared statements of a pool by query, because
// preparing most statements takes longer than running them. Never hold the
// mutex while you wait for a connection, because the callers that hold the
// connections also need the mutex.
type statementCache struct {
	db *sql.DB
	mu sync.Mutex
	by map[string]*sql.Stmt
}

// cachedStatements is the maximum number of statements that are cached. Further
// statements are prepared for each use.
const cachedStatements = 256

func newStatements(db *sql.DB) *statementCache {
	return &statementCache{db: db, by: map[string]*sql.Stmt{}}
}

func (s *statementCache) find(query string) (stmt *sql.Stmt, room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[query], len(s.by) < cachedStatements
}

// get returns the prepared statement for a query. Call release after use.
func (s *statementCache) get(ctx context.Context, query string) (stmt *sql.Stmt, release func(), err error) {
	known, room := s.find(query)
	if known != nil {
		return known, func() {}, nil
	}
	stmt, err = s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if room && s.keep(query, stmt) {
		return stmt, func() {}, nil
	}
	return stmt, func() { stmt.Close() }, nil
}

func (s *statementCache) keep(query string, stmt *sql.Stmt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[query] != nil || len(s.by) >= cachedStatements {
		return false
	}
	s.by[query] = stmt
	return true
}

type transaction struct {
	*sql.Tx
	own map[string]*sql.Stmt
}

// statement returns the prepared statement for a query. Inside a transaction,
// it reuses a statement that the pool has already prepared. Otherwise, it
// prepares the statement on the transaction's own connection, because no other
// connection may be free.
func (q queries) statement(ctx context.Context, query string) (*sql.Stmt, func(), error) {
	if q.tx == nil {
		return q.pool.get(ctx, query)
	}
	if own := q.tx.own[query]; own != nil {
		return own, func() {}, nil
	}
	if known, _ := q.pool.find(query); known != nil {
		return q.tx.StmtContext(ctx, known), func() {}, nil
	}
	stmt, err := q.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	q.tx.own[query] = stmt // closed when the transaction ends
	return stmt, func() {}, nil
}

// learn prepares on the pool those statements that the transaction has prepared
// on its own connection, so that later transactions can reuse them. Call it
// after the transaction has released its connection.
func (s *statementCache) learn(ctx context.Context, tx *transaction) {
	for query := range tx.own {
		if _, release, err := s.get(ctx, query); err == nil {
			release()
		}
	}
}

func (queries) Engine() db.Engine { return db.SQLite }

func (q queries) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, release, err := q.statement(ctx, db.Rewrite(db.SQLite, query))
	if err != nil {
		return 0, q.describe(err, query)
	}
	defer release()
	result, err := stmt.ExecContext(ctx, encode(args)...)
	if err != nil {
		return 0, q.describe(err, query)
	}
	return result.RowsAffected()
}

func (q queries) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	stmt, release, err := q.statement(ctx, db.Rewrite(db.SQLite, query))
	if err != nil {
		return nil, q.describe(err, query)
	}
	found, err := stmt.QueryContext(ctx, encode(args)...)
	if err != nil {
		release()
		return nil, q.describe(err, query)
	}
	return rows{found, release}, nil
}

func (q queries) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	return db.FirstRow(q.Query(ctx, query, args...))
}

type rows struct {
	*sql.Rows
	release func()
}

func (r rows) Err() error { return unavailable(r.Rows.Err()) }

func (r rows) Close() {
	r.Rows.Close()
	r.release()
}

// Bulk implements db.Querier. It runs one prepared INSERT for each row. A
// single statement with many rows would be slower: the time to bind values
// grows with the square of their number, and SQLite writes a journal to be able
// to undo half of such a statement.
func (q queries) Bulk(ctx context.Context, in db.BulkInsert) error {
	if in.Rows == 0 {
		return nil
	}
	stmt, release, err := q.statement(ctx, insertText(in))
	if err != nil {
		return q.describe(err, "insert into "+in.Table)
	}
	defer release()
	args := make([]any, len(in.Columns))
	for i := range in.Rows {
		in.Row(i, args)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return q.describe(err, "insert into "+in.Table)
		}
	}
	return nil
}

func insertText(in db.BulkInsert) string {
	values := strings.TrimSuffix(strings.Repeat("?,", len(in.Columns)), ",")
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", in.Table, strings.Join(in.Columns, ", "), values)
	if in.Conflict != "" {
		text += " ON CONFLICT " + in.Conflict
	}
	return text
}

// encode converts list arguments to JSON, which json_each expands. It changes
// the elements of args.
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
		panic(err) // cannot happen, because strings and integers can always be encoded
	}
	return string(text)
}

// describe adds the statement's text to an error. Inside a transaction, it does
// not change the error of a lock, because the transaction is then tried again.
func (q queries) describe(err error, query string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return db.ErrNoRows
	}
	if len(query) > 200 {
		query = query[:200] + "..."
	}
	err = fmt.Errorf("sqlite: %w in %q", err, query)
	if q.tx != nil && busy(err) {
		return err
	}
	return unavailable(err)
}
