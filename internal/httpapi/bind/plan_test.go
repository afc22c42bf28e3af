package bind_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

func TestNew_RefusesAnInputThatCannotBeBound(t *testing.T) {
	t.Parallel()
	type noParameter struct {
		Code string `path:"code"`
	}
	type body struct {
		Title string `json:"title"`
	}
	type channel struct {
		C chan int `json:"c"`
	}
	type badLimit struct {
		Title string `json:"title" maxLength:"many"`
	}
	type badBound struct {
		Count int `json:"count" minimum:"1.5"`
	}
	for name, c := range map[string]struct {
		in reflect.Type
		op bind.Operation
	}{
		"a parameter that the path lacks": {reflect.TypeFor[noParameter](), bind.Operation{Method: "GET", Path: "/x/"}},
		"a GET with a body":               {reflect.TypeFor[body](), bind.Operation{Method: "GET", Path: "/x/"}},
		"no struct":                       {reflect.TypeFor[string](), bind.Operation{Method: "POST", Path: "/x/"}},
		"a body without bound":            {reflect.TypeFor[body](), bind.Operation{Method: "POST", Path: "/x/", MaxBody: -1}},
		"a type without a decoder":        {reflect.TypeFor[channel](), bind.Operation{Method: "POST", Path: "/x/"}},
		"a limit that is no count":        {reflect.TypeFor[badLimit](), bind.Operation{Method: "POST", Path: "/x/"}},
		"a bound of another scale":        {reflect.TypeFor[badBound](), bind.Operation{Method: "POST", Path: "/x/"}},
	} {
		require.Panics(t, func() { bind.New(c.in, c.op) }, name)
	}
}

func TestPlan_QueryNames(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	planOf[everyIn]("POST", everyPath).QueryNames(names)
	require.Equal(t, map[string]bool{"kind": true, "limit": true, "offset": true, "ordering": true, "date_from": true}, names)

	names = map[string]bool{}
	planOf[lookIn]("GET", "/list").QueryNames(names)
	require.NotContains(t, names, "ordering", "the list cannot be ordered")
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string][]string{
		"":                      nil,
		"a=1&a=2&b":             {"a": {"1", "2"}, "b": {""}},
		"a[]=1&a[0]=2&a%5B%5D=": {"a": {"1", "2", ""}},
		"a[x]=1&[]=2&&":         {"a[x]": {"1"}, "[]": {"2"}},
		"a=1;b=2&c=%26+%3D":     {"a": {"1;b=2"}, "c": {"& ="}},
	} {
		values, err := bind.ParseQuery(text)
		require.NoError(t, err, text)
		require.Equal(t, want, map[string][]string(values), text)
	}
	for _, text := range []string{"a=%zz", "%zz=1", "a=%00", "%ff=1"} {
		_, err := bind.ParseQuery(text)
		require.Error(t, err, text)
	}
}

func TestNullable_IsNullUnlessItHasAValue(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]bind.Nullable[int64]{"5": {Sent: true, Value: 5}, "0": {Sent: true}} {
		text, err := json.Marshal(n)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
	for _, n := range []bind.Nullable[int64]{{}, {Sent: true, Null: true}, {Value: 5}} {
		text, err := json.Marshal(n)
		require.NoError(t, err)
		require.Equal(t, "null", string(text))
	}
}
