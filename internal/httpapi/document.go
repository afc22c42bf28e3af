package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// Document returns the OpenAPI document as indented JSON. It omits hidden
// operations.
func (r *Router) Document() ([]byte, error) {
	r.document.Do(func() {
		var operations []openapi.Operation
		for _, e := range r.endpoints {
			if !e.Hidden {
				operations = append(operations, e.operation())
			}
		}
		r.documentJSON, r.documentErr = openapi.Write(r.config.Document, documentedErrors(), operations)
	})
	return r.documentJSON, r.documentErr
}

func (e *endpoint) operation() openapi.Operation {
	o := openapi.Operation{
		ID: e.ID, Method: e.Method, Path: e.Path, Aliases: e.Aliases, Tag: e.Tag, Summary: e.Summary, Description: e.Description,
		Access: e.Access.Access, Scopes: e.scopes(), Roles: e.roles(),
		Input: e.plan, Output: e.out, Params: e.params, Responses: e.responses,
		Consumes: e.Consumes, Keyed: e.acceptsKey(), Status: e.status(), Errors: e.errorCodes(), Request: e.Request, Example: e.Example,
	}
	if e.plan != nil {
		o.Consumes = typedConsumes
	}
	formats := e.Formats
	if len(formats) == 0 {
		formats = jsonOnly
	}
	for _, f := range formats {
		o.Formats = append(o.Formats, openapi.Format(f))
	}
	return o
}

func (e *endpoint) roles() []string {
	var names []string
	for _, role := range e.Staff {
		names = append(names, string(role))
	}
	return names
}

func (e *endpoint) errorCodes() []fault.Code {
	codes := append([]fault.Code{fault.ParseError, fault.Throttled, fault.ServiceUnavailable, apiException}, e.Errors...)
	if !e.AnyAccept {
		codes = append(codes, notAcceptable)
	}
	if e.Access.Role != "" {
		codes = append(codes, fault.NotAuthenticated, fault.PermissionDenied)
	}
	if strings.Contains(e.Path, "{") {
		codes = append(codes, fault.NotFound)
	}
	if (e.plan != nil && e.plan.ReadsBody) || len(e.Consumes) > 0 || e.responses.Body != nil || e.responses.Bodies != nil {
		codes = append(codes, unsupportedMediaType)
	}
	return codes
}

func documentedErrors() []openapi.Error {
	var all []openapi.Error
	for _, code := range slices.Sorted(maps.Keys(table)) {
		row := table[code]
		p := Problem{Code: code, Message: row.message}
		switch code {
		case methodNotAllowed:
			p.Message = fmt.Sprintf(row.message, http.MethodPut)
		case unsupportedMediaType:
			p.Message = fmt.Sprintf(row.message, "text/xml")
		case fault.ValidationError:
			p.Details = []fault.Field{{Name: "email", Message: "Enter a valid email address.", Code: "invalid"}}
		}
		all = append(all, openapi.Error{Code: code, Status: row.status, Example: p})
	}
	return all
}
