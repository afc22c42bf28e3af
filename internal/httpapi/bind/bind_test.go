package bind_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

type plan[In any] struct {
	method, path string
	*bind.Plan
}

func planOf[In any](method, path string) plan[In] {
	return plan[In]{method, path, bind.New(reflect.TypeFor[In](), bind.Operation{ID: "x", Method: method, Path: path})}
}

type call struct {
	target, body string
	header       http.Header
	form, strict bool
}

// bind parses a request as the server does, and fills an input from it.
func (p plan[In]) bind(t *testing.T, c call) (*In, error) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), p.method, c.target, nil)
	query, err := bind.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	in, err := new(In), errors.New("the path does not match")
	mux := http.NewServeMux()
	mux.HandleFunc(p.path, func(_ http.ResponseWriter, req *http.Request) {
		req.Header = c.header
		err = p.Bind(in, &bind.Input{HTTP: req, Query: query, Strict: c.strict, Body: []byte(c.body), Form: c.form})
	})
	mux.ServeHTTP(httptest.NewRecorder(), req)
	return in, err
}

func (p plan[In]) mustBind(t *testing.T, c call) *In {
	t.Helper()
	in, err := p.bind(t, c)
	require.NoError(t, err, "%s %s", c.target, c.body)
	return in
}

func (p plan[In]) refuses(t *testing.T, code fault.Code, c call) {
	t.Helper()
	_, err := p.bind(t, c)
	require.Equal(t, code, fault.CodeOf(err), "%s %s: %v", c.target, c.body, err)
}

func (p plan[In]) faults(t *testing.T, c call) []fault.Field {
	t.Helper()
	_, err := p.bind(t, c)
	require.Equal(t, fault.ValidationError, fault.CodeOf(err), "%s %s: %v", c.target, c.body, err)
	found, _ := errors.AsType[*fault.Error](err)
	return found.Fields
}

type everyIn struct {
	Code    string               `path:"code"`
	UID     id.UUID              `path:"uid"`
	Kind    []string             `query:"kind" enum:"banner,video"`
	Page    page.Page            `ordering:"title,created" default:"7"`
	From    *clock.Day           `query:"date_from"`
	Token   string               `header:"X-Temporary-Token"`
	Title   string               `json:"title" required:"true" maxLength:"5" minLength:"2"`
	Email   string               `json:"email" format:"email"`
	URL     string               `json:"url" format:"uri"`
	UUID    string               `json:"uuid" format:"uuid"`
	Period  string               `json:"period" enum:"DAILY,WEEKLY" default:"DAILY"`
	Percent *money.Percent       `json:"percent" minimum:"0" maximum:"100"`
	Amount  money.Amount         `json:"amount"`
	Count   int32                `json:"count" minimum:"1" default:"3"`
	Big     uint8                `json:"big"`
	All     bool                 `json:"all"`
	Day     clock.Day            `json:"day"`
	At      time.Time            `json:"at"`
	IDs     []int64              `json:"ids" maxItems:"3"`
	Names   []string             `json:"names"`
	Group   bind.Nullable[int64] `json:"group_id"`
	Data    struct {
		URL string `json:"url" required:"true"`
	} `json:"data"`
	Flags   map[string]bool `json:"flags"`
	Raw     json.RawMessage `json:"raw"`
	Payload map[string]any  `json:"payload"`
}

const (
	everyPath   = "/x/{code}/{uid}"
	uid         = "0197c0de-0000-7000-8000-000000000001"
	everyTarget = "/x/c%20d/" + uid
)

