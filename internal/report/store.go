package report

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store runs compiled statements. They use $1, $2, ... and "@any($1)" for lists
// of text or int64, "@anyid($1)" for lists of UUIDs; instants are microseconds
// and days are days since 1970. Tests implement it too.
type Store interface {
	Engine() db.Engine
	// Snapshot runs fn on one unchanging state of the store.
	Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error
}

// Querier reads inside a snapshot. Tests implement it too.
type Querier interface {
	// Partner returns the partner's constants; NotFound when there is no such partner.
	Partner(ctx context.Context, partnerID id.UUID) (*Partner, error)
	Query(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows iterates over a result.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}
