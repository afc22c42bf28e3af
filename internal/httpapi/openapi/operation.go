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
	Aliases          []string // other paths of the operation, with the same {params}
	Tag              string   // may be empty
	Summary          string
	Description      string // CommonMark

	Access Access
	Scopes []string // a key with limits needs one of them; empty if any key is sufficient

	Input  *bind.Plan   // nil if Params and Responses describe the request
	Output reflect.Type // nil if Responses describes the response

	Params    []Param
	Responses Responses

	Consumes []string // media types of the body; empty means JSON, if there is a body
	Formats  []Format // representations of the response; never empty
	Keyed    bool     // whether the operation accepts an Idempotency-Key
	Status   int      // status of a successful response
	Errors   []fault.Code
	Request  any // example of a body
	Example  any // example of a response in JSON
}

// Access describes who may call an operation.
type Access struct {
	Name     string  // for programs, in the extension x-access
	Scheme   *Scheme // credentials of the caller; nil if the operation needs none
	Optional bool    // whether the caller can omit the credentials
	// Person means that every key is refused with 403, regardless of its
	// scopes. It is for operations that grant or remove rights, such as those
	// for security settings, keys and sessions. A leaked key must not be able to
	// gain more rights.
	Person bool
	Note   string // sentences about the caller, added to the operation's description
}

// Scheme describes a kind of credentials.
type Scheme struct{ Name, Description string }

// Format is a representation of a response.
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

// Param documents a parameter of an untyped operation. The handler reads the
// parameter from the request. Path parameters that are not listed are added
// automatically.
type Param struct {
	Name     string
	In       string // "query" (the default), "path" or "header"
	Doc      string
	Required bool
	Comma    bool             // whether a list is sent as one comma-separated value
	Schema   *openapi3.Schema // nil means a string
	Example  any
}

// Responses documents the request body and the responses of an untyped
// operation.
type Responses struct {
	Body *openapi3.SchemaRef // body of the request; nil if there is none or only its media type is documented
	// Bodies describes the body of the request by media type, with examples. It
	// replaces Body and Operation.Request if the body depends on the media type.
	Bodies openapi3.Content
	OK     *openapi3.SchemaRef // JSON response; nil if it is not described
	// Schemas holds the named schemas to which Body and OK refer.
	Schemas openapi3.Schemas
	// Examples holds examples of the response by media type. Operation.Example
	// is the example in JSON.
	Examples map[string]any
	// NotModified documents that a request with If-None-Match may get the
	// status 304.
	NotModified bool
	// Partial documents that a request with Range gets the status 206.
	Partial bool
	// Accepted documents the response with the status 202, for work that takes
	// longer than a request. It is nil if the operation never returns 202.
	Accepted *Accepted
}

// Accepted documents a response with the status 202. The result is created
// later, and the header Location contains its URL.
type Accepted struct {
	About   string
	Value   any // has the type of the response
	Example any
}

// idAt returns the id of the operation at one of its paths. At an alias, it
// appends those segments that only the alias has, as in "auth_login_v2".
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
		panic(fmt.Sprintf("openapi: the alias %s of operation %s has no segment of its own to name it by", path, o.ID))
	}
	return id
}
