package sdk_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

type answer struct {
	status int // 0 means 200
	header map[string]string
	body   string
}

// serve returns a client of a server that has these responses. A key has the
// form "METHOD path?query". The server responds with 404 to any other request.
func serve(t *testing.T, answers map[string]answer, options ...sdk.Option) *sdk.Partner {
	t.Helper()
	return serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		a, known := answers[r.Method+" "+r.URL.RequestURI()]
		if !known {
			a = answer{status: http.StatusNotFound, body: `{"code":"NotFound","message":"Not found"}`}
		}
		reply(w, a)
	}, options...)
}

func serveFunc(t *testing.T, handle http.HandlerFunc, options ...sdk.Option) *sdk.Partner {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	client, err := sdk.NewPartner(server.URL, options...)
	require.NoError(t, err)
	return client
}

func reply(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = io.WriteString(w, a.body)
}

// expect does the same as require.Equal, but may be called in a server's
// goroutine, which must not end a test.
func expect(t *testing.T, want, got string) {
	t.Helper()
	if got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// tokenServer is a server that issues the tokens t1, t2 and so on. It accepts
// only the newest token.
type tokenServer struct {
	mu     sync.Mutex
	logins int
	seen   []string // bodies of the login requests
	calls  atomic.Int64
}

func (o *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path == "/api/v2/auth/" {
		body, _ := io.ReadAll(r.Body)
		o.seen = append(o.seen, string(body))
		if !strings.Contains(string(body), `"password":"right"`) {
			reply(w, answer{status: 401, body: `{"code":"AuthenticationFailed","message":"Incorrect authentication credentials"}`})
			return
		}
		o.logins++
		reply(w, answer{body: fmt.Sprintf(`{"token":"t%d"}`, o.logins)})
		return
	}
	o.calls.Add(1)
	if r.Header.Get("Authorization") != fmt.Sprintf("JWT t%d", o.logins) {
		reply(w, answer{status: 401, body: `{"code":"TokenExpired","message":"Token has expired"}`})
		return
	}
	if r.URL.Path == "/api/forbidden/" {
		reply(w, answer{status: 403, body: `{"code":"PermissionDenied","message":"You do not have permission to perform this action"}`})
		return
	}
	reply(w, answer{body: `{"full_default_link":"https://go.example.com/a/abc123","domain":"go.example.com","code":"abc123"}`})
}

func (o *tokenServer) expire() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.logins++
}

func TestLogin(t *testing.T) {
	t.Parallel()
	o := &tokenServer{}
	client := serveFunc(t, o.ServeHTTP)
	require.Empty(t, client.Token())
	_, err := client.DefaultLink(t.Context())
	require.Equal(t, sdk.TokenExpired, sdk.ErrorCode(err), "no credentials yet")

	require.Equal(t, sdk.AuthenticationFailed, sdk.ErrorCode(client.Login(t.Context(), "partner@example.com", "wrong")))
	require.NoError(t, client.Login(t.Context(), "partner@example.com", "right"))
	require.JSONEq(t, `{"login":"partner@example.com","password":"right"}`, o.seen[1])
	require.Equal(t, "t1", client.Token())
	link, err := client.DefaultLink(t.Context())
	require.NoError(t, err)
	require.Equal(t, "abc123", link.Code)
}

func TestLogsInAgainOn401AndOnlyThen(t *testing.T) {
	t.Parallel()
	o := &tokenServer{}
	client := serveFunc(t, o.ServeHTTP)
	require.NoError(t, client.Login(t.Context(), "partner@example.com", "right"))

	o.expire()
	_, err := client.DefaultLink(t.Context())
	require.NoError(t, err)
	require.Equal(t, "t3", client.Token())
	require.Len(t, o.seen, 2)

	_, err = client.Download(t.Context(), "/api/forbidden/", nil)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	require.Len(t, o.seen, 2, "a 403 causes no login")
}

func TestManyCallersLogInAgainOnce(t *testing.T) {
	t.Parallel()
	o := &tokenServer{}
	client := serveFunc(t, o.ServeHTTP)
	require.NoError(t, client.Login(t.Context(), "partner@example.com", "right"))
	o.expire()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := client.DefaultLink(t.Context())
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, o.seen, 2)
}

