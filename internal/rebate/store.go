package rebate

import (
	"context"
	"net/url"

	"github.com/tributary-server/tributary/internal/id"
)

// Finder returns the client accounts that match the filters of the list of
// accounts. If the context comes from inside a Change, Finder sees the data of
// this Change. It returns ValidationError if a filter is invalid.
type Finder func(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error)
