package httpapi_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
)

// memoryStore is an idempotency.Store in memory. It runs each transaction twice,
// as a database may do.
type memoryStore struct {
	kept  map[[sha256.Size]byte]idempotency.Record
	locks int
	held  bool
}

func (a *memoryStore) Lock(ctx context.Context, _ id.UUID, fn func(context.Context) error) error {
	a.locks++
	a.held = true
	defer func() { a.held = false }()
	before := maps.Clone(a.kept)
	if err := fn(ctx); err != nil || len(a.kept) == len(before) {
		return err
	}
	a.kept = before
	return fn(ctx)
}

func (a *memoryStore) Find(_ context.Context, owner id.UUID, hash [sha256.Size]byte) (idempotency.Record, bool, error) {
	record, found := a.kept[hash]
	return record, found && record.Owner == owner, nil
}

func (a *memoryStore) Add(_ context.Context, r idempotency.Record) error {
	a.kept[r.KeyHash] = r
	return nil
}

func (*memoryStore) Purge(context.Context, time.Time, int) (int64, error) { return 0, nil }

type thingIn struct {
	Parent string `path:"parent"`
	Name   string `json:"name" required:"true"`
	Fail   bool   `json:"fail"`
}

type thingOut struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// keyedBundle has operations that count their calls.
type keyedBundle struct {
	bundle
	*memoryStore
	calls int
}

func setupKeyed(t *testing.T) *keyedBundle {
	t.Helper()
	b := &keyedBundle{memoryStore: &memoryStore{kept: map[[sha256.Size]byte]idempotency.Record{}}}
	b.bundle = setup(t, func(c *httpapi.Config) { c.Idempotency = idempotency.New(b.memoryStore, clock.At(start)) })
	create := func(_ context.Context, in *thingIn) (*thingOut, error) {
		if in.Fail {
			return nil, fault.Invalid("name", "already_in_use", "Choose another one.")
		}
		b.calls++
		return &thingOut{Name: in.Name + " of " + in.Parent, Count: b.calls}, nil
	}
	for _, op := range []httpapi.Op{
		{Method: "POST", Path: "/api/{parent}/things/", Aliases: []string{"/api/v2/{parent}/things/"}, ID: "create", Status: 201, Access: partners},
		{Method: "POST", Path: "/api/{parent}/others/", ID: "create_other", Access: partners},
		{Method: "POST", Path: "/api/{parent}/questions/", ID: "ask", Unkeyed: true, Access: partners},
		{Method: "PATCH", Path: "/api/{parent}/things/", ID: "change", Access: partners},
		{Method: "POST", Path: "/open/{parent}/things/", ID: "create_open", Access: httpapi.Public},
		{Method: "POST", Path: "/broker/{parent}/things/", ID: "create_broker", Access: brokers},
	} {
		httpapi.Handle(b.router, op, create)
	}
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/empty/", ID: "empty", Status: 204, Access: partners}, func(context.Context, *empty) (*empty, error) {
		b.calls++
		return nil, nil
	})
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/silent/", ID: "silent", Access: partners}, func(context.Context, *empty) (*empty, error) { return nil, nil })
	httpapi.Handle(b.router, httpapi.Op{Method: "POST", Path: "/api/broken/", ID: "broken", Access: partners}, func(context.Context, *empty) (*struct{ F func() }, error) {
		return &struct{ F func() }{}, nil
	})
	b.router.Add(httpapi.Op{Method: "POST", Path: "/api/feed/", ID: "feed", Consumes: []string{"text/plain"}, Access: partners}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			b.calls++
			return httpapi.Response{Value: thingOut{Count: b.calls}}, nil
		})
	return b
}

// post sends a body with an Idempotency-Key. The caller is the partner, unless
// pairs contains an Authorization header.
func (b *keyedBundle) post(t *testing.T, path, key, body string, pairs ...string) (status int, replayed bool, answer string) {
	t.Helper()
	headers := append([]string{"Content-Type", "application/json", "Idempotency-Key", key}, pairs...)
	if len(pairs) == 0 {
		headers = append(headers, "Authorization", "JWT partner")
	}
	w := b.call(t, http.MethodPost, path, body, headers...)
	return w.Code, w.Header().Get("Idempotent-Replayed") == "true", w.Body.String()
}

