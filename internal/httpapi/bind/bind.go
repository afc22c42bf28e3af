// Package bind reads a request's path, query, headers and body into a struct.
// The struct's tags name the source of each field and its valid values. The
// OpenAPI document is generated from the same tags.
package bind

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/page"
	free "github.com/tributary-server/tributary/internal/text"
)

// The tags on an input's fields name the source of each value and its valid
// values:
//
//	path:"name" query:"name" header:"Name" json:"name"   source of the value; json is the body, either JSON or a form
//	alias:"name"        another name for a field of the body
//	required:"true"     the value may not be absent, null or blank
//	default:"text"      value if the field is absent
//	enum:"a,b"          allowed values
//	format:"email"      email, uuid, uri, digits (45.0 is read as 45), or password (not trimmed)
//	lines:"true"        the text may have several lines
//	minLength, maxLength, minimum, maximum, maxItems    limits on the value; the default maxLength of a string is 4096;
//	                    maxLength:"title" is the limit with this name in package text, if the domain checks it too
//	doc:"..." example:"..."                             for the document
//
// A field can be a string, an integer, a boolean, an id.UUID, a clock.Day, a
// time.Time, a type with UnmarshalText or UnmarshalJSON (such as the types of
// internal/money), or a slice of such values. In a JSON body it can also be a
// struct, a map with string keys, any or json.RawMessage. A pointer is nil if
// the field is absent or null; Nullable distinguishes the two cases. The fields
// of an embedded struct are treated as fields of the outer struct. A field of
// type page.Page reads limit, offset and ordering from the query. Its tag
// ordering:"a,b" lists the fields to order by, and default:"1000" sets its
// default limit.
//
// Bind returns NotFound if a path parameter cannot be read, because no such
// object can exist.

// Validator is implemented by input types that have rules about several fields
// together. Bind calls Validate only if each field is valid.
type Validator interface{ Validate() error }

// Input contains the parsed parts of a request. Bind fills a struct from it.
type Input struct {
	HTTP   *http.Request // source of the path parameters and headers
	Query  url.Values
	Strict bool   // true if unknown fields are faults
	Body   []byte // empty if there is no body
	Form   bool   // true if Body is a form and not JSON
}

// Bind sets the fields of a struct from the request. input must point to a
// struct of the type for which the plan was created.
func (p *Plan) Bind(input any, req *Input) error {
	dst := reflect.ValueOf(input).Elem()
	body, form, err := req.values()
	if err != nil {
		return err
	}
	found := &Faults{}
	p.refuseFixed(body, form, req, found)
	if req.Strict && len(found.list) == 0 {
		p.unknownFields(body, form, found)
	}
	for i := range p.Fields {
		f := &p.Fields[i]
		v := dst.FieldByIndex(f.index)
		switch f.Source {
		case FromPath:
			probe := &Faults{}
			if f.decode.text(v, []string{req.HTTP.PathValue(f.Name)}, f.Name, probe); len(probe.list) > 0 {
				return fault.New(fault.NotFound)
			}
		case FromQuery:
			f.bindQuery(v, req.Query, found)
		case FromHeader:
			if given := req.HTTP.Header[textproto.CanonicalMIMEHeaderKey(f.Name)]; len(given) > 0 && given[0] != "" {
				f.decode.text(v, given[:1], f.Name, found)
				continue
			}
			f.bindAbsent(v, found)
		case FromPage:
			query := page.NewQuery(req.Query)
			v.Set(reflect.ValueOf(query.Page(f.PageLimit, f.Orderable)))
			found.list = append(found.list, query.Faults()...)
		case FromBody:
			f.bindBody(v, body, form, found)
		}
	}
	if err := found.Err(); err != nil {
		return err
	}
	if validator, ok := input.(Validator); ok {
		return validator.Validate()
	}
	return nil
}

// bindQuery sets a field from the query. Like other filters, a boolean filter
// accepts several values. The values true and false together match everything.
func (f *Field) bindQuery(v reflect.Value, query url.Values, found *Faults) {
	given := query[f.Name]
	if len(given) == 0 || slices.Equal(given, []string{""}) {
		f.bindAbsent(v, found)
		return
	}
	if f.flag {
		q := page.NewQuery(query)
		wanted := q.Bools(f.Name)
		found.list = append(found.list, q.Faults()...)
		if len(wanted) != 1 {
			return
		}
		given = []string{strconv.FormatBool(wanted[0])}
	}
	f.decode.text(v, given, f.Name, found)
}

