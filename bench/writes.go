package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/sdk"
)

const writePause = 20 * time.Millisecond

// benchWrites measures, over a real connection, how long it takes a partner to
// create a rebate group while the broker feeds orders. For comparison, it
// measures the same request on an idle server.
func benchWrites(ctx context.Context, out io.Writer, engine string, open opener, orders int, length time.Duration) error {
	store, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	p, err := build(ctx, store, clock.At(accrualNow))
	if err != nil {
		return err
	}
	defer p.Close()
	server := httptest.NewServer(p.Handler)
	defer server.Close()
	setting, trades := accrualFeed(orders)
	if _, err := p.Facts.Ingest(ctx, accrual.Lines(bytes.NewReader(setting)), nil); err != nil {
		return err
	}
	w, err := newWriter(ctx, p, store, server.URL)
	if err != nil {
		return err
	}
	idle, err := w.write(ctx, time.After(length))
	if err != nil {
		return err
	}
	fed, failed, began := make(chan time.Time, 1), error(nil), time.Now()
	go func() {
		_, failed = p.Facts.Ingest(ctx, accrual.Lines(bytes.NewReader(trades)), nil)
		fed <- time.Now()
	}()
	beside, err := w.write(ctx, fed)
	if err != nil || failed != nil {
		return fmt.Errorf("feeding: %w, writing: %w", failed, err)
	}
	fmt.Fprintf(out, "| a partner's write while %d orders are fed (%.0f a second), %s | p50 %.1f ms, p95 %.1f ms | 50 ms; idle p50 %.1f ms, p95 %.1f ms | %.1f |\n",
		orders, float64(orders)/time.Since(began).Seconds(), engine, ms(beside, 50), ms(beside, 95),
		ms(idle, 50), ms(idle, 95), ms(beside, 95)/ms(idle, 95))
	return nil
}

type writer struct {
	partner *sdk.Partner
	next    int
}

func newWriter(ctx context.Context, p *benchProgramme, store db.DB, url string) (*writer, error) {
	if err := p.Identity.SetPassword(ctx, benchUID(1, 0), requestPassword); err != nil {
		return nil, err
	}
	token, err := p.Identity.Login(ctx, identity.Login{Login: "p0@example.com", Password: requestPassword, Address: "127.0.0.1"})
	if err != nil {
		return nil, err
	}
	err = store.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partners SET verified = $2 WHERE partner_id = $1`, benchUID(1, 0), true)
		return err
	})
	if err != nil {
		return nil, err
	}
	partner, err := sdk.NewPartner(url, sdk.WithToken(token))
	return &writer{partner: partner}, err
}

// write creates and deletes groups at a steady pace until stop receives a
// value. It returns how long each creation took, in ascending order.
func (w *writer) write(ctx context.Context, stop <-chan time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for {
		select {
		case <-stop:
			slices.Sort(took)
			return took, nil
		case <-time.After(writePause):
		}
		w.next++
		began := time.Now()
		group, err := w.partner.CreateRebateGroup(ctx, sdk.CreateRebateGroupIn{GroupTitle: "group " + strconv.Itoa(w.next)})
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		if err := w.partner.DeleteRebateGroup(ctx, group.ID); err != nil {
			return nil, err
		}
	}
}
