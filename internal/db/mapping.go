package db

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// mapping says which column stores each field of a struct. The db tags of the
// fields define it:
//
//	Rewarded money.Amount  `db:"reward_usd_e6"`   // name of the column
//	Row      int64         `db:"rebate_row,null"` // the zero value is stored as NULL
//	Key      feed.OrderKey `db:",inline"`         // the fields of Key are columns of this row
//	Paid     rebate.Sum    `db:"paid,inline"`     // the same, but the columns' names begin with paid
//	Tags     []string      `db:"tags,json"`       // stored as JSON text
//	Types    []TypeFrom    `db:"-"`               // no column
//
// An embedded struct is inline without a tag. Unexported fields have no column.
type mapping struct {
	fields  []*field
	columns map[string]*field
	scalar  bool // the type is not a struct, so its only field is the whole value
}

type field struct {
	column  string
	at      int // index in mapping.fields
	index   []int
	kind    fieldKind
	null    bool // the zero value is stored as NULL
	encoded bool // the value is stored as JSON
	pointer bool // nil is stored as NULL
	direct  bool // the driver fills the field through its address
}

// fieldKind says how a field's value is passed to the driver.
type fieldKind int

const (
	asItself  fieldKind = iota // a type that the drivers accept, such as id.UUID
	asNumber                   // any integer, stored as int64
	asText                     // any string, stored as text
	asTruth                    // bool
	asBytes                    // []byte, and arrays of bytes
	asJSON                     // json.RawMessage, stored as text
	asInstant                  // time.Time, stored as microseconds since 1970 in UTC
	asEncoded                  // a field with the tag json, stored as JSON text; nil lists become []
)

var errColumn = errors.New("the result has a column that belongs to no field, or has a column twice")

var (
	mappings    sync.Map // key: reflect.Type; value: *mapping
	scannerType = reflect.TypeFor[sql.Scanner]()
	directTypes = []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int64](), reflect.TypeFor[bool](), reflect.TypeFor[[]byte]()}
)

// mappingOf returns the mapping of a type. For a pointer type, it returns the
// mapping of the type that the pointer points to. It panics if the tags are
// wrong, because this is a bug in the program.
func mappingOf(of reflect.Type) *mapping {
	if known, ok := mappings.Load(of); ok {
		return known.(*mapping) //nolint:forcetypeassert // the map has only mappings
	}
	m := &mapping{columns: map[string]*field{}}
	row := of
	if row.Kind() == reflect.Pointer {
		row = row.Elem()
	}
	if _, leaf := kindOf(row); leaf {
		m.scalar = true
		m.add(of, &field{}, of)
	} else {
		m.addStruct(of, row, nil, "")
	}
	mappings.Store(of, m)
	return m
}

func (m *mapping) addStruct(of, in reflect.Type, index []int, prefix string) {
	if in.Kind() != reflect.Struct {
		panic(fmt.Sprintf("db: %s: a %s cannot be stored in columns", of, in))
	}
	for i := range in.NumField() {
		f := in.Field(i)
		tag, tagged := f.Tag.Lookup("db")
		name, option, _ := strings.Cut(tag, ",")
		at := append(slices.Clone(index), i)
		switch {
		case tag == "-", !f.IsExported() && !f.Anonymous:
			if tagged && tag != "-" {
				panic(fmt.Sprintf("db: %s: %s has a column but is not exported", of, f.Name))
			}
		case f.Anonymous && !tagged, option == "inline":
			m.addStruct(of, f.Type, at, prefix+name)
		case name == "", option != "" && option != "null" && option != "json":
			panic(fmt.Sprintf("db: %s: the tag of %s is %q. It must name a column or be \"-\"", of, f.Name, tag))
		default:
			m.add(of, &field{column: prefix + name, index: at, null: option == "null", encoded: option == "json"}, f.Type)
		}
	}
}

func (m *mapping) add(of reflect.Type, f *field, stored reflect.Type) {
	if f.encoded {
		f.kind = asEncoded
		m.place(of, f)
		return
	}
	f.pointer = stored.Kind() == reflect.Pointer
	f.direct = !f.null && (slices.Contains(directTypes, stored) || reflect.PointerTo(stored).Implements(scannerType))
	if f.pointer {
		stored = stored.Elem()
	}
	kind, ok := kindOf(stored)
	if !ok {
		panic(fmt.Sprintf("db: %s: column %s: a %s cannot be stored in one column", of, f.column, stored))
	}
	f.kind = kind
	m.place(of, f)
}

func (m *mapping) place(of reflect.Type, f *field) {
	if m.columns[f.column] != nil {
		panic(fmt.Sprintf("db: %s: two fields have the column %s", of, f.column))
	}
	f.at = len(m.fields)
	m.fields, m.columns[f.column] = append(m.fields, f), f
}

// kindOf returns how a type is stored in one column. ok is false if the type
// cannot be stored.
func kindOf(t reflect.Type) (kind fieldKind, ok bool) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return asInstant, true
	case t == reflect.TypeFor[json.RawMessage]():
		return asJSON, true
	case reflect.PointerTo(t).Implements(scannerType):
		return asItself, true
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return asNumber, true
	case reflect.String:
		return asText, true
	case reflect.Bool:
		return asTruth, true
	case reflect.Slice, reflect.Array:
		return asBytes, t.Elem().Kind() == reflect.Uint8
	default:
		return 0, false
	}
}

// row returns the struct in v. If v is a nil pointer, it allocates the struct.
func (m *mapping) row(v reflect.Value) reflect.Value {
	if m.scalar || v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return v.Elem()
}

// names returns the columns in the order of the fields, without the excluded
// ones.
func (m *mapping) names(of reflect.Type, excluded []string) []string {
	for _, name := range excluded {
		if m.columns[name] == nil {
			panic(fmt.Sprintf("db: %s has no column %s to leave out", of, name))
		}
	}
	var names []string
	for _, f := range m.fields {
		if !slices.Contains(excluded, f.column) {
			names = append(names, f.column)
		}
	}
	return names
}

func (f *field) valueIn(row reflect.Value) reflect.Value {
	for _, i := range f.index {
		row = row.Field(i)
	}
	return row
}

// value returns a field of a row in a form that the drivers accept.
func (f *field) value(row reflect.Value) any {
	v := f.valueIn(row)
	if f.pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	} else if f.null && v.IsZero() {
		return nil
	}
	switch f.kind {
	case asNumber:
		return v.Int()
	case asText:
		return v.String()
	case asTruth:
		return v.Bool()
	case asBytes:
		return v.Bytes()
	case asJSON:
		return string(v.Bytes())
	case asInstant:
		at, _ := reflect.TypeAssert[*time.Time](v.Addr()) // kindOf has checked the type
		return at.UnixMicro()
	case asEncoded:
		return encodeJSON(v)
	case asItself:
	}
	return v.Interface()
}

func encodeJSON(v reflect.Value) string {
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return "[]"
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		panic(fmt.Sprintf("db: a %s does not encode: %v", v.Type(), err)) // cannot happen, because every value of such a field can be encoded
	}
	return string(text)
}
