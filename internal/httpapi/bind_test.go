package httpapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// bound declares a POST with the input In. got returns the last input of the
// handler.
func bound[In any](t *testing.T, path string) (b bundle, got func() *In) {
	t.Helper()
	b = setup(t)
	var seen *In
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: path, ID: "bound", Access: httpapi.Public}, func(_ context.Context, in *In) (*pong, error) {
		seen = in
		return &pong{Pong: "yes"}, nil
	})
	return b, func() *In { return seen }
}

type loginIn struct {
	Login    string  `json:"login" alias:"email" required:"true"`
	Password string  `json:"password" required:"true" format:"password" maxLength:"20"`
	Code     *string `json:"code"`
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func TestBind_Login(t *testing.T) {
	t.Parallel()
	b, got := bound[loginIn](t, "/api/auth/")
	for name, c := range map[string]struct{ contentType, body string }{
		"json":             {jsonType, `{"login":"a@b.co","password":" s "}`},
		"json in utf-8":    {"application/json; charset=utf-8", `{"login":" a@b.co ","password":" s "}`},
		"upper case":       {"Application/JSON", "\n{\"login\":\"a@b.co\",\"password\":\" s \"}\n"},
		"the alias":        {jsonType, `{"email":"a@b.co","password":" s "}`},
		"unknown and null": {jsonType, `{"token":null,"code":null,"remember":{"deep":[1]},"login":"a@b.co","password":" s "}`},
		"null, then alias": {jsonType, `{"login":null,"email":"a@b.co","password":" s "}`},
		"a form":           {formType, "login=a%40b.co&password=+s+&token="},
		"a form in utf-8":  {formType + "; charset=UTF-8", "email=a@b.co&password=%20s%20"},
	} {
		w := b.call(t, "POST", "/api/auth", c.body, "Content-Type", c.contentType)
		require.Equal(t, 200, w.Code, "%s: %s", name, w.Body)
		require.Equal(t, &loginIn{Login: "a@b.co", Password: " s "}, got(), name)
	}
}

func TestBind_RefusesBodies(t *testing.T) {
	t.Parallel()
	b, _ := bound[loginIn](t, "/api/auth/")
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		code              string
	}{
		"no type":             {"", `{}`, 415, "UnsupportedMediaType"},
		"another type":        {"text/plain", `{}`, 415, "UnsupportedMediaType"},
		"xml":                 {"application/xml; charset=utf-8", `<x/>`, 415, "UnsupportedMediaType"},
		"multipart":           {"multipart/form-data; boundary=x", `--x--`, 415, "UnsupportedMediaType"},
		"nonsense for a type": {"\xff;;;", `{}`, 415, "UnsupportedMediaType"},
		"not json":            {jsonType, `{"login"`, 400, "ParseError"},
		"json behind json":    {jsonType, `{} {}`, 400, "ParseError"},
		"a list":              {jsonType, `[{"login":"a"}]`, 400, "ParseError"},
		"a string":            {jsonType, `"login"`, 400, "ParseError"},
		"null":                {jsonType, `null`, 400, "ParseError"},
		"blank":               {jsonType, `  `, 400, "ParseError"},
		"not utf-8":           {jsonType, "{\"login\":\"\xff\"}", 400, "ParseError"},
		"too deep":            {jsonType, `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 400, "ParseError"},
		"too long":            {jsonType, `{"login":"` + strings.Repeat("a", 1<<20) + `"}`, 400, "ParseError"},
		"a form with escapes": {formType, "login=%zz", 400, "ParseError"},
		"a form with a NUL":   {formType, "login=%00", 400, "ParseError"},
		"a form not in utf-8": {formType, "login=%ff", 400, "ParseError"},
		"a form too wide":     {formType, strings.Repeat("a=1&", 10_001), 400, "ParseError"},
		"no body":             {jsonType, "", 400, "ValidationError"},
		"no body, no type":    {"", "", 400, "ValidationError"},
		"no body, odd type":   {"text/html", "", 400, "ValidationError"},
		"an empty object":     {jsonType, "{}", 400, "ValidationError"},
	} {
		w := b.call(t, "POST", "/api/auth/", c.body, "Content-Type", c.contentType)
		p := problem(t, w, c.status, c.code)
		if c.code == "ValidationError" {
			require.Equal(t, []fault.Field{
				{Name: "login", Message: "This field is required.", Code: "required"},
				{Name: "password", Message: "This field is required.", Code: "required"},
			}, p.Details, name)
		}
	}
	w := b.call(t, "POST", "/api/auth/", "<x/>", "Content-Type", "application/xml; charset=utf-8")
	require.Equal(t, `Unsupported media type "application/xml" in request`, problem(t, w, 415, "UnsupportedMediaType").Message)
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

const everyPath = "/api/x/{code}/{uid}/"

var everyTarget = "/api/x/c%20d/" + partnerID.String() + "/"

func TestBind_EveryKindOfField(t *testing.T) {
	t.Parallel()
	b, got := bound[everyIn](t, everyPath)
	w := b.call(t, "POST", everyTarget+"?kind=banner,video&kind=banner&limit=5000&offset=2&ordering=-created,title&date_from=2026-01-02&search=x", `{
		"title":" ab ","email":"a@b.co","url":"https://example.com/x","uuid":"`+partnerID.String()+`","percent":"12.5","amount":1.000001,"count":"12","big":7.0,"all":"true",
		"day":"2026-02-28","at":"2026-06-30T12:00:00+02:00","ids":[1,"2",3],"names":["a",7],"group_id":null,"data":{"url":"u"},"flags":{"a":true,"b":0},
		"raw":{"n":1.10},"payload":{"n":1.10,"list":[1]}}`, "Content-Type", jsonType, "X-Temporary-Token", "tt")
	require.Equal(t, 200, w.Code, w.Body)
	in := got()
	require.Equal(t, "c d", in.Code)
	require.Equal(t, partnerID, in.UID)
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

	require.Equal(t, 200, b.call(t, "POST", everyTarget, "title=ab&ids=1&ids=2&group_id=5&percent=1", "Content-Type", formType).Code)
	in = got()
	require.Equal(t, []int64{1, 2}, in.IDs)
	require.Equal(t, bind.Nullable[int64]{Sent: true, Value: 5}, in.Group)
	require.Equal(t, "DAILY", in.Period)
	require.Equal(t, int32(3), in.Count)
	require.Equal(t, 7, in.Page.Limit)
	require.Nil(t, in.From)
}

func TestBind_SaysWhatIsWrongInDjangosWords(t *testing.T) {
	t.Parallel()
	b, _ := bound[everyIn](t, everyPath)
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
		p := problem(t, b.call(t, "POST", everyTarget, body, "Content-Type", jsonType), 400, "ValidationError")
		require.Equal(t, "Bad request", p.Message)
		require.Equal(t, []fault.Field{want}, p.Details, body)
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
		p := problem(t, b.call(t, "POST", everyTarget+"?"+query, `{"title":"ab"}`, "Content-Type", jsonType), 400, "ValidationError")
		require.Equal(t, []fault.Field{want}, p.Details, query)
	}
	problem(t, b.call(t, "POST", everyTarget+"?kind=%ff", `{"title":"ab"}`, "Content-Type", jsonType), 400, "ParseError")
	problem(t, b.call(t, "POST", everyTarget+"?kind=%00", `{"title":"ab"}`, "Content-Type", jsonType), 400, "ParseError")
	problem(t, b.call(t, "POST", "/api/x/c/not-a-uuid/", `{"title":"ab"}`, "Content-Type", jsonType), 404, "NotFound")
	require.Equal(t, 200, b.call(t, "POST", everyTarget+"?search=a;b&&=&limit=&ordering=&kind=&page_size=x", `{"title":"ab"}`, "Content-Type", jsonType).Code)
}

func TestBind_EveryFaultAtOnceButNotWithoutEnd(t *testing.T) {
	t.Parallel()
	b, _ := bound[everyIn](t, everyPath)
	p := problem(t, b.call(t, "POST", everyTarget+"?limit=x", `{"count":"x","all":"x"}`, "Content-Type", jsonType), 400, "ValidationError")
	require.Len(t, p.Details, 4)
	many := `{"names":[` + strings.Repeat("true,", 5000) + `true]}`
	p = problem(t, b.call(t, "POST", everyTarget, many, "Content-Type", jsonType), 400, "ValidationError")
	require.Len(t, p.Details, 100)
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
	b, _ := bound[ruledIn](t, "/api/r/")
	p := problem(t, b.call(t, "POST", "/api/r/", `{"password":"password"}`, "Content-Type", jsonType), 400, "ValidationError")
	require.Equal(t, "password_too_common", p.Details[0].Code)
	p = problem(t, b.call(t, "POST", "/api/r/", `{}`, "Content-Type", jsonType), 400, "ValidationError")
	require.Equal(t, "required", p.Details[0].Code)
}
