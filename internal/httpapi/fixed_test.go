package httpapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

type patchIn struct {
	Code  string                `path:"code"`
	Title *string               `json:"title" alias:"name"`
	Note  bind.Nullable[string] `json:"note"`
}

type patchBase struct {
	Code    string `json:"code"`
	Created string `json:"created"`
}

type patchOut struct {
	patchBase

	Title string `json:"title"`
	Name  string `json:"name"`
	Note  string `json:"note"`
}

func TestPatch_FieldsThatCannotBeChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	httpapi.Handle(b.router, httpapi.Op{Method: "PATCH", Path: "/api/things/{code}/", ID: "thing", Access: httpapi.Public},
		func(context.Context, *patchIn) (*patchOut, error) { return &patchOut{}, nil })
	httpapi.Handle(b.router, httpapi.Op{Method: "PATCH", Path: "/api/others/{code}/", ID: "other", Access: httpapi.Public, Fixed: []string{"code", "created", "title"}},
		func(context.Context, *patchIn) (*pong, error) { return &pong{}, nil })
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/things/{code}/", ID: "thing_post", Access: httpapi.Public},
		func(context.Context, *patchIn) (*patchOut, error) { return &patchOut{}, nil })

	for _, path := range []string{"/api/things/45/", "/api/others/45/"} {
		for _, body := range []string{
			`{}`, `{"title":"a"}`, `{"name":"a","note":null}`, `{"unknown":1,"pong":1}`, `{"created":null}`, `{"code":"45"}`, `{"code":45}`, `{"code":45.0}`,
		} {
			w := b.call(t, "PATCH", path, body, "Content-Type", jsonType)
			require.Equal(t, 200, w.Code, "%s %s", body, w.Body)
		}
		for body, fields := range map[string][]string{
			`{"title":"a","created":"2026-01-01"}`: {"created"}, `{"code":"46","created":""}`: {"code", "created"}, `{"created":{"a":1}}`: {"created"},
		} {
			p := problem(t, b.call(t, "PATCH", path, body, "Content-Type", jsonType), 400, "ValidationError")
			require.Len(t, p.Details, len(fields), body)
			for i, name := range fields {
				require.Equal(t, name, p.Details[i].Name)
				require.Equal(t, "read_only", p.Details[i].Code)
			}
		}
		problem(t, b.call(t, "PATCH", path, "created=2026-01-01", "Content-Type", formType), 400, "ValidationError")
		require.Equal(t, 200, b.call(t, "PATCH", path, "code=45&title=a", "Content-Type", formType).Code)
	}
	require.Equal(t, 200, b.call(t, "POST", "/api/things/45/", `{"created":"2026-01-01"}`, "Content-Type", jsonType).Code, "a POST ignores the field")
}
