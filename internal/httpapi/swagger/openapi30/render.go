// Package openapi30 converts an OpenAPI 3.1 document to OpenAPI 3.0. Swagger UI
// gets the 3.0 document, because it is several times slower with 3.1. Programs
// get the 3.1 document.
package openapi30

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	strict "github.com/tributary-server/tributary/internal/object"
)

// object is a JSON object whose values are not parsed, so that examples keep the
// order of their fields, and numbers keep their digits.
type object = map[string]json.RawMessage

// shape is the name of a kind of object in a document, such as a path or a
// schema.
type shape string

// arity says whether the value of a key is a child, a list of children, or an
// object of named children.
type arity uint8

const (
	one arity = iota
	list
	named // an object whose keys are names and whose values are the children
)

type child struct {
	shape shape
	many  arity
}

// children lists the parts of a document that differ between 3.1 and 3.0, and
// every part that contains one of them. render copies everything else
// unchanged.
var children = map[shape]map[string]child{
	"document": {"info": {"info", one}, "paths": {"path", named}, "components": {"components", one}},
	"info":     {"license": {"license", one}},
	"license":  {},
	"components": {
		"schemas": {"schema", named}, "responses": {"response", named}, "parameters": {"parameter", named},
		"headers": {"parameter", named}, "requestBodies": {"body", named},
	},
	"path": {
		"parameters": {"parameter", list}, "get": {"operation", one}, "put": {"operation", one}, "post": {"operation", one},
		"delete": {"operation", one}, "options": {"operation", one}, "head": {"operation", one}, "patch": {"operation", one},
	},
	"operation": {"parameters": {"parameter", list}, "requestBody": {"body", one}, "responses": {"response", named}},
	"parameter": {"schema": {"schema", one}, "content": {"media", named}},
	"body":      {"content": {"media", named}},
	"response":  {"content": {"media", named}, "headers": {"parameter", named}},
	"media":     {"schema": {"schema", one}},
	"schema": {
		"properties": {"schema", named}, "additionalProperties": {"schema", one}, "items": {"schema", one}, "not": {"schema", one},
		"allOf": {"schema", list}, "anyOf": {"schema", list}, "oneOf": {"schema", list},
	},
}

// Render converts an OpenAPI 3.1 document to 3.0. It returns an error if the
// document has a keyword without an equivalent in 3.0.
func Render(text []byte) ([]byte, error) {
	rendered, err := render("document", text)
	if err != nil {
		return nil, fmt.Errorf("rendering the document as OpenAPI 3.0: %w", err)
	}
	return rendered, nil
}

func render(kind shape, raw json.RawMessage) (json.RawMessage, error) {
	if kind == "schema" && !bytes.HasPrefix(raw, []byte("{")) {
		return renderBoolean(raw), nil
	}
	var from object
	if err := json.Unmarshal(raw, &from); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		below, known := children[kind][key]
		if !known {
			continue
		}
		rendered, err := renderChild(below, from[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		from[key] = rendered
	}
	switch kind {
	case "document":
		from["openapi"] = json.RawMessage(`"3.0.3"`)
		delete(from, "jsonSchemaDialect")
	case "info":
		delete(from, "summary")
	case "license":
		if name := strings.Trim(string(from["identifier"]), `"`); name != "" && from["url"] == nil {
			from["url"] = json.RawMessage(`"https://spdx.org/licenses/` + name + `.html"`)
		}
		delete(from, "identifier")
	case "schema":
		if err := schema30(from); err != nil {
			return nil, err
		}
	}
	return strict.Encode(from)
}

func renderChild(below child, raw json.RawMessage) (json.RawMessage, error) {
	switch below.many {
	case named:
		var all object
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, fmt.Errorf("%s: %w", below.shape, err)
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			rendered, err := render(below.shape, all[name])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name] = rendered
		}
		return strict.Encode(all)
	case list:
		var all []json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, fmt.Errorf("%s: %w", below.shape, err)
		}
		for i := range all {
			rendered, err := render(below.shape, all[i])
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			all[i] = rendered
		}
		return strict.Encode(all)
	default:
		if bytes.Equal(raw, []byte("true")) || bytes.Equal(raw, []byte("false")) {
			return raw, nil // additionalProperties may be a boolean, with the same meaning in both versions
		}
		return render(below.shape, raw)
	}
}

// renderBoolean converts the schemas true (any value) and false (no value).
func renderBoolean(raw json.RawMessage) json.RawMessage {
	if bytes.Equal(raw, []byte("false")) {
		return json.RawMessage(`{"not":{}}`)
	}
	return json.RawMessage(`{}`)
}

var words = strings.Fields("title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern " +
	"maxItems minItems uniqueItems maxProperties minProperties required enum type allOf oneOf anyOf not items properties " +
	"additionalProperties description format default nullable discriminator readOnly writeOnly example externalDocs deprecated $ref")

// unknownWord returns the first keyword of a schema that OpenAPI 3.0 does not
// have, or "" if there is none.
func unknownWord(s object) string {
	for _, word := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(words, word) && !strings.HasPrefix(word, "x-") {
			return word
		}
	}
	return ""
}
