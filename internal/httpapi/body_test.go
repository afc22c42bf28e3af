package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
)

// declarePost declares a POST operation with the input In. lastInput returns the
// input that the handler received last.
func declarePost[In any](t *testing.T, path string) (b bundle, lastInput func() *In) {
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

func TestBody_Login(t *testing.T) {
	t.Parallel()
	b, got := declarePost[loginIn](t, "/api/auth/")
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

func TestBody_Refused(t *testing.T) {
	t.Parallel()
	b, _ := declarePost[loginIn](t, "/api/auth/")
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

type ruledIn struct {
	Password string `json:"password" required:"true"`
}

func (in *ruledIn) Validate() error {
	if in.Password == "password" {
		return fault.Invalid("password", "password_too_common", "This password is too common.")
	}
	return nil
}
