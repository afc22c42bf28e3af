package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// These are the sizes of the generated programme.
const (
	accrualPartners = 20
	accrualAccounts = 2000
	accrualDays     = 60
)

var accrualNow = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// benchAccrual measures how many orders the server processes per second, from the
// bytes of the feed to durable rewards, postings and rollups. For comparison, it
// also measures bare inserts of the same rows into an empty database, whose rate is
// the upper limit.
//
// On SQLite, it also prints how many bytes of storage an order needs. If detail
// is true, it prints this for each table and index too.
func benchAccrual(ctx context.Context, out io.Writer, engine string, open opener, orders int, detail bool) error {
	setting, trades := accrualFeed(orders)
	took, grown, err := accrue(ctx, open, setting, trades, func(database db.DB) db.DB { return database }, func() {})
	if err != nil {
		return err
	}
	// A second run records the rows, because recording would slow down the
	// first run.
	var tape *recorder
	before := 0 // number of transactions before the orders
	if _, _, err := accrue(ctx, open, setting, trades, func(database db.DB) db.DB {
		tape = &recorder{DB: database}
		return tape
	}, func() { before = len(tape.transactions) }); err != nil {
		return err
	}

	bare, bareDone, err := open(ctx)
	if err != nil {
		return err
	}
	defer bareDone()
	if err := replay(ctx, bare, tape.transactions[:before]); err != nil {
		return err
	}
	started := time.Now()
	if err := replay(ctx, bare, tape.transactions[before:]); err != nil {
		return err
	}
	bareTook := time.Since(started)
	rows := 0
	for _, t := range tape.transactions[before:] {
		for _, insert := range t {
			rows += len(insert.rows)
		}
	}
	rate, limit := float64(orders)/took.Seconds(), float64(orders)/bareTook.Seconds()
	fmt.Fprintf(out, "| orders accrued a second, %s | %.0f | %.0f (bare inserts of the same %d rows) | %.2f |\n", engine, rate, limit, rows, rate/limit)
	grown.print(out, engine, orders, detail)
	return nil
}

// accrue ingests setupFeed into a new database, calls ready, and then ingests
// orderFeed. It returns how long the orders took, and by how much the tables
// and indexes grew.
func accrue(
	ctx context.Context, open opener, setupFeed, orderFeed []byte, wrap func(db.DB) db.DB, ready func(),
) (took time.Duration, grown sizes, err error) {
	db, done, err := open(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer done()
	p, err := build(ctx, wrap(db), clock.At(accrualNow))
	if err != nil {
		return 0, nil, err
	}
	defer p.Close()
	if _, err := p.Facts.Ingest(ctx, accrual.Lines(bytes.NewReader(setupFeed)), nil); err != nil {
		return 0, nil, err
	}
	before, err := sizesOf(ctx, db)
	if err != nil {
		return 0, nil, err
	}
	ready()
	started := time.Now()
	summary, err := p.Facts.Ingest(ctx, accrual.Lines(bytes.NewReader(orderFeed)), nil)
	if err != nil {
		return 0, nil, err
	}
	took = time.Since(started)
	if orders := int64(bytes.Count(orderFeed, []byte("\n"))); summary.Accepted != orders || summary.Unattributed != 0 {
		return 0, nil, fmt.Errorf("the feed returned the summary %+v, but %d orders should have been accepted and attributed", summary, orders)
	}
	after, err := sizesOf(ctx, db)
	return took, after.minus(before), err
}

// accrualFeed returns two feeds: the facts that set up a programme, and the
// orders of its clients.
func accrualFeed(orders int) (setupFeed, orderFeed []byte) {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a benchmark needs no secret random numbers
	var s, o bytes.Buffer
	for i, symbol := range []string{"EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "XAUUSD"} {
		fmt.Fprintf(&s, `{"id":"i%d","type":"instrument.set","at":"2026-01-01T00:00:00Z","symbol":%q,"group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":0.00001,"avg_spread":12}`+"\n", i, symbol)
	}
	for i := range accrualPartners {
		fmt.Fprintf(&s, `{"id":"p%d","type":"partner.registered","at":"2026-01-01T00:00:00Z","partner_uid":%q,"email":"p%d@example.com","country":"CY","program":"ib","partner_code":"code%d","currency":"USD"}`+"\n", i, benchUID(1, i), i, i)
	}
	types := []string{"Standard", "Pro", "Raw Spread", "Zero"}
	for i := range accrualAccounts {
		fmt.Fprintf(&s, `{"id":"c%d","type":"client.registered","at":"2026-01-02T00:00:00Z","client_uid":%q,"email":"c%d@example.com","country":"TH","partner_code":"code%d"}`+"\n", i, benchUID(2, i), i, i%accrualPartners)
		fmt.Fprintf(&s, `{"id":"a%d","type":"account.opened","at":"2026-01-03T00:00:00Z","client_account":"%d","client_uid":%q,"server":"Real-1","platform":"mt5","account_type":%q,"currency":"USD"}`+"\n", i, 100000+i, benchUID(2, i), types[i%4])
	}
	start := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	step := accrualDays * 24 * time.Hour / time.Duration(orders)
	symbols := []string{"EURUSD", "GBPUSDm", "AUDUSD", "NZDUSD.", "XAUUSD"}
	for i := range orders {
		closed := start.Add(time.Duration(i) * step)
		fmt.Fprintf(&o, `{"id":"o%d","type":"order.closed","at":%q,"server":"Real-1","ticket":%d,"client_account":"%d","symbol":%q,"side":"buy","lots":%d.%02d,"open_time":%q,"close_time":%q,"open_price":1.08123,"close_price":1.08%03d,"open_spread":%d,"close_spread":%d.5,"commission":-0.7,"swap":0.12,"profit":3.21}`+"\n",
			i, closed.Format(time.RFC3339), 5_000_000+i, 100000+random.IntN(accrualAccounts), symbols[i%5], random.IntN(3), 1+random.IntN(99),
			closed.Add(-time.Hour).Format(time.RFC3339), closed.Format(time.RFC3339), random.IntN(1000), 5+random.IntN(20), random.IntN(20))
	}
	return s.Bytes(), o.Bytes()
}