func TestClientsThatCannotLogInAgain(t *testing.T) {
	t.Parallel()
	o := &tokenServer{}
	client := serveFunc(t, o.ServeHTTP)
	require.NoError(t, client.LoginWithCode(t.Context(), "partner@example.com", "right", "123456"))
	require.JSONEq(t, `{"login":"partner@example.com","password":"right","code":"123456"}`, o.seen[0])
	o.expire()
	_, err := client.DefaultLink(t.Context())
	require.Equal(t, sdk.TokenExpired, sdk.ErrorCode(err))
	require.Len(t, o.seen, 1, "the code is used up")

	calls := 0
	keyed := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		expect(t, "JWT a-key", r.Header.Get("Authorization"))
		reply(w, answer{status: 401, body: `{"code":"AuthenticationFailed","message":"Incorrect authentication credentials"}`})
	}, sdk.WithToken("a-key"))
	_, err = keyed.DefaultLink(t.Context())
	require.Equal(t, sdk.AuthenticationFailed, sdk.ErrorCode(err))
	require.Equal(t, 1, calls)
}

func TestGivesUpWhenANewTokenIsRefusedToo(t *testing.T) {
	t.Parallel()
	logins, calls := 0, 0
	client := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2/auth/" {
			logins++
			reply(w, answer{body: fmt.Sprintf(`{"token":"t%d"}`, logins)})
			return
		}
		calls++
		reply(w, answer{status: 401, body: `{"code":"TokenExpired","message":"Token has expired"}`})
	})
	require.NoError(t, client.Login(t.Context(), "partner@example.com", "right"))
	_, err := client.DefaultLink(t.Context())
	require.Equal(t, sdk.TokenExpired, sdk.ErrorCode(err))
	require.Equal(t, 2, logins)
	require.Equal(t, 2, calls)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	client := serve(t, map[string]answer{
		"POST /api/partner/affiliation/": {status: 400, header: map[string]string{"X-Request-ID": "r-1"}, body: `{"code":"ValidationError","message":"Bad request","details":[{"field":"email","message":"Enter a valid email address.","code":"invalid"}]}`},
		"GET /api/partner/summary/":      {status: 502, header: map[string]string{"Content-Type": "text/html"}, body: `<html>Bad gateway</html>`},
		"GET /api/partner/default_link/": {status: 302, header: map[string]string{"Location": "/api/partner/links/"}},
		"GET /api/partner/links/":        {body: `{"data":`},
		"GET /api/wallet/accounts/":      {status: 500, body: `{"code":"APIException","message":"A server error occurred"}`},
	})
	_, err := client.Affiliation(t.Context(), sdk.AffiliationIn{Email: new("nobody")})
	var refused *sdk.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, &sdk.Error{
		Status: 400, Code: sdk.ValidationError, Message: "Bad request", RequestID: "r-1",
		Details: []sdk.Detail{{Field: "email", Message: "Enter a valid email address.", Code: "invalid"}},
	}, refused)
	require.Equal(t, "400 ValidationError: Bad request; email: Enter a valid email address. (invalid) [request r-1]", err.Error())

	_, err = client.Summary(t.Context())
	require.ErrorAs(t, err, &refused)
	require.Equal(t, &sdk.Error{Status: 502, Code: "BadGateway", Message: "Bad Gateway"}, refused)

	_, err = client.DefaultLink(t.Context())
	require.ErrorAs(t, err, &refused, "a redirect is not followed")
	require.Equal(t, 302, refused.Status)

	_, err = client.LinksPage(t.Context(), sdk.PageQuery{})
	require.ErrorContains(t, err, "reading the response to /api/partner/links/")
	_, err = client.WalletAccounts(t.Context())
	require.Equal(t, sdk.ServerError, sdk.ErrorCode(err))
	_, err = client.Allocation(t.Context(), "x&y=z@example.com")
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(err))
	require.Empty(t, sdk.ErrorCode(nil))
	require.Empty(t, sdk.ErrorCode(io.EOF))
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "partners.example.com", "ftp://example.com", "https://", "http://[::1", "/api"} {
		_, err := sdk.NewPartner(address)
		require.Error(t, err, address)
	}
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.RequestURI()
		reply(w, answer{body: `{}`})
	}))
	defer server.Close()
	for _, under := range []string{"/partners", "/partners/"} {
		client, err := sdk.NewPartner(server.URL + under)
		require.NoError(t, err)
		_, err = client.Download(t.Context(), "/api/reports/clients/", url.Values{"client_uid": {"a", "b"}})
		require.NoError(t, err)
		require.Equal(t, "/partners/api/reports/clients/?client_uid=a&client_uid=b", path)
	}
}

