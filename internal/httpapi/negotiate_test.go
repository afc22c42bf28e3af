package httpapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

// declareFormats declares a report whose body is the name of the requested format.
func declareFormats(r *httpapi.Router) {
	r.Add(httpapi.Op{Method: "GET", Path: "/api/report/", ID: "report", Access: httpapi.Public, Formats: httpapi.ReportFormats()}, nil, openapi.Responses{},
		func(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{Body: []byte(req.Format.Name), ContentType: req.Format.Type}, nil
		})
}

func TestNegotiate_Accept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/plain/", ID: "plain", Access: httpapi.Public})
	declareFormats(b.router)

	const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	for accept, c := range map[string]struct {
		plain  int    // status of an operation that offers only JSON
		report string // body of a report; empty if the status is 406
	}{
		"":                           {200, "json"},
		"*/*":                        {200, "json"},
		"application/json":           {200, "json"},
		"Application/JSON":           {200, "json"},
		"application/*":              {200, "json"},
		"application/json; indent=4": {200, "json"},
		"application/json;version=v1, text/plain, */*":                    {200, "json"},
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": {200, "json"},
		"text/csv":                              {406, "csv"},
		"text/*":                                {406, "csv"},
		xlsx:                                    {406, "xlsx"},
		"text/csv, */*":                         {200, "csv"},
		"text/csv;q=0.5, application/json":      {200, "json"},
		"text/csv;q=0.5, application/json;q=.4": {200, "csv"},
		"text/html":                             {406, ""},
		"image/png, text/html;q=0.9":            {406, ""},
		"application/json;q=0":                  {406, ""},
		"application/json;q=0.0":                {406, ""},
		"application/json;q=0, */*":             {406, "csv"},
		"*/*;q=0":                               {406, ""},
		"*/*, application/*;q=0":                {406, "csv"},
		"application/json;q=nonsense":           {200, "json"},
		"application/json;q=2":                  {200, "json"},
		"application/json;q=NaN":                {200, "json"},
		"nonsense":                              {200, "json"},
		"nonsense, text/csv":                    {406, "csv"},
		",,;q=0,":                               {200, "json"},
		"*/json":                                {200, "json"},
	} {
		w := b.call(t, "GET", "/api/plain/", "", "Accept", accept)
		require.Equal(t, c.plain, w.Code, "%q", accept)
		if c.plain == 406 {
			require.JSONEq(t, `{"code":"NotAcceptable","message":"The request is not acceptable"}`, w.Body.String())
			require.Equal(t, "application/json", w.Header().Get("Content-Type"))
		}
		w = b.call(t, "GET", "/api/report/", "", "Accept", accept)
		if c.report == "" {
			problem(t, w, 406, "NotAcceptable")
			continue
		}
		require.Equal(t, c.report, w.Body.String(), "%q", accept)
	}
	require.Equal(t, "csv", b.call(t, "GET", "/api/report/", "", "Accept", "text/html", "Accept", "text/csv").Body.String(), "two headers are one list")
}

func TestNegotiate_FormatWinsOverAccept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/plain/", ID: "plain", Access: httpapi.Public})
	declareFormats(b.router)

	for query, format := range map[string]string{"csv": "csv", "xlsx": "xlsx", "json": "json", "CSV": "csv", "json&format=csv": "csv"} {
		require.Equal(t, format, b.call(t, "GET", "/api/report/?format="+query, "", "Accept", "text/html").Body.String(), query)
	}
	p := problem(t, b.call(t, "GET", "/api/report/?format=pdf", ""), 400, "ValidationError")
	require.Equal(t, "format", p.Details[0].Name)
	require.Equal(t, "invalid_choice", p.Details[0].Code)
	require.Equal(t, "json", b.call(t, "GET", "/api/report/?format=", "").Body.String())
	problem(t, b.call(t, "GET", "/api/plain/?format=pdf", ""), 400, "ValidationError")
}

func TestNegotiate_OrderOfChecks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Method: "POST", Path: "/api/post/", ID: "post"})
	bad := []string{"Content-Type", "text/xml", "Accept", "text/html"}

	problem(t, b.call(t, "PUT", "/api/post/", "<x/>", bad...), 405, "MethodNotAllowed")
	problem(t, b.call(t, "POST", "/api/post/", "<x/>", bad...), 401, "NotAuthenticated")
	bad = append(bad, "Authorization", "JWT partner")
	problem(t, b.call(t, "POST", "/api/post/", "<x/>", bad...), 406, "NotAcceptable")
	problem(t, b.call(t, "POST", "/api/post/", "<x/>", "Authorization", "JWT partner", "Content-Type", "text/xml"), 415, "UnsupportedMediaType")
}
