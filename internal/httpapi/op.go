// Package httpapi is the HTTP layer that every endpoint is declared on. It knows
// the Partner API's house rules once (paths and slashes, the error table,
// authorization, content negotiation, throttling, input validation, the
// OpenAPI document), so that a handler is a plain function from a typed input
// to a typed output that returns its errors.
//
// Typed endpoints are declared with Handle, endpoints that are themselves data
// (reports, uploads, downloads) with Router.Add and Router.AddKeyed.
package httpapi

import (
	"context"
	"reflect"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
)

// Access says who may call an operation.
type Access uint8

// These are the kinds of access. The zero value requires a partner, so that an
// operation whose access was forgotten is not open.
const (
	Partner  Access = iota // a partner's token or key
	Broker                 // a broker's key
	Optional               // anyone; if there is a header, it must be a partner's and valid
	Public                 // anyone; the Authorization header is not read
)

// String returns the access's name in the OpenAPI document.
func (a Access) String() string {
	return [...]string{Partner: "partner", Broker: "broker", Optional: "optional", Public: "public"}[a]
}

// Format is one representation that an operation can answer with.
type Format struct {
	Name string // its name in ?format=
	Type string // its media type
}

// These are the representations of a report.
var (
	FormatJSON = Format{Name: "json", Type: "application/json"}
	FormatCSV  = Format{Name: "csv", Type: "text/csv"}
	FormatXLSX = Format{Name: "xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
)

// ReportFormats returns the formats that every report offers; JSON is the
// default.
func ReportFormats() []Format { return []Format{FormatJSON, FormatCSV, FormatXLSX} }

// Op declares one operation. Method, Path and ID are required.
type Op struct {
	Method      string
	Path        string   // as documented: "/api/campaigns/{campaign_code}/"; it answers with and without the last slash
	Aliases     []string // further paths of the same operation, with the same {params}
	ID          string   // operation id, unique: "campaign_list"
	Tag         string
	Summary     string
	Description string // CommonMark

	Access Access
	// Scope is the scope, "read" or "write", that a limited key of a
	// partner must include. A key that includes the path's area
	// (Config.Areas) does not need it: an area's name lets a key do
	// everything there. If Scope is empty, any key is enough.
	Scope string
	// Areas are the areas of a partner's operation whose path does not give
	// a single one. If it is empty, the path gives the area.
	Areas []string
	// Person refuses every key with 403, whatever its scopes. It is for
	// operations that give or take rights (security settings, keys,
	// sessions): a leaked key must not be able to gain more rights.
	Person bool

	// Fixed are the fields of a PATCH's object that exist and cannot be
	// changed. It is needed only if the answer is not the object. Sending
	// such a field is a ValidationError.
	Fixed []string

	Status  int          // the status of success; 0: 200
	Request any          // an example body
	Example any          // an example answer
	Errors  []fault.Code // errors beyond those that every operation of its kind can answer with

	// Formats are the representations to choose from by ?format= and
	// Accept, the default first. If it is empty, the operation offers JSON
	// alone, and ?format= may name only that.
	Formats []Format
	// AnyAccept ignores the Accept header. It is for files and images.
	AnyAccept bool
	// Consumes are the media types of the body that an untyped handler
	// reads itself. Typed endpoints take JSON and forms.
	Consumes []string
	// MaxBody bounds the body in bytes; 0: 1 MiB; negative: no bound (streams).
	MaxBody int64
	// Unkeyed declares a typed POST that takes no Idempotency-Key. All
	// other typed POSTs take one, and of the untyped ones those of AddKeyed
	// do. It is for questions, log-ins, and operations that count failures
	// (a wrong code): a call with a key is one transaction, and a refusal
	// would roll the count back with it.
	Unkeyed bool
	// Hidden keeps the operation out of the OpenAPI document.
	Hidden bool
}

// Param documents a parameter of an untyped operation, whose handler reads it
// from the Request. Path parameters that are not listed are added
// automatically.
type Param struct {
	Name     string
	In       string // "query" (the default), "path" or "header"
	Doc      string
	Required bool
	Comma    bool             // a list sent as one comma-separated value
	Schema   *openapi3.Schema // nil: a string
	Example  any
}

// Responses documents the request body and the answers of an untyped operation.
type Responses struct {
	Body *openapi3.SchemaRef // the request's body; nil: none, or not described beyond Op.Consumes
	// Bodies describe the request's body by media type, with their
	// examples, instead of Body and Op.Request. They are for bodies that
	// differ between media types.
	Bodies openapi3.Content
	OK     *openapi3.SchemaRef // the JSON answer; nil: not described
	// Schemas are named schemas that Body and OK refer to.
	Schemas openapi3.Schemas
	// Examples are example answers by media type. Op.Example is the JSON
	// example.
	Examples map[string]any
	// NotModified says that a caller that already has the answer and sends
	// If-None-Match gets 304.
	NotModified bool
	// Partial says that a caller that sends a Range gets 206.
	Partial bool
	// Accepted documents the 202 that a caller may get when the work takes
	// longer than a request. If it is nil, the operation never answers 202.
	Accepted *Accepted
}

// Accepted documents an answer with 202: the result is made later, and Location
// says where it will be.
type Accepted struct {
	About   string
	Value   any // has the type of Response.Value
	Example any
}

// Handler answers an untyped operation.
type Handler func(ctx context.Context, req *Request) (Response, error)

// Handle declares a typed operation. In and Out are structs; see package bind for
// the tags of In, schema.go for those of Out. A handler without an answer
// returns nil and declares Status 204.
//
// A malformed declaration panics: it is a mistake in the programme, and the
// first test that builds the router finds it.
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

// Add declares an operation whose parameters and answer are data. AddKeyed
// declares a POST that creates something.
func (r *Router) Add(op Op, params []Param, responses Responses, handle Handler) {
	r.add(&endpoint{Op: op, params: params, responses: responses, handle: handle})
}
