package public

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	free "github.com/tributary-server/tributary/internal/text"
)

// formPage is a web page that a link in a mail opens. It shows text. It can also
// have a form with one field and a button. It loads no scripts and no other files.
type formPage struct {
	status int // 0 means 200

	Title string
	Lines []string
	Shown string // text that the page shows in a paragraph of its own, such as an address to copy
	Fault string // message about a wrong value in the form

	Next  []string // steps that the person can take next, in order
	Links []pageLink

	Action string // path to which the form is sent; empty if the page has no form
	Token  string
	Field  fieldKind
	Button string
}

type pageLink struct{ Text, Path string }

const startPath = "/"

type fieldKind string

const (
	fieldEmail    fieldKind = "email"
	fieldPassword fieldKind = "password"
)

func (p formPage) withStatus(status int) *formPage {
	p.status = status
	return &p
}

const formStyle = `:root{color-scheme:light}
body{margin:0;background:#eef4f6;color:#12303f;font:1rem/1.5 system-ui,sans-serif}
main{box-sizing:border-box;max-width:30rem;margin:12vh auto 2rem;padding:2rem;background:#fff;border-radius:.6rem;box-shadow:0 1px 4px #12303f26}
h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.3}
h2{margin:0 0 .5rem;font-size:1.1rem}
p,ol{margin:0 0 1rem}
ol{padding-left:1.3rem}
a{color:#0f5a75}
label{display:block;margin-bottom:.3rem;font-weight:600}
input{box-sizing:border-box;width:100%;margin-bottom:1rem;padding:.6rem .7rem;border:1px solid #8aa3ad;border-radius:.35rem;font:inherit}
button{padding:.65rem 1.2rem;border:0;border-radius:.35rem;background:#0f5a75;color:#fff;font:inherit;font-weight:600;cursor:pointer}
button:hover,button:focus-visible{background:#0b4459}
code{display:block;padding:.6rem .7rem;background:#eef4f6;border-radius:.35rem;overflow-wrap:anywhere}
.fault{padding:.6rem .7rem;border-left:4px solid #b3261e;background:#fbeae9}
`

var (
	formTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>` + formStyle + `</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
{{with .Fault}}<p class="fault" role="alert">{{.}}</p>
{{end}}{{range .Lines}}<p>{{.}}</p>
{{end}}{{with .Shown}}<code>{{.}}</code>
{{end}}{{with .Next}}<h2>What comes next</h2>
<ol>
{{range .}}<li>{{.}}</li>
{{end}}</ol>
{{end}}{{with .Links}}<p>{{range $i, $link := .}}{{if $i}} &middot; {{end}}<a href="{{$link.Path}}">{{$link.Text}}</a>{{end}}</p>
{{end}}{{if .Action}}<form method="post" action="{{.Action}}">
{{with .Token}}<input type="hidden" name="token" value="{{.}}">
{{end}}{{if eq .Field "email"}}<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254">
{{else if eq .Field "password"}}<label for="password">New password (8 characters or more)</label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="8" maxlength="128">
{{end}}<button type="submit">{{.Button}}</button>
</form>
{{end}}</main>
</body>
</html>
`))
	// formPolicy is the Content-Security-Policy of the pages. It allows only the page's
	// own styles, and forms that are sent to this server.
	formPolicy = func() string {
		sum := sha256.Sum256([]byte(formStyle))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	}()
)

func (p *formPage) response() (httpapi.Response, error) {
	var body bytes.Buffer
	if err := formTemplate.Execute(&body, p); err != nil {
		return httpapi.Response{}, fmt.Errorf("making a page: %w", err)
	}
	return httpapi.Response{
		Status: p.status, Body: body.Bytes(), ContentType: "text/html; charset=utf-8",
		Header: http.Header{"Content-Security-Policy": {formPolicy}},
	}, nil
}

// addPage declares a web page that a link in a mail opens. The link's query contains
// the token.
func addPage(r *httpapi.Router, opID, path string, show func(ctx context.Context, token string) (*formPage, error)) {
	r.Add(httpapi.Op{
		Method: http.MethodGet, Path: path, ID: opID, Access: httpapi.Public, Hidden: true, AnyAccept: true,
	}, nil, openapi.Responses{}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		page, err := show(ctx, usableToken(req.Query.Get("token")))
		if err != nil {
			return httpapi.Response{}, err
		}
		return page.response()
	})
}

type formValues struct{ token, email, password string }

const maxForm = 16 << 10 // maximum size of a form in bytes

// addFormTarget declares the path that receives the form of a page. The response is
// another page. Programs use the JSON operation with the same effect instead.
func addFormTarget(r *httpapi.Router, opID, path string, submit func(ctx context.Context, form formValues) (*formPage, error)) {
	r.Add(httpapi.Op{
		Method: http.MethodPost, Path: path, ID: opID, Access: httpapi.Public, Hidden: true, AnyAccept: true,
		Consumes: []string{"application/x-www-form-urlencoded"}, MaxBody: maxForm,
	}, nil, openapi.Responses{}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		text, err := io.ReadAll(req.HTTP.Body)
		if err != nil {
			return httpapi.Response{}, fault.New(fault.ParseError)
		}
		values, err := url.ParseQuery(string(text))
		if err != nil {
			return httpapi.Response{}, fault.New(fault.ParseError)
		}
		page, err := submit(ctx, formValues{
			token: usableToken(values.Get("token")), email: strings.TrimSpace(values.Get("email")), password: values.Get("password"),
		})
		if err != nil {
			return httpapi.Response{}, err
		}
		return page.response()
	})
}

// usableToken returns the token, or "" if it is too long or not valid UTF-8.
func usableToken(token string) string {
	if free.Token.Exceeded(token) || !utf8.ValidString(token) {
		return ""
	}
	return token
}

// formFault returns the message and the status for an error that the page can
// show to the person. It returns false for any other error.
func formFault(err error) (message string, status int, ok bool) {
	switch fault.CodeOf(err) {
	case fault.ValidationError:
		message = "A value in the form is wrong."
		if e, ok := errors.AsType[*fault.Error](err); ok && len(e.Fields) > 0 {
			message = e.Fields[0].Message
		}
		return message, http.StatusBadRequest, true
	case fault.PermissionDenied:
		message = "This is not allowed."
		if e, ok := errors.AsType[*fault.Error](err); ok && e.Message != "" {
			message = e.Message
		}
		return message, http.StatusForbidden, true
	case fault.Throttled:
		return "Too many attempts. Wait a minute, then try again.", http.StatusTooManyRequests, true
	default:
		return "", 0, false
	}
}
