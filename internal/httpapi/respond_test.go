package httpapi_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, write := range map[string]func(io.Writer) error{
		"/api/whole/": func(w io.Writer) error {
			_, err := io.WriteString(w, `{"whole":true}`)
			return err
		},
		"/api/refused/": func(io.Writer) error { return fault.New(fault.NotFound) },
		"/api/nothing/": func(io.Writer) error { return nil },
	} {
		b.router.Add(httpapi.Op{Method: "GET", Path: path, ID: path, Access: httpapi.Public}, nil, openapi.Responses{},
			func(context.Context, *httpapi.Request) (httpapi.Response, error) {
				return httpapi.Response{Write: write}, nil
			})
	}
	w := b.call(t, "GET", "/api/whole/", "")
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"whole":true}`, w.Body.String())
	require.Equal(t, "14", w.Header().Get("Content-Length"))
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	w = b.call(t, "HEAD", "/api/whole/", "")
	require.Equal(t, "14", w.Header().Get("Content-Length"))
	require.Empty(t, w.Body.String())
	problem(t, b.call(t, "GET", "/api/refused/", ""), 404, "NotFound")
	problem(t, b.call(t, "GET", "/api/nothing/", ""), 500, "APIException")
}
