package bind_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

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
	things := func(method string, fixed []string, out reflect.Type) plan[patchIn] {
		op := bind.Operation{ID: "thing", Method: method, Path: "/things/{code}", Fixed: fixed, Out: out}
		return plan[patchIn]{method, op.Path, bind.New(reflect.TypeFor[patchIn](), op)}
	}
	const target = "/things/45"
	for _, p := range []plan[patchIn]{
		things("PATCH", nil, reflect.TypeFor[patchOut]()),
		things("PATCH", []string{"code", "created", "title"}, nil),
	} {
		for _, body := range []string{
			`{}`, `{"title":"a"}`, `{"name":"a","note":null}`, `{"unknown":1,"pong":1}`, `{"created":null}`, `{"code":"45"}`, `{"code":45}`, `{"code":45.0}`,
		} {
			p.mustBind(t, call{target: target, body: body})
		}
		for body, fields := range map[string][]string{
			`{"title":"a","created":"2026-01-01"}`: {"created"}, `{"code":"46","created":""}`: {"code", "created"}, `{"created":{"a":1}}`: {"created"},
		} {
			found := p.faults(t, call{target: target, body: body})
			require.Len(t, found, len(fields), body)
			for i, name := range fields {
				require.Equal(t, name, found[i].Name)
				require.Equal(t, "read_only", found[i].Code)
			}
		}
		require.Len(t, p.faults(t, call{target: target, body: "created=2026-01-01", form: true}), 1)
		p.mustBind(t, call{target: target, body: "code=45&title=a", form: true})
	}
	post := things("POST", nil, reflect.TypeFor[patchOut]())
	post.mustBind(t, call{target: target, body: `{"created":"2026-01-01"}`}) // a POST ignores the field
}
