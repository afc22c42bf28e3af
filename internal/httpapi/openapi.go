package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/object"
)

const (
	schemeJWT    = "JWT"
	schemeBroker = "JWT-broker" // sorted after JWT, because Swagger UI orders the schemes by name
)

// Document returns the OpenAPI 3.1 document as indented JSON. It contains every
// operation that is not hidden. The same declarations always produce the same
// bytes.
func (r *Router) Document() ([]byte, error) {
	r.document.Do(func() {
		r.documentJSON, r.documentErr = r.buildDocument()
	})
	return r.documentJSON, r.documentErr
}

func (r *Router) buildDocument() ([]byte, error) {
	b := &documentBuilder{schemas: newSchemas(), tags: map[string]bool{}, errors: map[string]bool{}}
	b.doc = &openapi3.T{
		OpenAPI: "3.1.0",
		Info: &openapi3.Info{
			Title: r.config.Title, Version: r.config.Version, Description: r.config.Description, License: r.config.License,
		},
		Servers:    openapi3.Servers{{URL: "/", Description: "The server that this document comes from."}},
		Paths:      openapi3.NewPaths(),
		Components: components(b.schemas),
	}
	for _, e := range r.endpoints {
		if e.Hidden {
			continue
		}
		for _, path := range append([]string{e.Path}, e.Aliases...) {
			b.doc.AddOperation(path, e.Method, b.operation(e, path, e.idAt(path)))
		}
	}
	b.sortTags(r.config.Tags)
	maps.DeleteFunc(b.doc.Components.Responses, func(name string, _ *openapi3.ResponseRef) bool { return !b.errors[name] })
	text, err := json.Marshal(b.doc)
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	var indented bytes.Buffer
	if err = json.Indent(&indented, text, "", "  "); err != nil {
		return nil, fmt.Errorf("indenting the OpenAPI document: %w", err)
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// idAt returns the id of the operation at one of its paths. At an alias, it
// appends those segments that only the alias has, as in "auth_login_v2".
func (e *endpoint) idAt(path string) string {
	if path == e.Path {
		return e.ID
	}
	segments := strings.Split(e.Path, "/")
	id := e.ID
	for segment := range strings.SplitSeq(path, "/") {
		if !slices.Contains(segments, segment) {
			id += "_" + strings.NewReplacer("{", "", "}", "", "-", "_").Replace(segment)
		}
	}
	if id == e.ID {
		panic(fmt.Sprintf("httpapi: the alias %s of operation %s has no segment of its own to name it by", path, e.ID))
	}
	return id
}

// sortTags describes the used tags and orders them as in the configuration.
// Tags that are not in the configuration are last.
func (b *documentBuilder) sortTags(described []Tag) {
	var sorted openapi3.Tags
	for _, tag := range described {
		if b.tags[tag.Name] {
			sorted = append(sorted, &openapi3.Tag{Name: tag.Name, Description: tag.Description})
		}
	}
	for _, tag := range b.doc.Tags {
		if sorted.Get(tag.Name) == nil {
			sorted = append(sorted, tag)
		}
	}
	b.doc.Tags = sorted
}

type documentBuilder struct {
	doc     *openapi3.T
	schemas *schemas
	tags    map[string]bool
	errors  map[string]bool // keys are the error responses in use
}

func (b *documentBuilder) operation(e *endpoint, path, id string) *openapi3.Operation {
	op := &openapi3.Operation{OperationID: id, Summary: e.Summary, Description: e.Description, Security: security(e.Access)}
	if e.Tag != "" {
		op.Tags = []string{e.Tag}
		if !b.tags[e.Tag] {
			b.tags[e.Tag] = true
			b.doc.Tags = append(b.doc.Tags, &openapi3.Tag{Name: e.Tag})
		}
	}
	describeAccess(op, e)
	if e.plan != nil {
		b.planned(op, e)
		b.parameters(op, e)
	} else {
		b.declared(op, e)
	}
	b.pathParams(op, path)
	if e.keyed() {
		describeKey(op)
	}
	op.Responses = b.responses(e, op)
	return op
}

// describeAccess documents who may call the operation: in words, and as
// extensions for programs. x-access is partner, broker, optional or public.
// x-person means that no key is allowed. x-scopes lists the scopes of which a
// key with limits needs one.
func describeAccess(op *openapi3.Operation, e *endpoint) {
	op.Extensions = map[string]any{"x-access": e.Access.String()}
	var say string
	scopes := e.scopes()
	switch {
	case e.Person:
		op.Extensions["x-person"] = true
		say = "Only a partner's token can call this. An API key gets 403."
	case len(scopes) > 0:
		op.Extensions["x-scopes"] = scopes
		say = "A key that is limited to scopes needs `" + strings.Join(scopes, "` or `") + "`."
	}
	op.Description = strings.TrimSpace(op.Description + "\n\n" + say)
}

func security(access Access) *openapi3.SecurityRequirements {
	s := openapi3.NewSecurityRequirements()
	switch access {
	case Partner:
		s.With(openapi3.NewSecurityRequirement().Authenticate(schemeJWT))
	case Broker:
		s.With(openapi3.NewSecurityRequirement().Authenticate(schemeBroker))
	case Optional:
		s.With(openapi3.NewSecurityRequirement()).With(openapi3.NewSecurityRequirement().Authenticate(schemeJWT))
	case Public:
	}
	return s
}

// planned documents the input of a typed operation.
func (b *documentBuilder) planned(op *openapi3.Operation, e *endpoint) {
	for i := range e.plan.Fields {
		f := &e.plan.Fields[i]
		switch f.Source {
		case bind.FromPage:
			op.Parameters = append(op.Parameters, pageParams(f)...)
		case bind.FromBody:
		default:
			param := &openapi3.Parameter{
				Name: f.Name, In: [...]string{bind.FromPath: "path", bind.FromQuery: "query", bind.FromHeader: "header"}[f.Source],
				Description: f.Rules.Doc, Required: f.Rules.Required || f.Source == bind.FromPath, Schema: b.input(f),
			}
			if param.Schema.Value != nil {
				param.Schema.Value.Description = ""
			}
			op.AddParameter(param)
		}
	}
	if !e.plan.HasBody {
		return
	}
	body, name := b.body(e.plan.Fields), e.ID+".body"
	b.schemas.components[name] = body.NewRef()
	content := openapi3.Content{}
	for _, mediaType := range typedConsumes {
		media := openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/"+name, nil))
		if mediaType == FormatJSON.Type {
			media.Example = rawExample(e.Request)
		}
		content[mediaType] = media
	}
	op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(content).WithRequired(len(body.Required) > 0)}
}

// input returns the schema of a field of an input. A pointer in an input means
// only that the field may be absent, unlike a pointer in an output.
func (b *documentBuilder) input(f *bind.Field) *openapi3.SchemaRef {
	r := f.Rules
	if f.Alias != "" {
		r.Doc = strings.TrimSpace(r.Doc + " The field can also be named " + f.Alias + ".")
	}
	if f.Source == bind.FromPath && r.MaxLength == bind.DefaultMaxLength {
		r.MaxLength = 0
	}
	if f.Type.Implements(bind.NullableType) {
		return nullableRef(described(b.inputType(f.Type.Field(2).Type), r))
	}
	return described(b.inputType(f.Type), r)
}

// inputType returns the schema of the values that the binder accepts for t. For
// a struct, these are the tagged fields.
func (b *documentBuilder) inputType(t reflect.Type) *openapi3.SchemaRef {
	if t.Kind() == reflect.Pointer {
		return b.inputType(t.Elem())
	}
	if bind.IsScalar(t) || t == bind.RawType {
		return b.schemas.ref(t)
	}
	switch t.Kind() {
	case reflect.Slice:
		schema := openapi3.NewArraySchema()
		schema.Items = b.inputType(t.Elem())
		return schema.NewRef()
	case reflect.Struct:
		fields := bind.FieldsOf(t, nil, t.String())
		return b.body(fields).NewRef()
	default:
		return b.schemas.ref(t)
	}
}

// body returns the schema of the body fields, for a JSON object or a form.
func (b *documentBuilder) body(fields []bind.Field) *openapi3.Schema {
	body := openapi3.NewObjectSchema()
	for i := range fields {
		f := &fields[i]
		if f.Source != bind.FromBody {
			continue
		}
		body.WithPropertyRef(f.Name, b.input(f))
		if f.Rules.Required && f.Alias == "" {
			body.Required = append(body.Required, f.Name)
		}
	}
	slices.Sort(body.Required)
	return body
}

// parameters documents the parameters that an untyped handler reads.
func (b *documentBuilder) parameters(op *openapi3.Operation, e *endpoint) {
	for _, p := range e.params {
		in, schema := p.In, p.Schema
		if in == "" {
			in = openapi3.ParameterInQuery
		}
		if schema == nil {
			schema = openapi3.NewStringSchema()
		}
		param := &openapi3.Parameter{
			Name: p.Name, In: in, Description: p.Doc, Required: p.Required || in == openapi3.ParameterInPath,
			Schema: schema.NewRef(), Example: rawExample(p.Example),
		}
		if p.Comma {
			param.Style, param.Explode = "form", new(bool)
		}
		op.AddParameter(param)
	}
}

// declared documents an untyped operation.
func (b *documentBuilder) declared(op *openapi3.Operation, e *endpoint) {
	b.parameters(op, e)
	if len(e.Formats) > 1 {
		names := openapi3.NewStringSchema()
		for _, f := range e.Formats {
			names.Enum = append(names.Enum, f.Name)
		}
		op.Parameters = append(op.Parameters, query("format", "Format of the answer. It takes precedence over the header Accept.", names))
	}
	if len(e.Consumes) == 0 && e.responses.Body == nil && e.responses.Bodies == nil {
		return
	}
	content := e.responses.Bodies
	if content == nil {
		content = openapi3.Content{}
		b.named(e.responses.Schemas)
		for _, mediaType := range e.consumes() {
			content[mediaType] = &openapi3.MediaType{Schema: e.responses.Body, Example: rawExample(e.Request)}
		}
	}
	op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(content).WithRequired(true)}
}

