package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// These are the limits of one run of the API fuzzer. make fuzz-api raises the
// number of requests and shortens the time that a request may take.
const (
	fuzzCalls    = 10_000           // number of requests in make test
	fuzzWorld    = 20_000           // number of requests after which a run continues with a new database
	fuzzPatience = 20 * time.Second // how long a request may take on a busy machine
	fuzzRest     = time.Minute      // pause after the rate limit has refused requests
)

// fuzzOptions allow requests to the servers of the test. They also keep bursts
// small, so that a few requests reach the rate limit.
var fuzzOptions = []string{
	"--egress-allow", "127.0.0.0/8", "--rate-limit-burst", "60", "--address-rate-limit-burst", "60", "--key-rate-limit-burst", "60",
}

// TestFuzzAPI sends requests to all operations in the OpenAPI document, on behalf
// of all kinds of callers and often with invalid values. Each response must
// arrive within the time limit. Its status must be one that the document lists,
// and must not be a server error. It must not contain another partner's data.
// FUZZ_API_CALLS sets the number of requests, FUZZ_API_SEED repeats a run, and
// FUZZ_API_PATIENCE sets the time limit.
func TestFuzzAPI(t *testing.T) {
	t.Parallel()
	calls, seed, patience := fuzzSettings(t)
	t.Logf("FUZZ_API_SEED=%d FUZZ_API_CALLS=%d", seed, calls)
	reached := coverage{}
	for round := uint64(0); calls > 0; round++ {
		f := newFuzzer(t, seed+round, patience, reached)
		if round == 0 {
			f.reachAll(t)
		}
		for range min(calls, fuzzWorld) {
			f.random(t)
		}
		calls -= fuzzWorld
		t.Logf("store %d done, %d calls to go", round+1, max(calls, 0))
	}
	reached.report(t)
}

func fuzzSettings(t *testing.T) (calls int, seed uint64, patience time.Duration) {
	t.Helper()
	calls, seed, patience = fuzzCalls, rand.Uint64(), fuzzPatience
	var err error
	if text := os.Getenv("FUZZ_API_CALLS"); text != "" {
		calls, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	if text := os.Getenv("FUZZ_API_SEED"); text != "" {
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	if text := os.Getenv("FUZZ_API_PATIENCE"); text != "" {
		patience, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	return calls, seed, patience
}

type coverage map[string]map[int]int

func (c coverage) add(operation string, status int) {
	if c[operation] == nil {
		c[operation] = map[int]int{}
	}
	c[operation][status]++
}

func (c coverage) report(t *testing.T) {
	t.Helper()
	byStatus, calls := map[int]int{}, 0
	for _, statuses := range c {
		for status, n := range statuses {
			byStatus[status] += n
			calls += n
		}
	}
	var text []string
	for status, n := range byStatus {
		text = append(text, fmt.Sprintf("%d: %d", status, n))
	}
	slices.Sort(text)
	t.Logf("%d calls of %d operations got %s", calls, len(c), strings.Join(text, ", "))
}

type fuzzer struct {
	*matrixWorld

	random64 *rand.Rand
	patience time.Duration
	router   routers.Router
	all      []operation
	forgeds  []string
	reached  coverage
	tickets  int                 // number of orders fed so far
	told     map[string]bool     // A's private texts that another caller has sent
	seen     map[string][]string // ids in responses, by name of the field
}

func newFuzzer(t *testing.T, seed uint64, patience time.Duration, reached coverage, options ...string) *fuzzer {
	t.Helper()
	f := &fuzzer{
		matrixWorld: setupMatrix(t, append(slices.Clone(fuzzOptions), options...)...), random64: rand.New(rand.NewPCG(seed, seed)),
		patience: patience, reached: reached, seen: map[string][]string{}, told: map[string]bool{},
	}
	f.all = f.operations(t)
	for _, token := range f.forgedTokens(t) {
		f.forgeds = append(f.forgeds, token)
	}
	slices.Sort(f.forgeds)
	f.document.Servers = nil
	var err error
	f.router, err = legacy.NewRouter(f.document)
	require.NoError(t, err)
	return f
}

// fuzzCall is a request. A failing test prints it.
type fuzzCall struct {
	operation *operation
	method    string
	target    string
	header    http.Header
	body      []byte
	as        string // name of the caller
	after     func() // undoes the effect of the request; may be nil
}

func (c *fuzzCall) String() string {
	body := c.body
	if len(body) > 2000 {
		body = append(slices.Clone(body[:2000]), "..."...)
	}
	return fmt.Sprintf("%s as %s: %s %q\n%v\n%q", c.operation.name, c.as, c.method, c.target, c.header, body)
}

// request builds the request in the form in which a server receives it.
func (c *fuzzCall) request(t *testing.T) *http.Request {
	t.Helper()
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body)
	}
	r := httptest.NewRequestWithContext(t.Context(), c.method, c.target, body)
	r.Header = c.header.Clone()
	return r
}

// do advances the server's clock a little, sends a request, and checks the
// response.
func (f *fuzzer) do(t *testing.T, c *fuzzCall) *httptest.ResponseRecorder {
	t.Helper()
	f.clock.Advance(pace)
	return f.doNow(t, c)
}

// doNow sends a request without advancing the server's clock, and checks the
// response.
func (f *fuzzer) doNow(t *testing.T, c *fuzzCall) *httptest.ResponseRecorder {
	t.Helper()
	f.calls++
	answer := httptest.NewRecorder()
	r := c.request(t)
	began := time.Now() //nolint:forbidigo // the test measures the duration
	func() {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares this value in the same way
				require.Fail(t, "a panic", "%v\n%s", p, c)
			}
		}()
		f.handler.ServeHTTP(answer, r)
	}()
	require.Less(t, time.Since(began), f.patience, "%s", c) //nolint:forbidigo // the test measures the duration
	f.check(t, c, answer)
	f.remember(answer)
	return answer
}

