package broker

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/feed"
)

// factSchemas returns the schema of a line of the feed, and a named schema for
// each type of fact. The value of the line's field "type" chooses the named
// schema.
func factSchemas() (line *openapi3.Schema, named openapi3.Schemas) {
	line, named = openapi3.NewSchema(), openapi3.Schemas{}
	line.Description = "One line of the body."
	line.Discriminator = &openapi3.Discriminator{PropertyName: "type", Mapping: map[string]openapi3.MappingRef{}}
	for _, s := range feed.Specs() {
		name := factName(s.Type)
		ref := "#/components/schemas/" + name
		named[name] = factSchema(s).NewRef()
		line.OneOf = append(line.OneOf, openapi3.NewSchemaRef(ref, nil))
		line.Discriminator.Mapping[string(s.Type)] = openapi3.MappingRef{Ref: ref}
	}
	return line, named
}

func factName(kind feed.Type) string {
	name := "Fact"
	for word := range strings.FieldsFuncSeq(string(kind), func(r rune) bool { return r == '.' || r == '_' }) {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

func factSchema(s *feed.Spec) *openapi3.Schema {
	schema := openapi3.NewObjectSchema().WithoutAdditionalProperties()
	waits := "nothing"
	if s.Waits != "" {
		waits = s.Waits
	}
	schema.Description = s.Says + "\n\nWaits for: " + waits + "\n\nWhen it arrives late: " + s.Late
	schema.Examples = []any{json.RawMessage(s.Example)}
	for _, f := range append(feed.Heads(), s.Fields...) {
		property := fieldSchema(f)
		if f.Name == "type" {
			property = openapi3.NewStringSchema()
			property.Description, property.Enum = f.Says, []any{string(s.Type)}
		}
		schema.WithProperty(f.Name, property)
		if f.Required {
			schema.Required = append(schema.Required, f.Name)
		}
	}
	return schema
}

// fieldSchema returns the schema of a field. Limits in a schema are floats,
// which cannot hold every decimal, so the description contains the exact
// limits.
func fieldSchema(f *feed.Field) *openapi3.Schema {
	s := openapi3.NewSchema()
	s.Description = f.Says + " Value: " + f.Shape.Says + "."
	types := openapi3.Types{openapi3.TypeString}
	switch f.Form {
	case feed.FormDecimal:
		types = openapi3.Types{openapi3.TypeNumber, openapi3.TypeString}
	case feed.FormAccount:
		types = openapi3.Types{openapi3.TypeString, openapi3.TypeInteger}
	case feed.FormInteger:
		types = openapi3.Types{openapi3.TypeInteger}
		s.Min, s.Max = exactFloat(f.Least), exactFloat(f.Most)
	case feed.FormBoolean:
		types = openapi3.Types{openapi3.TypeBoolean}
	case feed.FormStrings:
		types = openapi3.Types{openapi3.TypeArray}
		s.Items = openapi3.NewStringSchema().WithMaxLength(int64(f.MaxLength)).NewRef()
		s.WithMaxItems(int64(f.MaxItems))
	case feed.FormString:
	}
	if !f.Required {
		types = append(types, openapi3.TypeNull)
	}
	s.Type = &types
	if f.Form != feed.FormStrings && f.MaxLength > 0 {
		s.WithMaxLength(int64(f.MaxLength))
	}
	s.Format, s.Pattern = f.Format, f.Pattern
	for _, v := range f.Enum {
		s.Enum = append(s.Enum, v)
	}
	if len(f.Enum) > 0 && !f.Required {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// exactFloat returns a limit as a float, or nil if no float has exactly this
// value.
func exactFloat(text string) *float64 {
	const exact = 1 << 53
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > exact || n < -exact {
		return nil
	}
	limit := float64(n)
	return &limit
}
