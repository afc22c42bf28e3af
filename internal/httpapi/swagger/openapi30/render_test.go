package openapi30_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi/swagger/openapi30"
)

func around(schema string) []byte {
	return []byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1","summary":"s","license":{"name":"Apache 2.0","identifier":"Apache-2.0"}},` +
		`"jsonSchemaDialect":"https://json-schema.org/draft/2020-12/schema","paths":{},"components":{"schemas":{"Other":{"type":"object"},"S":` + schema + `}}}`)
}

func TestRender_Keywords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to string }{
		"a type alone":    {`{"type":"string"}`, `{"type":"string"}`},
		"nullable":        {`{"type":["string","null"]}`, `{"type":"string","nullable":true}`},
		"nullable choice": {`{"type":["string","null"],"enum":["a",null]}`, `{"type":"string","nullable":true,"enum":["a",null]}`},
		"null alone":      {`{"type":"null"}`, `{"type":"string","nullable":true,"enum":[null]}`},
		"several types": {
			`{"type":["string","integer","null"]}`,
			`{"anyOf":[{"type":"string"},{"type":"integer"},{"type":"string","nullable":true,"enum":[null]}]}`,
		},
		"a list without items": {`{"type":"array"}`, `{"type":"array","items":{}}`},
		"a nullable reference": {
			`{"anyOf":[{"$ref":"#/components/schemas/Other"},{"type":"null"}],"description":"d"}`,
			`{"anyOf":[{"$ref":"#/components/schemas/Other"},{"type":"string","nullable":true,"enum":[null]}],"description":"d"}`,
		},
		"a described reference":  {`{"$ref":"#/components/schemas/Other","description":"d"}`, `{"allOf":[{"$ref":"#/components/schemas/Other"}],"description":"d"}`},
		"a reference":            {`{"$ref":"#/components/schemas/Other"}`, `{"$ref":"#/components/schemas/Other"}`},
		"a constant":             {`{"const":"a"}`, `{"enum":["a"]}`},
		"exclusive bounds":       {`{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}`, `{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":1,"exclusiveMaximum":true}`},
		"examples":               {`{"type":"integer","examples":[7,8]}`, `{"type":"integer","example":7}`},
		"no example":             {`{"type":"integer","examples":[]}`, `{"type":"integer"}`},
		"an example's own order": {`{"type":"object","examples":[{"b":1,"a":10000000000000000001}]}`, `{"type":"object","example":{"b":1,"a":10000000000000000001}}`},
		"base64":                 {`{"type":"string","contentEncoding":"base64"}`, `{"type":"string","format":"byte"}`},
		"a file":                 {`{"contentMediaType":"image/png"}`, `{"type":"string","format":"binary"}`},
		"anything":               {`true`, `{}`},
		"nothing":                {`false`, `{"not":{}}`},
		"inside": {
			`{"type":"object","properties":{"examples":{"type":["integer","null"]},"const":{"type":"array","items":{"const":1}}},"additionalProperties":false}`,
			`{"type":"object","properties":{"examples":{"type":"integer","nullable":true},"const":{"type":"array","items":{"enum":[1]}}},"additionalProperties":false}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := openapi30.Render(around(c.from))
			require.NoError(t, err)
			want := strings.NewReplacer(`"openapi":"3.1.0"`, `"openapi":"3.0.3"`, `,"summary":"s"`, "", `"identifier":"Apache-2.0"`, `"url":"https://spdx.org/licenses/Apache-2.0.html"`,
				`"jsonSchemaDialect":"https://json-schema.org/draft/2020-12/schema",`, "").Replace(string(around(c.to)))
			require.JSONEq(t, want, string(text))
			require.NotContains(t, string(text), "e+", "numbers keep their digits")
			doc, err := openapi3.NewLoader().LoadFromData(text)
			require.NoError(t, err)
			require.NoError(t, doc.Validate(t.Context()))
		})
	}
}

func TestRender_RefusesWhatOpenAPI30HasNoWordFor(t *testing.T) {
	t.Parallel()
	for from, message := range map[string]string{
		`{"type":"object","patternProperties":{"^a":{}}}`: "components: schemas: S: OpenAPI 3.0 has no keyword patternProperties",
		`{"minimum":1,"exclusiveMinimum":1}`:              "the schema has both minimum and exclusiveMinimum",
		`{"type":["string","integer"],"anyOf":[]}`:        "the schema has both several types and anyOf",
	} {
		_, err := openapi30.Render(around(from))
		require.ErrorContains(t, err, message, from)
	}
	_, err := openapi30.Render([]byte(`{"openapi":"3.1.0","paths":[]}`))
	require.Error(t, err)
}
