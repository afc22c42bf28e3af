package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// oddTexts are texts that often cause faults in servers.
var oddTexts = []string{
	"", " ", "0", "-0", "-1", "1e309", "NaN", "45.0", "9223372036854775808", "-9223372036854775809", "0x10", "1,2,3", ",,,", "null", "true",
	"undefined", "\x00", "a\x00b", "\u202eabc", "\ufeff", "é", "e\u0301", "💶💶💶", "１２３", "=1+1", "＝1+1", "%00", "%zz", "../../etc/passwd",
	"' OR 1=1 --", "\"", "\\", "{{7*7}}", "${x}", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "2026-02-30", "0000-00-00",
	"9999-12-31", "2026-06-30T12:00:00Z", "2026-06-30T12:00:00+99:99", "00000000-0000-0000-0000-000000000000",
	"a@b", "a..b@example.com", "\xff\xfe", "Real:1", "Real:99999999999999999999", ":", "-", "*", "[]", "{}", "a[b]=c", "1001", "alpha",
	"x@example.com", "123456", "POST", "USD", "EURUSD", "https://127.0.0.1/", "http://[::1]/", "ftp://a.example", "day", "month",
}

func pick[T any](f *fuzzer, list []T) T { return list[f.random64.IntN(len(list))] }

func (f *fuzzer) oneIn(n int) bool { return f.random64.IntN(n) == 0 }

func (f *fuzzer) text() string {
	if f.oneIn(40) {
		return strings.Repeat(pick(f, oddTexts)+"x", f.random64.IntN(4000))
	}
	return pick(f, oddTexts)
}

func (f *fuzzer) value(depth int) any {
	switch f.random64.IntN(10) {
	case 0:
		return nil
	case 1:
		return f.oneIn(2)
	case 2:
		return json.Number(pick(f, []string{"0", "-1", "1", "45.0", "1e2", "1e400", "-0.0000001", "9223372036854775807", "9223372036854775808", "1.123456789012"}))
	case 3:
		if depth < 3 {
			return []any{f.value(depth + 1), f.value(depth + 1)}
		}
		return []any{}
	case 4:
		if depth < 3 {
			return map[string]any{f.text(): f.value(depth + 1), "id": f.value(depth + 1)}
		}
		return map[string]any{}
	default:
		return f.text()
	}
}

func (f *fuzzer) mutate(v any) any {
	if f.oneIn(12) {
		return f.value(0)
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for _, name := range slices.Sorted(maps.Keys(out)) {
			switch {
			case f.oneIn(8):
				delete(out, name)
			case f.oneIn(4):
				out[name] = f.mutate(out[name])
			case len(f.seen[name]) > 0 && f.oneIn(4):
				out[name] = pick(f, f.seen[name])
			}
		}
		if f.oneIn(10) {
			out[f.text()] = f.value(1)
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			if f.oneIn(3) {
				out[i] = f.mutate(out[i])
			}
		}
		if f.oneIn(6) {
			out = append(out, f.value(1))
		}
		return out
	case string:
		if f.oneIn(3) {
			return v + pick(f, oddTexts)
		}
		return f.text()
	default:
		return f.value(0)
	}
}

// encode encodes a body as JSON or as another media type, and sometimes damages
// it.
func (f *fuzzer) encode(v any) (contentType string, body []byte) {
	contentType = "application/json"
	body, err := json.Marshal(v)
	if err != nil {
		body = []byte("{}")
	}
	object, isObject := v.(map[string]any)
	switch f.random64.IntN(20) {
	case 0:
		contentType = pick(f, []string{"", "text/plain", "application/xml", "application/json; charset=latin1", "multipart/form-data", "multipart/form-data; boundary=x", ";;;", "application/x-ndjson"})
	case 1:
		body = body[:f.random64.IntN(len(body)+1)]
	case 2:
		body = append(body, pick(f, oddTexts)...)
	case 3:
		if isObject {
			contentType, body = "application/x-www-form-urlencoded", formOf(object)
		}
	case 4:
		body = bytes.Repeat([]byte("["), 20_000)
	case 5:
		if isObject && len(object) > 0 { // repeat every field
			body = append(append(bytes.TrimSuffix(body, []byte("}")), ','), body[1:]...)
		}
	case 6:
		body = bytes.ReplaceAll(body, []byte("example"), []byte(`\ud800`))
	}
	return contentType, body
}

func formOf(object map[string]any) []byte {
	form := url.Values{}
	for name, value := range object {
		if list, ok := value.([]any); ok {
			for _, one := range list {
				form.Add(name, fmt.Sprint(one))
			}
			continue
		}
		form.Set(name, fmt.Sprint(value))
	}
	return []byte(form.Encode())
}

func (f *fuzzer) anybody(o *operation) (as, token string) {
	mine := "a"
	if o.access() == "broker" {
		mine = "broker"
	}
	who := mine
	if f.oneIn(3) {
		who = pick(f, []string{"a", "b", "c", "broker", "key", "broker key", "nobody", "expired", "revoked", "forged", "suspended", "noise"})
	}
	switch who {
	case "a":
		return who, f.a
	case "b":
		return who, f.b
	case "c":
		return who, f.c
	case "broker":
		return who, f.brokers[""]
	case "key":
		scope := pick(f, slices.Sorted(maps.Keys(f.keys)))
		return "a's key for " + scope, f.keys[scope]
	case "broker key":
		scope := pick(f, slices.Sorted(maps.Keys(f.brokers)))
		return "broker's key for " + scope, f.brokers[scope]
	case "expired":
		return who, f.expired
	case "revoked":
		return who, f.revoked
	case "forged":
		return who, pick(f, f.forgeds)
	case "suspended":
		return who, f.suspended
	case "noise":
		return who, strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(f.text())
	default:
		return who, ""
	}
}