// wire is a server that is reached without a network, so that the tests can use
// a fake clock.
type wire func(r *http.Request) (*http.Response, error)

func (f wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	return f(r)
}

func respond(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

func newPartner(t *testing.T, f wire, options ...sdk.Option) *sdk.Partner {
	t.Helper()
	client, err := sdk.NewPartner("https://partners.example.com", append([]sdk.Option{sdk.WithHTTPClient(&http.Client{Transport: f})}, options...)...)
	require.NoError(t, err)
	return client
}

func throttledResponse(after string) *http.Response {
	header := http.Header{}
	if after != "" {
		header.Set("Retry-After", after)
	}
	return respond(429, header, `{"code":"Throttled","message":"Request was throttled"}`)
}

func TestWaitsWhenThrottled(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after   []string // Retry-After of each 429 response that comes before the success
		options []sdk.Option
		waited  time.Duration
		refused time.Duration // RetryAfter of the error; -1 if the request succeeds
	}{
		"as long as the server says":          {after: []string{"2", "5"}, waited: 7 * time.Second, refused: -1},
		"a second if the server does not say": {after: []string{"", "soon", "-3"}, waited: 3 * time.Second, refused: -1},
		"at most three times":                 {after: []string{"1", "1", "1", "4"}, waited: 3 * time.Second, refused: 4 * time.Second},
		"no longer than the patience":         {after: []string{"31"}, refused: 31 * time.Second},
		"a custom patience":                   {after: []string{"31"}, options: []sdk.Option{sdk.WithPatience(1, time.Minute)}, waited: 31 * time.Second, refused: -1},
		"patience 0 never waits":              {after: []string{"1"}, options: []sdk.Option{sdk.WithPatience(0, time.Minute)}, refused: time.Second},
		"a huge Retry-After":                  {after: []string{"99999999999999999999"}, waited: time.Second, refused: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				client := newPartner(t, func(*http.Request) (*http.Response, error) {
					if calls++; calls <= len(tt.after) {
						return throttledResponse(tt.after[calls-1]), nil
					}
					return respond(200, nil, `{"accounts":[]}`), nil
				}, tt.options...)
				start := time.Now() //nolint:forbidigo // the fake clock of synctest
				_, err := client.WalletAccounts(t.Context())
				require.Equal(t, tt.waited, time.Since(start)) //nolint:forbidigo // the fake clock of synctest
				if tt.refused < 0 {
					require.NoError(t, err)
					return
				}
				var refused *sdk.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, sdk.Throttled, refused.Code)
				require.Equal(t, tt.refused, refused.RetryAfter)
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newPartner(t, func(*http.Request) (*http.Response, error) { return throttledResponse("20"), nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.WalletAccounts(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	var agents []string
	record := wire(func(r *http.Request) (*http.Response, error) {
		agents = append(agents, r.Header.Get("User-Agent"))
		return respond(200, nil, `{}`), nil
	})
	_, err := newPartner(t, record).Summary(t.Context())
	require.NoError(t, err)
	_, err = newPartner(t, record, sdk.WithUserAgent("cashback/2")).Summary(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"tributary-sdk", "cashback/2"}, agents)
}

func TestLoginWithoutATokenFails(t *testing.T) {
	t.Parallel()
	client := serve(t, map[string]answer{"POST /api/v2/auth/": {body: `{}`}})
	require.ErrorContains(t, client.Login(t.Context(), "a@example.com", "b"), "no token")
}
