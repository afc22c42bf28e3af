package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests do not run in parallel, because they share usedRows.

func newGenerator(t *testing.T, schemas string) *generator {
	t.Helper()
	d := &document{}
	require.NoError(t, json.Unmarshal([]byte(`{"components":{"schemas":{`+schemas+`}}}`), d))
	return &generator{
		document: d, orders: d.orders(), types: map[string]string{}, shapes: map[string]string{}, values: map[string][]string{},
		declared: map[string]bool{}, out: &strings.Builder{},
	}
}

func schemaOf(t *testing.T, text string) *schema {
	t.Helper()
	s := &schema{}
	require.NoError(t, json.Unmarshal([]byte(text), s))
	return s
}

func TestGoType(t *testing.T) {
	const other = `"Other":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}`
	for _, tt := range []struct {
		schema string
		side   side
		hint   string
		want   string
	}{
		{`{"type":"string"}`, received, "", "string"},
		{`{"type":["string","null"]}`, received, "", "string"},
		{`{"type":"string","format":"date"}`, received, "", "Date"},
		{`{"type":"string","format":"date-time"}`, sent, "", "time.Time"},
		{`{"type":"string","enum":["one"]}`, received, "H", "string"},
		{`{"type":"string","enum":["one","two"]}`, received, "H", "H"},
		{`{"type":"string","enum":["one","two"]}`, queried, "XQueryOrdering", "string"},
		{`{"type":"integer"}`, received, "", "int64"},
		{`{"type":"boolean"}`, received, "", "bool"},
		{`{"type":"number"}`, received, "", "Decimal"},
		{`{"type":["number","string"],"pattern":"^-?\\d+(\\.\\d+)?$"}`, sent, "", "Decimal"},
		{`{"type":"array","items":{"type":"integer"}}`, received, "", "[]int64"},
		{`{"type":"object"}`, received, "", "json.RawMessage"},
		{`{"type":"object"}`, sent, "", "map[string]any"},
		{`{"type":"object","additionalProperties":{"type":"number"}}`, received, "", "map[string]Decimal"},
		{`{}`, sent, "", "any"},
		{`{}`, sent, "InRebates", "int64"},
		{`{"$ref":"#/components/schemas/Other"}`, received, "", "Other"},
		{`{"anyOf":[{"$ref":"#/components/schemas/Other"},{"type":"null"}]}`, received, "", "Other"},
		{`{"type":"array","items":{"type":"object","properties":{"x":{"type":"string"}}}}`, received, "Row", "[]Row"},
	} {
		require.Equal(t, tt.want, newGenerator(t, other).goType(schemaOf(t, tt.schema), tt.side, tt.hint, "a test"), tt.schema)
	}
	require.Panics(t, func() { newGenerator(t, "").goType(schemaOf(t, `{"type":"null"}`), received, "", "") }, "a type that Go has not")
}

func TestNames(t *testing.T) {
	for id, want := range map[string]string{
		"thing_list": "Things", "broker_thing_list": "Things", "referral_agent_list": "Agents", "thing_category_list": "ThingCategories", "key_day_list": "KeyDays",
		"thing_get": "Thing", "partner_thing_get": "Thing", "thing_create": "CreateThing", "thing_links_remove": "RemoveThingLinks", "thing": "Thing", "report_thing_ftd": "ThingFTD",
	} {
		require.Equal(t, want, methodName(id), id)
	}
	require.Equal(t, "ClientUID", camel("client_uid"))
	require.Equal(t, "AccountBlocked", camel("ACCOUNT_BLOCKED"))
	require.Equal(t, "RewardUSDByDay", camel("reward-usd byday"))
	require.Equal(t, "ThingRow", typeName("ThingRowOut"))
	require.Equal(t, []string{"address", "uid", "clientUID"}, []string{argument("url"), argument("uid"), argument("client_uid")})
}

// TestDeclare checks that an optional field is a pointer if its zero value has
// a meaning, and that a field of a request is a Nullable if it can be null.
func TestDeclare(t *testing.T) {
	const object = `{"type":"object","required":["id","name"],"properties":{
		"id":{"type":"integer","description":"The number."},"name":{"type":"string"},"note":{"type":["string","null"]},
		"on":{"type":"boolean"},"day":{"type":"string","format":"date"},"tags":{"type":"array","items":{"type":"string"}}}}`
	declared := func(side side) string {
		g := newGenerator(t, "")
		g.declare(schemaOf(t, object), side, "Thing", "an answer of Things")
		return strings.Join(strings.Fields(g.out.String()), " ")
	}
	require.Equal(t, "// Thing is an answer of Things. type Thing struct { // The number. ID int64 `json:\"id\"` Name string `json:\"name\"`"+
		" Day Date `json:\"day,omitzero\"` Note *string `json:\"note,omitzero\"` On *bool `json:\"on,omitzero\"` Tags []string `json:\"tags,omitzero\"` }", declared(received))
	require.Contains(t, declared(sent), "Note Nullable[string] `json:\"note,omitzero\"`")
}

