package openapi

import (
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// Inline returns the schema of the output T without references, so that the
// caller can change parts of the schema. T must not contain itself.
func Inline[T any]() *openapi3.Schema {
	s := newSchemas()
	return s.inlineRefs(s.ref(reflect.TypeFor[T]())).Value
}

// InlineInput returns the schema of the input T without references.
func InlineInput[T any]() *openapi3.Schema {
	b, t := &builder{schemas: newSchemas()}, reflect.TypeFor[T]()
	return b.schemas.inlineRefs(b.body(bind.FieldsOf(t, nil, t.String())).NewRef()).Value
}

// inlineRefs replaces every reference to a named schema with the schema itself.
func (s *schemaSet) inlineRefs(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref == nil {
		return nil
	}
	if name, named := strings.CutPrefix(ref.Ref, "#/components/schemas/"); named {
		ref = s.components[name]
	}
	copied := *ref.Value
	copied.Items = s.inlineRefs(copied.Items)
	copied.AdditionalProperties.Schema = s.inlineRefs(copied.AdditionalProperties.Schema)
	for _, list := range []*openapi3.SchemaRefs{&copied.AllOf, &copied.AnyOf, &copied.OneOf} {
		var whole openapi3.SchemaRefs
		for _, part := range *list {
			whole = append(whole, s.inlineRefs(part))
		}
		*list = whole
	}
	properties := openapi3.Schemas{}
	for name, property := range copied.Properties {
		properties[name] = s.inlineRefs(property)
	}
	copied.Properties = properties
	return copied.NewRef()
}
