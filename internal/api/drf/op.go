// Package drf is the HTTP layer that every endpoint is declared on. It knows
// the Partner API's house rules once (paths and slashes, the error table,
// authorization, content negotiation, throttling, input validation, the
// OpenAPI document), so that a handler is a plain function from a typed input
// to a typed output that returns its errors.
//
// Typed endpoints are declared with Handle, endpoints that are themselves data
// (reports, uploads, downloads) with Router.Add and Router.AddKeyed.
package drf

import (
	"context"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
)

// Access says who may call an operation.
type Access uint8

// The kinds of access. The zero value asks for a partner, so that forgetting
// to choose never opens a door.
const (
	Partner  Access = iota // a partner's token or key
	Broker                 // a broker's key
	Optional               // anybody; a header that is there must be a partner's and valid
	Public                 // anybody; the Authorization header is not looked at
)

// String is the access's name in the OpenAPI document.
func (a Access) String() string {
	return [...]string{Partner: "partner", Broker: "broker", Optional: "optional", Public: "public"}[a]
}

// Format is one representation that an operation can answer with.
type Format struct {
	Name string // what ?format= calls it
	Type string // its media type
}

// The representations of a report.
var (
	FormatJSON = Format{Name: "json", Type: "application/json"}
	FormatCSV  = Format{Name: "csv", Type: "text/csv"}
	FormatXLSX = Format{Name: "xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
)

// ReportFormats is what every report answers with; JSON is the default.
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
	// Scope is what a key limited to scopes must include, "read" or "write" of
	// a partner, unless it includes the area that the path is in (Config.Areas):
	// an area's name lets a key do everything there. Empty: any key will do.
	Scope string
	// Areas are those of a partner's operation that no single area has by its
	// path; empty: the one that its path is in.
	Areas []string
	// Person keeps keys out, whatever their scopes: 403. For what gives or takes
	// rights (security settings, keys, sessions): a program's key that leaks
	// must not make more of itself.
	Person bool

	// Fixed are the fields of a PATCH's object that exist and cannot be changed,
	// where its answer is not the object: naming one is a ValidationError.
	Fixed []string

	Status  int          // of success; 0: 200
	Request any          // an example body
	Example any          // an example answer
	Errors  []fault.Code // errors beyond those that every operation of its kind can answer with

	// Formats are the representations to choose from by ?format= and Accept,
	// the default first. Empty: JSON alone; ?format= may name that, and nothing else.
	Formats []Format
	// AnyAccept leaves the Accept header unread: for files and images.
	AnyAccept bool
	// Consumes are the media types of the body that an untyped handler reads
	// for itself. Typed endpoints take JSON and forms.
	Consumes []string
	// MaxBody bounds the body in bytes; 0: 1 MiB; negative: no bound (streams).
	MaxBody int64
	// Unkeyed is for a typed POST that takes no Idempotency-Key; the others do,
	// and of the untyped ones those of AddKeyed.
	// For questions and log-ins, and for what counts failures (a wrong code):
	// a call with a key is one transaction, of which nothing stays when it is
	// refused, the count neither.
	Unkeyed bool
	// Hidden keeps the operation out of the OpenAPI document.
	Hidden bool
}

// Param documents a parameter of an untyped operation; its handler reads it
// from the Request. Path parameters that are not listed are added by themselves.
type Param struct {
	Name     string
	In       string // "query" (the default), "path" or "header"
	Doc      string
	Required bool
	Comma    bool             // a list sent as one comma-separated value
	Schema   *openapi3.Schema // nil: a string
	Example  any
}

// Responses documents what an untyped operation takes and answers.
type Responses struct {
	Body *openapi3.SchemaRef // the request's body; nil: none, or not described beyond Op.Consumes
	// Bodies are the request's body by media type, with their examples, instead
	// of Body and Op.Request: for what one media type can carry and another can't.
	Bodies openapi3.Content
	OK     *openapi3.SchemaRef // the JSON answer; nil: not described
	// Schemas are named schemas that Body and OK refer to.
	Schemas openapi3.Schemas
	// Examples are example answers by media type. Op.Example is the JSON one.
	Examples map[string]any
	// NotModified: a caller that has the answer already, and says so by
	// If-None-Match, gets 304.
	NotModified bool
	// Partial: a caller that asks for a Range gets 206.
	Partial bool
	// Accepted: a caller may get 202, for what takes longer than a request; nil:
	// it never does.
	Accepted *Accepted
}

// Accepted documents an answer with 202: it is made later, and Location says
// where it will be.
type Accepted struct {
	About   string
	Value   any // of the type of Response.Value
	Example any
}

// Handler answers an untyped operation.
type Handler func(ctx context.Context, req *Request) (Response, error)

// Handle declares a typed operation. In and Out are structs; see bind.go for
// the tags of In, schema.go for those of Out. A handler without an answer
// returns nil and declares Status 204.
//
// A malformed declaration panics: it is a mistake in the programme, found by
// the first test that builds the router.
func Handle[In, Out any](r *Router, op Op, handle func(ctx context.Context, in *In) (*Out, error)) {
	plan := planOf[In](op)
	plan.fixed = plan.fixedOf(&op, typeOf[Out]())
	r.add(&endpoint{
		Op:    op,
		plan:  plan,
		out:   typeOf[Out](),
		check: func(req *Request) error { return plan.bind(new(In), req) },
		handle: func(ctx context.Context, req *Request) (Response, error) {
			in := new(In)
			if err := plan.bind(in, req); err != nil {
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

// Add declares an operation whose parameters and answer are data. A POST that
// creates something is declared with AddKeyed.
func (r *Router) Add(op Op, params []Param, responses Responses, handle Handler) {
	r.add(&endpoint{Op: op, params: params, responses: responses, handle: handle})
}
