package apitest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
)

// contract is the OpenAPI document of the whole API, as programs download it.
var contract = sync.OnceValues(func() (routers.Router, error) {
	text, err := api.New(api.Deps{Version: "1"}).Document()
	if err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	document.Servers = nil
	return legacy.NewRouter(document)
})

// Conform passes a request to a handler, and checks the request and the
// response against the OpenAPI document. The document must declare this
// response and its content. If the server accepts the request, the request must
// be valid according to the document too.
func Conform(tb testing.TB, handler http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
	tb.Helper()
	var sent []byte
	stream := r.Header.Get("Content-Type") == NDJSON // a feed must stay a stream, so Conform does not read it first
	if r.Body != nil && !stream {
		var broken error // error from reading the request's body; the handler must get this error too
		sent, broken = io.ReadAll(r.Body)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent), ending{broken}))
	}
	asked := r.Clone(context.WithoutCancel(r.Context()))
	handler.ServeHTTP(w, r)

	router, err := contract()
	require.NoError(tb, err)
	asked.URL.Path = tidyPath(asked.URL.Path)
	asked.URL.RawPath = ""
	asked.Body = io.NopCloser(bytes.NewReader(sent))
	route, parameters, err := router.FindRoute(asked)
	if err != nil {
		require.Contains(tb, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, w.Code, "%s %s is not declared", asked.Method, asked.URL.Path)
		return
	}
	options := &openapi3filter.Options{
		IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		ExcludeRequestBody: !strings.HasPrefix(asked.Header.Get("Content-Type"), "application/json"),
	}
	input := &openapi3filter.RequestValidationInput{Request: asked, PathParams: parameters, Route: route, Options: options}
	if w.Code == http.StatusNotFound && route.Operation.Responses.Status(http.StatusNotFound) == nil {
		require.JSONEq(tb, `{"code":"NotFound","message":"Not found"}`, w.Body.String(), "a caller that does not exist")
		return
	}
	// The server accepts null where the document does not. A fuzz test also finds other
	// bodies that only the server accepts.
	kinder := bytes.Contains(sent, []byte("null")) || strings.HasPrefix(tb.Name(), "Fuzz")
	if w.Code < http.StatusBadRequest && !kinder {
		require.NoError(tb, openapi3filter.ValidateRequest(asked.Context(), input), "%s %s was accepted", asked.Method, asked.URL)
	}
	options.ExcludeResponseBody = !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json")
	require.NoError(tb, openapi3filter.ValidateResponse(asked.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: w.Code, Header: w.Header(), Options: options,
		Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
	}), "%s %s answered %d %s", asked.Method, asked.URL, w.Code, w.Body)
}

// tidyPath returns a path in the form that the document uses, with single
// slashes and a slash at the end.
func tidyPath(path string) string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	return "/" + strings.Join(parts, "/") + "/"
}

type ending struct{ err error }

func (e ending) Read([]byte) (int, error) {
	if e.err == nil {
		return 0, io.EOF
	}
	return 0, e.err
}
