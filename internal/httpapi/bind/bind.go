// Package bind reads a request's input into a struct: its path, query, headers
// and body. The struct's tags say where each field comes from and which values
// are valid; the OpenAPI document is made from the same tags.
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

// Tags on an input's fields say where the values come from and which are valid:
//
//	path:"name" query:"name" header:"Name" json:"name"   where from; json is the body, JSON or a form
//	alias:"name"        another name for a body field
//	required:"true"     absent, null and blank are faults
//	default:"text"      used when absent
//	enum:"a,b"          the values allowed
//	format:"email"      email, uuid, uri, digits (45.0 is read as 45), or password (not trimmed)
//	lines:"true"        the text may have several lines
//	minLength, maxLength, minimum, maximum, maxItems    bounds; a string's maxLength is 4096 unless given;
//	                    a limit that the domain checks too is named: maxLength:"title" (text.Limit)
//	doc:"..." example:"..."                             for the document
//
// Types: strings, integers, booleans, id.UUID, clock.Day, time.Time, anything
// with UnmarshalText or UnmarshalJSON (the kinds of internal/money), slices of
// them; in a JSON body also structs, maps by string, any and json.RawMessage. A
// pointer is nil when the field is absent or null; Nullable distinguishes the
// two. The fields of an embedded struct count as the struct's own. A field of
// type page.Page takes limit, offset and ordering from the query; its tag
// ordering:"a,b" lists the fields to order by, and default:"1000" sets another
// default limit.
//
// A path parameter that cannot be read is NotFound: no such object exists.

// Validator is an input with rules that involve several fields. They are
// checked when the rules of every field hold.
type Validator interface{ Validate() error }

// Input is a request that a plan reads.
type Input struct {
	HTTP   *http.Request // for its path's values and its headers
	Query  url.Values
	Strict bool   // unknown fields are faults
	Body   []byte // empty: there is none
	Form   bool   // Body is a form instead of JSON
}

// Bind fills in, which points to a value of the plan's type, from the request.
func (p *Plan) Bind(in any, req *Input) error {
	dst := reflect.ValueOf(in).Elem()
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
			f.absent(v, found)
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
	if validator, ok := in.(Validator); ok {
		return validator.Validate()
	}
	return nil
}

// bindQuery fills a field from the query. A boolean filter takes several values
// like any other: true and false together match everything.
func (f *Field) bindQuery(v reflect.Value, query url.Values, found *Faults) {
	given := query[f.Name]
	if len(given) == 0 || slices.Equal(given, []string{""}) {
		f.absent(v, found)
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

// unknownFields notes each field of a body that the plan does not read.
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
			found.Add(free.Clip(name), "unknown", "This call has no such field. Leave it out, or send the request without Prefer: handling=strict.")
		}
	}
}

// bindBody fills one field of a body.
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
	f.absent(v, found)
}

// absent handles a field that was not sent: it sets the default or notes the
// fault.
func (f *Field) absent(v reflect.Value, found *Faults) {
	switch {
	case f.Rules.Required:
		found.Add(f.Name, "required", "This field is required.")
	case f.Rules.Standard != "":
		f.decode.text(v, []string{f.Rules.Standard}, f.Name, found)
	}
}

// values returns the body's fields: those of a JSON object, or of a form.
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

// CheckJSON refuses JSON that two readers could read differently: a field that
// occurs twice, or half of a surrogate pair. The fault names the field; within
// is the name of the field that contains the JSON, or empty.
func CheckJSON(within string, text []byte) error {
	wrong, found := errors.AsType[*object.FieldError](object.Check(text))
	if !found {
		return nil
	}
	if within != "" {
		within += "."
	}
	return fault.Invalid(within+readable(wrong.Path), wrong.Code, wrong.Message)
}

// objectOf reads a JSON object. It answers anything else with a ParseError.
func objectOf(text []byte) (map[string]json.RawMessage, error) {
	var body map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &body) != nil || body == nil {
		return nil, fault.New(fault.ParseError)
	}
	return body, nil
}

// maxPairs bounds the pairs of a query or a form.
const maxPairs = 10_000

// ParseQuery reads a query or a form. Text that is not valid UTF-8 or contains
// a NUL is a ParseError: no store accepts it. A semicolon is an ordinary
// character. A repeated ids[] counts as a repeated ids.
func ParseQuery(text string) (url.Values, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no values are no error
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

// listName returns the declared name of a parameter that a program repeats for
// each value: PHP and jQuery write ids[]=1&ids[]=2, or ids[0]=1&ids[1]=2.
func listName(name string) string {
	begin := strings.IndexByte(name, '[')
	if begin < 1 || !strings.HasSuffix(name, "]") || strings.Trim(name[begin+1:len(name)-1], "0123456789") != "" {
		return name
	}
	return name[:begin]
}

// storable reports whether every store can keep text.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// Faults collects what is wrong with an input.
type Faults struct{ list fault.Fields }

// maxFaults bounds the faults that an answer lists: a long list may be wrong
// throughout.
const maxFaults = 100

// Add notes a fault of the field name. An answer lists 100 faults at most.
func (f *Faults) Add(name, code, message string) {
	if len(f.list) < maxFaults {
		f.list.Add(name, code, message)
	}
}

// Err returns a ValidationError with the faults, or nil if there are none.
func (f *Faults) Err() error { return f.list.Err() }