func TestIdempotency_SameKeySameAnswer(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	const body = `{"name":"x"}`
	const made = `{"name":"x of p","count":2}` // the transaction runs twice, so count is 2
	for i, path := range []string{"/api/p/things/", "/api/p/things", "//api//p/things/"} {
		status, replayed, answer := b.post(t, path, "k", body)
		require.Equal(t, 201, status)
		require.Equal(t, i > 0, replayed, path)
		require.JSONEq(t, made, answer)
	}
	require.Equal(t, 1, b.locks, "a repetition takes no lock")
	status, replayed, answer := b.post(t, "/api/p/things/", "k2", body)
	require.Equal(t, 201, status)
	require.False(t, replayed)
	require.JSONEq(t, `{"name":"x of p","count":4}`, answer)

	for what, c := range map[string]struct{ path, body string }{
		"body": {"/api/p/things/", `{"name":"y"}`}, "spelling": {"/api/p/things/", `{"name": "x"}`}, "no body": {"/api/p/things/", ``},
		"path": {"/api/q/things/", body}, "alias": {"/api/v2/p/things/", body}, "query": {"/api/p/things/?a=1", body},
	} {
		w := b.call(t, http.MethodPost, c.path, c.body, "Content-Type", "application/json", "Authorization", "JWT partner", "Idempotency-Key", "k")
		p := problem(t, w, 400, "ValidationError")
		if what != "no body" {
			require.Equal(t, []fault.Field{{
				Name: "Idempotency-Key", Code: "already_used", Message: "This key was used for another request. Use a new key for each request.",
			}}, p.Details, what)
		}
	}
	status, replayed, _ = b.post(t, "/api/p/others/", "k", body)
	require.Equal(t, 200, status)
	require.False(t, replayed, "the same key of another operation is a different key")
	require.Equal(t, 6, b.calls)
}

func TestIdempotency_WhoseKey(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	for _, c := range []struct{ path, token string }{
		{"/api/p/things/", "partner"}, {"/open/p/things/", ""}, {"/open/p/things/", "partner"}, {"/broker/p/things/", "broker"},
	} {
		pairs := []string{"X-Test", "1"}
		if c.token != "" {
			pairs = append(pairs, "Authorization", "JWT "+c.token)
		}
		_, replayed, first := b.post(t, c.path, "k", `{"name":"x"}`, pairs...)
		require.Equal(t, c.path == "/open/p/things/" && c.token != "", replayed, "a public operation ignores the caller")
		_, replayed, again := b.post(t, c.path, "k", `{"name":"x"}`, pairs...)
		require.True(t, replayed)
		require.Equal(t, first, again)
	}
	for _, pairs := range [][]string{{"X-Test", "1"}, {"Authorization", "JWT broker"}, {"Authorization", "JWT nobody"}} {
		status, replayed, _ := b.post(t, "/api/p/things/", "k", `{"name":"x"}`, pairs...)
		require.Contains(t, []int{401, 403}, status)
		require.False(t, replayed, "an Idempotency-Key gives no access")
	}
	status, replayed, _ := b.post(t, "/api/p/things/", "k", `{"name":"x"}`, "Authorization", "JWT key")
	require.Equal(t, 201, status)
	require.True(t, replayed, "all credentials of a partner share its keys")
}

func TestIdempotency_RefusedRequestsUseNoKeyUp(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	for _, body := range []string{`{"name":"x","fail":true}`, `{"name":""}`, `{`, ``} {
		status, replayed, _ := b.post(t, "/api/p/things/", "k", body)
		require.Equal(t, 400, status)
		require.False(t, replayed)
	}
	require.Equal(t, 1, b.locks, "an unreadable request takes no lock")
	status, _, _ := b.post(t, "/api/p/things/", "k", `{"name":"x"}`)
	require.Equal(t, 201, status)

	for _, path := range []string{"/api/silent/", "/api/broken/"} {
		status, _, _ := b.post(t, path, "k", ``)
		require.Equal(t, 500, status, path)
	}
	require.Len(t, b.kept, 1)
}

