package httpapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	free "github.com/tributary-server/tributary/internal/text"
)

// formatName is the parameter that chooses the representation.
const formatName = "format"

// queryNames lists the parameters that the operation reads from the query. It
// always has format: an operation that has only JSON refuses any other format.
func (e *endpoint) queryNames() map[string]bool {
	names := map[string]bool{formatName: true}
	if e.plan != nil {
		e.plan.QueryNames(names)
	}
	for _, p := range e.params {
		if p.In == "" || p.In == "query" {
			names[p.Name] = true
		}
	}
	return names
}

// Programs send many unknown parameters. They are ignored unless the caller
// asks for RFC 7240's handling=strict.
const (
	handlingStrict  = "strict"
	handlingLenient = "lenient"
)

// handling returns the handling that the caller prefers: the first preference
// of that name in its Prefer headers. It is empty if none can be honoured.
func handling(header http.Header) string {
	for _, line := range header["Prefer"] {
		for preference := range strings.SplitSeq(line, ",") {
			token, _, _ := strings.Cut(preference, ";")
			name, value, _ := strings.Cut(token, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "handling") {
				continue
			}
			value = strings.ToLower(strings.Trim(strings.TrimSpace(value), `"`))
			if value == handlingStrict || value == handlingLenient {
				return value
			}
			return ""
		}
	}
	return ""
}

// prefer honours the caller's Prefer header and says so in the answer. It
// reports whether unknown parameters are faults.
func (x *exchange) prefer() (strict bool) {
	preferred := handling(x.request.Header)
	if preferred == "" {
		return false
	}
	x.Header()["Preference-Applied"] = []string{"handling=" + preferred}
	return preferred == handlingStrict
}

// unknownParameters returns a ValidationError that names each query parameter
// that the operation does not read.
func (e *endpoint) unknownParameters(query url.Values) error {
	known := e.queryNames()
	var found bind.Faults
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] {
			found.Add(free.Clip(name), "unknown", "This call has no such parameter. Leave it out, or send the request without Prefer: handling=strict.")
		}
	}
	return found.Err()
}

// onlyJSON refuses any format except JSON for an operation that has only JSON.
func (e *endpoint) onlyJSON(query url.Values) error {
	asked := query[formatName]
	if len(e.Formats) > 0 || e.AnyAccept || len(asked) == 0 || asked[len(asked)-1] == "" || strings.EqualFold(asked[len(asked)-1], FormatJSON.Name) {
		return nil
	}
	for i := range e.params {
		if e.params[i].Name == formatName {
			return nil
		}
	}
	return fault.Invalid(formatName, "invalid_choice", "This call answers only in JSON: omit format, or send format=json.")
}
