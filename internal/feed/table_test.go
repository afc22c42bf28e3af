package feed_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
)

// TestTheTableIsComplete checks that the example of each type has every
// required field and no unknown field. It also checks that a body can store
// every field.
func TestTheTableIsComplete(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, s := range feed.Specs() {
		require.Same(t, s, feed.SpecOf(s.Type))
		require.NotEmpty(t, s.Says, s.Type)
		require.NotEmpty(t, s.Late, s.Type)
		require.NotEmpty(t, s.Fields, s.Type)
		require.Less(t, len(s.Fields), 32, s.Type)
		fact, err := feed.ParseLine([]byte(s.Example))
		require.NoError(t, err, s.Type)
		require.False(t, ids[fact.ID], "%s: another example has the same id", s.Type)
		ids[fact.ID] = true

		body := reflect.TypeOf(fact.Body).Elem()
		var kept []string
		for field := range body.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			kept = append(kept, name)
		}
		for _, f := range s.Fields {
			require.NotEmpty(t, f.Says, "%s %s", s.Type, f.Name)
			require.NotEmpty(t, f.Shape.Says, "%s %s", s.Type, f.Name)
			require.Contains(t, kept, f.Name, s.Type)
			if f.Required {
				require.Contains(t, s.Example, `"`+f.Name+`":`, s.Type)
			}
		}
	}
}

// TestEveryFieldIsFilled gives each field of each type a different value, and
// expects the values in the body. This shows that no two fields use the same
// struct field.
func TestEveryFieldIsFilled(t *testing.T) {
	t.Parallel()
	for _, s := range feed.Specs() {
		given := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(s.Example), &given))
		for i, f := range s.Fields {
			given[f.Name] = sample(f, i)
		}
		text, err := json.Marshal(given)
		require.NoError(t, err)
		fact, err := feed.ParseLine(text)
		require.NoError(t, err, s.Type)
		kept := map[string]any{}
		require.NoError(t, json.Unmarshal(fact.Encode(), &kept))
		for _, f := range s.Fields {
			require.Equal(t, strings.ToLower(fmt.Sprint(given[f.Name])), strings.ToLower(fmt.Sprint(kept[f.Name])), "%s %s", s.Type, f.Name)
		}
	}
}

func sample(f *feed.Field, i int) any {
	switch {
	case f.Name == "no_parent":
		return false // the fact has a parent_code
	case len(f.Enum) > 0:
		return f.Enum[len(f.Enum)-1]
	case f.Format == "uuid":
		return fmt.Sprintf("%08x-0000-4000-8000-000000000001", i+1)
	case f.Format == "email":
		return fmt.Sprintf("m%d@example.com", i)
	case f.Format == "date-time":
		return fmt.Sprintf("2026-03-01T10:00:%02dZ", i)
	case f.Format == "date":
		return "2026-03-01"
	case f.Pattern == `^[A-Za-z]{2}$`:
		return "CY"
	case f.Pattern == `^[A-Za-z0-9]{3,8}$`:
		return fmt.Sprintf("CUR%d", i)
	case f.Form == feed.FormBoolean:
		return true
	case f.Form == feed.FormStrings:
		return []any{"a", "b"}
	case f.Form == feed.FormAccount:
		return strconv.Itoa(1000 + i)
	case f.Form == feed.FormDecimal, f.Form == feed.FormInteger:
		return 10 + i
	default:
		return fmt.Sprintf("text%d", i)
	}
}

// TestEveryFieldIsGuarded sends invalid values for each field of each type. The
// error must name the field.
func TestEveryFieldIsGuarded(t *testing.T) {
	t.Parallel()
	refused := func(s *feed.Spec, name string, value any) []feed.FieldError {
		given := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(s.Example), &given))
		given[name] = value
		text, err := json.Marshal(given)
		require.NoError(t, err)
		_, err = feed.ParseLine(text)
		var bad *feed.LineError
		require.ErrorAs(t, err, &bad, "%s %s: %s", s.Type, name, text)
		require.Equal(t, bad.Details[0].Code, bad.Code)
		return bad.Details
	}
	for _, s := range feed.Specs() {
		for _, f := range slices.Concat(feed.Heads(), s.Fields) {
			values := []any{map[string]any{}, "\u202e1", "a\x00b", strings.Repeat("9", 3000)}
			if f.Form != feed.FormStrings {
				values = append(values, []any{1})
			}
			if f.Form == feed.FormDecimal && f.Least != "" && f.Least[0] != '-' {
				values = append(values, -1, "-0.0001")
			}
			if f.Form == feed.FormDecimal {
				values = append(values, "0."+strings.Repeat("0", f.Places)+"1", "1e30", "0x10", "1,5", " ")
			}
			if f.Form == feed.FormInteger {
				values = append(values, -1, 1.5, "7", "1e3")
			}
			for _, value := range values {
				details := refused(s, f.Name, value)
				require.Len(t, details, 1, "%s %s %v", s.Type, f.Name, value)
				require.Equal(t, f.Name, details[0].Field, "%v", value)
			}
			if f.Required {
				require.Equal(t, []feed.FieldError{{Field: f.Name, Code: "required", Message: "this field is required"}}, refused(s, f.Name, nil))
			}
		}
		for _, other := range feed.Specs() {
			for _, f := range other.Fields {
				if !slices.ContainsFunc(s.Fields, func(own *feed.Field) bool { return own.Name == f.Name }) {
					details := refused(s, f.Name, nil)
					require.Equal(t, "unknown_field", details[0].Code, "%s %s", s.Type, f.Name)
				}
			}
		}
	}
}

func TestALineNamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := feed.ParseLine([]byte(`{"id":"x-1","type":"order.closed","at":"yesterday","server":"Real","opne_spread":70,"ticket":1,"ticket":2,` +
		`"client_account":"\ud800","symbol":"EUR\u202eUSD","lots":"0.333333333","open_time":"2026-03-01T09:00:00Z","close_time":"2026-03-01T10:00:00Z",` +
		`"open_price":-1,"close_price":"1.1","platform":"mt4"}`))
	var bad *feed.LineError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "x-1", bad.ID)
	require.Equal(t, "invalid", bad.Code)
	require.Equal(t, []feed.FieldError{
		{Field: "at", Code: "invalid", Message: `"yesterday" is not an RFC 3339 time, such as 2026-06-30T12:00:00Z`},
		{Field: "opne_spread", Code: "unknown_field", Message: "order.closed has no such field; did you mean open_spread?"},
		{Field: "ticket", Code: "duplicate_field", Message: "this field is given twice; send it once"},
		{Field: "platform", Code: "unknown_field", Message: "order.closed has no such field"},
		{Field: "client_account", Code: "invalid", Message: `\ud800 is half of a surrogate pair, not a character`},
		{Field: "symbol", Code: "invalid", Message: "characters that change the direction of text are not allowed: remove U+202E"},
		{Field: "side", Code: "required", Message: "this field is required"},
		{Field: "lots", Code: "decimal_places", Message: `"0.333333333" has too many decimal places: at most 8`},
		{Field: "open_price", Code: "out_of_range", Message: "-1 is out of range: it must be above 0 and at most 922337203.6854775807"},
	}, bad.Details)
	for _, d := range bad.Details {
		require.Contains(t, bad.Message, d.Field+": "+d.Message)
	}

	_, err = feed.ParseLine([]byte(`{"type":"rate.set"}`))
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "id: this field is required; at: this field is required; currency: this field is required; usd: this field is required", bad.Message)

	many := `{"id":"a","type":"rate.set","at":"2026-03-01T10:00:00Z"`
	for i := range 2000 {
		many += fmt.Sprintf(`,"f%d":1`, i)
	}
	_, err = feed.ParseLine([]byte(many + "}"))
	require.ErrorAs(t, err, &bad)
	require.Len(t, bad.Details, 20)
	require.Contains(t, bad.Message, "and 1982 more")
}

func TestIDsThatDecodeToTheSameAreNotTaken(t *testing.T) {
	t.Parallel()
	for _, half := range []string{`\ud800`, `\udc00`, `a\ud83d`, `\udfff\ud800`} {
		_, err := feed.ParseLine([]byte(`{"id":"` + half + `","type":"rate.set","at":"2026-03-01T10:00:00Z","currency":"EUR","usd":1}`))
		var bad *feed.LineError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, "id", bad.Details[0].Field)
	}
	f, err := feed.ParseLine([]byte(`{"id":"\ud83d\ude00","type":"rate.set","at":"2026-03-01T10:00:00Z","currency":"EUR","usd":1}`))
	require.NoError(t, err)
	require.Equal(t, "😀", f.ID)
}

func TestMoments(t *testing.T) {
	t.Parallel()
	at := func(text string) (feed.Fact, error) {
		return feed.ParseLine([]byte(`{"id":"a","type":"rate.set","at":"` + text + `","currency":"EUR","usd":1}`))
	}
	for _, good := range []string{
		"2026-03-01T10:00:00Z", "2026-03-01t10:00:00z", "2026-03-01T12:00:00+02:00", "2026-03-01t10:00:00-00:00", "2026-03-01T10:00:00.000000000000Z",
		"2026-03-01T04:30:00-05:30", "2026-03-02T09:59:00+23:59",
	} {
		f, err := at(good)
		require.NoError(t, err, good)
		require.Equal(t, "2026-03-01 10:00:00 +0000 UTC", f.At.String(), good)
	}
	for _, bad := range []string{
		"2026-03-01T10:00:00", "2026-03-01", "2026-3-1T10:00:00Z", "2026-03-01T9:00:00Z", "2026-03-01T10:00:00,5Z", "2026-02-30T10:00:00Z",
		"2026-03-01T24:00:00Z", "2026-03-01T10:00:00+24:00", "2026-03-01T10:00:00+0200", "1772359200", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00",
	} {
		_, err := at(bad)
		require.Error(t, err, bad)
	}
}

func TestNormalServer(t *testing.T) {
	t.Parallel()
	require.Equal(t, feed.NormalServer(" Real-1\t"), feed.NormalServer("REAL-1"))
	require.NotEqual(t, feed.NormalServer("Real-1"), feed.NormalServer("Real-2"))
}