func (p *Plan) unknownFields(body map[string]json.RawMessage, form url.Values, found *Faults) {
	known := map[string]bool{}
	for i := range p.Fields {
		if f := &p.Fields[i]; f.Source == FromBody {
			known[f.Name], known[f.Alias] = true, true
		}
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(body)), maps.Keys(form))
	slices.Sort(names)
	for _, name := range names {
		if !known[name] {
			found.Add(free.Clip(name), "unknown", "This operation has no such field. Omit it, or send the request without Prefer: handling=strict.")
		}
	}
}

func (f *Field) bindBody(v reflect.Value, body map[string]json.RawMessage, form url.Values, found *Faults) {
	names := []string{f.Name}
	if f.Alias != "" {
		names = append(names, f.Alias)
	}
	for _, name := range names {
		if given, ok := form[name]; ok {
			if len(given) > 1 && !f.decode.many {
				found.Add(name, object.Duplicate, "This field is given twice. Send it once.")
				return
			}
			f.decode.text(v, given, name, found)
			return
		}
		if raw, ok := body[name]; ok && (!isNull(raw) || f.decode.takesNull) {
			f.decode.json(v, raw, name, found)
			return
		}
	}
	f.bindAbsent(v, found)
}

// bindAbsent sets the default value of a field that was not sent, or adds a fault if
// the field is required.
func (f *Field) bindAbsent(v reflect.Value, found *Faults) {
	switch {
	case f.Rules.Required:
		found.Add(f.Name, "required", "This field is required.")
	case f.Rules.Standard != "":
		f.decode.text(v, []string{f.Rules.Standard}, f.Name, found)
	}
}

func (in *Input) values() (map[string]json.RawMessage, url.Values, error) {
	if len(in.Body) == 0 {
		return nil, nil, nil
	}
	if in.Form {
		form, err := ParseQuery(string(in.Body))
		return nil, form, err
	}
	if err := CheckJSON("", in.Body); err != nil {
		return nil, nil, err
	}
	body, err := objectOf(in.Body)
	return body, nil, err
}

// CheckJSON returns a ValidationError for JSON that repeats a field or contains
// half of a surrogate pair, because two parsers could read it differently. The
// error names the faulty field. parent is the field that contains the JSON, or
// "" if the JSON is the body.
func CheckJSON(parent string, text []byte) error {
	wrong, found := errors.AsType[*object.FieldError](object.Check(text))
	if !found {
		return nil
	}
	if parent != "" {
		parent += "."
	}
	return fault.Invalid(parent+readable(wrong.Path), wrong.Code, wrong.Message)
}

func objectOf(text []byte) (map[string]json.RawMessage, error) {
	var body map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &body) != nil || body == nil {
		return nil, fault.New(fault.ParseError)
	}
	return body, nil
}

const maxPairs = 10_000

// ParseQuery parses a query or a form. It returns ParseError if the text is not
// valid UTF-8 or contains a NUL, because PostgreSQL cannot store such text.
// Only & separates parameters, and a semicolon is an ordinary character. A name
// such as ids[] means ids.
func ParseQuery(text string) (url.Values, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // an empty text has no values
	}
	values, pairs := url.Values{}, 0
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxPairs {
			return nil, fault.New(fault.ParseError)
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		plain, err2 := url.QueryUnescape(value)
		if errors.Join(err, err2) != nil || !storable(name) || !storable(plain) {
			return nil, fault.New(fault.ParseError)
		}
		name = listName(name)
		values[name] = append(values[name], plain)
	}
	return values, nil
}

// listName returns the declared name of a repeated parameter. PHP sends lists
// as ids[0]=1&ids[1]=2, and jQuery as ids[]=1&ids[]=2.
func listName(name string) string {
	begin := strings.IndexByte(name, '[')
	if begin < 1 || !strings.HasSuffix(name, "]") || strings.Trim(name[begin+1:len(name)-1], "0123456789") != "" {
		return name
	}
	return name[:begin]
}

// storable reports whether both SQLite and PostgreSQL can store this string.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// Faults collects the faults of an input.
type Faults struct{ list fault.Fields }

// maxFaults is the maximum number of faults in a response. Without this limit, a
// long list of invalid elements would get a response that is even longer.
const maxFaults = 100

// Add adds a fault. It drops the fault if there are already maxFaults faults.
func (f *Faults) Add(name, code, message string) {
	if len(f.list) < maxFaults {
		f.list.Add(name, code, message)
	}
}

// Err returns a ValidationError with the faults, or nil if there are none.
func (f *Faults) Err() error { return f.list.Err() }
