package rebate

import (
	"context"
	"net/url"

	"github.com/tributary-server/tributary/internal/id"
)

// Finder lists the client accounts that the filters of the accounts' list let
// through. With a context from inside a Change it sees what that one sees.
// ValidationError: a filter that can't be read.
type Finder func(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error)
