package broker_test

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/reward"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := api.New(api.Deps{Version: "1"}).Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	return document
}

// TestTheDocumentDescribesEveryFact checks the schema of each fact type. It
// finds the schema through the discriminator of the line's schema. The schema
// must accept the type's example in package feed, and refuse what the parser
// refuses.
func TestTheDocumentDescribesEveryFact(t *testing.T) {
	t.Parallel()
	line := document(t).Paths.Value("/broker/v1/events").Post.RequestBody.Value.Content["application/x-ndjson"].Schema.Value
	require.Equal(t, "type", line.Discriminator.PropertyName)
	require.Len(t, line.OneOf, len(feed.Specs()))
	require.Len(t, line.Discriminator.Mapping, len(feed.Specs()))
	for i, s := range feed.Specs() {
		schema := line.OneOf[i]
		mapped := line.Discriminator.Mapping[string(s.Type)]
		require.Equal(t, schema.Ref, mapped.Ref)
		require.Len(t, schema.Value.Properties, len(s.Fields)+3, s.Type)
		var example map[string]any
		require.NoError(t, json.Unmarshal([]byte(s.Example), &example))
		require.NoError(t, schema.Value.VisitJSON(example, openapi3.EnableJSONSchema2020()), s.Type)
		require.NotEmpty(t, schema.Value.Examples, s.Type)
		for name, property := range schema.Value.Properties {
			require.NotEmpty(t, property.Value.Description, "%s %s", s.Type, name)
		}
		example["opne_spread"] = 70
		require.Error(t, schema.Value.VisitJSON(example, openapi3.EnableJSONSchema2020()), s.Type)
		delete(example, "opne_spread")
		for _, f := range s.Fields {
			value := example[f.Name]
			delete(example, f.Name)
			if err := schema.Value.VisitJSON(example, openapi3.EnableJSONSchema2020()); f.Required {
				require.Error(t, err, "%s without %s", s.Type, f.Name)
			} else {
				require.NoError(t, err, "%s without %s", s.Type, f.Name)
			}
			if value != nil {
				example[f.Name] = value
			}
		}
	}
}

// TestTheDocumentDescribesPlans checks that every field of a plan has a description,
// and that the built-in plan matches the schema.
func TestTheDocumentDescribesPlans(t *testing.T) {
	t.Parallel()
	body := document(t).Paths.Value("/broker/v1/plans/").Post.RequestBody.Value.Content["application/json"]
	require.ElementsMatch(t, []string{"formulas", "levels"}, body.Schema.Value.Required)
	var described func(at string, schema *openapi3.Schema)
	fields := 0
	described = func(at string, schema *openapi3.Schema) {
		for name, property := range schema.Properties {
			fields++
			require.NotEmpty(t, property.Value.Description, "%s.%s", at, name)
			described(at+"."+name, property.Value)
		}
		if schema.Items != nil {
			described(at+"[]", schema.Items.Value)
		}
	}
	described("plan", body.Schema.Value)
	require.Equal(t, 15+4+11+14, fields)
	text, err := json.Marshal(reward.Default())
	require.NoError(t, err)
	var shipped any
	require.NoError(t, json.Unmarshal(text, &shipped))
	require.NoError(t, body.Schema.Value.VisitJSON(shipped, openapi3.EnableJSONSchema2020()))
	example, err := json.Marshal(body.Example)
	require.NoError(t, err)
	_, err = reward.ParsePlan(example)
	require.NoError(t, err)
}