func (f *fuzzer) random(t *testing.T) {
	t.Helper()
	o := &f.all[f.random64.IntN(len(f.all))]
	if slices.Contains(slowToFuzz, o.name) && f.random64.IntN(20) > 0 {
		return
	}
	c := f.anyCall(t, o)
	answer := f.do(t, c)
	if f.calls%2000 == 0 || answer.Code == http.StatusUnauthorized && f.signedOut(t, c.as) {
		f.renew(t)
	}
}

// signedOut reports whether an earlier request has revoked the token of a
// caller.
func (f *fuzzer) signedOut(t *testing.T, as string) bool {
	t.Helper()
	token := map[string]string{"a": f.a, "b": f.b, "c": f.c, "broker": f.brokers[""]}[as]
	if token == "" {
		return false
	}
	target := "/api/v2/auth/token/"
	if as == "broker" {
		target = "/broker/v1/health/feed"
	}
	return f.send(t, token, http.MethodGet, target, nil).Code != http.StatusOK
}

// slowToFuzz lists operations that draw images, or that hash passwords, which
// is slow on purpose. They are chosen less often.
var slowToFuzz = []string{
	"POST /api/auth/", "POST /api/v2/auth/", "POST /api/v2/auth/token/", "POST /api/registration/", "POST /api/registration/confirm/",
	"POST /api/auth/password/reset/confirm/", "POST /api/security/password/", "POST /broker/v1/promo/materials/",
	"PUT /broker/v1/promo/materials/{material_id}/",
}

// renew restores the tokens, keys and statuses that requests may have changed.
func (f *fuzzer) renew(t *testing.T) {
	t.Helper()
	f.exec(t, `UPDATE partners SET status = 'active', verified = $1 WHERE partner_id <> $2`, true, uuid(matrixD))
	f.clock.Advance(time.Minute)
	f.makeKeys(t)
	for name, token := range map[string]*string{"a": &f.a, "b": &f.b, "c": &f.c} {
		uid := map[string]string{"a": programmetest.PartnerA, "b": programmetest.PartnerB, "c": matrixC}[name]
		require.NoError(t, f.p.Identity.SetPassword(t.Context(), uuid(uid), matrixPassword))
		*token = f.login(t, name)
	}
}

func (f *fuzzer) exampleBody(t *testing.T, o *operation) any {
	t.Helper()
	if o.RequestBody == nil {
		return nil
	}
	media := o.RequestBody.Value.Content["application/json"]
	if media == nil {
		return nil
	}
	if media.Example != nil {
		return media.Example
	}
	for _, example := range media.Examples {
		return example.Value.Value
	}
	return sample(media.Schema.Value, "")
}
