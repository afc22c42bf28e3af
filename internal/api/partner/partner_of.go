// Package partner declares the operations of the Partner API. A partner calls
// them with a token, and the partner's programs call them with API keys.
package partner

import (
	"context"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func partnerOf(ctx context.Context) id.UUID { return caller.Must(ctx).PartnerID }
