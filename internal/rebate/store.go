package rebate

import (
	"context"
	"net/url"

	"github.com/tributary-server/tributary/internal/id"
)

// Finder returns the client accounts that match the filters of the list of
// accounts. Inside a Change, it also finds what the Change has written. It
// returns ValidationError if a filter is invalid.
type Finder func(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error)
