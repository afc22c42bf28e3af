package openapi30

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	strict "github.com/tributary-server/tributary/internal/object"
)

// schema30 converts a 3.1 schema to 3.0. Its child schemas have already been
// converted.
func schema30(s object) error {
	for _, step := range []func(object) error{convertConstant, convertBounds, convertExamples, convertEncoding, convertNullTypes, convertReference} {
		if err := step(s); err != nil {
			return err
		}
	}
	if word := unknownWord(s); word != "" {
		return fmt.Errorf("OpenAPI 3.0 has no keyword %s", word) //nolint:err113 // only a developer sees the error
	}
	return nil
}

func convertConstant(s object) error {
	if value, ok := s["const"]; ok {
		delete(s, "const")
		s["enum"] = json.RawMessage("[" + string(value) + "]")
	}
	return nil
}

// convertBounds converts exclusive bounds. In OpenAPI 3.1 they are numbers. In 3.0
// they are booleans that say whether minimum and maximum are exclusive.
func convertBounds(s object) error {
	for exclusive, inclusive := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		value, ok := s[exclusive]
		if !ok {
			continue
		}
		if s[inclusive] != nil {
			return fmt.Errorf("the schema has both %s and %s: remove the wider limit", inclusive, exclusive) //nolint:err113 // only a developer sees the error
		}
		s[inclusive], s[exclusive] = value, json.RawMessage("true")
	}
	return nil
}

// convertExamples replaces the keyword "examples" with the keyword "example",
// which holds only the first example.
func convertExamples(s object) error {
	raw, ok := s["examples"]
	if !ok {
		return nil
	}
	delete(s, "examples")
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("examples: %w", err)
	}
	if len(all) > 0 && s["example"] == nil {
		s["example"] = all[0]
	}
	return nil
}

// convertEncoding converts the keywords contentEncoding and contentMediaType to
// a 3.0 format.
func convertEncoding(s object) error {
	coding, media := s["contentEncoding"], s["contentMediaType"]
	delete(s, "contentEncoding")
	delete(s, "contentMediaType")
	switch {
	case bytes.Equal(coding, []byte(`"base64"`)):
		s["format"] = json.RawMessage(`"byte"`)
	case coding == nil && media != nil:
		s["format"] = json.RawMessage(`"binary"`)
		if s["type"] == nil {
			s["type"] = json.RawMessage(`"string"`)
		}
	}
	return nil
}

var null = []byte(`"null"`)

// convertNullTypes converts a list of types. The type null becomes nullable. If there
// are several other types, they become an anyOf. 3.0 requires a type next to
// nullable, so null alone becomes a nullable string whose only allowed value is
// null.
func convertNullTypes(s object) error {
	var types []json.RawMessage
	switch raw := s["type"]; {
	case bytes.Equal(raw, null):
		types = []json.RawMessage{null}
	case bytes.HasPrefix(raw, []byte("[")):
		if err := json.Unmarshal(raw, &types); err != nil {
			return fmt.Errorf("type: %w", err)
		}
	}
	isNull := func(t json.RawMessage) bool { return bytes.Equal(t, null) }
	rest := slices.DeleteFunc(slices.Clone(types), isNull)
	switch {
	case len(types) == 0:
	case len(rest) == 0:
		maps.Copy(s, nothing)
	case len(rest) == 1:
		s["type"] = rest[0]
		if len(types) > 1 {
			s["nullable"] = json.RawMessage("true")
		}
	default:
		return severalTypes(s, types)
	}
	if bytes.Equal(s["type"], []byte(`"array"`)) && s["items"] == nil {
		s["items"] = json.RawMessage("{}") // 3.0 requires items
	}
	return nil
}

var nothing = object{"type": json.RawMessage(`"string"`), "nullable": json.RawMessage("true"), "enum": json.RawMessage("[null]")}

func severalTypes(s object, types []json.RawMessage) error {
	if s["anyOf"] != nil {
		return errors.New("the schema has both several types and anyOf") //nolint:err113 // only a developer reads the error
	}
	choices := make([]object, len(types))
	for i, t := range types {
		choices[i] = object{"type": t}
		if bytes.Equal(t, null) {
			choices[i] = nothing
		}
	}
	choice, err := strict.Encode(choices)
	if err != nil {
		return err
	}
	delete(s, "type")
	s["anyOf"] = choice
	return nil
}

// convertReference moves a $ref that has keywords next to it into an allOf, because
// OpenAPI 3.0 ignores keywords next to a $ref.
func convertReference(s object) error {
	ref, ok := s["$ref"]
	if !ok || len(s) == 1 {
		return nil
	}
	if s["allOf"] != nil {
		return errors.New("the schema has both allOf and $ref") //nolint:err113 // only a developer reads the error
	}
	delete(s, "$ref")
	s["allOf"] = json.RawMessage(`[{"$ref":` + string(ref) + `}]`)
	return nil
}
