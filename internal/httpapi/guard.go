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

// Guard declares a gate for all paths that begin with a prefix. If gate returns
// an error for the caller of a request, the response is this error. A gate
// applies to all methods, and also to paths without an operation, but not to
// requests without credentials. The router calls gate once it knows the caller,
// before it reads the rest of the request. It merges repeated slashes before it
// compares the path.
func (r *Router) Guard(prefix string, gate func(ctx context.Context) error) {
	r.guards = append(r.guards, guard{strings.TrimSuffix(prefix, "/") + "/", gate})
}

// checkGuards returns the error of the first gate that refuses the caller of ctx
// for this path.
func (r *Router) checkGuards(ctx context.Context, path string) error {
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

// MayRead returns nil if the caller of ctx may GET a path. The path is the one
// that was declared, with {names} in place of ids. Otherwise MayRead returns the
// error that the GET would return. It is for operations that show the data of
// another operation.
func (r *Router) MayRead(ctx context.Context, path string) error {
	route := r.routes[strings.TrimSuffix(path, "/")+"/{$}"]
	if route == nil || route.methods[http.MethodGet] == nil {
		return fault.New(fault.NotFound)
	}
	if !route.methods[http.MethodGet].mayBeCalledBy(caller.Must(ctx)) {
		return fault.New(fault.PermissionDenied)
	}
	return r.checkGuards(ctx, path)
}

// guardUnknown applies the gates to a request to a path without an operation, so
// that a caller whom a gate refuses cannot find out which paths exist. It returns
// the error of the gate.
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
		return nil //nolint:nilerr // the caller is not authenticated, so no gate applies
	}
	who, err := x.router.config.Authenticator.Authenticate(ctx, token)
	switch code := fault.CodeOf(err); {
	case code != "" && code != fault.PermissionDenied && code != fault.ServiceUnavailable: // the caller is not authenticated, so no gate applies
		return nil
	case err != nil:
		return err
	}
	return x.router.checkGuards(caller.With(ctx, who), x.request.URL.Path)
}
