package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/money"
)

// This is the login of the partner with many orders.
const (
	pageEmail    = "partner0@example.com"
	pagePassword = "tributary-bench" //nolint:gosec // the password is published, and the data is invented
)

// servePage fills a SQLite database with the orders of one partner, and serves
// the page until the process is interrupted. It prints the address as soon as
// the partner can sign in. make bench-page uses it to measure the page's table.
func servePage(ctx context.Context, out io.Writer, rows int) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	database, done, err := openSQLite(ctx)
	if err != nil {
		return err
	}
	defer done()
	partnerID, err := fillReports(ctx, database, rows, rows)
	if err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}
	err = fillTable(ctx, database, table{"sign_in_emails", []string{"email", "partner_id"}, 1, func(_ int, column string) any {
		return map[string]any{"email": pageEmail, "partner_id": partnerID}[column]
	}})
	if err != nil {
		return err
	}
	now := time.Unix((fillFirstDay+fillDays)*86_400, 0)
	p, err := build(ctx, database, clock.At(now))
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := p.Stores.Plans.Add(ctx, demo.Plan(), now.AddDate(-1, 0, 0)); err != nil {
		return err
	}
	if err := p.Identity.SetPassword(ctx, partnerID, pagePassword); err != nil {
		return err
	}
	if err := p.Identity.Prepare(ctx); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p.Handler, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(out, "serves %s orders to %s with the password %s on http://%s\n", money.GroupInt(int64(rows)), pageEmail, pagePassword, listener.Addr())
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}
