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
)

const (
	requestCallers  = 8
	requestOrders   = 20_000
	requestPassword = "a long password of the benchmark"
)

// benchRequests measures the requests per second for the summary and affiliation
// endpoints over real connections. The limit is a bare handler that checks the same
// token in the same way.
func benchRequests(ctx context.Context, out io.Writer, engine string, open opener, length time.Duration) error {
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
	if err := p.Identity.SetPassword(ctx, benchUID(1, 0), requestPassword); err != nil {
		return err
	}
	token, err := p.Identity.Login(ctx, identity.Login{Login: "p0@example.com", Password: requestPassword, Address: "127.0.0.1"})
	if err != nil {
		return err
	}
	router := httptest.NewServer(p.Handler)
	defer router.Close()
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := p.Identity.Authenticate(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "JWT ")); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"affiliation":false,"accounts":[],"client_uid":null}`))
	}))
	defer bare.Close()
	limit, err := hammer(ctx, bare.URL, token, "", length)
	if err != nil {
		return err
	}
	for _, c := range []struct{ name, path, body string }{
		{"summary", "/api/partner/summary/", ""},
		{"affiliation", "/api/partner/affiliation/", `{"email":"c0@example.com"}`},
	} {
		rate, err := hammer(ctx, router.URL+c.path, token, c.body, length)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(out, "| %s, requests a second, %s | %.0f | %.0f (bare handler, same token check) | %.2f |\n", c.name, engine, rate, limit, rate/limit)
	}
	return nil
}

// hammer sends requests to url with requestCallers concurrent callers. It returns
// the requests per second.
func hammer(ctx context.Context, url, token, body string, length time.Duration) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: requestCallers}}
	defer client.CloseIdleConnections()
	var served atomic.Int64
	var failed atomic.Value
	call := func() error {
		method, payload := http.MethodGet, io.Reader(nil)
		if body != "" {
			method, payload = http.MethodPost, strings.NewReader(body)
		}
		r, err := http.NewRequestWithContext(ctx, method, url, payload)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "JWT "+token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, answer.Status)
		}
		served.Add(1)
		return nil
	}
	if err := call(); err != nil {
		return 0, err
	}
	served.Store(0)
	var callers sync.WaitGroup
	end := time.Now().Add(length)
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
	return float64(served.Load()) / length.Seconds(), nil
}

// benchUID returns the id of a partner (kind 1) or a client (kind 2) in
// accrualFeed.
func benchUID(kind, n int) id.UUID {
	return id.UUID{byte(kind), 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, byte(n >> 16), byte(n >> 8), byte(n), 1}
}
