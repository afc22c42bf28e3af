package openapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// The fields of an output use these tags in addition to json:
//
//	doc:"..." example:"..." enum:"a,b" format:"date"
//	type:"string"       for a type whose JSON differs from its Go kind
//
// A pointer may be null in JSON, unless omitempty omits it. A field without
// omitempty is always present. A slice must not be nil.

var (
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarshalerType = reflect.TypeFor[json.Marshaler]()
	numberType        = reflect.TypeFor[json.Number]()
)

// schemaSet creates the schemas of Go types. It creates the schema of a named
// struct once, as a component of the document.
type schemaSet struct {
	components openapi3.Schemas
	names      map[reflect.Type]string
}

func newSchemas() *schemaSet {
	return &schemaSet{components: openapi3.Schemas{}, names: map[reflect.Type]string{}}
}

// ref returns the schema of t. For a named struct, it returns a reference to a
// component.
func (s *schemaSet) ref(t reflect.Type) *openapi3.SchemaRef {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(bind.NullableType) {
		return nullableRef(s.ref(t.Field(2).Type))
	}
	if known := knownSchema(t); known != nil {
		return known.NewRef()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		schema := openapi3.NewArraySchema()
		schema.Items = s.elem(t.Elem())
		return schema.NewRef()
	case reflect.Map:
		schema := openapi3.NewObjectSchema()
		schema.AdditionalProperties = openapi3.AdditionalProperties{Schema: s.elem(t.Elem())}
		return schema.NewRef()
	case reflect.Struct:
		if t.Name() == "" {
			return s.object(t).NewRef()
		}
		return s.component(t)
	default: // an interface, which allows any value
		return openapi3.NewSchema().NewRef()
	}
}

// elem returns the schema of the elements of a list or map. An element that is a
// pointer may be null.
func (s *schemaSet) elem(t reflect.Type) *openapi3.SchemaRef {
	if t.Kind() == reflect.Pointer {
		return nullableRef(s.ref(t.Elem()))
	}
	return s.ref(t)
}

func (s *schemaSet) component(t reflect.Type) *openapi3.SchemaRef {
	name, known := s.names[t]
	if !known {
		name = componentName(t, false)
		if s.components[name] != nil {
			name = componentName(t, true)
		}
		if s.components[name] != nil {
			panic(fmt.Sprintf("openapi: two types have the name %s in the document, and one of them is %s", name, t))
		}
		s.names[t] = name
		s.components[name] = openapi3.NewObjectSchema().NewRef() // reserves the name, because the type may contain itself
		s.components[name] = s.object(t).NewRef()
	}
	return openapi3.NewSchemaRef("#/components/schemas/"+name, nil)
}

var packagePath = regexp.MustCompile(`(?:[\w.-]+/)*(\w+)\.`)

// componentName returns the name of a type, followed by the names of its type
// arguments. If qualified is true, it begins with the name of the package.
func componentName(t reflect.Type, qualified bool) string {
	text := packagePath.ReplaceAllString(t.Name(), "")
	if qualified {
		text = t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:] + "," + text
	}
	var name strings.Builder
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}

func (s *schemaSet) object(t reflect.Type) *openapi3.Schema {
	schema := openapi3.NewObjectSchema()
	s.properties(t, schema)
	slices.Sort(schema.Required)
	return schema
}

func (s *schemaSet) properties(t reflect.Type, schema *openapi3.Schema) {
	for sf := range t.Fields() {
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			s.properties(sf.Type, schema)
			continue
		}
		if !sf.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if !optional {
			schema.Required = append(schema.Required, name)
		}
		r := bind.RulesOf(sf, t.String())
		if sf.Tag.Get("maxLength") == "" {
			r.MaxLength = 0
		}
		ref := s.ref(sf.Type)
		if override := sf.Tag.Get("type"); override != "" {
			ref = (&openapi3.Schema{Type: &openapi3.Types{override}}).NewRef()
		}
		ref = addRules(ref, r)
		if sf.Type.Kind() == reflect.Pointer && !optional {
			ref = nullableRef(ref)
		}
		schema.WithPropertyRef(name, ref)
	}
}

