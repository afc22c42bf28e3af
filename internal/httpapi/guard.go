package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

type guard struct {
	prefix string
	gate   func(ctx context.Context) error
}

// Guard denies callers access to every path that begins with prefix, unless
// gate returns nil. It applies to every method, and also to paths without an
// operation, but not to requests without credentials. The error of gate is the
// response. Before gate, the router reads nothing of the request except its
// caller. Doubled slashes in a path are merged before the comparison.
func (r *Router) Guard(prefix string, gate func(ctx context.Context) error) {
	r.guards = append(r.guards, guard{strings.TrimSuffix(prefix, "/") + "/", gate})
}

// guarded returns the error of the first gate that refuses the caller of ctx
// for this path.
func (r *Router) guarded(ctx context.Context, path string) error {
	if _, known := caller.From(ctx); !known {
		return nil
	}
	for _, g := range r.guards {
		if strings.HasPrefix(strings.TrimSuffix(path, "/")+"/", g.prefix) {
			if err := g.gate(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// MayRead returns nil if the caller of ctx may GET a declared path, which
// contains its {names}. Otherwise it returns the error that the GET would
// return. Operations that show data of another operation use MayRead.
func (r *Router) MayRead(ctx context.Context, path string) error {
	route := r.routes[strings.TrimSuffix(path, "/")+"/{$}"]
	if route == nil || route.methods[http.MethodGet] == nil {
		return fault.New(fault.NotFound)
	}
	if !route.methods[http.MethodGet].mayBeCalledBy(caller.Must(ctx)) {
		return fault.New(fault.PermissionDenied)
	}
	return r.guarded(ctx, path)
}

// guardUnknown returns the error of the path's gates if the path has no
// operation for this method. Otherwise a caller without access could learn
// which paths exist.
func (x *exchange) guardUnknown(ctx context.Context) error {
	inside := false
	for _, g := range x.router.guards {
		inside = inside || strings.HasPrefix(x.request.URL.Path, g.prefix)
	}
	if !inside {
		return nil
	}
	token, err := tokenOf(x.request.Header)
	if err != nil {
		return nil //nolint:nilerr // without a valid caller no gate applies
	}
	who, err := x.router.config.Authenticator.Authenticate(ctx, token)
	switch code := fault.CodeOf(err); {
	case code != "" && code != fault.PermissionDenied && code != fault.ServiceUnavailable: // without a valid caller no gate applies
		return nil
	case err != nil:
		return err
	}
	return x.router.guarded(caller.With(ctx, who), x.request.URL.Path)
}