func TestBind_EveryKindOfField(t *testing.T) {
	t.Parallel()
	every := planOf[everyIn]("POST", everyPath)
	in := every.mustBind(t, call{target: everyTarget + "?kind=banner,video&kind=banner&limit=5000&offset=2&ordering=-created,title&date_from=2026-01-02&search=x", body: `{
		"title":" ab ","email":"a@b.co","url":"https://example.com/x","uuid":"` + uid + `","percent":"12.5","amount":1.000001,"count":"12","big":7.0,"all":"true",
		"day":"2026-02-28","at":"2026-06-30T12:00:00+02:00","ids":[1,"2",3],"names":["a",7],"group_id":null,"data":{"url":"u"},"flags":{"a":true,"b":0},
		"raw":{"n":1.10},"payload":{"n":1.10,"list":[1]}}`, header: http.Header{"X-Temporary-Token": {"tt"}}})
	require.Equal(t, "c d", in.Code)
	require.Equal(t, uid, in.UID.String())
	require.Equal(t, []string{"banner", "video", "banner"}, in.Kind)
	require.Equal(t, page.Page{Limit: 1000, Offset: 2, Order: []page.Order{{Field: "created", Descending: true}, {Field: "title"}}}, in.Page)
	require.Equal(t, "2026-01-02", in.From.String())
	require.Equal(t, "tt", in.Token)
	require.Equal(t, "ab", in.Title)
	require.Equal(t, money.Percent(125000), *in.Percent)
	require.Equal(t, money.Amount(1000001), in.Amount)
	require.Equal(t, int32(12), in.Count)
	require.Equal(t, uint8(7), in.Big)
	require.True(t, in.All)
	require.Equal(t, "2026-02-28", in.Day.String())
	require.Equal(t, time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC), in.At)
	require.Equal(t, []int64{1, 2, 3}, in.IDs)
	require.Equal(t, []string{"a", "7"}, in.Names)
	require.Equal(t, bind.Nullable[int64]{Sent: true, Null: true}, in.Group)
	require.Equal(t, "u", in.Data.URL)
	require.Equal(t, map[string]bool{"a": true, "b": false}, in.Flags)
	require.JSONEq(t, `{"n":1.10}`, string(in.Raw))
	require.Equal(t, map[string]any{"n": json.Number("1.10"), "list": []any{json.Number("1")}}, in.Payload)

	in = every.mustBind(t, call{target: everyTarget, body: "title=ab&ids=1&ids=2&group_id=5&percent=1", form: true})
	require.Equal(t, []int64{1, 2}, in.IDs)
	require.Equal(t, bind.Nullable[int64]{Sent: true, Value: 5}, in.Group)
	require.Equal(t, "DAILY", in.Period)
	require.Equal(t, int32(3), in.Count)
	require.Equal(t, 7, in.Page.Limit)
	require.Nil(t, in.From)
}

