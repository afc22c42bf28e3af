package bind

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/page"
)

// fixedOf returns the fields of an object that a PATCH cannot change. These are
// the fields that are in the response or in op.Fixed, but not in the request's
// body. Bind ignores other unknown fields.
func (p *Plan) fixedOf(op *Operation) map[string]bool {
	if op.Method != http.MethodPatch {
		return nil
	}
	fixed := map[string]bool{}
	for _, name := range op.Fixed {
		fixed[name] = true
	}
	if op.Fixed == nil && op.Out != nil {
		addNames(fixed, op.Out)
	}
	for i := range p.Fields {
		if f := &p.Fields[i]; f.Source == FromBody {
			delete(fixed, f.Name)
			delete(fixed, f.Alias)
		}
	}
	return fixed
}

func addNames(names map[string]bool, t reflect.Type) {
	if t.Kind() != reflect.Struct {
		return
	}
	for sf := range t.Fields() {
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		switch {
		case sf.Anonymous && name == "":
			addNames(names, sf.Type)
		case name != "" && name != "-":
			names[name] = true
		}
	}
}

// refuseFixed adds a fault for each field in a PATCH that cannot be changed. It
// allows a field that has the same name and value as a path parameter.
func (p *Plan) refuseFixed(body map[string]json.RawMessage, form url.Values, in *Input, found *Faults) {
	if len(p.fixed) == 0 {
		return
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(body)), maps.Keys(form))
	slices.Sort(names)
	for _, name := range names {
		if !p.fixed[name] || (body[name] != nil && isNull(body[name])) {
			continue
		}
		said := strings.Trim(string(body[name]), "\" \t\r\n")
		if given := form[name]; len(given) > 0 {
			said = given[len(given)-1]
		}
		if known := in.HTTP.PathValue(name); known == "" || page.Whole(said) != known {
			found.Add(name, "read_only", "This field cannot be changed: leave it out.")
		}
	}
}
