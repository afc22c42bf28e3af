package process

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Row is the row of a server.
type Row struct {
	ID    id.UUID `db:"process_id"`
	Role  Role    `db:"role"`
	Beats int64   `db:"beats"`
}

// Store stores the rows of servers.
type Store struct{ db db.DB }

// NewStore returns the Store of a database.
func NewStore(db db.DB) Store { return Store{db} }

// Beat writes a server's row and returns the rows of all servers, which are few.
func (s Store) Beat(ctx context.Context, own Row) (rows []Row, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO processes (process_id, role, beats) VALUES ($1, $2, $3)
			ON CONFLICT (process_id) DO UPDATE SET beats = excluded.beats`, own.ID, string(own.Role), own.Beats)
		if err != nil {
			return err
		}
		rows, err = db.All[Row](ctx, q, `SELECT process_id, role, beats FROM processes`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting the servers: %w", err)
	}
	return rows, nil
}

// Remove deletes the row of a server that stops.
func (s Store) Remove(ctx context.Context, processID id.UUID) error {
	return s.delete(ctx, `DELETE FROM processes WHERE process_id = $1`, processID)
}

// Forget deletes the row of a server that has probably been killed, unless the row
// has changed since it was read.
func (s Store) Forget(ctx context.Context, old Row) error {
	return s.delete(ctx, `DELETE FROM processes WHERE process_id = $1 AND beats = $2`, old.ID, old.Beats)
}

func (s Store) delete(ctx context.Context, statement string, args ...any) error {
	err := s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, statement, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("removing a server's row: %w", err)
	}
	return nil
}
