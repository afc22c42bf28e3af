package broker

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/promo"
	free "github.com/tributary-server/tributary/internal/text"
)

// uploadBodies returns the schemas of an upload as a form, and as JSON, which
// cannot contain a file. The parameter isNew is false if the upload changes an
// existing material. Such an upload cannot change the kind.
func uploadBodies(isNew bool, formExample, jsonExample string) openapi3.Content {
	form := uploadSchema(isNew, promo.Kinds()...)
	file := openapi3.NewStringSchema().WithFormat("binary")
	file.Description = fmt.Sprintf("File of a banner, a logo or a video. An image has at most %d bytes, and a video has at most %d bytes.",
		promo.MaxImage, promo.MaxVideo)
	form.WithProperty("file", file)
	return openapi3.Content{
		mediaForm: {
			Schema: form.NewRef(), Example: json.RawMessage(formExample),
			Encoding: map[string]*openapi3.Encoding{"file": {ContentType: "image/png, image/jpeg, image/gif, image/webp, video/mp4, video/webm"}},
		},
		httpapi.FormatJSON.Type: {
			Schema: uploadSchema(isNew, promo.Landing, promo.Text, promo.Widget).NewRef(), Example: json.RawMessage(jsonExample),
		},
	}
}

// uploadSchema returns the schema of the fields that forms and JSON share. These
// include the size of a video, because a request may change the size without sending
// the file again.
func uploadSchema(isNew bool, kinds ...promo.Kind) *openapi3.Schema {
	text := func(most free.Limit, doc string) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Description = doc
		if most > 0 {
			s.WithMaxLength(int64(most))
		}
		return s
	}
	of := "a widget"
	if !isNew || slices.Contains(kinds, promo.Video) {
		of = "a video or a widget"
	}
	side := func(name string) *openapi3.Schema {
		s := openapi3.NewIntegerSchema().WithMin(1).WithMax(promo.MaxSide)
		s.Description = name + " in pixels. Only " + of + " has this field."
		return s
	}
	s := openapi3.NewObjectSchema()
	if isNew {
		kind := text(0, "Kind of the material.")
		for _, k := range kinds {
			kind.Enum = append(kind.Enum, string(k))
		}
		s.WithProperty("kind", kind)
		s.Required = []string{"kind", "title"}
	}
	return s.
		WithProperty("title", text(free.Title, "Title of the material.").WithMinLength(1)).
		WithProperty("language", text(0, "Language of the material, such as en or pt-BR. Empty if it has no particular language.").
			WithPattern(promo.LanguagePattern)).
		WithProperty("theme", text(free.Label, "Theme of the material, for filtering. It may contain letters, digits, spaces and the characters _ . & + / -")).
		WithProperty("product", text(free.Label, "Product that the material advertises, for filtering. It may contain letters, digits, spaces "+
			"and the characters _ . & + / -")).
		WithProperty("width", side("Width")).
		WithProperty("height", side("Height")).
		WithProperty("text", text(free.Body, "Content of a text.").WithMinLength(1)).
		WithProperty("address", text(free.Link, "Address of a landing page or a widget.").WithFormat("uri"))
}

func librarySchema() *openapi3.SchemaRef {
	return openapi3.NewSchemaRef("#/components/schemas/LibraryOut", nil)
}