func TestBind_SaysWhatIsWrongInDjangosWords(t *testing.T) {
	t.Parallel()
	every := planOf[everyIn]("POST", everyPath)
	const integer, date = "A valid integer is required.", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
	for body, want := range map[string]fault.Field{
		`{"title":null}`:          {Name: "title", Code: "required", Message: "This field is required."},
		`{"title":"  "}`:          {Name: "title", Code: "blank", Message: "This field may not be blank."},
		`{"title":"abcdef"}`:      {Name: "title", Code: "max_length", Message: "Ensure this field has no more than 5 characters."},
		`{"title":"a"}`:           {Name: "title", Code: "min_length", Message: "Ensure this field has at least 2 characters."},
		`{"title":true}`:          {Name: "title", Code: "invalid", Message: "Not a valid string."},
		`{"title":["a"]}`:         {Name: "title", Code: "invalid", Message: "Not a valid string."},
		`{"title":"a\u0000b"}`:    {Name: "title", Code: "null_characters_not_allowed", Message: "Null characters are not allowed."},
		`{"email":"nobody"}`:      {Name: "email", Code: "invalid", Message: "Enter a valid email address."},
		`{"email":"A <a@b.co>"}`:  {Name: "email", Code: "invalid", Message: "Enter a valid email address."},
		`{"email":"a@localhost"}`: {Name: "email", Code: "invalid", Message: "Enter a valid email address."},
		`{"email":{"a":1}}`:       {Name: "email", Code: "invalid", Message: "Not a valid string."},
		`{"url":"javascript:1"}`:  {Name: "url", Code: "invalid", Message: "Enter a valid URL."},
		`{"uuid":"1"}`:            {Name: "uuid", Code: "invalid", Message: "Must be a valid UUID."},
		`{"period":"daily"}`:      {Name: "period", Code: "invalid_choice", Message: `"daily" is not a valid choice.`},
		`{"percent":100.0001}`:    {Name: "percent", Code: "max_value", Message: "Ensure this value is less than or equal to 100."},
		`{"percent":-1}`:          {Name: "percent", Code: "min_value", Message: "Ensure this value is greater than or equal to 0."},
		`{"percent":"1.00001"}`:   {Name: "percent", Code: "max_decimal_places", Message: "Ensure that there are no more than 4 decimal places."},
		`{"percent":"ten"}`:       {Name: "percent", Code: "invalid", Message: "A valid number is required."},
		`{"percent":1e99}`:        {Name: "percent", Code: "invalid", Message: "A valid number is required."},
		`{"count":"x"}`:           {Name: "count", Code: "invalid", Message: integer},
		`{"count":1.5}`:           {Name: "count", Code: "invalid", Message: integer},
		`{"count":true}`:          {Name: "count", Code: "invalid", Message: integer},
		`{"count":0}`:             {Name: "count", Code: "min_value", Message: "Ensure this value is greater than or equal to 1."},
		`{"count":4294967296}`:    {Name: "count", Code: "invalid", Message: integer},
		`{"big":256}`:             {Name: "big", Code: "invalid", Message: integer},
		`{"big":-1}`:              {Name: "big", Code: "invalid", Message: integer},
		`{"all":"perhaps"}`:       {Name: "all", Code: "invalid", Message: "Must be a valid boolean."},
		`{"day":"2026-02-30"}`:    {Name: "day", Code: "invalid", Message: date},
		`{"ids":7}`:               {Name: "ids", Code: "not_a_list", Message: `Expected a list of items but got type "int".`},
		`{"ids":"7"}`:             {Name: "ids", Code: "not_a_list", Message: `Expected a list of items but got type "str".`},
		`{"ids":[1,2,3,4]}`:       {Name: "ids", Code: "max_length", Message: "Ensure this field has no more than 3 elements."},
		`{"ids":[1,"x"]}`:         {Name: "ids.1", Code: "invalid", Message: integer},
		`{"ids":[null]}`:          {Name: "ids.0", Code: "null", Message: "This field may not be null."},
		`{"group_id":"x"}`:        {Name: "group_id", Code: "invalid", Message: integer},
		`{"data":[]}`:             {Name: "data", Code: "invalid", Message: "Invalid data. Expected a dictionary, but got list."},
		`{"data":{}}`:             {Name: "data.url", Code: "required", Message: "This field is required."},
		`{"flags":{"a":"?"}}`:     {Name: "flags.a", Code: "invalid", Message: "Must be a valid boolean."},
		`{"payload":3}`:           {Name: "payload", Code: "invalid", Message: "Invalid data. Expected a dictionary, but got int."},
		`{"raw":"\u0000"}`:        {Name: "raw", Code: "null_characters_not_allowed", Message: "Null characters are not allowed."},
	} {
		if !strings.Contains(body, "title") {
			body = `{"title":"ab",` + body[1:]
		}
		require.Equal(t, []fault.Field{want}, every.faults(t, call{target: everyTarget, body: body}), body)
	}
	for query, want := range map[string]fault.Field{
		"kind=audio":           {Name: "kind", Code: "invalid_choice", Message: `"audio" is not a valid choice.`},
		"date_from=yesterday":  {Name: "date_from", Code: "invalid", Message: date},
		"limit=ten":            {Name: "limit", Code: "invalid", Message: integer},
		"limit=1.5":            {Name: "limit", Code: "invalid", Message: integer},
		"limit=-1":             {Name: "limit", Code: "min_value", Message: "Ensure this value is greater than or equal to 0."},
		"offset=x":             {Name: "offset", Code: "invalid", Message: integer},
		"ordering=title,-size": {Name: "ordering", Code: "invalid_choice", Message: `"-size" is not a valid choice.`},
	} {
		require.Equal(t, []fault.Field{want}, every.faults(t, call{target: everyTarget + "?" + query, body: `{"title":"ab"}`}), query)
	}
	every.refuses(t, fault.ParseError, call{target: everyTarget + "?kind=%ff", body: `{"title":"ab"}`})
	every.refuses(t, fault.ParseError, call{target: everyTarget + "?kind=%00", body: `{"title":"ab"}`})
	every.refuses(t, fault.NotFound, call{target: "/x/c/not-a-uuid", body: `{"title":"ab"}`})
	every.mustBind(t, call{target: everyTarget + "?search=a;b&&=&limit=&ordering=&kind=&page_size=x", body: `{"title":"ab"}`})
}

func TestBind_EveryFaultAtOnceButNotWithoutEnd(t *testing.T) {
	t.Parallel()
	every := planOf[everyIn]("POST", everyPath)
	require.Len(t, every.faults(t, call{target: everyTarget + "?limit=x", body: `{"count":"x","all":"x"}`}), 4)
	many := `{"names":[` + strings.Repeat("true,", 5000) + `true]}`
	require.Len(t, every.faults(t, call{target: everyTarget, body: many}), 100)
}

type ruledIn struct {
	Password string `json:"password" required:"true"`
}

func (in *ruledIn) Validate() error {
	if in.Password == "password" {
		return fault.Invalid("password", "password_too_common", "This password is too common.")
	}
	return nil
}

func TestBind_OwnRulesComeLast(t *testing.T) {
	t.Parallel()
	ruled := planOf[ruledIn]("POST", "/r")
	require.Equal(t, "password_too_common", ruled.faults(t, call{target: "/r", body: `{"password":"password"}`})[0].Code)
	require.Equal(t, "required", ruled.faults(t, call{target: "/r", body: `{}`})[0].Code)
}
