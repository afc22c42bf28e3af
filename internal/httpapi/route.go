package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Allow says who may call an operation.
type Allow struct {
	Access *Access
	Scope  string             // scope that a limited key must have; see Op.Scope
	Staff  []caller.StaffRole // roles of staff members that may call it
}

// Route is one operation in a table: its method, path, access, handler and
// documentation.
type Route struct {
	op      Op
	declare func(r *Router, op Op)
}

// Mount declares the operations in a table. In the OpenAPI document, they form
// the group with the given tag.
func (r *Router) Mount(tag string, routes ...Route) {
	for _, route := range routes {
		route.op.Tag = tag
		route.declare(r, route.op)
	}
}

// GET returns the Route of a typed operation. details contains the other
// properties of the operation, such as its id, texts and examples. GET panics if
// details also sets a property that is a parameter of GET.
func GET[In, Out any](path string, who Allow, handle func(context.Context, *In) (*Out, error), details Op) Route {
	return typedRoute(http.MethodGet, path, who, handle, details)
}

// POST is like GET, for the method POST.
func POST[In, Out any](path string, who Allow, handle func(context.Context, *In) (*Out, error), about Op) Route {
	return typedRoute(http.MethodPost, path, who, handle, about)
}

// PUT is like GET, for the method PUT.
func PUT[In, Out any](path string, who Allow, handle func(context.Context, *In) (*Out, error), about Op) Route {
	return typedRoute(http.MethodPut, path, who, handle, about)
}

// PATCH is like GET, for the method PATCH.
func PATCH[In, Out any](path string, who Allow, handle func(context.Context, *In) (*Out, error), about Op) Route {
	return typedRoute(http.MethodPatch, path, who, handle, about)
}

// DELETE is like GET, for the method DELETE.
func DELETE[In, Out any](path string, who Allow, handle func(context.Context, *In) (*Out, error), about Op) Route {
	return typedRoute(http.MethodDelete, path, who, handle, about)
}

func typedRoute[In, Out any](method, path string, who Allow, handle func(context.Context, *In) (*Out, error), about Op) Route {
	return routeOf(method, path, who, about, func(r *Router, op Op) { Handle(r, op, handle) })
}

// Data returns the Route of an untyped operation; see Router.Add.
func Data(method, path string, who Allow, handle Handler, about Op, params []openapi.Param, responses openapi.Responses) Route {
	return routeOf(method, path, who, about, func(r *Router, op Op) { r.Add(op, params, responses, handle) })
}

// routeOf returns a Route. It panics if details sets a property that is also a
// parameter of routeOf.
func routeOf(method, path string, who Allow, details Op, declare func(*Router, Op)) Route {
	if details.Method != "" || details.Path != "" || details.Tag != "" || details.Access != nil || details.Scope != "" || details.Staff != nil {
		panic(fmt.Sprintf("httpapi: operation %s sets its method, path, tag, access, scope or staff twice: set it only in the table of routes", details.ID))
	}
	details.Method, details.Path = method, path
	details.Access, details.Scope, details.Staff = who.Access, who.Scope, who.Staff
	return Route{op: details, declare: declare}
}

// Keyed returns the Route of an untyped POST that accepts an Idempotency-Key;
// see Router.AddKeyed.
func Keyed(path string, who Allow, read func(*Request) (Work, error), about Op, responses openapi.Responses) Route {
	return routeOf(http.MethodPost, path, who, about, func(r *Router, op Op) { r.AddKeyed(op, nil, responses, read) })
}

// Prepared returns the Route of a POST that begins with slow work; see
// HandlePrepared.
func Prepared[In, Made, Out any](
	path string, who Allow,
	prepare func(context.Context, *In) (Made, error), handle func(context.Context, *In, Made) (*Out, error), about Op,
) Route {
	return routeOf(http.MethodPost, path, who, about, func(r *Router, op Op) { HandlePrepared(r, op, prepare, handle) })
}

// Raw returns the Route of an operation that returns encoded JSON; see HandleRaw.
func Raw[In any](
	method, path string, who Allow, handle func(context.Context, *In, *Request) (json.RawMessage, error),
	about Op, params []openapi.Param, ok *openapi3.SchemaRef,
) Route {
	return routeOf(method, path, who, about, func(r *Router, op Op) { HandleRaw(r, op, params, ok, handle) })
}
