package openapi

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

func (b *builder) addTypedInput(op *openapi3.Operation, o *Operation) {
	for i := range o.Input.Fields {
		f := &o.Input.Fields[i]
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
	if !o.Input.HasBody {
		return
	}
	body, name := b.body(o.Input.Fields), o.ID+".body"
	b.schemas.components[name] = body.NewRef()
	content := openapi3.Content{}
	for _, mediaType := range o.Consumes {
		media := openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/"+name, nil))
		if mediaType == mediaJSON {
			media.Example = rawExample(o.Request)
		}
		content[mediaType] = media
	}
	op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(content).WithRequired(len(body.Required) > 0)}
}

// input returns the schema of an input's field. In an input, a pointer means
// only that the field may be absent. In an output, it means that the field may
// be null.
func (b *builder) input(f *bind.Field) *openapi3.SchemaRef {
	r := f.Rules
	if f.Alias != "" {
		r.Doc = strings.TrimSpace(r.Doc + " The field can also be named " + f.Alias + ".")
	}
	if f.Source == bind.FromPath && r.MaxLength == bind.DefaultMaxLength {
		r.MaxLength = 0
	}
	if f.Type.Implements(bind.NullableType) {
		return nullableRef(addRules(b.inputType(f.Type.Field(2).Type), r))
	}
	return addRules(b.inputType(f.Type), r)
}

// inputType returns the schema of the values that an input of type t accepts. The
// schema of a struct contains only the fields with tags.
func (b *builder) inputType(t reflect.Type) *openapi3.SchemaRef {
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

func (b *builder) body(fields []bind.Field) *openapi3.Schema {
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

func (b *builder) parameters(op *openapi3.Operation, o *Operation) {
	for _, p := range o.Params {
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

func (b *builder) addDeclaredInput(op *openapi3.Operation, o *Operation) {
	b.parameters(op, o)
	if len(o.Formats) > 1 {
		names := openapi3.NewStringSchema()
		for _, f := range o.Formats {
			names.Enum = append(names.Enum, f.Name)
		}
		op.Parameters = append(op.Parameters, query("format", "Format of the response. It takes precedence over the Accept header.", names))
	}
	if len(o.Consumes) == 0 && o.Responses.Body == nil && o.Responses.Bodies == nil {
		return
	}
	content := o.Responses.Bodies
	if content == nil {
		content = openapi3.Content{}
		b.addNamed(o.Responses.Schemas)
		consumes := o.Consumes
		if len(consumes) == 0 {
			consumes = []string{mediaJSON}
		}
		for _, mediaType := range consumes {
			content[mediaType] = &openapi3.MediaType{Schema: o.Responses.Body, Example: rawExample(o.Request)}
		}
	}
	op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithContent(content).WithRequired(true)}
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// pathParams documents the path parameters that the operation's declaration
// does not list.
func (b *builder) pathParams(op *openapi3.Operation, path string) {
	for _, match := range pathParam.FindAllStringSubmatch(path, -1) {
		if op.Parameters.GetByInAndName(openapi3.ParameterInPath, match[1]) == nil {
			op.AddParameter(openapi3.NewPathParameter(match[1]).WithSchema(openapi3.NewStringSchema()))
		}
	}
}
