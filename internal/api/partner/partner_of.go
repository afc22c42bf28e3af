// Package partner is the Partner API: what a partner, or a program with its
// key, reads and changes.
package partner

import (
	"context"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// partnerOf returns the caller's partner.
func partnerOf(ctx context.Context) id.UUID { return caller.Must(ctx).PartnerID }
