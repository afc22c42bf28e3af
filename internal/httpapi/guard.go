package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// guard protects a part of the API with a gate.
type guard struct {
	prefix string
	gate   func(ctx context.Context) error
}

// Guard keeps partners out of every path that begins with prefix, declared or
// not and for every method, unless gate lets them in. The error of gate is the
// answer. Nothing of the request except its caller is read before gate has run.
// Paths are compared after doubled slashes are merged.
func (r *Router) Guard(prefix string, gate func(ctx context.Context) error) {
	r.guards = append(r.guards, guard{strings.TrimSuffix(prefix, "/") + "/", gate})
}

// guarded asks the gates of path. ctx carries the caller.
func (r *Router) guarded(ctx context.Context, path string) error {
	if who, known := caller.From(ctx); !known || who.Role != caller.Partner {
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

// MayRead returns the error that would keep the caller of ctx from a GET of a
// declared path, written with its {names}, or nil if the caller may read it. An
// operation that shows the same data as another one asks it.
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

// guardUnknown asks the gates of a path that has no operation, or none for this
// method: a partner that is kept out of a part must not learn what is in it.
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
	case code != "" && code != fault.PermissionDenied && code != fault.ServiceUnavailable: // the same
		return nil
	case err != nil:
		return err
	}
	return x.router.guarded(caller.With(ctx, who), x.request.URL.Path)
}
