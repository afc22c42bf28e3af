package object

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Unknown is the code of a FieldError about a name that no field has.
const Unknown = "unknown_field"

// Decode decodes JSON into target, which must be a pointer. It is like
// json.Unmarshal, except that names must match exactly. json.Unmarshal accepts
// SHARE_PERC for share_perc, and would use 90 as the share in {"share_perc":1,
// "SHARE_PERC":90}. Decode ignores names that no field has.
func Decode(text []byte, target any) error {
	if !json.Valid(text) {
		return json.Unmarshal(text, target) // json.Unmarshal returns an error that names the type and the field
	}
	kept, _ := dropUnknown(space(text), reflect.TypeOf(target))
	return json.Unmarshal(kept, target)
}

// DecodeKnown is like Decode, but returns a *FieldError for a name that no
// field has.
func DecodeKnown(text []byte, into any) error {
	if !json.Valid(text) {
		return json.Unmarshal(text, into)
	}
	kept, unknown := dropUnknown(space(text), reflect.TypeOf(into))
	if unknown != nil {
		return unknown
	}
	return json.Unmarshal(kept, into)
}

// dropUnknown removes the members for which the type has no field, and returns
// an error about the first of them. The text must be valid JSON. dropUnknown
// does not change a value whose JSON type is wrong, because json.Unmarshal
// reports the wrong type.
func dropUnknown(text []byte, t reflect.Type) (kept []byte, unknown *FieldError) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case readsItself(t):
	case text[0] == '[' && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		return exactItems(text, t)
	case text[0] == '{' && t.Kind() == reflect.Map:
		return dropUnknownMembers(text, func(string) reflect.Type { return t.Elem() })
	case text[0] == '{' && t.Kind() == reflect.Struct:
		fields := fieldsOf(t)
		return dropUnknownMembers(text, func(name string) reflect.Type { return fields[name] })
	}
	return text, nil
}

// dropUnknownMembers removes the unknown members of an object. typeOf returns
// nil for an unknown name.
func dropUnknownMembers(text []byte, typeOf func(name string) reflect.Type) (kept []byte, unknown *FieldError) {
	kept = []byte{'{'}
	for rest := space(text[1:]); rest[0] != '}'; {
		quoted, after := cut(rest)
		value, behind := cut(space(space(after)[1:])) // [1:] skips the colon
		rest = next(space(behind))
		name := string(unescape(quoted))
		t := typeOf(name)
		if t == nil {
			if unknown == nil {
				unknown = (&FieldError{Code: Unknown, Message: "There is no such field."}).addPrefix(name)
			}
			continue
		}
		inside, wrong := dropUnknown(value, t)
		if wrong != nil && unknown == nil {
			unknown = wrong.addPrefix(name)
		}
		if len(kept) > 1 {
			kept = append(kept, ',')
		}
		kept = append(append(append(kept, quoted...), ':'), inside...)
	}
	return append(kept, '}'), unknown
}

func exactItems(text []byte, t reflect.Type) (kept []byte, unknown *FieldError) {
	items, _ := Items(text) // Items never fails for a valid array
	kept = []byte{'['}
	for i, item := range items {
		inside, wrong := dropUnknown(item, t.Elem())
		if wrong != nil && unknown == nil {
			unknown = wrong.addPrefix(strconv.Itoa(i))
		}
		if i > 0 {
			kept = append(kept, ',')
		}
		kept = append(kept, inside...)
	}
	return append(kept, ']'), unknown
}

func readsItself(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) || pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// fieldsOf returns the types of a struct's fields by their names in JSON.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported(), name == "-", f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		fields[name] = f.Type
	}
	return fields
}
