package rebate

import (
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Standing has the properties of a partner that decide whether the partner may
// use rebates.
type Standing struct {
	Verified bool
	Country  string
	Status   string
}

// Allowed returns nil for partners who are verified, active, and in a country
// with rebates. It returns PermissionDenied for all others.
func (s *Settings) Allowed(ctx context.Context, partnerID id.UUID) error {
	standing, known, err := s.store.Standing(ctx, partnerID)
	if err != nil {
		return err
	}
	if !known || !standing.Verified || standing.Status != partner.Active || slices.Contains(s.except, standing.Country) {
		return fault.New(fault.PermissionDenied)
	}
	return nil
}
