package api

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/promo"
)

func uploadSchema() *openapi3.SchemaRef {
	text := func(doc string) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Description = doc
		return s
	}
	kind := openapi3.NewStringSchema()
	for _, k := range promo.Kinds() {
		kind.Enum = append(kind.Enum, string(k))
	}
	size := func() *openapi3.Schema {
		s := openapi3.NewIntegerSchema()
		s.Description = "Of a video or a widget, pixels."
		return s
	}
	return openapi3.NewObjectSchema().
		WithProperty("kind", kind).
		WithProperty("title", text("")).
		WithProperty("language", text("Such as en or pt-BR.")).
		WithProperty("theme", text("")).
		WithProperty("product", text("")).
		WithProperty("width", size()).
		WithProperty("height", size()).
		WithProperty("text", text("Of a text.")).
		WithProperty("address", text("Of a landing or a widget.")).
		WithProperty("file", openapi3.NewStringSchema().WithFormat("binary")).NewRef()
}

func librarySchema() *openapi3.SchemaRef {
	text, number := openapi3.NewStringSchema, openapi3.NewInt64Schema
	null := func(s *openapi3.Schema) *openapi3.Schema {
		*s.Type = append(*s.Type, openapi3.TypeNull)
		return s
	}
	s := openapi3.NewObjectSchema().
		WithProperty("id", number()).WithProperty("kind", text()).WithProperty("title", text()).WithProperty("language", text()).
		WithProperty("width", null(number())).WithProperty("height", null(number())).
		WithProperty("theme", text()).WithProperty("product", text()).
		WithProperty("preview_url", null(text())).WithProperty("file_url", text()).WithProperty("created", openapi3.NewDateTimeSchema()).
		WithProperty("media_type", text()).WithProperty("file_name", text()).WithProperty("file_size", number()).WithProperty("version", number()).
		WithProperty("retired", null(openapi3.NewDateTimeSchema()))
	s.Required = []string{
		"created", "file_name", "file_size", "file_url", "height", "id", "kind", "language", "media_type", "preview_url", "product", "retired",
		"theme", "title", "version", "width",
	}
	return s.NewRef()
}