// knownSchema returns the schema of a type that is a single value in JSON. It
// returns nil for any other type.
func knownSchema(t reflect.Type) *openapi3.Schema {
	pointer := reflect.PointerTo(t)
	switch {
	case t == bind.UUIDType:
		return openapi3.NewStringSchema().WithFormat("uuid")
	case t == bind.DayType:
		return openapi3.NewStringSchema().WithFormat("date")
	case t == bind.TimeType:
		return openapi3.NewDateTimeSchema()
	case t == numberType:
		return &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNumber}}
	case t == bind.RawType:
		return openapi3.NewSchema()
	case isScaled(t):
		return &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNumber}}
	case pointer.Implements(textMarshalerType):
		return openapi3.NewStringSchema()
	case pointer.Implements(jsonMarshalerType) && t.Kind() != reflect.String:
		return openapi3.NewSchema()
	}
	switch t.Kind() {
	case reflect.String:
		return openapi3.NewStringSchema()
	case reflect.Bool:
		return openapi3.NewBoolSchema()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return openapi3.NewIntegerSchema()
	default:
		return nil
	}
}

func isScaled(t reflect.Type) bool {
	_, ok := reflect.TypeAssert[interface{ Places() int }](reflect.Zero(t))
	return ok && t.Kind() == reflect.Int64
}

// addRules adds a field's rules to the schema of its type. The rules on the
// length of a list apply to the list, and all other rules to its elements.
func addRules(ref *openapi3.SchemaRef, r bind.Rules) *openapi3.SchemaRef {
	if ref.Ref != "" {
		if r.Doc == "" {
			return ref
		}
		return (&openapi3.Schema{AllOf: openapi3.SchemaRefs{ref}, Description: r.Doc}).NewRef()
	}
	schema := ref.Value
	schema.Description = r.Doc
	if r.Example != "" {
		schema.Examples = []any{valueOf(r.Example, schema)}
	}
	if r.Standard != "" {
		schema.Default = valueOf(r.Standard, schema)
	}
	if schema.Type.Includes(openapi3.TypeArray) {
		if r.MaxItems > 0 {
			schema.WithMaxItems(int64(r.MaxItems))
		}
		if schema.Items.Ref == "" {
			r.Doc, r.Example, r.Standard, r.MaxItems = "", "", "", 0
			addRules(schema.Items, r)
		}
		return ref
	}
	for _, choice := range r.Enum {
		schema.Enum = append(schema.Enum, valueOf(choice, schema))
	}
	switch {
	case schema.Type.Includes(openapi3.TypeString):
		if r.Format != "" {
			schema.Format = r.Format
		}
		if r.MaxLength > 0 && len(r.Enum) == 0 && schema.Format != "uuid" && schema.Format != "date" && schema.Format != "date-time" {
			schema.WithMaxLength(int64(r.MaxLength))
		}
		schema.WithMinLength(int64(r.MinLength))
	case r.Minimum != "" || r.Maximum != "":
		schema.Min, schema.Max = numberOf(r.Minimum), numberOf(r.Maximum)
	}
	return ref
}

// numberOf converts a limit to a float, because openapi3 stores limits as
// floats.
func numberOf(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}

// valueOf converts the text of a tag to a value of the schema's type. For a list,
// the text is JSON or comma-separated.
func valueOf(text string, schema *openapi3.Schema) any {
	if schema.Type.Includes(openapi3.TypeArray) {
		if strings.HasPrefix(text, "[") && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
		elements := bind.List(text)
		values := make([]any, len(elements))
		for i, element := range elements {
			values[i] = element
			if schema.Items.Value != nil {
				values[i] = valueOf(element, schema.Items.Value)
			}
		}
		return values
	}
	if !schema.Type.Includes(openapi3.TypeString) && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// nullableRef returns a copy of a schema that also allows null.
func nullableRef(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	null := openapi3.Types{openapi3.TypeNull}
	if ref.Ref != "" || ref.Value.Type == nil || len(ref.Value.AllOf) > 0 {
		if ref.Ref == "" && ref.Value.Type == nil && len(ref.Value.AllOf) == 0 {
			return ref // the schema already allows every value
		}
		return (&openapi3.Schema{AnyOf: openapi3.SchemaRefs{ref, (&openapi3.Schema{Type: &null}).NewRef()}}).NewRef()
	}
	if !ref.Value.Type.Includes(openapi3.TypeNull) {
		both := append(slices.Clone(*ref.Value.Type), openapi3.TypeNull)
		ref.Value.Type = &both
		if len(ref.Value.Enum) > 0 {
			ref.Value.Enum = append(ref.Value.Enum, nil)
		}
	}
	return ref
}
