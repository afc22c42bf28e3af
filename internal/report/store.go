package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Store runs compiled statements. The arguments of a statement are $1, $2 and so
// on. "@any($1)" matches a list of texts or numbers, and "@anyid($1)" matches a
// list of UUIDs. Instants are microseconds since 1970-01-01, and days are days
// since then. SQLStore implements Store. Tests use stores with fixed rows, and
// stores that record the plans of statements.
type Store interface {
	Engine() db.Engine
	// Snapshot runs fn on one snapshot of the store.
	Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error
}

// Querier reads inside a snapshot. Each Store has its own implementation.
type Querier interface {
	// Partner returns the partner's data for reports. It returns NotFound if
	// the partner does not exist.
	Partner(ctx context.Context, partnerID id.UUID) (*Partner, error)
	Query(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows iterates over a result. db.Rows implements it. In tests, a list of fixed
// rows also implements it.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// SQLStore runs compiled reports on either engine. It implements Store.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a SQLStore that reads from db.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Engine returns the store's engine.
func (r SQLStore) Engine() db.Engine { return r.db.Engine() }

// Snapshot implements Store.
func (r SQLStore) Snapshot(ctx context.Context, fn func(context.Context, Querier) error) error {
	return r.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		return fn(ctx, sqlQuerier{q})
	})
}

type sqlQuerier struct{ q db.Querier }

func (r sqlQuerier) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	return r.q.Query(ctx, statement, args...)
}

func (r sqlQuerier) Partner(ctx context.Context, partnerID id.UUID) (*Partner, error) {
	p := Partner{ID: partnerID}
	err := r.q.QueryRow(ctx, `SELECT p.partner_account, coalesce(a.name, ''), p.currency, coalesce(t.revision, 0) FROM partners p
		LEFT JOIN partner_accounts a ON a.partner_id = p.partner_id AND a.partner_account = p.partner_account
		LEFT JOIN partner_totals t ON t.partner_id = p.partner_id
		WHERE p.partner_id = $1`, partnerID).Scan(&p.Account, &p.AccountName, &p.Currency, &p.Revision)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a partner for a report: %w", err)
	}
	return &p, nil
}
