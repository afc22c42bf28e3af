package bind_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// TestBind_RefusesABodyThatCanBeReadInTwoWays checks that a body is refused if
// two JSON parsers could read different amounts or ids from it.
func TestBind_RefusesABodyThatCanBeReadInTwoWays(t *testing.T) {
	t.Parallel()
	every := planOf[everyIn]("POST", everyPath)
	const twice, half = "This field is given twice. Send it once.", ` is half of a surrogate pair, not a character. Send whole characters.`
	for body, want := range map[string]fault.Field{
		`{"title":"ab","percent":1,"percent":2}`:           {Name: "percent", Code: "duplicate_field", Message: twice},
		`{"title":"ab","percent":1,"\u0070ercent":2}`:      {Name: "percent", Code: "duplicate_field", Message: twice},
		`{"title":"ab","data":{"url":"a","url":"b"}}`:      {Name: "data.url", Code: "duplicate_field", Message: twice},
		`{"title":"ab","raw":[{"amount":1,"amount":2}]}`:   {Name: "raw.0.amount", Code: "duplicate_field", Message: twice},
		`{"title":"ab","payload":{"amount":1,"amount":2}}`: {Name: "payload.amount", Code: "duplicate_field", Message: twice},
		`{"title":"ab","unknown":1,"unknown":1}`:           {Name: "unknown", Code: "duplicate_field", Message: twice},
		`{"title":"a\ud800"}`:                              {Name: "title", Code: "surrogate_characters_not_allowed", Message: `\ud800` + half},
		`{"title":"ab","names":["x","\udfff"]}`:            {Name: "names.1", Code: "surrogate_characters_not_allowed", Message: `\udfff` + half},
		`{"title":"ab","payload":{"\ud800":1}}`:            {Name: "payload.\uFFFD", Code: "surrogate_characters_not_allowed", Message: `\ud800` + half},
		"{\"title\":\"ab\",\"\\u202e\":1,\"\\u202e\":1}":   {Name: `"\u202e"`, Code: "duplicate_field", Message: twice},
	} {
		require.Equal(t, []fault.Field{want}, every.faults(t, call{target: everyTarget, body: body}), body)
	}
	every.mustBind(t, call{target: everyTarget, body: `{"title":"\ud83d\ude00 a","payload":{"a":{"a":1}}}`})

	require.Equal(t, []fault.Field{{Name: "percent", Code: "duplicate_field", Message: twice}},
		every.faults(t, call{target: everyTarget, body: "title=ab&percent=1&percent=2&ids=1&ids=2", form: true}))
}

type freeIn struct {
	Name     string                `json:"name"`
	Note     bind.Nullable[string] `json:"note" lines:"true"`
	List     []string              `json:"list"`
	Map      map[string]string     `json:"map"`
	Password string                `json:"password" format:"password"`
	Search   string                `query:"search"`
}

func TestBind_OneRuleForFreeText(t *testing.T) {
	t.Parallel()
	free := planOf[freeIn]("POST", "/free")
	for body, name := range map[string]string{
		`{"name":"a\u001b[2J"}`:          "name",
		`{"name":"a\nb"}`:                "name",
		`{"name":"\u202egpj.exe"}`:       "name",
		`{"note":"\u2066a"}`:             "note",
		`{"note":"a\u0007"}`:             "note",
		`{"list":["a","b\u0085c"]}`:      "list.1",
		`{"map":{"a":"b\tc"}}`:           "map.a",
		`{"map":{"\u202e":"b"}}`:         "map",
		`{"name":"a","list":["\u007f"]}`: "list.0",
	} {
		found := free.faults(t, call{target: "/free", body: body})
		require.Len(t, found, 1, body)
		require.Equal(t, [2]string{name, "invalid"}, [2]string{found[0].Name, found[0].Code}, body)
		require.Regexp(t, `^(Control characters|Characters that change the direction of text) are not allowed: remove U\+[0-9A-F]{4}\.$`, found[0].Message)
	}
	require.Equal(t, "search", free.faults(t, call{target: "/free?search=%E2%80%AE"})[0].Name)
	for _, form := range []string{"name=a%1bb", "note=a%07"} {
		require.Len(t, free.faults(t, call{target: "/free", body: form, form: true}), 1, form)
	}
	in := free.mustBind(t, call{target: "/free", body: `{"name":"\u200fمرحبا 👍🏽","note":"a\r\n\tb","password":"a\tb\u202e"}`})
	require.Equal(t, "a\r\n\tb", in.Note.Value)
	require.Equal(t, "a\tb\u202e", in.Password, "a password may contain any character that can be typed")
}

func TestBind_UnknownFields(t *testing.T) {
	t.Parallel()
	patch := planOf[patchIn]("POST", "/things/{code}")
	for _, c := range []call{
		{body: `{"title":"a","token":null,"remember":true}`},
		{body: "name=a&token=&remember=1", form: true},
	} {
		c.target = "/things/45"
		patch.mustBind(t, c)
		c.strict = true
		found := patch.faults(t, c)
		require.Len(t, found, 2)
		require.Equal(t, [2]string{"remember", "unknown"}, [2]string{found[0].Name, found[0].Code})
		require.Equal(t, [2]string{"token", "unknown"}, [2]string{found[1].Name, found[1].Code})
	}
	patch.mustBind(t, call{target: "/things/45", body: `{"name":"a","note":null}`, strict: true})
}
