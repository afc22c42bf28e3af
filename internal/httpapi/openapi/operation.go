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
	Scopes []string // a limited key needs one of these scopes; empty if any key may be used

	Input  *bind.Plan   // nil for an untyped operation, which has Params and Responses instead
	Output reflect.Type // nil for an untyped operation

	Params    []Param
	Responses Responses

	Consumes []string // media types of the body; empty means JSON if there is a body
	Formats  []Format // representations of the response; never empty
	Keyed    bool     // whether the operation accepts an Idempotency-Key
	Status   int      // status of a successful response
	Errors   []fault.Code
	Request  any // example of a body
	Example  any // example of a response in JSON
}

// Access describes who may call an operation.
type Access struct {
	Name     string  // name for programs, in the extension x-access
	Scheme   *Scheme // the caller's credentials; nil if the operation needs none
	Optional bool    // whether the caller may omit the credentials
	// Person means that all keys are refused with 403, whatever scopes they have.
	// It is for operations that grant or remove rights, such as those on security
	// settings, keys and sessions, so that a leaked key cannot gain more rights.
	Person bool
	Note   string // sentences about the caller, for the operation's description
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

// Param documents a parameter of an untyped operation. The handler itself reads
// the parameter. Path parameters are documented even if they are not listed.
type Param struct {
	Name     string
	In       string // "query" (the default), "path" or "header"
	Doc      string
	Required bool
	Comma    bool             // whether a list is one text with commas
	Schema   *openapi3.Schema // nil means a string
	Example  any
}

// Responses documents the request body and the responses of an untyped
// operation.
type Responses struct {
	Body *openapi3.SchemaRef // body of the request; nil if there is none, or if only its media type is documented
	// Bodies describes the body of the request by media type, with examples. It is
	// used instead of Body and Operation.Request if the body is different for each
	// media type.
	Bodies openapi3.Content
	OK     *openapi3.SchemaRef // response in JSON; nil if it is not described
	// Schemas holds the named schemas to which Body and OK refer.
	Schemas openapi3.Schemas
	// Examples has examples of the response by media type, except for JSON, whose
	// example is Operation.Example.
	Examples map[string]any
	// NotModified means that a request with If-None-Match may get a response with
	// the status 304.
	NotModified bool
	// Partial means that a request with Range gets a response with the status 206.
	Partial bool
	// Accepted documents the response with the status 202, for work that takes
	// longer than a request. It is nil if there is no such response.
	Accepted *Accepted
}

// Accepted documents a response with the status 202. The result is created
// later. Its URL is in the header Location.
type Accepted struct {
	About   string
	Value   any // a value of the response's type
	Example any
}

// idAt returns the id of the operation at one of its paths. For an alias, it
// appends the parts of the path that only the alias has, as in "auth_login_v2".
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