func TestTotalsCountTheirRows(t *testing.T) {
	g := newGenerator(t, "")
	g.declare(schemaOf(t, `{"type":"object","required":["count"],"properties":{"count":{"type":"integer"}}}`), received, "ThingTotals", "the totals of Things")
	require.Contains(t, g.out.String(), "// ThingTotals holds the totals of Things.\n")
	require.Contains(t, g.out.String(), "func (t ThingTotals) rows() int64 { return t.Count }")
}

func TestAFactNamesItsType(t *testing.T) {
	g := newGenerator(t, "")
	g.declare(schemaOf(t, `{"type":"object","description":"It was set.","properties":{"type":{"type":"string","enum":["rate.set"]},"usd":{"type":"number"}}}`), fact, "FactRate", "")
	require.Contains(t, g.out.String(), "// FactRate is the fact rate.set. It was set.\n")
	require.Contains(t, g.out.String(), `func (FactRate) Type() string { return "rate.set" }`)
	require.NotContains(t, g.out.String(), "`json:\"type")
}

// TestOrders checks that the fields of the example come first, in the same
// order, then the required fields, and then the rest, sorted by name.
func TestOrders(t *testing.T) {
	g := newGenerator(t, `"Thing":{"type":"object","required":["must"],"examples":[{"z":{"b":1,"a":2},"a":1,"unknown":1}],"properties":{
		"a":{"type":"integer"},"b":{"type":"integer"},"must":{"type":"integer"},
		"z":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{"type":"integer"}}}}}`)
	thing := g.document.Components.Schemas["Thing"]
	require.Equal(t, []string{"z", "a", "must", "b"}, g.orders.propertiesOf(thing))
	require.Equal(t, []string{"b", "a", "c"}, g.orders.propertiesOf(thing.Properties["z"]))
}

// TestOneTypeForOneContent checks that objects with the same content share a
// type, and that different objects cannot have the same name.
func TestOneTypeForOneContent(t *testing.T) {
	g := newGenerator(t, "")
	const object = `{"type":"object","properties":{"a":{"type":"string","description":"%"}}}`
	require.Equal(t, "First", g.goType(schemaOf(t, strings.ReplaceAll(object, "%", "one")), received, "First", ""))
	require.Equal(t, "First", g.goType(schemaOf(t, strings.ReplaceAll(object, "%", "two")), received, "Second", ""))
	require.Equal(t, "Third", g.goType(schemaOf(t, object), sent, "Third", ""), "what is sent may lack fields")
	g.claim("Name", "one owner")
	require.PanicsWithValue(t, "one owner and another would both be called Name. Add a name for one of them to typeNames", func() { g.claim("Name", "another") })
}

func TestAnAliasGetsNoMethod(t *testing.T) {
	d := &document{}
	require.NoError(t, json.Unmarshal([]byte(`{"paths":{
		"/b/":{"get":{"operationId":"list","tags":["T"],"summary":"A list"},"post":{"operationId":"list_make","tags":["T"],"summary":"Makes one"}},
		"/a/":{"get":{"operationId":"list_a","tags":["T"],"summary":"A list"}},
		"/c/":{"get":{"operationId":"list_c","tags":["T"],"summary":"Another list"}}}}`), d))
	var ids []string
	for _, o := range d.operations()["T"] {
		ids = append(ids, o.method+" "+o.path+" "+o.ID)
	}
	require.Equal(t, []string{"GET /b/ list", "POST /b/ list_make", "GET /c/ list_c"}, ids)
}

// TestRun checks that the generator writes the files of package sdk, and
// removes the file of a tag that no longer exists.
func TestRun(t *testing.T) {
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "gone_gen.go"), []byte("package sdk"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "client.go"), []byte("package sdk"), 0o600))
	require.NoError(t, run("../../../docs/openapi.json", directory))
	require.NoFileExists(t, filepath.Join(directory, "gone_gen.go"))
	require.FileExists(t, filepath.Join(directory, "client.go"), "it removes only what it wrote")
	made, err := filepath.Glob(filepath.Join(directory, "*_gen.go"))
	require.NoError(t, err)
	require.Greater(t, len(made), 10)
	for _, name := range made {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		kept, err := os.ReadFile(filepath.Join("..", "..", filepath.Base(name)))
		require.NoError(t, err)
		require.Equal(t, string(kept), string(text), "make generate")
	}
}
