package httpapi

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/page"
	free "github.com/tributary-server/tributary/internal/text"
)

// source says where an input's field comes from.
type source uint8

const (
	fromPath source = iota
	fromQuery
	fromHeader
	fromBody
	fromPage
)

// plan says how to fill an input type. It is made once, when the operation is
// declared.
type plan struct {
	fields    []field
	readsBody bool // the method may have a body
	hasBody   bool // the input has body fields
	maxBody   int64
	fixed     map[string]bool // of a PATCH: fields of the object that cannot be changed
	typ       reflect.Type
}

// field is one field of an input.
type field struct {
	name   string
	alias  string
	source source
	index  []int
	typ    reflect.Type
	rules  rules
	decode decoder

	flag      bool // a boolean of the query
	pageLimit int
	orderable []string
}

// rules are the rules of one field.
type rules struct {
	required             bool
	standard             string // the default, as text
	enum                 []string
	format               string
	lines                bool // the text may have several lines
	minLength, maxLength int  // maxLength 0: none
	minimum, maximum     string
	maxItems             int
	doc, example         string
}

// defaultMaxLength bounds a string whose field sets no bound.
const defaultMaxLength = 4096

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

var pageType = reflect.TypeFor[page.Page]()

func planOf[In any](op Op) *plan {
	p := &plan{maxBody: op.maxBody(), typ: typeOf[In]()}
	if p.typ.Kind() != reflect.Struct {
		panic(fmt.Sprintf("httpapi: operation %s: the input is a %s, not a struct", op.ID, p.typ))
	}
	if p.maxBody < 0 {
		panic(fmt.Sprintf("httpapi: operation %s: a body without bound is for untyped operations", op.ID))
	}
	p.readsBody = op.Method != http.MethodGet && op.Method != http.MethodHead
	p.fields = fieldsOf(p.typ, nil, op.ID)
	for _, f := range p.fields {
		if f.source == fromBody {
			p.hasBody = true
		}
		if f.source == fromPath && !strings.Contains(op.Path, "{"+f.name+"}") {
			panic(fmt.Sprintf("httpapi: operation %s: path %q has no {%s}", op.ID, op.Path, f.name))
		}
	}
	if p.hasBody && !p.readsBody {
		panic(fmt.Sprintf("httpapi: operation %s: a %s has no body", op.ID, op.Method))
	}
	return p
}

// fieldsOf lists a struct's fields, with the fields of embedded structs in
// place.
func fieldsOf(t reflect.Type, index []int, owner string) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct && sf.Tag.Get("json") == "" {
			fields = append(fields, fieldsOf(sf.Type, at, owner)...)
			continue
		}
		if f, ok := fieldOf(sf, owner); ok {
			f.index = at
			fields = append(fields, f)
		}
	}
	return fields
}

func fieldOf(sf reflect.StructField, owner string) (field, bool) {
	f := field{typ: sf.Type, rules: rulesOf(sf, owner), alias: sf.Tag.Get("alias")}
	switch {
	case !sf.IsExported():
		return f, false
	case sf.Type == pageType:
		f.source = fromPage
		f.pageLimit, _ = strconv.Atoi(f.rules.standard)
		f.orderable = list(sf.Tag.Get("ordering"))
		return f, true
	}
	for from, tag := range []string{"path", "query", "header", "json"} {
		name, _, _ := strings.Cut(sf.Tag.Get(tag), ",")
		if name == "" || name == "-" {
			continue
		}
		f.source, f.name = source(from), name
		f.flag = f.source == fromQuery && (sf.Type.Kind() == reflect.Bool || sf.Type == typeOf[*bool]())
		f.decode = decoderOf(sf.Type, f.rules, owner+"."+sf.Name)
		return f, true
	}
	return f, false
}

func rulesOf(sf reflect.StructField, owner string) rules {
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
			panic(fmt.Sprintf("httpapi: %s.%s: %s:%q is no count", owner, sf.Name, name, text))
		}
		return n
	}
	r := rules{
		required:  tag.Get("required") == "true",
		standard:  tag.Get("default"),
		enum:      list(tag.Get("enum")),
		format:    tag.Get("format"),
		lines:     tag.Get("lines") == "true",
		minLength: number("minLength"),
		maxLength: number("maxLength"),
		minimum:   tag.Get("minimum"),
		maximum:   tag.Get("maximum"),
		maxItems:  number("maxItems"),
		doc:       tag.Get("doc"),
		example:   tag.Get("example"),
	}
	if r.maxLength == 0 {
		r.maxLength = defaultMaxLength
	}
	return r
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
