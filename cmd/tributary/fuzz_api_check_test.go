package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
)

// check compares a response with the OpenAPI document, and checks that the
// caller may see its data.
func (f *fuzzer) check(t *testing.T, c *fuzzCall, answer *httptest.ResponseRecorder) {
	t.Helper()
	require.Less(t, answer.Code, 500, "%s\n%s", c, answer.Body)
	require.NotEmpty(t, answer.Header().Get("X-Request-ID"), "%s", c)
	f.checkMarks(t, c, answer)
	r := c.request(t)
	r.URL.Path, r.URL.RawPath = cleanPath(r.URL.Path), ""
	route, parameters, err := f.router.FindRoute(r)
	if err != nil || route.Path != c.operation.path || route.Method != c.operation.method {
		// The request reached another path or method, so any status is correct.
		// Only the form of the response is checked.
		if answer.Code >= http.StatusBadRequest && c.method != http.MethodHead && strings.HasPrefix(r.URL.Path, "/api/") {
			requireProblem(t, c, answer)
		}
		return
	}
	f.reached.add(c.operation.name, answer.Code)
	options := &openapi3filter.Options{
		IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		ExcludeResponseBody: !isJSON(answer),
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: options}
	switch {
	case answer.Code == http.StatusMethodNotAllowed: // an empty id changes the path
		require.NotContains(t, strings.Split(answer.Header().Get("Allow"), ", "), c.method, "%s", c)
		requireProblem(t, c, answer)
		return
	case answer.Code == http.StatusNotFound && route.Operation.Responses.Status(http.StatusNotFound) == nil:
		requireProblem(t, c, answer)
		return
	}
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(), Options: options,
		Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
	}), "%s\nanswered %d %s", c, answer.Code, answer.Body)
	if answer.Code >= http.StatusBadRequest {
		requireProblem(t, c, answer)
	}
}

func cleanPath(path string) string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	clean := "/" + strings.Join(parts, "/") + "/"
	if clean == "//" {
		return "/"
	}
	return clean
}

func isJSON(answer *httptest.ResponseRecorder) bool {
	media, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	return err == nil && media == "application/json" && answer.Header().Get("Content-Encoding") == ""
}

func requireProblem(t *testing.T, c *fuzzCall, answer *httptest.ResponseRecorder) {
	t.Helper()
	if !isJSON(answer) { // a web page, such as the form behind a link in a mail
		require.Contains(t, answer.Header().Get("Content-Type"), "text/html", "%s\n%d %s", c, answer.Code, answer.Body)
		return
	}
	var problem struct{ Code, Message string }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem), "%s\n%s", c, answer.Body)
	require.NotEmpty(t, problem.Code, "%s\n%s", c, answer.Body)
	require.NotEmpty(t, problem.Message, "%s\n%s", c, answer.Body)
}

// checkMarks fails the test if a response to another caller contains A's
// private texts. A text that the same caller has sent before is allowed.
func (f *fuzzer) checkMarks(t *testing.T, c *fuzzCall, answer *httptest.ResponseRecorder) {
	t.Helper()
	if slices.Contains([]string{"a", "broker"}, c.as) || strings.Contains(c.as, "key for") || f.needsNoToken(c.operation) {
		return
	}
	sent := c.String()
	for _, part := range []string{c.target, string(c.body)} { // a form is encoded in the same way as a query
		sent += part
		if decoded, err := url.QueryUnescape(part); err == nil {
			sent += decoded
		}
	}
	for _, mark := range f.marks() {
		if strings.Contains(sent, mark) {
			f.told[c.as+" "+mark] = true
		}
		if !f.told[c.as+" "+mark] {
			require.NotContains(t, answer.Body.String(), mark, "%s", c)
		}
	}
}

func (*fuzzer) needsNoToken(o *operation) bool {
	return slices.Contains([]string{"public", "optional"}, o.access())
}

// remember stores the ids in a response for later requests.
func (f *fuzzer) remember(answer *httptest.ResponseRecorder) {
	if answer.Code >= http.StatusBadRequest || !isJSON(answer) || answer.Body.Len() > 1<<20 {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(answer.Body.Bytes()))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) == nil {
		f.collect("", value)
	}
}

const rememberedIDs = 50 // maximum number of ids that remember stores under each field name

func (f *fuzzer) collect(name string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			f.collect(name, inner)
		}
	case []any:
		for _, inner := range value {
			f.collect(name, inner)
		}
	case string, json.Number:
		text := fmt.Sprint(value)
		if !identifies(name) || text == "" || len(text) > 200 {
			return
		}
		switch known := f.seen[name]; {
		case slices.Contains(known, text):
		case len(known) < rememberedIDs:
			f.seen[name] = append(known, text)
		default:
			known[f.random64.IntN(rememberedIDs)] = text
		}
	}
}

func identifies(name string) bool {
	return slices.ContainsFunc([]string{"id", "uid", "code", "account", "token", "email", "domain", "cursor", "file", "jti", "session"},
		func(part string) bool { return name == part || strings.HasSuffix(name, "_"+part) })
}
