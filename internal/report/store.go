package report

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
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
