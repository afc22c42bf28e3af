package openapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/page"
)

// components returns the components of the document that all operations share,
// which are errors and headers. Each operation adds its schemas and its
// security scheme later.
func components(s *schemaSet, failures []Error) *openapi3.Components {
	c := openapi3.NewComponents()
	c.Schemas = s.components
	c.Schemas["FieldError"] = openapi3.NewObjectSchema().
		WithProperty("field", textOf("Name of the field that is wrong, as the caller sent it.")).
		WithProperty("message", textOf("What is wrong and what to send instead, in words.")).
		WithProperty("code", textOf("What is wrong, as a code for programs.")).
		WithRequired([]string{"code", "field", "message"}).NewRef()
	codes := textOf("What went wrong, as a code for programs.")
	for _, failure := range failures {
		codes.Enum = append(codes.Enum, string(failure.Code))
	}
	details := openapi3.NewArraySchema()
	details.Description = "One entry for each fault. Present on ValidationError, and on some PermissionDenied errors."
	details.Items = openapi3.NewSchemaRef("#/components/schemas/FieldError", nil)
	problem := openapi3.NewObjectSchema().WithProperty("code", codes).WithProperty("message", textOf("What went wrong, in words.")).
		WithProperty("details", details).WithRequired([]string{"code", "message"})
	c.Schemas["Error"] = problem.NewRef()
	c.Responses = errorResponses(failures)
	c.Headers = openapi3.Headers{
		"X-Request-Id": header("Id of the request. It is the X-Request-Id that the caller sent, or a generated id.", openapi3.NewStringSchema()),
		"Idempotent-Replayed": header("true if this is the stored response to an earlier request with the same Idempotency-Key.",
			openapi3.NewStringSchema().WithEnum("true")),
		"RateLimit-Limit":     header("Number of requests that are allowed at once after a pause.", openapi3.NewIntegerSchema()),
		"RateLimit-Remaining": header("Number of requests that are allowed now.", openapi3.NewIntegerSchema()),
		"RateLimit-Reset":     header("Seconds until RateLimit-Remaining equals RateLimit-Limit again, if no request is sent.", openapi3.NewIntegerSchema()),
	}
	c.SecuritySchemes = openapi3.SecuritySchemes{}
	return &c
}

func textOf(description string) *openapi3.Schema {
	s := openapi3.NewStringSchema()
	s.Description = description
	return s
}

// scheme describes credentials as an API key in a header, because Swagger UI
// then sends the value exactly as the user enters it. An HTTP scheme would be
// more exact, but Swagger UI supports only Basic and Bearer.
func scheme(description string) *openapi3.SecuritySchemeRef {
	return &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().
		WithType("apiKey").WithIn("header").WithName("Authorization").WithDescription(description)}
}

func header(description string, schema *openapi3.Schema) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{Description: description, Schema: schema.NewRef()}}}
}

func standardHeaders() openapi3.Headers {
	headers := openapi3.Headers{}
	for _, name := range []string{"X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
		headers[name] = &openapi3.HeaderRef{Ref: "#/components/headers/" + name}
	}
	return headers
}

func responseName(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

// errorResponses returns a response for each status, with an example for each
// error code that has this status.
func errorResponses(failures []Error) openapi3.ResponseBodies {
	responses := openapi3.ResponseBodies{}
	for _, failure := range failures {
		name := responseName(failure.Status)
		if responses[name] == nil {
			media := openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Error", nil))
			r := openapi3.NewResponse().WithDescription(http.StatusText(failure.Status)).WithContent(openapi3.Content{mediaJSON: media})
			r.Headers = openapi3.Headers{} // lists only additional headers, because the successful response already documents the standard ones
			switch failure.Status {
			case http.StatusUnauthorized:
				r.Headers["WWW-Authenticate"] = header("How to authenticate: JWT realm=\"api\".", openapi3.NewStringSchema())
			case http.StatusTooManyRequests, http.StatusServiceUnavailable:
				r.Headers["Retry-After"] = header("Seconds to wait before the next attempt, a whole number.", openapi3.NewIntegerSchema())
			case http.StatusMethodNotAllowed:
				r.Headers["Allow"] = header("The methods that the path accepts.", openapi3.NewStringSchema())
			}
			responses[name] = &openapi3.ResponseRef{Value: r}
		}
		responses[name].Value.Content[mediaJSON].WithExample(string(failure.Code), rawExample(failure.Example))
	}
	return responses
}

func pageParams(f *bind.Field) openapi3.Parameters {
	limit := openapi3.NewIntegerSchema().WithMin(0)
	limit.Default = page.DefaultLimit
	if f.PageLimit > 0 {
		limit.Default = f.PageLimit
	}
	offset := openapi3.NewIntegerSchema().WithMin(0)
	offset.Default = 0
	params := openapi3.Parameters{
		query("limit", fmt.Sprintf("Maximum number of rows to return. A value above %d is treated as %d.", page.MaxLimit, page.MaxLimit), limit),
		query("offset", "Number of rows to skip.", offset),
	}
	if len(f.Orderable) == 0 {
		return params
	}
	item := openapi3.NewStringSchema()
	for _, name := range f.Orderable {
		item.Enum = append(item.Enum, name, "-"+name)
	}
	ordering := query("ordering", "Fields to order by, separated by commas. A minus before a field orders from the largest to the smallest.",
		openapi3.NewArraySchema().WithItems(item))
	ordering.Value.Style, ordering.Value.Explode = "form", new(bool)
	return append(params, ordering)
}

func query(name, doc string, schema *openapi3.Schema) *openapi3.ParameterRef {
	return &openapi3.ParameterRef{Value: openapi3.NewQueryParameter(name).WithDescription(doc).WithSchema(schema)}
}

// PageParams documents limit, offset and ordering for an untyped list.
func PageParams(defaultLimit int, orderable []string) []Param {
	var params []Param
	for _, p := range pageParams(&bind.Field{PageLimit: defaultLimit, Orderable: orderable}) {
		params = append(params, Param{
			Name: p.Value.Name, Doc: p.Value.Description, Comma: p.Value.Explode != nil, Schema: p.Value.Schema.Value,
		})
	}
	return params
}

func describeKey(op *openapi3.Operation) {
	schema := openapi3.NewStringSchema().WithMinLength(1).WithMaxLength(idempotency.MaxKey).WithPattern(`^[ -~]+$`)
	op.AddParameter(&openapi3.Parameter{
		Name: idempotency.Field, In: openapi3.ParameterInHeader, Schema: schema.NewRef(),
		Description: "A key of your own, preferably random, with which the request can be repeated safely. A second request with the same key, " +
			"path and body, byte for byte, gets the first response again, with the header `Idempotent-Replayed: true`. The same key with " +
			"another path or body is a ValidationError. Keys are stored for at least 24 hours. A refused request does not use up its key.",
	})
}
