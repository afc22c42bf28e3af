package bind

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/page"
	free "github.com/tributary-server/tributary/internal/text"
)

// Source is the part of a request from which a field comes.
type Source uint8

// These are the sources of fields. FromPage stands for the three query
// parameters limit, offset and ordering.
const (
	FromPath Source = iota
	FromQuery
	FromHeader
	FromBody
	FromPage
)

// Plan contains the rules for filling an input struct from a request. It is
// created once, when the operation is declared.
type Plan struct {
	Fields    []Field
	ReadsBody bool // true if the method may have a body
	HasBody   bool // true if the input has fields of the body
	MaxBody   int64
	fixed     map[string]bool // fields of the object that a PATCH cannot change
	typ       reflect.Type
}

// Field is one field of an input.
type Field struct {
	Name   string
	Alias  string // another name of the field in the body, or empty
	Source Source
	Type   reflect.Type
	Rules  Rules

	PageLimit int      // default limit of a FromPage field; 0 means page.DefaultLimit
	Orderable []string // fields by which the list can be sorted; used only for a FromPage field

	index  []int
	decode decoder
	flag   bool // true for a boolean query parameter
}

// Rules are the rules of a field, as its tags specify.
type Rules struct {
	Required             bool
	Standard             string // default value as text
	Enum                 []string
	Format               string
	lines                bool // true if the text may have several lines
	MinLength, MaxLength int  // numbers of characters; a MaxLength of 0 means that there is no limit
	Minimum, Maximum     string
	MaxItems             int
	Doc, Example         string
}

// DefaultMaxLength is the maximum length in characters of a string whose tags
// set no other limit.
const DefaultMaxLength = 4096

var pageType = reflect.TypeFor[page.Page]()

// Operation describes an operation to New.
type Operation struct {
	ID, Method, Path string
	MaxBody          int64 // maximum size of the body in bytes
	Fixed            []string
	Out              reflect.Type // type of the response; nil if there is none
}

// New returns the Plan for an input type. It panics if the type's tags contradict
// the operation.
func New(in reflect.Type, op Operation) *Plan {
	p := &Plan{MaxBody: op.MaxBody, typ: in}
	if p.typ.Kind() != reflect.Struct {
		panic(fmt.Sprintf("bind: operation %s: the input is a %s, not a struct", op.ID, p.typ))
	}
	if p.MaxBody < 0 {
		panic(fmt.Sprintf("bind: operation %s: only an untyped operation may have an unlimited body", op.ID))
	}
	p.ReadsBody = op.Method != http.MethodGet && op.Method != http.MethodHead
	p.Fields = FieldsOf(p.typ, nil, op.ID)
	for _, f := range p.Fields {
		if f.Source == FromBody {
			p.HasBody = true
		}
		if f.Source == FromPath && !strings.Contains(op.Path, "{"+f.Name+"}") {
			panic(fmt.Sprintf("bind: operation %s: path %q has no {%s}", op.ID, op.Path, f.Name))
		}
	}
	if p.HasBody && !p.ReadsBody {
		panic(fmt.Sprintf("bind: operation %s: a %s has no body", op.ID, op.Method))
	}
	p.fixed = p.fixedOf(&op)
	return p
}

// QueryNames adds entries to the given map, one for each query parameter that
// the plan reads.
func (p *Plan) QueryNames(names map[string]bool) {
	for i := range p.Fields {
		switch f := &p.Fields[i]; f.Source {
		case FromQuery:
			names[f.Name] = true
		case FromPage:
			names["limit"], names["offset"] = true, true
			if len(f.Orderable) > 0 {
				names["ordering"] = true
			}
		default:
		}
	}
}

// FieldsOf lists the fields of a struct, including those of embedded structs.
func FieldsOf(t reflect.Type, index []int, owner string) []Field {
	var fields []Field
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct && sf.Tag.Get("json") == "" {
			fields = append(fields, FieldsOf(sf.Type, at, owner)...)
			continue
		}
		if f, ok := fieldOf(sf, owner); ok {
			f.index = at
			fields = append(fields, f)
		}
	}
	return fields
}

func fieldOf(sf reflect.StructField, owner string) (Field, bool) {
	f := Field{Type: sf.Type, Rules: RulesOf(sf, owner), Alias: sf.Tag.Get("alias")}
	switch {
	case !sf.IsExported():
		return f, false
	case sf.Type == pageType:
		f.Source = FromPage
		f.PageLimit, _ = strconv.Atoi(f.Rules.Standard)
		f.Orderable = List(sf.Tag.Get("ordering"))
		return f, true
	}
	for from, tag := range []string{"path", "query", "header", "json"} {
		name, _, _ := strings.Cut(sf.Tag.Get(tag), ",")
		if name == "" || name == "-" {
			continue
		}
		f.Source, f.Name = Source(from), name
		f.flag = f.Source == FromQuery && (sf.Type.Kind() == reflect.Bool || sf.Type == reflect.TypeFor[*bool]())
		f.decode = decoderOf(sf.Type, f.Rules, owner+"."+sf.Name)
		return f, true
	}
	return f, false
}

// RulesOf reads the tags of a field. If a tag is malformed, RulesOf panics with
// a message that names the struct with this field. structName is the name of
// the struct.
func RulesOf(sf reflect.StructField, structName string) Rules {
	tag := sf.Tag
	number := func(name string) int {
		text := tag.Get(name)
		if text == "" {
			return 0
		}
		if limit, ok := free.Named(text); ok && name == "maxLength" {
			return int(limit)
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			panic(fmt.Sprintf("bind: %s.%s: %s:%q is not a whole number", structName, sf.Name, name, text))
		}
		return n
	}
	r := Rules{
		Required:  tag.Get("required") == "true",
		Standard:  tag.Get("default"),
		Enum:      List(tag.Get("enum")),
		Format:    tag.Get("format"),
		lines:     tag.Get("lines") == "true",
		MinLength: number("minLength"),
		MaxLength: number("maxLength"),
		Minimum:   tag.Get("minimum"),
		Maximum:   tag.Get("maximum"),
		MaxItems:  number("maxItems"),
		Doc:       tag.Get("doc"),
		Example:   tag.Get("example"),
	}
	if r.MaxLength == 0 {
		r.MaxLength = DefaultMaxLength
	}
	return r
}

// List splits the comma-separated list in a tag.
func List(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
