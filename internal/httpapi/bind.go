package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	"github.com/tributary-server/tributary/internal/httpapi/intake"
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

// defaultMaxBody bounds a body unless the operation sets another limit.
const defaultMaxBody = 1 << 20

// typedConsumes are the media types that typed operations read.
var typedConsumes = []string{"application/json", "application/x-www-form-urlencoded"}

func (o *Op) maxBody() int64 {
	if o.MaxBody == 0 {
		return defaultMaxBody
	}
	return o.MaxBody
}

// bind fills in, which points to a value of the plan's type, from the request.
func (p *plan) bind(in any, req *Request) error {
	dst := reflect.ValueOf(in).Elem()
	body, form, err := p.readBody(req)
	if err != nil {
		return err
	}
	found := &faults{}
	p.refuseFixed(body, form, req, found)
	if req.strict && len(found.list) == 0 {
		p.unknownFields(body, form, found)
	}
	for i := range p.fields {
		f := &p.fields[i]
		v := dst.FieldByIndex(f.index)
		switch f.source {
		case fromPath:
			probe := &faults{}
			if f.decode.text(v, []string{req.HTTP.PathValue(f.name)}, f.name, probe); len(probe.list) > 0 {
				return fault.New(fault.NotFound)
			}
		case fromQuery:
			f.bindQuery(v, req.Query, found)
		case fromHeader:
			if given := req.HTTP.Header[textproto.CanonicalMIMEHeaderKey(f.name)]; len(given) > 0 && given[0] != "" {
				f.decode.text(v, given[:1], f.name, found)
				continue
			}
			f.absent(v, found)
		case fromPage:
			query := page.NewQuery(req.Query)
			v.Set(reflect.ValueOf(query.Page(f.pageLimit, f.orderable)))
			found.list = append(found.list, query.Faults()...)
		case fromBody:
			f.bindBody(v, body, form, found)
		}
	}
	if err := found.err(); err != nil {
		return err
	}
	if validator, ok := in.(Validator); ok {
		return validator.Validate()
	}
	return nil
}

// bindQuery fills a field from the query. A boolean filter takes several values
// like any other: true and false together match everything.
func (f *field) bindQuery(v reflect.Value, query url.Values, found *faults) {
	given := query[f.name]
	if len(given) == 0 || slices.Equal(given, []string{""}) {
		f.absent(v, found)
		return
	}
	if f.flag {
		q := page.NewQuery(query)
		wanted := q.Bools(f.name)
		found.list = append(found.list, q.Faults()...)
		if len(wanted) != 1 {
			return
		}
		given = []string{strconv.FormatBool(wanted[0])}
	}
	f.decode.text(v, given, f.name, found)
}

// unknownFields notes each field of a body that the plan does not read.
func (p *plan) unknownFields(body map[string]json.RawMessage, form url.Values, found *faults) {
	known := map[string]bool{}
	for i := range p.fields {
		if f := &p.fields[i]; f.source == fromBody {
			known[f.name], known[f.alias] = true, true
		}
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(body)), maps.Keys(form))
	slices.Sort(names)
	for _, name := range names {
		if !known[name] {
			found.add(free.Clip(name), "unknown", "This call has no such field. Leave it out, or send the request without Prefer: handling=strict.")
		}
	}
}

// bindBody fills one field of a body.
func (f *field) bindBody(v reflect.Value, body map[string]json.RawMessage, form url.Values, found *faults) {
	names := []string{f.name}
	if f.alias != "" {
		names = append(names, f.alias)
	}
	for _, name := range names {
		if given, ok := form[name]; ok {
			if len(given) > 1 && !f.decode.many {
				found.add(name, object.Duplicate, "This field is given twice. Send it once.")
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
func (f *field) absent(v reflect.Value, found *faults) {
	switch {
	case f.rules.required:
		found.add(f.name, "required", "This field is required.")
	case f.rules.standard != "":
		f.decode.text(v, []string{f.rules.standard}, f.name, found)
	}
}

// readBody reads a whole body, as JSON or as a form.
func (p *plan) readBody(req *Request) (map[string]json.RawMessage, url.Values, error) {
	if !p.readsBody || !hasBody(req.HTTP) {
		return nil, nil, nil
	}
	mediaType, wrong := checkMedia(req.HTTP.Header, typedConsumes)
	if wrong != nil && req.HTTP.ContentLength > 0 {
		return nil, nil, wrong
	}
	text, err := req.text(p.maxBody)
	if err != nil || len(text) == 0 {
		return nil, nil, err
	}
	if wrong != nil {
		return nil, nil, wrong
	}
	if mediaType != FormatJSON.Type {
		form, err := parseQuery(string(text))
		return nil, form, err
	}
	if err := CheckJSON("", text); err != nil {
		return nil, nil, err
	}
	body, err := objectOf(text)
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

// text reads the body of a typed operation on the first call and remembers it.
func (r *Request) text(limit int64) ([]byte, error) {
	if r.wasRead {
		return r.body, nil
	}
	intake.AsWhole(r.HTTP.Body)
	text, err := io.ReadAll(http.MaxBytesReader(exchangeOf(r.HTTP.Context()).ResponseWriter, r.HTTP.Body, limit))
	if err != nil {
		return nil, fault.New(fault.ParseError) // too long, too slow or cut off
	}
	r.body, r.wasRead = text, true
	return text, nil
}

// hasBody reports whether a body may follow; a chunked one may turn out empty.
func hasBody(req *http.Request) bool {
	return req.Body != nil && req.Body != http.NoBody && req.ContentLength != 0
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

// parseQuery reads a query or a form. Text that is not valid UTF-8 or contains
// a NUL is a ParseError: no store accepts it. A semicolon is an ordinary
// character. A repeated ids[] counts as a repeated ids.
func parseQuery(text string) (url.Values, error) {
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

// storable reports whether every store can keep text.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// faults collects what is wrong with an input.
type faults struct{ list fault.Fields }

// maxFaults bounds the faults that an answer lists: a long list may be wrong
// throughout.
const maxFaults = 100

func (f *faults) add(name, code, message string) {
	if len(f.list) < maxFaults {
		f.list.Add(name, code, message)
	}
}

func (f *faults) err() error { return f.list.Err() }