// anyCall returns a random request to an operation. Many of its parts may be
// invalid.
func (f *fuzzer) anyCall(t *testing.T, o *operation) *fuzzCall {
	t.Helper()
	c := &fuzzCall{operation: o, method: o.method, header: http.Header{}}
	var token string
	if c.as, token = f.anybody(o); token != "" {
		c.header.Set("Authorization", f.scheme()+token)
	}
	c.target = f.anyTarget(t, o)
	if o.RequestBody != nil && !f.oneIn(12) {
		value := f.exampleBody(t, o)
		if f.oneIn(3) {
			value = f.useKnownIDs(value)
		} else {
			value = f.mutate(value)
		}
		var contentType string
		contentType, c.body = f.encode(value)
		if value == nil { // the body is a stream of facts or a file, not JSON
			for contentType = range o.RequestBody.Value.Content {
				break
			}
			c.body = []byte(f.text() + "\n" + f.text())
		}
		if contentType != "" {
			c.header.Set("Content-Type", contentType)
		}
	} else if f.oneIn(20) {
		c.body = []byte(f.text())
	}
	for name, values := range headerChoices {
		if f.oneIn(12) {
			c.header.Set(name, pick(f, values))
		}
	}
	if f.oneIn(40) {
		c.method = pick(f, []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"})
	}
	return c
}

// scheme returns the prefix of the token in the Authorization header. The prefix
// is usually valid.
func (f *fuzzer) scheme() string {
	if f.oneIn(10) {
		return pick(f, []string{"bearer ", "jwt JWT ", "Basic ", "", "JWT  ", "Token "})
	}
	return pick(f, []string{"JWT ", "Bearer "})
}

// useKnownIDs replaces ids in a body with ids from earlier responses.
func (f *fuzzer) useKnownIDs(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := maps.Clone(object)
	for name := range out {
		if ids := f.seen[name]; len(ids) > 0 {
			out[name] = pick(f, ids)
		}
	}
	return out
}

var headerChoices = map[string][]string{
	"Accept":            {"*/*", "application/json", "text/csv", "text/html", "application/xml", "application/json;q=0", ";;", "text/plain, */*;q=0.1"},
	"Accept-Encoding":   {"gzip", "identity;q=0", "br, zstd", "gzip;q=0"},
	"Content-Encoding":  {"gzip", "br", "identity"},
	"Idempotency-Key":   {"one", "two", "three", "", strings.Repeat("k", 300), "\x01"},
	"If-None-Match":     {"*", `"x"`, "W/"},
	"Origin":            {"https://evil.example", "null"},
	"Prefer":            {"handling=strict", "handling=lenient", ";;", "respond-async"},
	"Range":             {"bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-0,1-1", "lines=1"},
	"X-Forwarded-For":   {"1.2.3.4", "nonsense", "::1, 2.2.2.2"},
	"X-Request-ID":      {"mine", strings.Repeat("r", 500), "a b\t"},
	"X-Temporary-Token": {"", "nonsense", "0197c0de-0000-7000-8000-000000000001"},
}

// anyTarget returns the path of an operation. The ids in the path may be known
// ones, examples or random texts.
func (f *fuzzer) anyTarget(t *testing.T, o *operation) string {
	t.Helper()
	path := o.path
	for _, p := range o.Parameters {
		if p.Value.In != openapi3.ParameterInPath {
			continue
		}
		value := fmt.Sprint(sample(p.Value.Schema.Value, p.Value.Name))
		known := f.seen[p.Value.Name]
		if field := idField(p.Value.Name); field != "" {
			known = slices.Concat(known, f.seen[field])
		}
		switch {
		case len(known) > 0 && !f.oneIn(5):
			value = pick(f, known)
		case f.oneIn(2):
			value = f.text()
		}
		path = strings.Replace(path, "{"+p.Value.Name+"}", url.PathEscape(value), 1)
	}
	switch f.random64.IntN(20) {
	case 0:
		path = strings.TrimSuffix(path, "/")
	case 1:
		path = strings.ReplaceAll(path, "/", "//")
	case 2:
		path += url.PathEscape(f.text()) + "/"
	case 3:
		path = strings.Replace(path, "a", "%61", 1)
	}
	if query := f.anyQuery(o); query != "" {
		path += "?" + query
	}
	return path
}

// idField returns the name of the list field that contains the ids for a path
// parameter.
func idField(parameter string) string {
	switch {
	case strings.HasSuffix(parameter, "uid"):
		return "uid"
	case strings.HasSuffix(parameter, "id"):
		return "id"
	default:
		return ""
	}
}

func (f *fuzzer) anyQuery(o *operation) string {
	var parts []string
	for _, p := range o.Parameters {
		needed := p.Value.Required && !f.oneIn(10)
		if p.Value.In != openapi3.ParameterInQuery || !needed && !f.oneIn(4) {
			continue
		}
		name, value := p.Value.Name, fmt.Sprint(sample(p.Value.Schema.Value, p.Value.Name))
		switch {
		case name == "wait": // a request that waits for events is slow on purpose
			value = pick(f, []string{"0", "-1", "x", "1e9"})
		case len(f.seen[name]) > 0 && f.oneIn(2):
			value = pick(f, f.seen[name])
		case !f.oneIn(3):
			value = f.text()
		}
		if f.oneIn(10) {
			name += "[]"
		}
		if f.oneIn(10) {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(f.text()))
		}
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	if f.oneIn(10) {
		parts = append(parts, pick(f, []string{"format=csv", "format=xlsx", "format=xml", "format=", "bom=1", "page_size=5", "%zz=1", "limit=1001", "offset=-1", "ordering=-id,,x", "a;b", "=", "&&"}))
	}
	return strings.Join(parts, "&")
}
