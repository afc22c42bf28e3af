package rebate

import (
	"context"
	"net/url"

	"github.com/tributary-server/tributary/internal/id"
)

// Finder lists the client accounts that the filters of the accounts' list
// select. With a context from inside a Change it sees the same data as that
// Change. It returns ValidationError for a filter that cannot be read.
type Finder func(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error)
