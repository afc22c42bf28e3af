package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

var (
	partnerID = id.New()
	start     = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
)

// The tests use these kinds of access.
var (
	scheme   = &openapi.Scheme{Name: "JWT"}
	partners = &httpapi.Access{Role: caller.Partner, Access: openapi.Access{Name: "partner", Scheme: scheme}}
	persons  = &httpapi.Access{Role: caller.Partner, Access: openapi.Access{Name: "partner", Scheme: scheme, Person: true}}
	optional = &httpapi.Access{Role: caller.Partner, Access: openapi.Access{Name: "optional", Scheme: scheme, Optional: true}}
	brokers  = &httpapi.Access{Role: caller.Broker, Access: openapi.Access{Name: "broker", Scheme: scheme}}

	brokerPersons = &httpapi.Access{Role: caller.Broker, Access: openapi.Access{Name: "broker", Scheme: scheme, Person: true}}
)

type keys struct{}

func (keys) Authenticate(_ context.Context, token string) (caller.Caller, error) {
	switch token {
	case "admin", "finance", "support":
		return caller.Caller{Role: caller.Broker, StaffID: partnerID, StaffRole: caller.StaffRole(token), TokenID: "s1"}, nil
	case "partner":
		return caller.Caller{Role: caller.Partner, PartnerID: partnerID, TokenID: "p1"}, nil
	case "narrow":
		return caller.Caller{Role: caller.Partner, PartnerID: partnerID, TokenID: "p2", Scopes: []string{"reports:read"}}, nil
	case "key":
		return caller.Caller{Role: caller.Partner, Key: true, PartnerID: partnerID, TokenID: "k1"}, nil
	case "reader":
		return caller.Caller{Role: caller.Partner, Key: true, PartnerID: partnerID, TokenID: "k2", Scopes: []string{"read"}}, nil
	case "rebates":
		return caller.Caller{Role: caller.Partner, Key: true, PartnerID: partnerID, TokenID: "k3", Scopes: []string{"rebates", "promo"}}, nil
	case "unnamed": // neither a key nor a staff member
		return caller.Caller{Role: caller.Broker, TokenID: "u1"}, nil
	case "broker":
		return caller.Caller{Role: caller.Broker, Key: true, TokenID: "b1"}, nil
	case "old":
		return caller.Caller{}, fault.New(fault.TokenExpired)
	case "broken":
		return caller.Caller{}, io.ErrUnexpectedEOF
	}
	return caller.Caller{}, fault.New(fault.AuthenticationFailed)
}

type bundle struct {
	router *httpapi.Router
	clock  *clock.Fixed
}

func setup(t *testing.T, change ...func(*httpapi.Config)) bundle {
	t.Helper()
	b := bundle{clock: clock.At(start)}
	config := httpapi.Config{Authenticator: keys{}, Clock: b.clock, Logger: slog.New(slog.DiscardHandler), Document: openapi.Info{Title: "Test", Version: "1"}}
	for _, f := range change {
		f(&config)
	}
	b.router = httpapi.New(config)
	return b
}

// call sends a request. pairs contains header names, each followed by its value.
func (b bundle) call(t *testing.T, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Add(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	b.router.ServeHTTP(w, req)
	return w
}

func problem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) httpapi.Problem {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var p httpapi.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p), w.Body.String())
	require.Equal(t, code, string(p.Code))
	return p
}

type empty struct{}

type pong struct {
	Pong string `json:"pong"`
}

func ping(r *httpapi.Router, op httpapi.Op) {
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	if op.ID == "" {
		op.ID = "ping"
	}
	if op.Access == nil {
		op.Access = partners
	}
	httpapi.Handle(r, op, func(context.Context, *empty) (*pong, error) { return &pong{Pong: "yes"}, nil })
}
