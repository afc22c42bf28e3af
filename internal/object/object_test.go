package object_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/object"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	list, err := object.Members(nil, []byte(` {"a" : 1.50,"b\u0062":"x\"}","c":{"d":["]",{}]} , "e":[ ] ,"a":null,"f":-1e5 }`))
	require.NoError(t, err)
	var got [][2]string
	for _, m := range list {
		got = append(got, [2]string{string(m.Name), string(m.Value)})
	}
	require.Equal(t, [][2]string{
		{"a", "1.50"}, {"bb", `"x\"}"`}, {"c", `{"d":["]",{}]}`}, {"e", "[ ]"}, {"a", "null"}, {"f", "-1e5"},
	}, got)
	list, err = object.Members(nil, []byte(`{}`))
	require.NoError(t, err)
	require.Empty(t, list)
	for text, want := range map[string]error{
		``: object.ErrNotJSON, `{`: object.ErrNotJSON, `{"a":1}x`: object.ErrNotJSON,
		`[]`: object.ErrNotObject, `"a"`: object.ErrNotObject, "\tnull\n": object.ErrNotObject,
	} {
		_, err := object.Members(nil, []byte(text))
		require.ErrorIs(t, err, want, text)
	}
}

func TestHalf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"a"`: "", `"\ud83d\ude00"`: "", `"\\ud800"`: "", `"\u00e9\n"`: "",
		`"\ud800"`: `\ud800`, `"x\udc00y"`: `\udc00`, `"\ud800\ud800\udc00"`: `\ud800`, `"\uD83Dx"`: `\uD83D`, `"\ud800\n"`: `\ud800`,
	} {
		require.Equal(t, want, object.Half([]byte(text)), text)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{`{}`, `{"a":1,"A":1}`, `[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}}}`, `7`, `not json`} {
		require.NoError(t, object.Check([]byte(good)), good)
	}
	for bad, names := range map[string]string{
		`{"a":1,"a":1}`:                                      "a:",
		`{"a":1,"\u0061":2}`:                                 "a:",
		`{"p":{"amount":1,"amount":2}}`:                      "p.amount:",
		`{"rows":[{}, {"id":1,"id":"1"}]}`:                   "rows.1.id:",
		`{"a":"\ud800"}`:                                     `a: \ud800`,
		` { "a" : [ "x" , { "b" : "\udc00" } ] , "c" : 1 } `: `a.1.b: \udc00`,
		`{"\ud800":1}`:                                       `\ud800`,
	} {
		err := object.Check([]byte(bad))
		require.ErrorContains(t, err, names, bad)
		require.ErrorAs(t, err, new(*object.FieldError))
	}
}

// Each byte is read once however deep it is, or this test would take minutes,
// and the path stays short.
func TestCheck_Deep(t *testing.T) {
	t.Parallel()
	const depth = 9_999 // encoding/json takes no more
	inside := `{"a":1,"a":2}`
	pad := strings.Repeat(" ", 8<<20)
	err := object.Check([]byte(pad + strings.Repeat(`{"deep":`, depth-1) + inside + strings.Repeat("}", depth-1) + pad))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 300)
	require.NoError(t, object.Check([]byte(strings.Repeat("[", depth)+pad+strings.Repeat("]", depth))))
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":"\ud800","b":[1,{"c":null}],"a":true}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = object.Check(text)
		list, err := object.Members(nil, text)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &want))
		got := map[string]json.RawMessage{}
		for _, m := range list {
			got[string(m.Name)] = json.RawMessage(m.Value)
		}
		require.Equal(t, want, got)
	})
}
