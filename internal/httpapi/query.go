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

// formatName is the parameter that chooses the format of the response.
const formatName = "format"

// queryNames returns the names of the query parameters that the operation reads. They
// always include "format", because even an operation with only one format must read
// this parameter in order to refuse other formats.
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

// By default the server ignores unknown parameters, because many programs send
// parameters that an operation does not have. A caller who sends the preference
// handling=strict (RFC 7240) gets an error instead.
const (
	handlingStrict  = "strict"
	handlingLenient = "lenient"
)

// handling returns the first handling preference in the Prefer headers, or "" if
// there is none or if it is not valid.
func handling(header http.Header) string {
	if value := preference(header, "handling"); value == handlingStrict || value == handlingLenient {
		return value
	}
	return ""
}

// PrefersMinimal reports whether the caller prefers return=minimal (RFC 7240),
// which is a response without the parts that the operation can leave out.
func (r *Request) PrefersMinimal() bool { return preference(r.HTTP.Header, "return") == "minimal" }

// preference returns the first value of a preference in the Prefer headers, in
// lower case, or "" if there is none.
func preference(header http.Header, wanted string) string {
	for _, line := range header["Prefer"] {
		for preference := range strings.SplitSeq(line, ",") {
			token, _, _ := strings.Cut(preference, ";")
			name, value, _ := strings.Cut(token, "=")
			if strings.EqualFold(strings.TrimSpace(name), wanted) {
				return strings.ToLower(strings.Trim(strings.TrimSpace(value), `"`))
			}
		}
	}
	return ""
}

// prefer applies the caller's Prefer header, and reports the applied preference
// in the response. It returns true if unknown parameters are faults.
func (x *exchange) prefer() (strict bool) {
	preferred := handling(x.request.Header)
	if preferred == "" {
		return false
	}
	x.Header()["Preference-Applied"] = []string{"handling=" + preferred}
	return preferred == handlingStrict
}

// unknownParameters returns a ValidationError that names each query parameter
// that the operation does not read. It returns nil if there are none.
func (e *endpoint) unknownParameters(query url.Values) error {
	known := e.queryNames()
	var found bind.Faults
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] {
			found.Add(free.Clip(name), "unknown", "This operation has no such parameter. Omit it, or send the request without Prefer: handling=strict.")
		}
	}
	return found.Err()
}

// onlyJSON returns an error if the request asks for a format other than JSON
// and the operation offers only JSON.
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
	return fault.Invalid(formatName, "invalid_choice", "This operation returns only JSON. Omit format, or send format=json.")
}
