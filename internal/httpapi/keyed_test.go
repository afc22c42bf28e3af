package httpapi_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// setupUploads declares an untyped operation that converts its body to lower
// case. uploads counts how many times the operation was carried out, and
// preparations counts how many times its slow part ran.
func setupUploads(t *testing.T) (uploads *keyedBundle, preparations *int) {
	t.Helper()
	uploads, preparations = setupKeyed(t), new(int)
	uploads.router.AddKeyed(httpapi.Op{Method: "POST", Path: "/api/uploads/", ID: "upload", Status: 201, Consumes: []string{"text/plain"}, Access: partners}, nil, openapi.Responses{},
		func(req *httpapi.Request) (httpapi.Work, error) {
			text, err := io.ReadAll(req.HTTP.Body)
			if err != nil || len(text) == 0 {
				return httpapi.Work{}, fault.New(fault.ParseError)
			}
			name := strings.ToLower(string(text))
			var ready string
			return httpapi.Work{
				Content: [][]byte{[]byte(name)},
				Prepare: func(context.Context) error {
					require.False(t, uploads.held, "Prepare runs without the lock")
					*preparations++
					if name == "ugly" {
						return fault.Invalid("file", "invalid_image", "Draw it again.")
					}
					ready = name + " drawn"
					return nil
				},
				Do: func(context.Context) (httpapi.Response, error) {
					if name == "taken" {
						return httpapi.Response{}, fault.Invalid("name", "already_in_use", "Choose another one.")
					}
					uploads.calls++
					return httpapi.Response{Value: thingOut{Name: ready, Count: uploads.calls}}, nil
				},
			}, nil
		})
	return uploads, preparations
}

func TestAddKeyed(t *testing.T) {
	t.Parallel()
	b, prepared := setupUploads(t)
	upload := func(key, body string) (status int, replayed bool, answer string) {
		w := b.call(t, "POST", "/api/uploads/", body, "Content-Type", "text/plain", "Authorization", "JWT partner", "Idempotency-Key", key)
		return w.Code, w.Header().Get("Idempotent-Replayed") == "true", w.Body.String()
	}
	for i, body := range []string{"Gold", "gold", "GOLD"} {
		status, replayed, answer := upload("k", body)
		require.Equal(t, 201, status)
		require.Equal(t, i > 0, replayed)
		require.JSONEq(t, `{"name":"gold drawn","count":2}`, answer, "the transaction ran twice")
	}
	require.Equal(t, 1, *prepared, "a repetition prepares nothing")
	require.Equal(t, 1, b.locks)
	status, _, answer := upload("k", "silver")
	require.Equal(t, 400, status)
	require.Contains(t, answer, `"already_used"`)
	require.Equal(t, 1, *prepared)

	for refused, locks := range map[string]int{"": 1, "ugly": 1, "taken": 2} {
		b.locks = 1
		status, replayed, _ := upload("free", refused)
		require.Equal(t, 400, status, refused)
		require.False(t, replayed)
		require.Equal(t, locks, b.locks, refused)
	}
	status, replayed, _ := upload("free", "silver")
	require.Equal(t, 201, status, "a refusal does not use up the key")
	require.False(t, replayed)
	status, _, answer = upload("", "gold")
	require.Equal(t, 400, status)
	require.Contains(t, answer, `"field":"Idempotency-Key"`)

	before := b.calls
	for range 2 {
		w := b.call(t, "POST", "/api/uploads/", "gold", "Content-Type", "text/plain", "Authorization", "JWT partner")
		require.Equal(t, 201, w.Code, "without a key")
		require.Equal(t, 400, b.call(t, "POST", "/api/uploads/", "ugly", "Content-Type", "text/plain", "Authorization", "JWT partner").Code)
	}
	require.Equal(t, before+2, b.calls)
}

func TestAddKeyed_Documented(t *testing.T) {
	t.Parallel()
	b, _ := setupUploads(t)
	text, err := b.router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	op := document.Paths.Value("/api/uploads/").Post
	require.NotNil(t, op.Parameters.GetByInAndName("header", "Idempotency-Key"))
	require.NotNil(t, op.Responses.Status(201).Value.Headers["Idempotent-Replayed"])

	for _, op := range []httpapi.Op{{Method: "PUT", Path: "/api/x/", ID: "x"}, {Method: "POST", Path: "/api/x/", ID: "x", Unkeyed: true}} {
		require.Panics(t, func() { b.router.AddKeyed(op, nil, openapi.Responses{}, nil) })
	}
}
