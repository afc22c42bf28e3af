package sdk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]content `json:"content"`
	} `json:"responses"`

	method, path string
	pattern      *regexp.Regexp
	whole        map[string]any
}

type content struct {
	Schema  schema          `json:"schema"`
	Example json.RawMessage `json:"example"`
}

type schema struct {
	Ref        string                     `json:"$ref"`
	Properties map[string]json.RawMessage `json:"properties"`
}

type document struct {
	operations map[string]*operation
	schemas    map[string]schema
}

var readDocument = sync.OnceValues(func() (*document, error) {
	text, err := os.ReadFile("../docs/openapi.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	d := &document{operations: map[string]*operation{}, schemas: file.Components.Schemas}
	for path, methods := range file.Paths {
		for method, text := range methods {
			pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`)
			o := &operation{method: strings.ToUpper(method), path: path, pattern: regexp.MustCompile("^" + pattern + "$")}
			if err := json.Unmarshal(text, o); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(text, &o.whole); err != nil {
				return nil, err
			}
			delete(o.whole, "operationId")
			d.operations[o.ID] = o
		}
	}
	return d, nil
})

// withoutAlias returns the id without the suffix that aliases have, as in
// auth_login_v2. An alias is the same operation at another path, so one method
// serves both.
func (d *document) withoutAlias(id string) string {
	o := d.operations[id]
	for other, first := range d.operations {
		if strings.HasPrefix(id, other+"_") && first.method == o.method && reflect.DeepEqual(first.whole, o.whole) {
			return other
		}
	}
	return id
}

// find returns the operation that a request calls. If several paths match, it
// returns the one with the fewest parameters.
func (d *document) find(r *http.Request) *operation {
	var best *operation
	for _, o := range d.operations {
		if o.method == r.Method && o.pattern.MatchString(r.URL.Path) &&
			(best == nil || strings.Count(o.path, "{") < strings.Count(best.path, "{")) {
			best = o
		}
	}
	return best
}

// example returns the document's example of a successful response. If there are
// several examples, it returns the one with the lowest status.
func (o *operation) example(mediaType string) (status int, text []byte) {
	for _, code := range slices.Sorted(maps.Keys(o.Responses)) {
		if code[0] == '2' {
			status, _ = strconv.Atoi(code)
			return status, o.Responses[code].Content[mediaType].Example
		}
	}
	return http.StatusInternalServerError, nil
}

// exampleServer responds to each request with the example in the document.
type exampleServer struct {
	document *document
	server   *httptest.Server

	mu    sync.Mutex
	calls map[string]bool // operations that got a request
	last  *operation
	query url.Values
	path  string
	body  []byte

	given int // number of arguments so far, so that each argument can be different
}

func serveExamples(t *testing.T) *exampleServer {
	t.Helper()
	d, err := readDocument()
	require.NoError(t, err)
	s := &exampleServer{document: d, calls: map[string]bool{}}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *exampleServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.document.find(r)
	if o == nil {
		http.NotFound(w, r)
		return
	}
	s.calls[o.ID], s.last, s.query, s.path = true, o, r.URL.Query(), r.URL.EscapedPath()
	s.body, _ = io.ReadAll(r.Body)
	mediaType := "application/json"
	if r.Header.Get("Accept") == "*/*" {
		mediaType = "text/csv"
	}
	status, text := o.example(mediaType)
	var file string
	if mediaType == "text/csv" && json.Unmarshal(text, &file) == nil {
		text = []byte(file)
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func methods(client reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		shared := reflect.TypeFor[*sdk.Client]()
		for i := range client.NumMethod() {
			name := client.Type().Method(i).Name
			if _, inherited := shared.MethodByName(name); !inherited && !yield(name, client.Method(i)) {
				return
			}
		}
	}
}

// TestEveryOperationHasAMethod checks that every operation in the document has
// a method. The method must send its arguments as the document requires, and
// return everything in the document's example.
func TestEveryOperationHasAMethod(t *testing.T) {
	t.Parallel()
	s := serveExamples(t)
	partner, err := sdk.NewPartner(s.server.URL, sdk.WithToken("token"))
	require.NoError(t, err)
	broker, err := sdk.NewBroker(s.server.URL, "key")
	require.NoError(t, err)
	for _, client := range []any{partner, broker} {
		for name, method := range methods(reflect.ValueOf(client)) {
			t.Run(reflect.TypeOf(client).Elem().Name()+"."+name, func(t *testing.T) { //nolint:paralleltest // the subtests share a server that remembers the last request
				s.try(t, method)
			})
		}
	}
	called := map[string]bool{}
	for id := range s.calls {
		called[s.document.withoutAlias(id)] = true
	}
	for id, o := range s.document.operations {
		require.True(t, called[s.document.withoutAlias(id)], "no method calls %s: %s %s; run make generate", id, o.method, o.path)
	}
}

// try calls a method twice. The first call shows which operation the method
// calls. The second call uses the examples of this operation.
func (s *exampleServer) try(t *testing.T, method reflect.Value) {
	t.Helper()
	s.last = nil
	if !s.call(t, method, nil) {
		return // the method sends no request
	}
	o := s.last
	require.NotNil(t, o, "the document has no such path")
	s.call(t, method, o)
	require.Equal(t, o, s.last, "the same operation whatever the input")
}

// call calls a method. If o is not nil, the arguments come from the operation's
// examples. It returns false if the method has no context parameter, because
// such a method sends no request.
func (s *exampleServer) call(t *testing.T, method reflect.Value, o *operation) bool {
	t.Helper()
	signature := method.Type()
	if signature.NumIn() == 0 || signature.In(0) != reflect.TypeFor[context.Context]() {
		return false
	}
	arguments := []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < signature.NumIn() && (i < signature.NumIn()-1 || !signature.IsVariadic()); i++ {
		arguments = append(arguments, s.argument(t, signature.In(i), o))
	}
	s.check(t, method.Call(arguments), o)
	if o != nil {
		s.checkPath(t, arguments, o)
	}
	return true
}

func (s *exampleServer) argument(t *testing.T, typ reflect.Type, o *operation) reflect.Value {
	t.Helper()
	value := reflect.New(typ).Elem()
	s.given++
	switch {
	case typ == reflect.TypeFor[sdk.Format]():
		value.SetString(string(sdk.CSV))
	case typ == reflect.TypeFor[io.Reader]():
		value.Set(reflect.ValueOf(strings.NewReader("{}\n")))
	case typ.Kind() == reflect.String:
		value.SetString("value-" + strconv.Itoa(s.given))
	case typ.Kind() == reflect.Int64:
		value.SetInt(int64(s.given))
	case o == nil || typ.Kind() != reflect.Struct:
	case strings.HasSuffix(typ.Name(), "Query"):
		fill(value)
	default:
		s.read(t, value, o)
	}
	return value
}

func fill(query reflect.Value) {
	for _, field := range query.Fields() {
		switch field.Kind() {
		case reflect.Int64:
			field.SetInt(1)
		case reflect.Pointer:
			field.Set(reflect.ValueOf(new(true)))
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 2, 2))
		default:
			field.SetString("2026-06-01")
		}
	}
}

// read fills in a request body from the document's example.
func (s *exampleServer) read(t *testing.T, body reflect.Value, o *operation) {
	t.Helper()
	declared := o.RequestBody.Content["multipart/form-data"]
	if declared.Example == nil {
		declared = o.RequestBody.Content["application/json"]
	}
	decoder := json.NewDecoder(bytes.NewReader(o.RequestBody.Content["application/json"].Example))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(body.Addr().Interface()), "%s has all fields of the document", body.Type())
	properties := declared.Schema.Properties
	if ref := declared.Schema.Ref; ref != "" {
		properties = s.document.schemas[strings.TrimPrefix(ref, "#/components/schemas/")].Properties
	}
	require.Equal(t, len(properties), body.NumField(), "%s has one field for each of the document's", body.Type())
	for i := range body.NumField() {
		name, _, _ := strings.Cut(body.Type().Field(i).Tag.Get("json"), ",")
		if name == "-" {
			name = "file"
		}
		require.Contains(t, properties, name, body.Type())
	}
}

// checkPath compares the path of the request with the method's arguments.
func (s *exampleServer) checkPath(t *testing.T, arguments []reflect.Value, o *operation) {
	t.Helper()
	path := o.path
	for _, argument := range arguments[1:] {
		switch typ := argument.Type(); {
		case typ.Kind() == reflect.Struct && strings.HasSuffix(typ.Name(), "Query"):
			s.checkQuery(t, o)
		case typ.Kind() == reflect.Struct:
			require.JSONEq(t, string(o.RequestBody.Content["application/json"].Example), string(s.body))
		case typ.Kind() == reflect.String && typ != reflect.TypeFor[sdk.Format]() || typ.Kind() == reflect.Int64:
			text, err := json.Marshal(argument.Interface())
			require.NoError(t, err)
			path = replaceFirst(path, strings.Trim(string(text), `"`))
		}
	}
	require.Equal(t, path, s.path)
}

var pathParameter = regexp.MustCompile(`\{\w+\}`)

func replaceFirst(path, value string) string {
	if at := pathParameter.FindStringIndex(path); at != nil {
		return path[:at[0]] + value + path[at[1]:]
	}
	return path
}

// checkQuery checks that the request has all query parameters of the operation,
// except those for file formats.
func (s *exampleServer) checkQuery(t *testing.T, o *operation) {
	t.Helper()
	var declared, sent []string
	for _, parameter := range o.Parameters {
		if parameter.In == "query" && parameter.Name != "bom" && (parameter.Name != "format" || o.ID == "promo_qr") {
			declared = append(declared, parameter.Name)
		}
	}
	for name := range s.query {
		if name != "format" || o.ID == "promo_qr" {
			sent = append(sent, name)
		}
	}
	slices.Sort(declared)
	slices.Sort(sent)
	require.Equal(t, declared, sent)
}
