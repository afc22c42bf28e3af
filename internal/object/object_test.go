package object_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

type decoded struct {
	Share  json.RawMessage  `json:"share_perc"`
	Inner  *inner           `json:"inner"`
	List   []inner          `json:"list"`
	Named  map[string]inner `json:"named"`
	At     time.Time        `json:"at"`
	Plain  int
	Hidden int `json:"-"`
	inner
}

type inner struct {
	A int `json:"a,omitempty"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]decoded{
		`{}`: {},
		`{ "share_perc" : 1 , "SHARE_PERC" : 90 }`:           {Share: json.RawMessage("1")},
		`{"SHARE_PERC":90}`:                                  {},
		`{"\u0073hare_perc":1}`:                              {Share: json.RawMessage("1")},
		`{"inner":{"a":1,"A":2},"INNER":null}`:               {Inner: &inner{A: 1}},
		`{"list":[{"a":1},{"A":2},{"x":[{}]}]}`:              {List: []inner{{A: 1}, {}, {}}},
		`{"named":{"x":{"a":1,"A":2},"X":{"A":3}}}`:          {Named: map[string]inner{"x": {A: 1}, "X": {}}},
		`{"a":1,"A":2,"Plain":3,"plain":4,"Hidden":5,"-":6}`: {Plain: 3, inner: inner{A: 1}},
		`{"inner":null,"list":null,"named":null}`:            {},
		`{"at":"2026-06-30T12:00:00Z"}`:                      {At: time.Date(2026, time.June, 30, 12, 0, 0, 0, time.UTC)},
	} {
		var got decoded
		require.NoError(t, object.Decode([]byte(text), &got), text)
		require.Equal(t, want, got, text)
	}
	for _, bad := range []string{``, `{`, `[]`, `{"a":"x"}`, `{"list":[1]}`, `{"inner":[{}]}`, `{} {}`} {
		require.Error(t, object.Decode([]byte(bad), new(decoded)), bad)
		require.Error(t, object.DecodeKnown([]byte(bad), new(decoded)), bad)
	}
}

func TestDecodeKnown(t *testing.T) {
	t.Parallel()
	var got decoded
	require.NoError(t, object.DecodeKnown([]byte(`{"share_perc":1,"named":{"Any":{"a":1}},"list":[{"a":2}]}`), &got))
	require.Equal(t, decoded{Share: json.RawMessage("1"), Named: map[string]inner{"Any": {A: 1}}, List: []inner{{A: 2}}}, got)
	for text, path := range map[string]string{
		`{"share_perc":1,"SHARE_PERC":1}`:  "SHARE_PERC",
		`{"x":1,"y":2}`:                    "x",
		`{"list":[{"a":1},{"A":1}],"y":2}`: "list.1.A",
		`{"named":{"x":{"b":1}}}`:          "named.x.b",
		`{"inner":{"a":1,"c":{}}}`:         "inner.c",
	} {
		var wrong *object.FieldError
		require.ErrorAs(t, object.DecodeKnown([]byte(text), new(decoded)), &wrong, text)
		require.Equal(t, path, wrong.Path)
		require.Equal(t, object.Unknown, wrong.Code)
	}
}

// TestCheck_Deep checks that Check reads each byte only once, even in deep JSON.
// Otherwise this test would take minutes. It also checks that the path in the error
// is short.
func TestCheck_Deep(t *testing.T) {
	t.Parallel()
	const depth = 9_999 // maximum depth that encoding/json accepts
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
		if !utf8.Valid(text) {
			return // callers refuse such text, because encoding/json would change it
		}
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
		var exact, loose map[string]any
		require.NoError(t, object.Decode(text, &exact))
		require.NoError(t, json.Unmarshal(text, &loose))
		require.Equal(t, loose, exact, "a map accepts every name")
		_ = object.DecodeKnown(text, new(decoded))
	})
}

func TestEncode(t *testing.T) {
	t.Parallel()
	text, err := object.Encode(map[string]any{"a": "<b> & \u2028ก\xff", "n": json.Number("1.50")})
	require.NoError(t, err)
	require.Equal(t, `{"a":"<b> & \u2028ก\ufffd","n":1.50}`, string(text)) //nolint:testifylint // the exact bytes matter
	require.Equal(t, `"\"<\n"`, string(object.EncodeText("\"<\n")))
	_, err = object.Encode(make(chan int))
	require.Error(t, err)
}