func TestIdempotency_WhereItIsNotLookedAt(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	for _, c := range []struct{ method, path, contentType string }{
		{"PATCH", "/api/p/things/", "application/json"}, {"POST", "/api/p/questions/", "application/json"}, {"POST", "/api/feed/", "text/plain"},
	} {
		for range 2 {
			before := b.calls
			w := b.call(t, c.method, c.path, `{"name":"x"}`, "Content-Type", c.contentType, "Authorization", "JWT partner", "Idempotency-Key", "\x01")
			require.Equal(t, 200, w.Code, "%s %s: %s", c.method, c.path, w.Body)
			require.Empty(t, w.Header().Get("Idempotent-Replayed"))
			require.Equal(t, before+1, b.calls)
		}
	}
	require.Equal(t, 200, b.call(t, "POST", "/api/p/others/", `{"name":"x"}`, "Content-Type", "application/json", "Authorization", "JWT partner").Code)
	require.Zero(t, b.locks, "a request without a key takes no lock")

	plain := setup(t)
	ping(plain.router, httpapi.Op{Method: "POST", Path: "/api/ping/"})
	require.Equal(t, 200, plain.call(t, "POST", "/api/ping/", "", "Authorization", "JWT partner", "Idempotency-Key", "k").Code)
}

func TestIdempotency_Keys(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	for key, want := range map[string]int{
		"": 400, "a b": 201, strings.Repeat("k", 255): 201, strings.Repeat("k", 256): 400, "a\tb": 400, "ключ": 400, "\xff": 400, "\x00": 400,
	} {
		status, _, answer := b.post(t, "/api/p/things/", key, `{"name":"x"}`)
		require.Equal(t, want, status, "%q: %s", key, answer)
		if want == 400 {
			require.Contains(t, answer, `"field":"Idempotency-Key"`)
		}
	}
	w := b.call(t, "POST", "/api/p/things/", `{"name":"x"}`, "Content-Type", "application/json", "Authorization", "JWT partner",
		"Idempotency-Key", "one", "Idempotency-Key", "two")
	require.Equal(t, 400, w.Code)

	for _, replays := range []bool{false, true} {
		status, replayed, answer := b.post(t, "/api/empty/", "k", "")
		require.Equal(t, 204, status)
		require.Equal(t, replays, replayed)
		require.Empty(t, answer)
	}
}

func TestIdempotency_BodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/p/things/", &breaking{strings.NewReader(`{"name":"x"}`)})
	for name, value := range map[string]string{"Content-Type": "application/json", "Authorization": "JWT partner", "Idempotency-Key": "k"} {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.router.ServeHTTP(w, req)
	problem(t, w, 400, "ParseError")
	require.Zero(t, b.locks)
}

type breaking struct{ *strings.Reader }

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil {
		err = errors.New("the connection broke")
	}
	return n, err
}

func TestIdempotency_Documented(t *testing.T) {
	t.Parallel()
	b := setupKeyed(t)
	text, err := b.router.Document()
	require.NoError(t, err)
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	for path, item := range document.Paths.Map() {
		for method, op := range item.Operations() {
			want := method == "POST" && op.OperationID != "ask" && op.OperationID != "feed"
			name := fmt.Sprint(method, " ", path)
			require.Equal(t, want, op.Parameters.GetByInAndName("header", "Idempotency-Key") != nil, name)
			for _, status := range []int{200, 201, 204} {
				if ok := op.Responses.Status(status); ok != nil {
					require.Equal(t, want, ok.Value.Headers["Idempotent-Replayed"] != nil, name)
				}
			}
		}
	}
}
