package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

const (
	clickCallers = 64
	clickPace    = 5_000                 // clicks per second that the server should handle
	clickPatient = 10 * time.Millisecond // highest acceptable 99th percentile of a redirect's time at clickPace
	clickBatch   = 64                    // number of clicks in one transaction of the bare inserts
	clickAgent   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)

// benchClicks measures tracked links over real connections. It measures how many
// clicks per second the server can store and redirect, and how long a redirect
// takes at clickPace clicks per second. For comparison, it also measures two upper
// limits: the rate of a handler that stores nothing, and the rate of bare inserts
// of clicks into the same table with the same durability.
func benchClicks(ctx context.Context, out io.Writer, engine string, open opener, length time.Duration) error {
	db, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	p, err := build(ctx, db, clock.System())
	if err != nil {
		return err
	}
	defer p.Close()
	if err := fillClicks(ctx, p); err != nil {
		return err
	}
	clicks := p.clicks
	server, bare := httptest.NewServer(p.Handler), httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://broker.example.com/?"+r.URL.RawQuery)
		w.WriteHeader(http.StatusFound)
	}))
	defer server.Close()
	defer bare.Close()

	inserts, _, err := bareClicks(ctx, clicks, 0, length)
	if err != nil {
		return err
	}
	limit, _, err := click302(ctx, bare.URL, 0, length)
	if err != nil {
		return err
	}
	rate, _, err := click302(ctx, server.URL, 0, length)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| durable redirects a second, %s | %.0f | %.0f (bare handler), %.0f (bare inserts into the same table) | %.2f |\n",
		engine, rate, limit, inserts, rate/min(limit, inserts))
	_, bareP99, err := click302(ctx, bare.URL, clickPace, length)
	if err != nil {
		return err
	}
	_, insertP99, err := bareClicks(ctx, clicks, clickPace, length)
	if err != nil {
		return err
	}
	paced, p99, err := click302(ctx, server.URL, clickPace, length)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| redirects, p99 at %d a second (%.0f reached), %s | %.1f ms | %.1f ms (bare handler) and %.1f ms (bare inserts at this pace), at most %s | %.2f |\n",
		clickPace, paced, engine, milliseconds(p99), milliseconds(bareP99), milliseconds(insertP99), clickPatient, float64(bareP99+insertP99)/float64(p99))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func fillClicks(ctx context.Context, p *benchProgramme) error {
	setting, _ := accrualFeed(1)
	if _, err := p.Facts.Ingest(ctx, accrual.Lines(bytes.NewReader(setting)), nil); err != nil {
		return err
	}
	return p.Stores.Campaigns.SetPage(ctx, campaign.Page{URL: "https://broker.example.com/", CreatedAt: p.Clock.Now()})
}

// click302 follows links with clickCallers concurrent callers. It returns the
// redirects per second, and the 99th percentile of the duration of a redirect.
// If pace is not 0, it follows that many links per second, and measures each
// redirect from the moment it was due, even if the request was sent late.
func click302(ctx context.Context, base string, pace int, length time.Duration) (rate float64, p99 time.Duration, err error) {
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: clickCallers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var failed atomic.Value
	took := make([][]time.Duration, clickCallers)
	follow := func(n int64) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/a/code"+strconv.FormatInt(n%accrualPartners, 10)+
			"?sub_id=site"+strconv.FormatInt(n%50, 10)+"&utm_source=bench&gclid="+strconv.FormatInt(n, 10), nil)
		if err != nil {
			return err
		}
		r.Header.Set("User-Agent", clickAgent+" "+strconv.FormatInt(n/3, 10)) // a third of the visitors return
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusFound {
			return fmt.Errorf("%s responded with %s", base, answer.Status)
		}
		return nil
	}
	var callers sync.WaitGroup
	began := time.Now()
	for i := range clickCallers {
		callers.Go(func() {
			for failed.Load() == nil && time.Since(began) < length {
				n, from := next.Add(1), time.Now()
				if pace > 0 {
					from = began.Add(time.Duration(n) * time.Second / time.Duration(pace))
					time.Sleep(time.Until(from))
				}
				if err := follow(n); err != nil {
					failed.Store(err)
					return
				}
				took[i] = append(took[i], time.Since(from))
			}
		})
	}
	callers.Wait()
	elapsed := time.Since(began)
	if err, is := failed.Load().(error); is {
		return 0, 0, err
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return float64(len(all)) / elapsed.Seconds(), all[len(all)*99/100], nil
}

// bareClicks inserts clicks one transaction after the other, and does nothing
// else. If pace is not 0, it inserts that many clicks per second. p99 is the
// 99th percentile of the duration of a transaction.
func bareClicks(ctx context.Context, database db.DB, pace int, length time.Duration) (rate float64, p99 time.Duration, err error) {
	names := []string{
		"partner_id", "click_uid", "clicked_at", "hour", "kind", "is_unique", "link_code", "campaign_code", "link_id", "tags", "sub_id", "country", "platform",
		"material_id", "params",
	}
	began, kept := time.Now(), 0
	var took []time.Duration
	for time.Since(began) < length {
		if pace > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(kept) * time.Second / time.Duration(pace))))
		}
		from := time.Now()
		err := database.Write(ctx, func(ctx context.Context, q db.Querier) error {
			return q.Bulk(ctx, db.BulkInsert{Table: "clicks", Columns: names, Rows: clickBatch, Row: func(i int, dst []any) {
				copy(dst, []any{
					benchUID(1, i%accrualPartners), id.New(), time.Now().UnixMicro(), int64(1), string(click.Bot), false, "code1", "", int64(0), "", "site1", "", "web",
					int64(0), "gclid=1&utm_source=bench",
				})
			}})
		})
		if err != nil {
			return 0, 0, err
		}
		kept += clickBatch
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	return float64(kept) / time.Since(began).Seconds(), took[len(took)*99/100], nil
}
