package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// document has those parts of an OpenAPI document that the generator needs.
type document struct {
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID          string       `json:"operationId"`
	Summary     string       `json:"summary"`
	Description string       `json:"description"`
	Tags        []string     `json:"tags"`
	Access      string       `json:"x-access"`
	Parameters  []*parameter `json:"parameters"`
	RequestBody *struct {
		Content map[string]*media `json:"content"`
	} `json:"requestBody"`
	Responses map[string]*struct {
		Content map[string]*media `json:"content"`
	} `json:"responses"`

	method, path string
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Required    bool    `json:"required"`
	Explode     *bool   `json:"explode"`
	Schema      *schema `json:"schema"`
}

type media struct {
	Schema  *schema         `json:"schema"`
	Example json.RawMessage `json:"example"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        types              `json:"type"`
	Format      string             `json:"format"`
	Pattern     string             `json:"pattern"`
	Enum        []any              `json:"enum"`
	Description string             `json:"description"`
	Examples    []json.RawMessage  `json:"examples"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	AllOf       []*schema          `json:"allOf"`
	AnyOf       []*schema          `json:"anyOf"`
	OneOf       []*schema          `json:"oneOf"`
}

type types []string

func (t *types) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

func (t types) has(name string) bool { return slices.Contains(t, name) }

func readDocument(name string) (*document, error) {
	text, err := os.ReadFile(name) //nolint:gosec // an argument of the generator
	if err != nil {
		return nil, err
	}
	d := &document{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return d, nil
}

// operations returns the operations by tag, sorted by path. It leaves out
// aliases, because the method of the original operation serves them too.
func (d *document) operations() map[string][]*operation {
	byID := map[string]*operation{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			byID[o.ID] = o
		}
	}
	byTag := map[string][]*operation{}
	for _, o := range byID {
		if !isAlias(o, byID) {
			byTag[o.Tags[0]] = append(byTag[o.Tags[0]], o)
		}
	}
	for _, list := range byTag {
		slices.SortFunc(list, func(a, b *operation) int {
			return strings.Compare(a.path+" "+a.method, b.path+" "+b.method)
		})
	}
	return byTag
}

// isAlias reports whether an operation is another operation at a second path.
// The id of an alias begins with the id of that operation, and only their paths
// differ.
func isAlias(o *operation, byID map[string]*operation) bool {
	for id, first := range byID {
		if strings.HasPrefix(o.ID, id+"_") && first.method == o.method && bytes.Equal(first.content(), o.content()) {
			return true
		}
	}
	return false
}

func (o *operation) content() []byte {
	nameless := *o
	nameless.ID = ""
	text, err := json.Marshal(nameless)
	if err != nil {
		panic(err) // cannot happen, because the value was decoded from JSON
	}
	return text
}

// resolve follows the references of a schema. It returns the final schema, the
// name of that schema, and whether null is allowed.
func (d *document) resolve(s *schema) (flat *schema, name string, null bool) {
	switch {
	case s.Ref != "":
		name = s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return d.Components.Schemas[name], name, false
	case len(s.AllOf) == 1:
		return d.resolve(s.AllOf[0])
	case len(s.AnyOf) == 2 && s.AnyOf[1].Type.has("null"):
		flat, name, _ = d.resolve(s.AnyOf[0])
		return flat, name, true
	default:
		return s, "", s.Type.has("null")
	}
}

// fieldOrders lists the properties of each schema in the order of the
// document's examples, which are written for readers. The schemas themselves
// sort properties by name.
type fieldOrders map[*schema][]string

func (d *document) orders() fieldOrders {
	found := fieldOrders{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			for _, answer := range o.Responses {
				found.learn(d, answer.Content["application/json"])
			}
			if o.RequestBody != nil {
				for _, mediaType := range slices.Sorted(maps.Keys(o.RequestBody.Content)) {
					found.learn(d, o.RequestBody.Content[mediaType])
				}
			}
		}
	}
	for _, s := range d.Components.Schemas {
		if len(s.Examples) > 0 {
			found.walk(d, s, s.Examples[0])
		}
	}
	return found
}

func (o fieldOrders) learn(d *document, m *media) {
	if m != nil && m.Schema != nil {
		o.walk(d, m.Schema, m.Example)
	}
}

func (o fieldOrders) walk(d *document, s *schema, example json.RawMessage) {
	s, _, _ = d.resolve(s)
	var elements []json.RawMessage
	if s.Items != nil && json.Unmarshal(example, &elements) == nil {
		for _, element := range elements {
			o.walk(d, s.Items, element)
		}
	}
	var values map[string]json.RawMessage
	if len(s.Properties) == 0 || json.Unmarshal(example, &values) != nil {
		return
	}
	for _, key := range keys(example) {
		property, declared := s.Properties[key]
		if !declared {
			continue
		}
		if !slices.Contains(o[s], key) {
			o[s] = append(o[s], key)
		}
		o.walk(d, property, values[key])
	}
}

// propertiesOf returns the properties of a schema. First come those in the
// examples, in the same order, then the other required properties, and then the
// rest, sorted by name.
func (o fieldOrders) propertiesOf(s *schema) []string {
	list := slices.Clone(o[s])
	for _, key := range append(slices.Clone(s.Required), slices.Sorted(maps.Keys(s.Properties))...) {
		if !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}

func keys(object json.RawMessage) []string {
	var list []string
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil
		}
		list = append(list, key.(string)) //nolint:forcetypeassert // the key of an object is a string
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil
		}
	}
	return list
}
