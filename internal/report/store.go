package report

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store runs compiled statements. They use $1, $2, ... and "@any($1)" for lists
// of text or int64, "@anyid($1)" for lists of UUIDs; instants are microseconds
// and days are days since 1970. SQLStore implements it, and the tests with rows
// that they count.
type Store interface {
	Engine() db.Engine
	// Snapshot runs fn on one unchanging state of the store.
	Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error
}

// Querier reads inside a snapshot. The tests note its statements or explain
// their plans.
type Querier interface {
	// Partner returns the partner's constants, or NotFound if there is no such
	// partner.
	Partner(ctx context.Context, partnerID id.UUID) (*Partner, error)
	Query(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows iterates over a result: db.Rows, and in the tests rows without a store.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}
