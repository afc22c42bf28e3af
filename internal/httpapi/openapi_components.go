package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/page"
)

// components returns what all operations share: errors, headers and schemes.
func components(s *schemas) *openapi3.Components {
	c := openapi3.NewComponents()
	c.Schemas = s.components
	c.Schemas["FieldError"] = openapi3.NewObjectSchema().
		WithProperty("field", openapi3.NewStringSchema()).
		WithProperty("message", openapi3.NewStringSchema()).
		WithProperty("code", openapi3.NewStringSchema()).
		WithRequired([]string{"code", "field", "message"}).NewRef()
	codes := openapi3.NewStringSchema()
	for _, code := range slices.Sorted(maps.Keys(table)) {
		codes.Enum = append(codes.Enum, string(code))
	}
	details := openapi3.NewArraySchema()
	details.Description = "One for each fault; on ValidationError, and on PermissionDenied where it helps."
	details.Items = openapi3.NewSchemaRef("#/components/schemas/FieldError", nil)
	problem := openapi3.NewObjectSchema().WithProperty("code", codes).WithProperty("message", openapi3.NewStringSchema()).
		WithProperty("details", details).WithRequired([]string{"code", "message"})
	c.Schemas["Error"] = problem.NewRef()
	c.Responses = errorResponses()
	c.Headers = openapi3.Headers{
		"X-Request-Id":        header("The request's id: the caller's own, or one made for it.", openapi3.NewStringSchema()),
		"Idempotent-Replayed": header("true: a request with the same Idempotency-Key got this answer before.", openapi3.NewStringSchema().WithEnum("true")),
		"RateLimit-Limit":     header("Calls that a full bucket holds.", openapi3.NewIntegerSchema()),
		"RateLimit-Remaining": header("Calls left now.", openapi3.NewIntegerSchema()),
		"RateLimit-Reset":     header("Seconds until the bucket is full again.", openapi3.NewIntegerSchema()),
	}
	c.SecuritySchemes = openapi3.SecuritySchemes{
		schemeJWT: scheme("A token from `POST /api/auth/`, or an API key. Fill in the whole header: `JWT ` and the token " +
			"(`JWT eyJ...`). `Bearer ` works the same."),
		schemeBroker: scheme("A broker key (`tributary key create --role broker`). Fill in the whole header: `JWT ` and the key."),
	}
	return &c
}

// scheme describes a security scheme as a header instead of an HTTP scheme:
// Swagger UI then sends the field as it was filled in. Of the HTTP schemes it
// can send only Basic and Bearer.
func scheme(description string) *openapi3.SecuritySchemeRef {
	return &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().
		WithType("apiKey").WithIn("header").WithName("Authorization").WithDescription(description)}
}

func header(description string, schema *openapi3.Schema) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{Description: description, Schema: schema.NewRef()}}}
}

// standardHeaders refers to the headers that every answer has.
func standardHeaders() openapi3.Headers {
	headers := openapi3.Headers{}
	for _, name := range []string{"X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
		headers[name] = &openapi3.HeaderRef{Ref: "#/components/headers/" + name}
	}
	return headers
}

func responseName(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

// errorResponses returns one response for each status of the table, with an
// example for each code.
func errorResponses() openapi3.ResponseBodies {
	responses := openapi3.ResponseBodies{}
	for _, code := range slices.Sorted(maps.Keys(table)) {
		row := table[code]
		name := responseName(row.status)
		if responses[name] == nil {
			media := openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Error", nil))
			r := openapi3.NewResponse().WithDescription(http.StatusText(row.status)).WithContent(openapi3.Content{FormatJSON.Type: media})
			r.Headers = openapi3.Headers{} // only the extra headers: the standard ones are described with the success
			switch row.status {
			case http.StatusUnauthorized:
				r.Headers["WWW-Authenticate"] = header(`JWT realm="api"`, openapi3.NewStringSchema())
			case http.StatusTooManyRequests, http.StatusServiceUnavailable:
				r.Headers["Retry-After"] = header("Whole seconds to wait.", openapi3.NewIntegerSchema())
			case http.StatusMethodNotAllowed:
				r.Headers["Allow"] = header("The methods that the path has.", openapi3.NewStringSchema())
			}
			responses[name] = &openapi3.ResponseRef{Value: r}
		}
		responses[name].Value.Content[FormatJSON.Type].WithExample(string(code), problemExample(code, row))
	}
	return responses
}

func problemExample(code fault.Code, row entry) any {
	p := Problem{Code: code, Message: row.message}
	switch code {
	case methodNotAllowed:
		p.Message = fmt.Sprintf(row.message, http.MethodPut)
	case unsupportedMediaType:
		p.Message = fmt.Sprintf(row.message, "text/xml")
	case fault.ValidationError:
		p.Details = []fault.Field{{Name: "email", Message: "Enter a valid email address.", Code: "invalid"}}
	}
	return rawExample(p)
}

// pageParams documents a page.Page.
func pageParams(f *bind.Field) openapi3.Parameters {
	limit := openapi3.NewIntegerSchema().WithMin(0)
	limit.Default = page.DefaultLimit
	if f.PageLimit > 0 {
		limit.Default = f.PageLimit
	}
	offset := openapi3.NewIntegerSchema().WithMin(0)
	offset.Default = 0
	params := openapi3.Parameters{
		query("limit", fmt.Sprintf("Rows in the answer; more than %d count as %d.", page.MaxLimit, page.MaxLimit), limit),
		query("offset", "Rows to skip.", offset),
	}
	if len(f.Orderable) == 0 {
		return params
	}
	item := openapi3.NewStringSchema()
	for _, name := range f.Orderable {
		item.Enum = append(item.Enum, name, "-"+name)
	}
	ordering := query("ordering", "Fields to order by, comma-separated; a minus descends.", openapi3.NewArraySchema().WithItems(item))
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
