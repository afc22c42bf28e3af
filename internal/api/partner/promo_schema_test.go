package partner_test

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/promo"
	free "github.com/tributary-server/tributary/internal/text"
)

func TestPromo_EachUploadIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := setupPromo(t).Router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	all := make([]any, 0, len(promo.Kinds()))
	for _, kind := range promo.Kinds() {
		all = append(all, string(kind))
	}
	add, change := document.Paths.Value(library).Post, document.Paths.Value(library+"{material_id}/").Put
	require.NotNil(t, add.Parameters.GetByInAndName("header", "Idempotency-Key"))
	for _, c := range []struct {
		op        *openapi3.Operation
		mediaType string
		file      bool
		kinds     []any // allowed values of the field kind; nil if the schema has no field kind
	}{
		{add, "multipart/form-data", true, all},
		{add, "application/json", false, []any{"landing", "text", "widget"}},
		{change, "multipart/form-data", true, nil},
		{change, "application/json", false, nil},
	} {
		name := c.op.OperationID + " " + c.mediaType
		media := c.op.RequestBody.Value.Content[c.mediaType]
		schema, example := media.Schema.Value, media.Example.(map[string]any)
		require.Equal(t, c.file, schema.Properties["file"] != nil, name)
		require.Equal(t, c.file, example["file"] != nil, name)
		require.Equal(t, c.file, media.Encoding["file"] != nil, name)
		if c.kinds == nil {
			require.NotContains(t, schema.Properties, "kind", name)
			require.Empty(t, schema.Required, name)
		} else {
			require.Equal(t, c.kinds, schema.Properties["kind"].Value.Enum, name)
			require.Equal(t, []string{"kind", "title"}, schema.Required, name)
			require.True(t, slices.Contains(c.kinds, example["kind"]), name)
		}
		for field, most := range map[string]uint64{
			"title": uint64(free.Title), "theme": uint64(free.Label), "product": uint64(free.Label), "text": uint64(free.Body), "address": uint64(free.Link),
		} {
			require.Equal(t, most, *schema.Properties[field].Value.MaxLength, "%s %s", name, field)
		}
		require.NoError(t, schema.VisitJSON(example), name)
	}
}
