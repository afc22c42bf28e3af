// Package httpapi serves the operations of the API over HTTP. It implements the
// rules that all operations share: paths, the table of errors, authorisation,
// content negotiation, rate limits, validation of inputs, and the OpenAPI
// document. A handler is therefore only a function from a typed input to a
// typed output or an error.
//
// Handle declares a typed operation. Router.Add and Router.AddKeyed declare
// untyped operations (reports, uploads and downloads), whose parameters and
// responses are described as data.
package httpapi

import (
	"context"
	"reflect"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Access says who may use an operation. The router checks it for each request, and the
// OpenAPI document describes it. Public is declared here. The packages that declare
// operations declare the other values.
type Access struct {
	openapi.Access

	// Role is the role that a caller must have. If it is empty, anyone may call
	// the operation, and the Authorization header is ignored.
	Role caller.Role
}

// Public is the access to operations that anyone may call.
var Public = &Access{Access: openapi.Access{Name: "public"}}

// Format is a representation of a response.
type Format struct {
	Name string // value of the parameter format
	Type string // media type
}

// These are the formats of a report.
var (
	FormatJSON = Format{Name: "json", Type: "application/json"}
	FormatCSV  = Format{Name: "csv", Type: "text/csv"}
	FormatXLSX = Format{Name: "xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
)

// ReportFormats returns the formats of every report. JSON is the default.
func ReportFormats() []Format { return []Format{FormatJSON, FormatCSV, FormatXLSX} }

// Op declares an operation. Method, Path, ID and Access are required.
type Op struct {
	Method      string
	Path        string   // path in the document, such as "/api/campaigns/{campaign_code}/"; requests may omit the final slash
	Aliases     []string // other paths of the operation, with the same {params} as Path
	ID          string   // unique id in the document, such as "campaign_list"
	Tag         string
	Summary     string
	Description string // CommonMark

	Access *Access
	// Scope is the scope that a limited key must have. A key limited to the area of
	// the path (see Config.Areas) does not need the scope, because an area allows
	// every action in it. If Scope is empty, any key may be used.
	Scope string
	// Areas lists the areas of the operation, for a path that belongs to no
	// area or to several. If Areas is empty, Config.Areas determines the area
	// from the path.
	Areas []string

	// Staff lists the roles of staff members that may use the operation. If it is
	// empty, no staff member may.
	Staff []caller.StaffRole

	// Fixed lists fields that a PATCH cannot change. A request with such a field gets
	// a ValidationError. If Fixed is nil, these are the fields of the response that
	// the request's body does not have. So Fixed is needed only if the response is
	// not the changed object.
	Fixed []string

	Status  int          // status of a successful response; 0 means 200
	Request any          // example of the body
	Example any          // example of the response
	Errors  []fault.Code // possible errors, except those that every operation of this kind can return

	// Formats are the formats of the response. A caller chooses one by the parameter
	// format or the Accept header. The first is the default. If Formats is empty, the
	// response is always JSON.
	Formats []Format
	// AnyAccept makes the operation ignore the Accept header. It is for files and
	// images.
	AnyAccept bool
	// Consumes lists the media types of the body that an untyped operation accepts.
	// Typed operations always accept JSON and forms.
	Consumes []string
	// MaxBody is the maximum size of the body in bytes. 0 means 1 MiB. A negative
	// value means no limit, which only streams need.
	MaxBody int64
	// Unkeyed declares that a typed POST does not accept an Idempotency-Key. It is
	// for queries, for logins, and for operations that count failures such as wrong
	// codes. A request with a key runs in one transaction, so an error would also
	// undo the counting of the failure.
	Unkeyed bool
	// Hidden excludes the operation from the OpenAPI document.
	Hidden bool
}

// Handler handles a request to an untyped operation.
type Handler func(ctx context.Context, req *Request) (Response, error)

// Handle declares a typed operation. In and Out are structs. Package bind
// describes the tags of In, and package openapi those of Out. If the response has
// no body, the handler returns nil, and the Status of op must be 204.
//
// Handle panics if the declaration is malformed, so that any test that creates
// the router finds the mistake.
func Handle[In, Out any](r *Router, op Op, handle func(ctx context.Context, in *In) (*Out, error)) {
	out := reflect.TypeFor[Out]()
	plan := planOf[In](&op, out)
	r.add(&endpoint{
		Op:    op,
		plan:  plan,
		out:   out,
		check: func(req *Request) error { return req.bind(plan, new(In)) },
		handle: func(ctx context.Context, req *Request) (Response, error) {
			in := new(In)
			if err := req.bind(plan, in); err != nil {
				return Response{}, err
			}
			out, err := handle(ctx, in)
			if err != nil {
				return Response{}, err
			}
			if out == nil {
				return Response{}, nil
			}
			return Response{Value: out}, nil
		},
	})
}

// Add declares an untyped operation. params describes its parameters, and
// responses describes its responses. For a POST that creates something, use
// AddKeyed.
func (r *Router) Add(op Op, params []openapi.Param, responses openapi.Responses, handle Handler) {
	r.add(&endpoint{Op: op, params: params, responses: responses, handle: handle})
}
