package view

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores views. Every statement finds its rows by the primary key, which
// begins with the partner.
type Store struct{ db db.DB }

// NewStore returns a Store on db, which must be the result of db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction, in which no other transaction can
// change the partner's views. Statements that fn runs with its context belong to
// the transaction.
func (s Store) Atomically(ctx context.Context, partnerID id.UUID, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

var views = db.NewTable[View]("saved_views")

// List returns a partner's views of a screen, or of all screens if screen is
// empty, oldest first.
func (s Store) List(ctx context.Context, partnerID id.UUID, screen string) ([]View, error) {
	return db.All[View](ctx, s.db, `SELECT `+views.Of("")+` FROM saved_views
		WHERE partner_id = $1 AND (screen = $2 OR $2 = '') ORDER BY created_at, view_id`, partnerID, screen)
}

// View returns a view, or ErrUnknown.
func (s Store) View(ctx context.Context, partnerID, viewID id.UUID) (View, error) {
	return db.OneOr[View](ctx, s.db, ErrUnknown, `SELECT `+views.Of("")+` FROM saved_views WHERE partner_id = $1 AND view_id = $2`, partnerID, viewID)
}

// Save adds or replaces a view.
func (s Store) Save(ctx context.Context, v View) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return views.InsertOn(ctx, q, views.Replacing("partner_id, view_id", "created_at"), v)
	})
}

// Delete removes a view, or returns ErrUnknown.
func (s Store) Delete(ctx context.Context, partnerID, viewID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM saved_views WHERE partner_id = $1 AND view_id = $2`, partnerID, viewID)
		if err == nil && removed == 0 {
			err = ErrUnknown
		}
		return err
	})
}
