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

// Source says where an input's field comes from.
type Source uint8

// These are the parts of a request that fields come from. FromPage is the query's
// limit, offset and ordering together.
const (
	FromPath Source = iota
	FromQuery
	FromHeader
	FromBody
	FromPage
)

// Plan says how to fill an input type. It is made once, when the operation is
// declared.
type Plan struct {
	Fields    []Field
	ReadsBody bool // the method may have a body
	HasBody   bool // the input has body fields
	MaxBody   int64
	fixed     map[string]bool // for a PATCH: fields of the object that cannot be changed
	typ       reflect.Type
}

// Field is one field of an input.
type Field struct {
	Name   string
	Alias  string // another name in the body; empty: none
	Source Source
	Type   reflect.Type
	Rules  Rules

	PageLimit int      // FromPage: the default limit; 0: page.DefaultLimit
	Orderable []string // FromPage: the fields to order by

	index  []int
	decode decoder
	flag   bool // a boolean of the query
}

// Rules are the rules of one field, as its tags set them.
type Rules struct {
	Required             bool
	Standard             string // the default, as text
	Enum                 []string
	Format               string
	lines                bool // the text may have several lines
	MinLength, MaxLength int  // characters; MaxLength 0: none
	Minimum, Maximum     string
	MaxItems             int
	Doc, Example         string
}

// DefaultMaxLength bounds a string whose field sets no bound.
const DefaultMaxLength = 4096

var pageType = reflect.TypeFor[page.Page]()

// Operation is what a plan needs to know of the operation that it reads for.
type Operation struct {
	ID, Method, Path string
	MaxBody          int64 // bytes
	Fixed            []string
	Out              reflect.Type // the answer; nil: not typed
}

// New returns the plan for an input type. It panics if the type cannot be
// the operation's input.
func New(in reflect.Type, op Operation) *Plan {
	p := &Plan{MaxBody: op.MaxBody, typ: in}
	if p.typ.Kind() != reflect.Struct {
		panic(fmt.Sprintf("bind: operation %s: the input is a %s, not a struct", op.ID, p.typ))
	}
	if p.MaxBody < 0 {
		panic(fmt.Sprintf("bind: operation %s: a body without bound is for untyped operations", op.ID))
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

// QueryNames adds the parameters that the plan reads from the query to names.
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

// FieldsOf lists a struct's fields, with the fields of embedded structs in
// place.
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

// RulesOf reads a field's tags. It panics, with owner's name, if one is malformed.
func RulesOf(sf reflect.StructField, owner string) Rules {
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
			panic(fmt.Sprintf("bind: %s.%s: %s:%q is no count", owner, sf.Name, name, text))
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

// List splits a tag's list at its commas.
func List(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
