package openapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// Operation is one operation of the API.
type Operation struct {
	ID, Method, Path string
	Aliases          []string // other paths of the operation, with the same {params} as Path
	Tag              string   // may be empty
	Summary          string
	Description      string // CommonMark

	Access Access
	Scopes []string // a limited key needs one of these scopes; empty if any key may be used
	Roles  []string // a staff member needs one of these roles; empty if no staff member may call it

	Input  *bind.Plan   // nil for an untyped operation, which has Params and Responses instead
	Output reflect.Type // nil for an untyped operation

	Params    []Param
	Responses Responses

	Consumes []string // media types of the body; empty means JSON if there is a body
	Formats  []Format // formats of the response; never empty
	Keyed    bool     // true if the operation accepts an Idempotency-Key
	Status   int      // status of a successful response
	Errors   []fault.Code
	Request  any // example of a body
	Example  any // example of a response in JSON
}

// Access describes who may call an operation.
type Access struct {
	Name     string  // name for programs, in the extension x-access
	Scheme   *Scheme // the caller's credentials; nil if the operation needs none
	Optional bool    // true if the caller may omit the credentials
	// Person means that an API key is refused with 403, whatever scopes it has. It
	// is true for operations that grant or remove rights, such as those on security
	// settings, keys and sessions. Otherwise a leaked key could be used to gain
	// rights.
	Person bool
	Note   string // sentences about the caller, appended to the operation's description
}

// Scheme describes a kind of credentials.
type Scheme struct{ Name, Description string }

// Format is a format of the response.
type Format struct {
	Name string // value of the parameter format
	Type string // media type
}

const mediaJSON = "application/json"

// Error is an error that operations can return.
type Error struct {
	Code    fault.Code
	Status  int
	Example any // body of the response
}

// Param documents a parameter of an untyped operation, whose handler reads the
// parameter itself. Path parameters are documented even if they are not listed.
type Param struct {
	Name     string
	In       string // "query" (the default), "path" or "header"
	Doc      string
	Required bool
	Comma    bool             // true if a list is sent as one comma-separated text
	Schema   *openapi3.Schema // schema of the value; nil means a string
	Example  any
}

// Responses documents the request body and the responses of an untyped
// operation.
type Responses struct {
	Body *openapi3.SchemaRef // body of the request; nil if there is none, or if Consumes describes it sufficiently
	// Bodies describes the body of the request for each media type, with examples. If
	// it is set, it replaces Body and Operation.Request.
	Bodies openapi3.Content
	OK     *openapi3.SchemaRef // JSON response; nil if it is not described
	// Schemas holds the named schemas to which Body and OK refer.
	Schemas openapi3.Schemas
	// Examples contains an example of the response for each media type except JSON,
	// whose example is Operation.Example.
	Examples map[string]any
	// NotModified means that a request with If-None-Match may get a 304 response.
	NotModified bool
	// Partial means that a request with Range gets a 206 response.
	Partial bool
	// Accepted documents the 202 response, for work that takes longer than a request.
	// It is nil if the operation has no such response.
	Accepted *Accepted
}

// Accepted documents a 202 response. The result is created later, and the
// Location header contains its URL.
type Accepted struct {
	About   string
	Value   any // any value of the response's type; the schema is generated from the type
	Example any
}

// idAt returns the operation's id for one of its paths. For an alias, it appends
// the parts of the path that only the alias has, as in "auth_login_v2".
func (o *Operation) idAt(path string) string {
	if path == o.Path {
		return o.ID
	}
	segments := strings.Split(o.Path, "/")
	id := o.ID
	for segment := range strings.SplitSeq(path, "/") {
		if !slices.Contains(segments, segment) {
			id += "_" + strings.NewReplacer("{", "", "}", "", "-", "_").Replace(segment)
		}
	}
	if id == o.ID {
		panic(fmt.Sprintf("openapi: the alias %s of operation %s contains no path segment from which its id can be formed", path, o.ID))
	}
	return id
}
