package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/money"
)

const (
	requestCallers  = 8
	requestOrders   = 20_000
	requestPassword = "a long password of the benchmark"
)

type requestCase struct {
	name, path string
	body       string // empty for a GET
	encoding   string // value of Accept-Encoding; the callers do not decompress the response
}

// benchRequests measures, over real connections, how many requests per second the
// server handles. The requests read the summary, check an affiliation, and list 100
// of a partner's orders. For comparison, it also measures a bare handler, whose
// rate is the upper limit. That handler only checks the same token and, for the
// list, writes the same response.
func benchRequests(ctx context.Context, out io.Writer, engine string, open opener, rows int, length time.Duration) error {
	db, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	p, err := build(ctx, db, clock.At(accrualNow))
	if err != nil {
		return err
	}
	defer p.Close()
	setting, trades := accrualFeed(requestOrders)
	if _, err := p.Facts.Ingest(ctx, accrual.Lines(io.MultiReader(bytes.NewReader(setting), bytes.NewReader(trades))), nil); err != nil {
		return err
	}
	small := requests{out: out, engine: engine, programme: p, length: length, bare: []byte(`{"affiliation":false,"accounts":[],"client_uid":null}`)}
	if err := small.signIn(ctx, benchUID(1, 0), "p0@example.com"); err != nil {
		return err
	}
	if err := small.measure(ctx, []requestCase{
		{"summary", "/api/partner/summary/", "", "gzip"},
		{"affiliation", "/api/partner/affiliation/", `{"email":"c0@example.com"}`, "gzip"},
	}); err != nil {
		return err
	}
	partnerID, err := fillReports(ctx, db, rows, 0)
	if err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}
	const email = "list@example.com"
	err = fillTable(ctx, db, table{"sign_in_emails", []string{"email", "partner_id"}, 1, func(_ int, column string) any {
		return map[string]any{"email": email, "partner_id": partnerID}[column]
	}})
	if err != nil {
		return err
	}
	list := requests{out: out, engine: engine, programme: p, length: length}
	if err := list.signIn(ctx, partnerID, email); err != nil {
		return err
	}
	name, path := "list of 100 of "+money.GroupInt(int64(rows))+" orders", "/api/reports/orders/?limit=100"
	if list.bare, err = list.answer(ctx, path); err != nil {
		return err
	}
	return list.measure(ctx, []requestCase{{name, path, "", "identity"}, {name + ", compressed", path, "", "gzip"}})
}

type requests struct {
	out       io.Writer
	engine    string
	programme *benchProgramme
	length    time.Duration
	token     string
	bare      []byte // response of the bare handler
}

func (r *requests) signIn(ctx context.Context, partnerID id.UUID, email string) (err error) {
	if err := r.programme.Identity.SetPassword(ctx, partnerID, requestPassword); err != nil {
		return err
	}
	r.token, err = r.programme.Identity.Login(ctx, identity.Login{Login: email, Password: requestPassword, Address: "127.0.0.1"})
	return err
}

// answer sends a GET and returns the body of the response.
func (r *requests) answer(ctx context.Context, path string) ([]byte, error) {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	request.Header.Set("Authorization", "JWT "+r.token)
	answer := httptest.NewRecorder()
	r.programme.Handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("%s responded with %d", path, answer.Code)
	}
	return answer.Body.Bytes(), nil
}

func (r *requests) measure(ctx context.Context, cases []requestCase) error {
	router := httptest.NewServer(r.programme.Handler)
	defer router.Close()
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, err := r.programme.Identity.Authenticate(req.Context(), strings.TrimPrefix(req.Header.Get("Authorization"), "JWT ")); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(r.bare)
	}))
	defer bare.Close()
	limit, err := r.hammer(ctx, bare.URL, &requestCase{encoding: "identity"})
	if err != nil {
		return err
	}
	for _, c := range cases {
		rate, err := r.hammer(ctx, router.URL, &c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(r.out, "| %s, requests a second, %s | %.0f | %.0f (bare handler, same token check) | %.2f |\n", c.name, r.engine, rate, limit, rate/limit)
	}
	return nil
}

// hammer sends requests to a server with requestCallers concurrent callers. It
// returns the requests per second.
func (r *requests) hammer(ctx context.Context, server string, c *requestCase) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: requestCallers, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var served atomic.Int64
	var failed atomic.Value
	call := func() error {
		method, payload := http.MethodGet, io.Reader(nil)
		if c.body != "" {
			method, payload = http.MethodPost, strings.NewReader(c.body)
		}
		request, err := http.NewRequestWithContext(ctx, method, server+c.path, payload)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "JWT "+r.token)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept-Encoding", c.encoding)
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s responded with %s", c.path, answer.Status)
		}
		served.Add(1)
		return nil
	}
	if err := call(); err != nil {
		return 0, err
	}
	served.Store(0)
	var callers sync.WaitGroup
	end := time.Now().Add(r.length)
	for range requestCallers {
		callers.Go(func() {
			for time.Now().Before(end) && failed.Load() == nil {
				if err := call(); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	callers.Wait()
	if err, is := failed.Load().(error); is {
		return 0, err
	}
	return float64(served.Load()) / r.length.Seconds(), nil
}

// benchUID returns the id of a partner (kind 1) or of a client (kind 2) in
// accrualFeed.
func benchUID(kind, n int) id.UUID {
	return id.UUID{byte(kind), 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, byte(n >> 16), byte(n >> 8), byte(n), 1}
}
