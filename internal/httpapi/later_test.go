package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// TestAccepted checks that an operation that takes longer than a request
// returns 202 and the URL of the result.
func TestAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/report/", ID: "report", Formats: httpapi.ReportFormats(), Access: partners}, nil, openapi.Responses{
		Accepted: &openapi.Accepted{About: "It is made later.", Value: pong{}, Example: pong{"soon"}},
	}, func(context.Context, *httpapi.Request) (httpapi.Response, error) {
		return httpapi.Response{Status: http.StatusAccepted, Header: http.Header{"Location": {"/api/later/"}}, Value: pong{"soon"}}, nil
	})
	w := b.call(t, http.MethodGet, "/api/report?format=xlsx", "", "Authorization", "JWT partner")
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, "/api/later/", w.Header().Get("Location"))
	require.Equal(t, "application/json", w.Header().Get("Content-Type"), "a 202 is always JSON")
	require.JSONEq(t, `{"pong":"soon"}`, w.Body.String())

	text, err := b.router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	responses := document.Paths.Find("/api/report/").Get.Responses
	require.NotNil(t, responses.Status(http.StatusOK))
	later := responses.Status(http.StatusAccepted).Value
	require.Equal(t, "It is made later.", *later.Description)
	require.Contains(t, later.Headers, "Location")
	media := later.Content.Get("application/json")
	require.Contains(t, media.Schema.Value.Properties, "pong")
	require.Equal(t, map[string]any{"pong": "soon"}, media.Example)
}

// TestStored checks that a response with a file has a Content-Length, for HEAD
// as well, and that an error before the first byte becomes an ordinary error
// response.
func TestStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const content = "the whole file"
	opened := 0
	file := func(id string, write func(io.Writer) error) {
		b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/" + id + "/", ID: id, Access: httpapi.Public, AnyAccept: true}, nil, openapi.Responses{},
			func(context.Context, *httpapi.Request) (httpapi.Response, error) {
				return httpapi.Response{ContentType: httpapi.FormatXLSX.Type, Filename: "a.xlsx", Stored: int64(len(content)), Stream: func(w io.Writer) error {
					opened++
					return write(w)
				}}, nil
			})
	}
	file("whole", func(w io.Writer) error { _, err := io.Copy(w, strings.NewReader(content)); return err })
	file("gone", func(io.Writer) error { return fault.New(fault.NotFound) })
	file("broken", func(io.Writer) error { return errors.New("the disk is gone") })

	w := b.call(t, http.MethodGet, "/api/whole/", "")
	require.Equal(t, content, w.Body.String())
	require.Equal(t, "14", w.Header().Get("Content-Length"))
	require.Equal(t, "attachment; filename=a.xlsx", w.Header().Get("Content-Disposition"))
	head := b.call(t, http.MethodHead, "/api/whole/", "")
	require.Equal(t, http.StatusOK, head.Code)
	require.Equal(t, "14", head.Header().Get("Content-Length"))
	require.Equal(t, 1, opened, "HEAD does not read the file")
	for target, status := range map[string]int{"/api/gone/": http.StatusNotFound, "/api/broken/": http.StatusInternalServerError} {
		w := b.call(t, http.MethodGet, target, "")
		require.Equal(t, status, w.Code)
		require.Empty(t, w.Header().Get("Content-Disposition"))
		require.NotEqual(t, "14", w.Header().Get("Content-Length"))
	}
}

// TestStored_IsNotSpooled checks that a file is not spooled. Its writer must wait for
// a slow reader.
func TestStored_IsNotSpooled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const piece, pieces = 64 << 10, 4
	var order []string
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/file/", ID: "file", Access: httpapi.Public, AnyAccept: true}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: httpapi.FormatXLSX.Type, Stored: piece * pieces, Stream: func(w io.Writer) error {
				for range pieces {
					order = append(order, "write")
					if _, err := w.Write(make([]byte, piece)); err != nil {
						return err
					}
				}
				return nil
			}}, nil
		})
	w := &observedWriter{ResponseRecorder: httptest.NewRecorder(), onWrite: func() { order = append(order, "read") }}
	b.router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/file/", nil))
	require.Equal(t, []string{"write", "read", "write", "read", "write", "read", "write", "read"}, order)
	require.Equal(t, piece*pieces, w.Body.Len())
}

// observedWriter is a ResponseWriter that calls onWrite for every piece of the
// response.
type observedWriter struct {
	*httptest.ResponseRecorder

	onWrite func()
}

func (o *observedWriter) Write(p []byte) (int, error) {
	o.onWrite()
	return o.ResponseRecorder.Write(p)
}

// TestMayRead checks that MayRead allows the callers who may GET a path, and
// refuses all others.
func TestMayRead(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) {
		c.Areas = map[string]string{"/api/v2/rebates/": "rebates", "/api/reports/": "reports"}
	})
	open := true
	b.router.Guard("/api/v2/rebates", func(context.Context) error {
		if open {
			return nil
		}
		return fault.New(fault.PermissionDenied)
	})
	ping(b.router, httpapi.Op{Path: "/api/v2/rebates/{rebate_id}/", ID: "rebate", Scope: "read"})
	ping(b.router, httpapi.Op{Path: "/api/reports/orders/", ID: "orders", Scope: "read"})
	ping(b.router, httpapi.Op{Path: "/api/reports/orders/", ID: "change", Method: http.MethodPatch, Scope: "write"})
	ping(b.router, httpapi.Op{Path: "/broker/v1/orders/", ID: "broker", Access: brokers})
	may := func(token, path string) fault.Code {
		who, err := keys{}.Authenticate(t.Context(), token)
		require.NoError(t, err)
		return fault.CodeOf(b.router.MayRead(caller.With(t.Context(), who), path))
	}
	for _, c := range []struct {
		token, path string
		want        fault.Code
	}{
		{"partner", "/api/v2/rebates/{rebate_id}/", ""},
		{"reader", "/api/v2/rebates/{rebate_id}/", ""},
		{"rebates", "/api/v2/rebates/{rebate_id}/", ""},
		{"rebates", "/api/reports/orders/", fault.PermissionDenied},
		{"partner", "/api/reports/orders/", ""},
		{"broker", "/api/reports/orders/", fault.PermissionDenied},
		{"partner", "/broker/v1/orders/", fault.PermissionDenied},
		{"broker", "/broker/v1/orders/", ""},
		{"partner", "/api/reports/nothing/", fault.NotFound},
	} {
		require.Equal(t, c.want, may(c.token, c.path), "%s %s", c.token, c.path)
	}
	open = false
	require.Equal(t, fault.PermissionDenied, may("partner", "/api/v2/rebates/{rebate_id}/"))
	require.Empty(t, may("partner", "/api/reports/orders/"))
}
