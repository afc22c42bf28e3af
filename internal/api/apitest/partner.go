package apitest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

func (w *World) Exec(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, w.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}

// Send sends a request. The headers are given as names and values in turn.
func (w *World) Send(t *testing.T, token, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, body)
	if token != "" {
		req.Header.Set("Authorization", "JWT "+w.As(t, token))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	Conform(t, w.Router, answer, req)
	return answer
}

// Call sends a request with a JSON body, or without a body.
func (w *World) Call(t *testing.T, token, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	if body == "" {
		return w.Send(t, token, method, target, nil)
	}
	return w.Send(t, token, method, target, strings.NewReader(body), "Content-Type", "application/json")
}

// Scene is a request with its expected response.
type Scene struct {
	Name, Token, Method, Target, Body string

	Status int
	Answer string
}

func (w *World) Play(t *testing.T, scenes []Scene) {
	t.Helper()
	for _, s := range scenes {
		method := s.Method
		if method == "" {
			method = http.MethodGet
		}
		got := w.Call(t, s.Token, method, s.Target, s.Body)
		require.Equal(t, s.Status, got.Code, "%s: %s", s.Name, got.Body)
		require.Equal(t, "application/json", got.Header().Get("Content-Type"), s.Name)
		require.JSONEq(t, s.Answer, got.Body.String(), s.Name)
	}
}

// These are the error bodies that the Exness-compatible API requires.
const (
	NotFound = `{"code":"NotFound","message":"Not found"}`
	Denied   = `{"code":"PermissionDenied","message":"You do not have permission to perform this action"}`
	Nobody   = `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`
	BadInput = `{"code":"ParseError","message":"Malformed request"}`
)

func Wrong(field, code, message string) string {
	return `{"code":"ValidationError","message":"Bad request","details":[{"field":"` + field + `","code":"` + code + `","message":"` + message + `"}]}`
}