func (e *endpoint) consumes() []string {
	if len(e.Consumes) == 0 {
		return typedConsumes[:1]
	}
	return e.Consumes
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// pathParams adds the path parameters that the declaration does not list.
func (b *documentBuilder) pathParams(op *openapi3.Operation, path string) {
	for _, match := range pathParam.FindAllStringSubmatch(path, -1) {
		if op.Parameters.GetByInAndName(openapi3.ParameterInPath, match[1]) == nil {
			op.AddParameter(openapi3.NewPathParameter(match[1]).WithSchema(openapi3.NewStringSchema()))
		}
	}
}

// responses documents the successful response and every error that the
// operation can return.
func (b *documentBuilder) responses(e *endpoint, op *openapi3.Operation) *openapi3.Responses {
	ok := openapi3.NewResponse().WithDescription(http.StatusText(e.status()))
	ok.Headers = standardHeaders()
	if e.keyed() {
		ok.Headers["Idempotent-Replayed"] = &openapi3.HeaderRef{Ref: "#/components/headers/Idempotent-Replayed"}
	}
	if e.status() != http.StatusNoContent {
		ok.Content = openapi3.Content{}
		formats := e.Formats
		if len(formats) == 0 {
			formats = jsonOnly
		}
		for _, f := range formats {
			ok.Content[f.Type] = b.okContent(e, f)
		}
	}
	all := openapi3.NewResponses(openapi3.WithStatus(e.status(), &openapi3.ResponseRef{Value: ok}))
	if e.responses.NotModified {
		ok.Headers["ETag"] = header("Tag of this answer. Send it as If-None-Match to get the answer again only if it has changed.", openapi3.NewStringSchema())
		same := openapi3.NewResponse().WithDescription(http.StatusText(http.StatusNotModified))
		all.Set(strconv.Itoa(http.StatusNotModified), &openapi3.ResponseRef{Value: same})
	}
	if e.responses.Partial {
		part := openapi3.NewResponse().WithDescription(http.StatusText(http.StatusPartialContent))
		part.Headers = openapi3.Headers{"Content-Range": header("The bytes that the answer contains, and the size of the whole.", openapi3.NewStringSchema())}
		part.Content = ok.Content
		all.Set(strconv.Itoa(http.StatusPartialContent), &openapi3.ResponseRef{Value: part})
	}
	if later := e.responses.Accepted; later != nil {
		all.Set(strconv.Itoa(http.StatusAccepted), &openapi3.ResponseRef{Value: b.accepted(later)})
	}
	for _, code := range e.errorCodes(op) {
		row := table[code]
		name := responseName(row.status)
		b.errors[name] = true
		all.Set(strconv.Itoa(row.status), &openapi3.ResponseRef{Ref: "#/components/responses/" + name})
	}
	return all
}

func (b *documentBuilder) accepted(later *Accepted) *openapi3.Response {
	media := openapi3.NewMediaType()
	media.Schema, media.Example = b.schemas.ref(reflect.TypeOf(later.Value)), rawExample(later.Example)
	r := openapi3.NewResponse().WithDescription(later.About).WithContent(openapi3.Content{FormatJSON.Type: media})
	r.Headers = standardHeaders()
	r.Headers["Location"] = header("Where to ask how far it is.", openapi3.NewStringSchema())
	return r
}

func (b *documentBuilder) okContent(e *endpoint, f Format) *openapi3.MediaType {
	media := openapi3.NewMediaType()
	media.Example = rawExample(e.responses.Examples[f.Type])
	if f.Type != FormatJSON.Type {
		text := openapi3.NewStringSchema()
		if !strings.HasPrefix(f.Type, "text/") && f.Type != "image/svg+xml" {
			text.WithFormat("binary")
		}
		return media.WithSchema(text)
	}
	switch {
	case e.out != nil:
		media.Schema = b.schemas.ref(e.out)
	case e.responses.OK != nil:
		media.Schema = e.responses.OK
		b.named(e.responses.Schemas)
	default:
		media.WithSchema(openapi3.NewSchema())
	}
	if e.Example != nil {
		media.Example = rawExample(e.Example)
	}
	return media
}

// named adds the named schemas of an untyped operation to the document. It
// panics if two different schemas have the same name.
func (b *documentBuilder) named(schemas openapi3.Schemas) {
	for name, schema := range schemas {
		//nolint:govet // schemas are data and contain no errors
		if known := b.schemas.components[name]; known != nil && !reflect.DeepEqual(known, schema) {
			panic(fmt.Sprintf("httpapi: two schemas are called %s in the document", name))
		}
		b.schemas.components[name] = schema
	}
}

// errorCodes returns the errors that the operation can return.
func (e *endpoint) errorCodes(op *openapi3.Operation) []fault.Code {
	codes := append([]fault.Code{fault.ParseError, fault.Throttled, fault.ServiceUnavailable, apiException}, e.Errors...)
	if !e.AnyAccept {
		codes = append(codes, notAcceptable)
	}
	if e.Access != Public {
		codes = append(codes, fault.NotAuthenticated, fault.PermissionDenied)
	}
	if slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == openapi3.ParameterInPath }) {
		codes = append(codes, fault.NotFound)
	}
	if (e.plan != nil && e.plan.ReadsBody) || op.RequestBody != nil {
		codes = append(codes, unsupportedMediaType)
	}
	return codes
}

// rawExample encodes an example without changing the order of its fields.
func rawExample(v any) any {
	if v == nil {
		return nil
	}
	text, err := object.Encode(v)
	if err != nil {
		panic(fmt.Sprintf("httpapi: an example that is no JSON: %v", err))
	}
	return json.RawMessage(text)
}
