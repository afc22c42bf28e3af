package bind

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	free "github.com/tributary-server/tributary/internal/text"
)

func pointerDecoder(elem decoder) decoder {
	return decoder{
		many: elem.many,
		text: func(v reflect.Value, given []string, name string, found *Faults) {
			v.Set(reflect.New(v.Type().Elem()))
			elem.text(v.Elem(), given, name, found)
		},
		json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
			if isNull(raw) {
				return
			}
			v.Set(reflect.New(v.Type().Elem()))
			elem.json(v.Elem(), raw, name, found)
		},
	}
}

func nullableDecoder(elem decoder) decoder {
	return decoder{
		takesNull: true,
		many:      elem.many,
		text: func(v reflect.Value, given []string, name string, found *Faults) {
			v.Field(0).SetBool(true)
			elem.text(v.Field(2), given, name, found)
		},
		json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
			v.Field(0).SetBool(true)
			if isNull(raw) {
				v.Field(1).SetBool(true)
				return
			}
			elem.json(v.Field(2), raw, name, found)
		},
	}
}

// sliceDecoder decodes a JSON list. In a form or query, the field may be repeated,
// and each value may be a comma-separated list.
func sliceDecoder(elem decoder, r Rules) decoder {
	// allocate allocates n elements. It adds a fault if the rules do not allow n
	// elements.
	allocate := func(v reflect.Value, n int, name string, found *Faults) bool {
		switch {
		case n == 0 && r.Required:
			found.Add(name, "empty", "This list may not be empty.")
			return false
		case r.MaxItems > 0 && n > r.MaxItems:
			found.Add(name, "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", r.MaxItems))
			return false
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		return true
	}
	return decoder{
		many: true,
		text: func(v reflect.Value, given []string, name string, found *Faults) {
			values := strings.FieldsFunc(strings.Join(given, ","), func(c rune) bool { return c == ',' })
			values = slices.DeleteFunc(values, func(text string) bool { return strings.TrimSpace(text) == "" })
			if !allocate(v, len(values), name, found) {
				return
			}
			for i, text := range values {
				elem.text(v.Index(i), []string{text}, name, found)
			}
		},
		json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
			var items []json.RawMessage
			if json.Unmarshal(raw, &items) != nil {
				found.Add(name, "not_a_list", fmt.Sprintf("Expected a list of items but got type %q.", kindOf(raw)))
				return
			}
			if !allocate(v, len(items), name, found) {
				return
			}
			for i, item := range items {
				elem.json(v.Index(i), item, name+"."+strconv.Itoa(i), found)
			}
		},
	}
}

func mapDecoder(elem decoder) decoder {
	return objectDecoder(func(v reflect.Value, body map[string]json.RawMessage, name string, found *Faults) {
		v.Set(reflect.MakeMapWithSize(v.Type(), len(body)))
		for key, raw := range body {
			if code, message := checkFree(key, Rules{}); code != "" {
				found.Add(name, code, message)
				return
			}
			value := reflect.New(v.Type().Elem()).Elem()
			elem.json(value, raw, name+"."+free.Clip(key), found)
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
		}
	})
}

func structDecoder(fields []Field) decoder {
	return objectDecoder(func(v reflect.Value, body map[string]json.RawMessage, name string, found *Faults) {
		inner := &Faults{}
		for i := range fields {
			fields[i].bindBody(v.FieldByIndex(fields[i].index), body, nil, inner)
		}
		for _, f := range inner.list {
			found.Add(name+"."+f.Name, f.Code, f.Message)
		}
	})
}

// objectDecoder decodes a JSON object. In a form, the field's text must be JSON.
func objectDecoder(fill func(v reflect.Value, body map[string]json.RawMessage, name string, found *Faults)) decoder {
	d := decoder{json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
		body, err := objectOf(raw)
		if err != nil {
			found.Add(name, "invalid", "Invalid data. Expected a dictionary, but got "+kindOf(raw)+".")
			return
		}
		fill(v, body, name, found)
	}}
	d.text = func(v reflect.Value, given []string, name string, found *Faults) {
		d.json(v, json.RawMessage(given[len(given)-1]), name, found)
	}
	return d
}

// anyDecoder stores any JSON value. It preserves every digit of a number,
// unlike a conversion to float64.
func anyDecoder() decoder {
	return decoder{
		text: func(v reflect.Value, given []string, _ string, _ *Faults) {
			quoted, _ := json.Marshal(given[len(given)-1]) // every string can be encoded
			setAny(v, quoted)
		},
		json: func(v reflect.Value, raw json.RawMessage, name string, found *Faults) {
			if bytes.Contains(raw, []byte(`\u0000`)) {
				found.Add(name, "null_characters_not_allowed", "Null characters are not allowed.")
				return
			}
			setAny(v, raw)
		},
	}
}

func setAny(v reflect.Value, raw json.RawMessage) {
	if v.Kind() != reflect.Interface {
		v.SetBytes(raw)
		return
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err == nil && value != nil {
		v.Set(reflect.ValueOf(value))
	}
}

// kindOf returns the name of a JSON value's type, in the words that Django REST
// framework uses.
func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "str"
	}
	switch raw[0] {
	case '{':
		return "dict"
	case '[':
		return "list"
	case 't', 'f':
		return "bool"
	case 'n':
		return "NoneType"
	case '"':
		return "str"
	default:
		if bytes.ContainsAny(raw, ".eE") {
			return "float"
		}
		return "int"
	}
}
