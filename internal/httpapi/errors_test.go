package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

func fails(r *httpapi.Router, err error) {
	httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/fails/", ID: "fails", Access: httpapi.Public},
		func(context.Context, *empty) (*pong, error) { return nil, err })
}

func TestErrors_LeaveInTheTablesWords(t *testing.T) {
	t.Parallel()
	field := fault.Fields{{Name: "code", Message: "Send the code.", Code: "verification_required"}}
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
	}{
		"authentication": {fault.New(fault.AuthenticationFailed), 401, `{"code":"AuthenticationFailed","message":"Incorrect authentication credentials"}`},
		"no credentials": {fault.New(fault.NotAuthenticated), 401, `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`},
		"expired":        {fault.New(fault.TokenExpired), 401, `{"code":"TokenExpired","message":"Token has expired"}`},
		"permission":     {fault.New(fault.PermissionDenied), 403, `{"code":"PermissionDenied","message":"You do not have permission to perform this action"}`},
		"permission with details": {
			&fault.Error{Code: fault.PermissionDenied, Fields: field}, 403,
			`{"code":"PermissionDenied","message":"You do not have permission to perform this action","details":[{"field":"code","message":"Send the code.","code":"verification_required"}]}`,
		},
		"permission with a message": {
			&fault.Error{Code: fault.PermissionDenied, Message: "An archived campaign can't be edited."}, 403,
			`{"code":"PermissionDenied","message":"You do not have permission to perform this action","details":[{"field":"non_field_errors","message":"An archived campaign can't be edited.","code":"permission_denied"}]}`,
		},
		"not found":                {fmt.Errorf("reading: %w", fault.New(fault.NotFound)), 404, `{"code":"NotFound","message":"Not found"}`},
		"not found with a message": {&fault.Error{Code: fault.NotFound, Message: "no partner 7"}, 404, `{"code":"NotFound","message":"Not found"}`},
		"parse":                    {fault.New(fault.ParseError), 400, `{"code":"ParseError","message":"Malformed request"}`},
		"validation": {
			fault.Invalid("email", "invalid", "Enter a <valid> email address."), 400,
			`{"code":"ValidationError","message":"Bad request","details":[{"field":"email","message":"Enter a <valid> email address.","code":"invalid"}]}`,
		},
		"validation without fields": {
			fault.New(fault.ValidationError), 400,
			`{"code":"ValidationError","message":"Bad request","details":[{"field":"non_field_errors","message":"Invalid input.","code":"invalid"}]}`,
		},
		"throttled": {&fault.Error{Code: fault.Throttled, RetryAfter: 1500 * time.Millisecond}, 429, `{"code":"Throttled","message":"Request was throttled"}`},
		"unavailable": {
			fmt.Errorf("writing: %w", &fault.Error{Code: fault.ServiceUnavailable, RetryAfter: 5 * time.Second, Cause: errors.New("the disk is full")}), 503,
			`{"code":"ServiceUnavailable","message":"The service is temporarily unavailable"}`,
		},
		"an unknown code":     {fault.New("Teapot"), 500, `{"code":"APIException","message":"A server error occurred"}`},
		"an internal error":   {errors.New("sql: no such table: secrets"), 500, `{"code":"APIException","message":"A server error occurred"}`},
		"a cancelled context": {context.Canceled, 500, `{"code":"APIException","message":"A server error occurred"}`},
		"no answer, no error": {nil, 500, `{"code":"APIException","message":"A server error occurred"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			fails(b.router, c.err)
			w := b.call(t, "GET", "/api/fails/", "", "Accept", "application/json")
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.body, w.Body.String())
			require.Equal(t, "application/json", w.Header().Get("Content-Type"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			if c.status == 401 {
				require.Equal(t, `JWT realm="api"`, w.Header().Get("WWW-Authenticate"))
			}
			if c.status == 429 {
				require.Equal(t, "2", w.Header().Get("Retry-After"))
			}
		})
	}
}

func TestErrors_InternalOnesAreLoggedWithTheRequest(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func() (*pong, error){
		"error": func() (*pong, error) { return nil, errors.New("the disk is full") },
		"panic": func() (*pong, error) { panic("the disk is full") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			b := setup(t, func(c *httpapi.Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
			httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/fails/", ID: "fails", Access: httpapi.Public},
				func(context.Context, *empty) (*pong, error) { return handle() })
			w := b.call(t, "GET", "/api/fails/", "", "X-Request-Id", "req-42")
			require.NotContains(t, w.Body.String(), "disk")
			problem(t, w, 500, "APIException")
			require.Equal(t, "req-42", w.Header().Get("X-Request-ID"))
			require.Contains(t, log.String(), "the disk is full")
			require.Contains(t, log.String(), `"op":"fails"`)
			require.Contains(t, log.String(), `"request_id":"req-42"`)
		})
	}
}

// declareStream declares a report whose handler writes size bytes and then returns err.
func declareStream(r *httpapi.Router, size int, err error) {
	r.Add(httpapi.Op{Method: "GET", Path: "/api/rows/", ID: "rows", Access: httpapi.Public, Formats: httpapi.ReportFormats()}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv; charset=utf-8", Filename: "rows.csv", Stream: func(w io.Writer) error {
				if _, werr := w.Write(bytes.Repeat([]byte("x"), size)); werr != nil {
					return werr
				}
				return err
			}}, nil
		})
}

func TestStream_EndsWholeOrVisiblyBroken(t *testing.T) {
	t.Parallel()
	const long = 1 << 20
	for name, c := range map[string]struct {
		size    int
		err     error
		status  int
		aborted bool
	}{
		"whole":            {size: long, status: 200},
		"empty":            {size: 0, status: 200},
		"broken at once":   {size: 0, err: errors.New("broken"), status: 500},
		"broken early":     {size: 100, err: errors.New("broken"), status: 500},
		"refused early":    {size: 100, err: fault.New(fault.NotFound), status: 404},
		"broken half-way":  {size: long, err: errors.New("broken"), status: 200, aborted: true},
		"refused half-way": {size: long, err: fault.New(fault.NotFound), status: 200, aborted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			declareStream(b.router, c.size, c.err)
			server := httptest.NewServer(b.router)
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/rows/?format=csv", nil)
			require.NoError(t, err)
			res, err := server.Client().Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.Equal(t, c.status, res.StatusCode)
			if c.aborted {
				require.Error(t, err, "a cut stream must not look like an answer")
				return
			}
			require.NoError(t, err)
			if c.status == 200 {
				require.Len(t, body, c.size)
				require.Equal(t, "text/csv; charset=utf-8", res.Header.Get("Content-Type"))
				require.Equal(t, `attachment; filename=rows.csv`, res.Header.Get("Content-Disposition"))
				return
			}
			require.Equal(t, "application/json", res.Header.Get("Content-Type"))
			require.Empty(t, res.Header.Get("Content-Disposition"))
		})
	}
}

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestStream_ACallerThatGoesAwayIsNoFailure(t *testing.T) {
	t.Parallel()
	log := &lines{}
	done := make(chan struct{})
	b := setup(t, func(c *httpapi.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(log, nil))
		c.Observe = func(string, int, time.Duration, int64) { close(done) }
	})
	b.router.Add(httpapi.Op{Method: "GET", Path: "/api/rows/", ID: "rows", Access: httpapi.Public, AnyAccept: true}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv", Stream: func(w io.Writer) error {
				for {
					if _, err := w.Write(make([]byte, 64<<10)); err != nil {
						return err
					}
				}
			}}, nil
		})
	server := httptest.NewServer(b.router)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/rows/", nil)
	require.NoError(t, err)
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	<-done
	require.Contains(t, log.String(), "the caller closed the connection")
	require.NotContains(t, log.String(), `"level":"ERROR"`)
}
