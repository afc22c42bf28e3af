package sdk_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

// check reads the results of a method. If o is not nil, the results must match
// the example in the document.
func (s *exampleServer) check(t *testing.T, results []reflect.Value, o *operation) {
	t.Helper()
	if len(results) == 1 && results[0].Kind() == reflect.Func {
		s.checkIterator(t, results[0], o)
		return
	}
	failed := results[len(results)-1]
	require.True(t, failed.IsNil(), "%v", failed.Interface())
	if len(results) == 1 || o == nil {
		return
	}
	if file, ok := reflect.TypeAssert[*sdk.File](results[0]); ok {
		s.checkFile(t, file, o)
		return
	}
	_, example := o.example("application/json")
	want := normaliseJSON(t, example)
	if results[0].Kind() == reflect.Slice && results[0].Type().Elem().Kind() != reflect.Uint8 {
		want = want.(map[string]any)["data"]
	}
	if list, ok := want.(map[string]any); ok && o.ID == "referral_agent_link_list" {
		delete(list, "results") // these fields exist only for older programs
		delete(list, "count")
	}
	got, err := json.Marshal(results[0].Interface())
	require.NoError(t, err)
	require.Equal(t, want, normaliseJSON(t, got))
}

// checkIterator reads the first row of a list. If o is not nil, the row must
// match the example in the document.
func (s *exampleServer) checkIterator(t *testing.T, sequence reflect.Value, o *operation) {
	t.Helper()
	taken := false
	sequence.Call([]reflect.Value{reflect.MakeFunc(sequence.Type().In(0), func(pair []reflect.Value) []reflect.Value {
		taken = true
		require.True(t, pair[1].IsNil(), "%v", pair[1].Interface())
		if o != nil && pair[0].Kind() != reflect.Pointer { // a step of FollowEvents is a pointer, not a row
			_, example := o.example("application/json")
			var list struct {
				Data []json.RawMessage `json:"data"`
			}
			require.NoError(t, json.Unmarshal(example, &list))
			got, err := json.Marshal(pair[0].Interface())
			require.NoError(t, err)
			require.Equal(t, normaliseJSON(t, list.Data[0]), normaliseJSON(t, got))
		}
		return []reflect.Value{reflect.ValueOf(false)}
	})})
	require.True(t, taken, "the document's example has a row")
}

func (s *exampleServer) checkFile(t *testing.T, file *sdk.File, o *operation) {
	t.Helper()
	got, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	if _, example := o.example("text/csv"); len(example) > 0 {
		var want string
		require.NoError(t, json.Unmarshal(example, &want))
		require.Equal(t, want, string(got))
		require.Equal(t, "csv", s.query.Get("format"))
	}
}

// normaliseJSON converts JSON to a form in which equal values compare as equal: a
// number and the same number as text, and also null, empty and absent values.
func normaliseJSON(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return simplify(value)
}

func simplify(value any) any {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case map[string]any:
		for key, element := range v {
			if element == nil || element == "" {
				delete(v, key)
			} else {
				v[key] = simplify(element)
			}
		}
	case []any:
		for i := range v {
			v[i] = simplify(v[i])
		}
	}
	return value
}
