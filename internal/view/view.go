// Package view stores the views that a partner saves: addresses of screens with
// a filter, an order and columns, under a name that the partner gives them. The
// page shows them as tabs above its tables.
package view

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

// MaxViews is how many views one partner can have, on all screens together.
const MaxViews = 100

// View is the address of a screen under a name. The names of a screen's views
// are distinct.
type View struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        id.UUID   `db:"view_id"`
	Screen    string    `db:"screen"` // path of the screen, such as /rewards
	Name      string    `db:"name"`
	Query     string    `db:"query"` // query of the address, without the question mark
	CreatedAt time.Time `db:"created_at"`
}

// ErrUnknown says that there is no such view.
var ErrUnknown = fault.Unknown("no such view")

// Service manages views. An error that the caller can correct is a
// *fault.Error. Service is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
}

// New returns a Service that stores views in store.
func New(store Store, c clock.Clock) *Service { return &Service{store, c} }

// List returns a partner's views of a screen, or of all screens if screen is
// empty, oldest first.
func (s *Service) List(ctx context.Context, partnerID id.UUID, screen string) ([]View, error) {
	return s.store.List(ctx, partnerID, screen)
}

// Create saves a view. It returns ValidationError for each invalid field. The
// error for name has the code unique if the screen already has a view of this
// name, and limit_reached if the partner already has MaxViews views.
func (s *Service) Create(ctx context.Context, partnerID id.UUID, screen, name, query string) (View, error) {
	v := View{PartnerID: partnerID, ID: id.New(), Screen: screen, CreatedAt: s.clock.Now()}
	var faults fault.Fields
	if !screens.MatchString(screen) || text.Label.Exceeded(screen) {
		faults.Add("screen", "invalid", "Must be the path of a screen, such as /rewards.")
	}
	apply(Change{Name: &name, Query: &query}, &v, &faults)
	if err := faults.Err(); err != nil {
		return View{}, err
	}
	err := s.store.Atomically(ctx, partnerID, func(ctx context.Context) error {
		all, err := s.store.List(ctx, partnerID, "")
		if err != nil {
			return err
		}
		if len(all) >= MaxViews {
			return fault.Invalid("name", "limit_reached", fmt.Sprintf("A partner can have at most %d views. Delete one first.", MaxViews))
		}
		return s.save(ctx, &v, all)
	})
	return v, err
}

// Change is a change to a view. A nil field leaves its value unchanged.
type Change struct{ Name, Query *string }

// Change changes a view. Its errors are those of Create, and ErrUnknown.
func (s *Service) Change(ctx context.Context, partnerID, viewID id.UUID, c Change) (v View, err error) {
	err = s.store.Atomically(ctx, partnerID, func(ctx context.Context) error {
		if v, err = s.store.View(ctx, partnerID, viewID); err != nil {
			return err
		}
		var faults fault.Fields
		if apply(c, &v, &faults); len(faults) > 0 {
			return faults.Err()
		}
		all, err := s.store.List(ctx, partnerID, v.Screen)
		if err != nil {
			return err
		}
		return s.save(ctx, &v, all)
	})
	return v, err
}

// Delete removes a view. It returns ErrUnknown if there is no such view.
func (s *Service) Delete(ctx context.Context, partnerID, viewID id.UUID) error {
	return s.store.Delete(ctx, partnerID, viewID)
}

// screens matches the paths of screens.
var screens = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// apply changes a view, and adds a fault for each invalid field.
func apply(c Change, v *View, faults *fault.Fields) {
	if c.Name != nil {
		v.Name = strings.TrimSpace(*c.Name)
		if v.Name == "" || text.Name.Exceeded(v.Name) {
			faults.Add("name", "invalid", fmt.Sprintf("Enter 1 to %d characters.", text.Name))
		}
	}
	if c.Query != nil {
		v.Query = *c.Query
		if _, err := url.ParseQuery(v.Query); err != nil || strings.ContainsAny(v.Query, "?# ") || text.Link.Exceeded(v.Query) {
			faults.Add("query", "invalid", fmt.Sprintf("Must be the query of an address, of at most %d characters and without the question mark.", text.Link))
		}
	}
}

// save stores a view, unless another view of the same screen has the same name.
func (s *Service) save(ctx context.Context, v *View, others []View) error {
	for i := range others {
		if o := &others[i]; o.ID != v.ID && o.Screen == v.Screen && o.Name == v.Name {
			return fault.Invalid("name", "unique", "This screen has a view of this name.")
		}
	}
	return s.store.Save(ctx, *v)
}
