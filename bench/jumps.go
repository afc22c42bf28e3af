package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/report"
)

// jumpLists are the lists in which a partner jumps to random rows.
var jumpLists = []string{"orders?", "orders?date_from=2025-09-01&date_to=2026-01-31", "orders?symbol=XAUUSD", "rewards?"}

const jumps = 200

// benchJumps fills a list with the given number of orders. It measures how long
// the server takes to compute the list's boundaries. It also measures how long
// a page at a random row takes, which the server reads from the nearest
// boundary before that row. For comparison, it reads the same pages by offset.
func benchJumps(ctx context.Context, out io.Writer, engine string, open opener, rows int) error {
	db, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	partnerID, err := fillReports(ctx, db, rows, rows)
	if err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}
	p, err := build(ctx, db, clock.System())
	if err != nil {
		return err
	}
	defer p.Close()
	for _, list := range jumpLists {
		if err := jump(ctx, out, engine, p.Reports, partnerID, list); err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
	}
	return nil
}

func jump(ctx context.Context, out io.Writer, engine string, service *report.Service, partnerID id.UUID, list string) error {
	u, err := url.Parse(list)
	if err != nil {
		return err
	}
	request := func(more map[string]string) *report.Request {
		r := &report.Request{PartnerID: partnerID, Params: maps.Clone(u.Query()), Minimal: true}
		for name, value := range more {
			r.Params.Set(name, value)
		}
		return r
	}
	var found []report.Boundary
	var count int64
	first, err := measureRuns(1, func() (err error) {
		found, count, err = service.Boundaries(ctx, report.ByID(u.Path), request(nil))
		return err
	})
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // rows of a benchmark may be predictable
	var byCursor, byOffset []time.Duration
	for n := range jumps {
		row := random.Int64N(count)
		at := found[0]
		for _, boundary := range found {
			if boundary.Row <= row {
				at = boundary
			}
		}
		for took, asked := range map[*[]time.Duration]*report.Request{
			&byCursor: request(map[string]string{"cursor": at.Cursor, "offset": strconv.FormatInt(row-at.Row, 10)}),
			&byOffset: request(map[string]string{"offset": strconv.FormatInt(row, 10)}),
		} {
			if took == &byOffset && n%10 > 0 {
				continue
			}
			began := time.Now()
			if err := ask(ctx, io.Discard, service, u.Path, asked); err != nil {
				return err
			}
			*took = append(*took, time.Since(began))
		}
	}
	slices.Sort(byCursor)
	slices.Sort(byOffset)
	fmt.Fprintf(out, "| %s: a jump in %s of %s | p50 %.1f ms, p95 %.1f ms; the %d boundaries once %.0f ms | 200 ms; by offset p50 %.1f ms, p95 %.1f ms | %.2f |\n",
		engine, money.GroupInt(count), list, ms(byCursor, 50), ms(byCursor, 95), len(found), ms(first, 50),
		ms(byOffset, 50), ms(byOffset, 95), ms(byCursor, 95)/ms(byOffset, 95))
	return nil
}
