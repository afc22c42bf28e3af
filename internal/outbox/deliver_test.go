package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func testWebhook(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	all, secret := b.webhook(t, "https://a.example.com/hook?x=1")
	_, other := b.webhook(t, "https://b.example.com/", "client.verified")
	b.deliver(t)
	require.Empty(t, b.receiver.take(), "earlier events are not delivered")
	b.MustFeed(t,
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.DepositReceived, "2026-02-04T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client2+`"`)) // this client belongs to partner B
	b.deliver(t)
	got := b.receiver.take()
	_, events := b.readEvents(t, programmetest.PartnerA)
	byURL := map[string][]message{}
	for _, m := range got {
		byURL[m.URL] = append(byURL[m.URL], m)
	}
	require.Len(t, byURL["https://b.example.com/"], 1)
	require.True(t, byURL["https://b.example.com/"][0].signedBy(t, other))
	require.False(t, byURL["https://b.example.com/"][0].signedBy(t, secret))
	first := byURL["https://a.example.com/hook?x=1"]
	require.Len(t, first, 3)
	slices.SortFunc(first, func(x, y message) int { return len(x.id) - len(y.id) })
	ids := map[string]bool{}
	for _, m := range first {
		require.True(t, m.signedBy(t, secret))
		require.Equal(t, "POST", m.Method)
		require.Equal(t, "application/json", m.Header.Get("Content-Type"))
		require.Equal(t, strconv.FormatInt(programmetest.Now.Unix(), 10), m.stamp)
		var sent event.Envelope
		require.NoError(t, json.Unmarshal(m.Body, &sent))
		require.Equal(t, m.id, sent.ID)
		ids[m.id] = true
		for i := range events {
			if events[i].ID() == sent.ID {
				require.Equal(t, events[i].Type, sent.Type)
				require.JSONEq(t, string(events[i].Data), string(sent.Data))
				require.Equal(t, programmetest.Now, sent.Timestamp)
			}
		}
	}
	require.Len(t, ids, 3)
	list := b.deliveries(t, all.Key, "")
	require.Len(t, list, 3)
	for _, d := range list {
		require.Equal(t, outbox.Delivered, d.Status)
		require.Equal(t, 204, d.Last.StatusCode)
		require.Equal(t, 1, d.Attempts)
		require.Equal(t, "https://a.example.com/hook?x=1", d.Last.URL)
	}
	e, err := b.service.Endpoint(t.Context(), all.Key, outbox.Webhook)
	require.NoError(t, err)
	require.Equal(t, programmetest.Now, *e.SucceededAt)
	b.deliver(t)
	require.Empty(t, b.receiver.take(), "once")
}

func testBackoff(t *testing.T, b *outboxBundle) {
	e, secret := b.webhook(t, "https://a.example.com/")
	b.receiver.answers(500)
	b.append(t, 1)
	b.deliver(t)
	first := b.receiver.take()
	require.Len(t, first, 1)
	began, tries := b.clock.Now(), 1
	for range 40 {
		list := b.deliveries(t, e.Key, "")
		require.Len(t, list, 1)
		if list[0].Status == outbox.Failed {
			break
		}
		require.Equal(t, tries, list[0].Attempts)
		pause := list[0].NextAt.Sub(b.clock.Now())
		require.Positive(t, pause)
		b.clock.Advance(pause - time.Microsecond)
		b.deliver(t)
		require.Empty(t, b.receiver.take(), "not before its time")
		b.clock.Advance(time.Microsecond)
		b.deliver(t)
		got := b.receiver.take()
		require.Len(t, got, 1)
		require.Equal(t, first[0].id, got[0].id, "always under the same id")
		require.Equal(t, first[0].Body, got[0].Body)
		require.True(t, got[0].signedBy(t, secret))
		require.Equal(t, strconv.FormatInt(b.clock.Now().Unix(), 10), got[0].stamp, "signed again")
		tries++
	}
	require.Equal(t, 11, tries)
	require.InDelta(t, 24, b.clock.Now().Sub(began).Hours(), 3, "about a day")
	d, attempts, err := b.service.Delivery(t.Context(), e.Key, outbox.Webhook, b.deliveries(t, e.Key, outbox.Failed)[0].ID)
	require.NoError(t, err)
	require.Len(t, attempts, 11)
	require.Equal(t, b.clock.Now(), *d.EndedAt)
	for i, a := range attempts {
		require.Equal(t, i+1, a.N)
		require.Equal(t, outbox.ProblemStatus, a.Problem)
		require.Equal(t, 500, a.StatusCode)
		require.Equal(t, "no thanks", a.Answer, "as far as it is text")
	}
	b.clock.Advance(48 * time.Hour)
	b.deliver(t)
	require.Empty(t, b.receiver.take(), "given up")
}

func testRetryAfter(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	for text, want := range map[string]time.Duration{
		"600": 10 * time.Minute, "999999999": time.Hour, "0": 0, "-5": 0, "soon": 0, "": 0, "99999999999999999999": 0,
	} {
		b.receiver.answer = func(int, *message) (*guard.Answer, error) {
			return &guard.Answer{Status: 429, Header: map[string][]string{"Retry-After": {text}}}, nil
		}
		b.append(t, 1)
		b.deliver(t)
		pause := b.deliveries(t, e.Key, outbox.Pending)[0].NextAt.Sub(b.clock.Now())
		if want == 0 {
			require.Less(t, pause, 6*time.Second, text)
		} else {
			require.Equal(t, want, pause, text)
		}
		b.receiver.answer = nil
		b.clock.Advance(2 * time.Hour)
		b.deliver(t)
		require.Empty(t, b.deliveries(t, e.Key, outbox.Pending))
	}
}

// testKilled kills a process after the receiver has got a message, but before
// the result is stored. Another process must deliver the message again with the
// same message id.
func testKilled(t *testing.T, b *outboxBundle) {
	e, secret := b.webhook(t, "https://a.example.com/")
	b.append(t, 1)
	dying := &dyingDB{DB: b.DB}
	b.receiver.answer = func(int, *message) (*guard.Answer, error) {
		dying.dead.Store(true)
		return &guard.Answer{Status: 200}, nil
	}
	killed := outbox.NewCourier(outbox.NewSQLStore(dying), outbox.CourierConfig{
		Clock: b.clock, Caller: b.receiver, Logger: b.quiet(), Wake: func() {},
	})
	require.NoError(t, killed.Round(t.Context()))
	killed.Wait()
	b.receiver.answer = nil
	first := b.receiver.take()
	require.Len(t, first, 1)
	b.deliver(t)
	require.Empty(t, b.receiver.take(), "the process may still be alive")
	require.Len(t, b.deliveries(t, e.Key, outbox.Pending), 1)
	b.clock.Advance(time.Minute)
	b.deliver(t)
	again := b.receiver.take()
	require.Len(t, again, 1)
	require.Equal(t, first[0].id, again[0].id)
	require.Equal(t, first[0].Body, again[0].Body)
	require.True(t, again[0].signedBy(t, secret))
	require.Len(t, b.deliveries(t, e.Key, outbox.Delivered), 1)
	require.Equal(t, 2, b.deliveries(t, e.Key, "")[0].Attempts)
}

// dyingDB refuses all writes once its process has been killed.
type dyingDB struct {
	db.DB
	dead atomic.Bool
}

func (d *dyingDB) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	if d.dead.Load() {
		return context.Canceled
	}
	return d.DB.Write(ctx, fn)
}

func testStopped(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	b.append(t, 1)
	called := make(chan struct{})
	b.receiver.block = func(ctx context.Context, _ *message) {
		close(called)
		<-ctx.Done()
	}
	ctx, stop := context.WithCancel(t.Context())
	require.NoError(t, b.courier.Round(ctx))
	<-called
	stop()
	b.courier.Wait()
	list := b.deliveries(t, e.Key, outbox.Pending)
	require.Len(t, list, 1, "it is due again at once, and no failure is noted")
	require.Equal(t, programmetest.Now, list[0].NextAt)
	require.Zero(t, list[0].Attempts)
	require.Nil(t, list[0].Last)
	b.receiver.block = nil
	b.deliver(t)
	require.Len(t, b.receiver.take(), 1)
	kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
	require.NoError(t, err)
	require.Nil(t, kept.FailingSince)
}

// testTwoCouriers checks that couriers that share a database send each message
// only once.
func testTwoCouriers(t *testing.T, b *outboxBundle) {
	const endpoints, events = 5, 40
	for n := range endpoints {
		b.webhook(t, fmt.Sprintf("https://%d.example.com/", n))
	}
	b.append(t, events)
	couriers := []*outbox.Courier{b.courier, b.newCourier(), b.newCourier()}
	var working sync.WaitGroup
	for _, c := range couriers {
		working.Go(func() {
			for range 30 {
				if err := c.Round(t.Context()); err != nil {
					t.Error(err)
				}
				c.Wait()
			}
		})
	}
	working.Wait()
	b.deliver(t)
	seen := map[string]int{}
	for _, m := range b.receiver.take() {
		seen[m.URL+" "+m.id]++
	}
	require.Len(t, seen, endpoints*events)
	require.Equal(t, []int{1}, slices.Compact(slices.Sorted(maps.Values(seen))))
	// No method lists the deliveries of all endpoints, so this reads the table.
	require.EqualValues(t, endpoints*events, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM deliveries WHERE status = 'delivered' AND attempts = 1`))
}

func testSlowEndpoint(t *testing.T, b *outboxBundle) {
	slow, _ := b.webhook(t, "https://slow.example.com/")
	b.webhook(t, "https://fast.example.com/")
	other, _, err := b.service.Create(t.Context(), programmetest.Beta, outbox.New{Kind: outbox.Webhook, URL: "https://other.example.com/"})
	require.NoError(t, err)
	release := make(chan struct{})
	b.receiver.block = func(_ context.Context, m *message) {
		if m.URL == "https://slow.example.com/" {
			<-release
		}
	}
	b.append(t, 20)
	require.NoError(t, b.courier.Round(t.Context()))
	fast := 0
	come := func(n int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for fast < n {
			select {
			case <-b.receiver.came:
				fast += len(b.receiver.take())
			case <-ctx.Done():
				require.Fail(t, "not all came", "%d of %d", fast, n)
			}
		}
		require.Equal(t, n, fast)
	}
	come(20)
	_, err = b.service.Test(t.Context(), other.Key, outbox.Webhook, "")
	require.NoError(t, err)
	require.NoError(t, b.courier.Round(t.Context()))
	come(21)
	require.Empty(t, b.deliveries(t, slow.Key, outbox.Delivered))
	close(release)
	b.courier.Wait()
	b.deliver(t)
	require.Len(t, b.deliveries(t, slow.Key, outbox.Delivered), 20)
}

// testBounds checks how many endpoints of one partner are served at the same
// time, and how many concurrent requests each of them gets. A failing endpoint
// gets only one request at a time.
func testBounds(t *testing.T, b *outboxBundle) {
	for n := range 6 {
		b.webhook(t, fmt.Sprintf("https://%d.example.com/", n))
	}
	b.append(t, 30)
	const bound = 16 // four endpoints with four requests each
	var at, most atomic.Int64
	all := make(chan struct{}) // closed when bound requests are open
	full := sync.OnceFunc(func() { close(all) })
	var seen sync.Map
	b.receiver.block = func(ctx context.Context, m *message) {
		n := at.Add(1)
		defer at.Add(-1)
		if n > most.Load() {
			most.Store(n)
		}
		if n == bound {
			full()
		}
		if _, again := seen.LoadOrStore(m.URL, true); !again {
			return // only the first request to each endpoint waits, so the others return at once
		}
		select {
		case <-all:
		case <-ctx.Done():
		}
	}
	b.deliver(t)
	require.Len(t, b.receiver.take(), 6*30)
	require.EqualValues(t, bound, most.Load())
	b.receiver.block = func(context.Context, *message) {
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		at.Add(-1)
	}

	b.receiver.answers(500)
	b.append(t, 5)
	most.Store(0)
	for _, e := range mustEndpoints(t, b)[1:] {
		require.NoError(t, b.service.Delete(t.Context(), e.Key, outbox.Webhook))
	}
	b.deliver(t)
	b.clock.Advance(time.Hour)
	most.Store(0)
	b.deliver(t)
	require.EqualValues(t, 1, most.Load())
}

func mustEndpoints(t *testing.T, b *outboxBundle) []outbox.Endpoint {
	t.Helper()
	list, err := b.service.Endpoints(t.Context(), programmetest.Alpha, outbox.Webhook)
	require.NoError(t, err)
	return list
}

func testPendingBound(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	b.receiver.answers(503)
	b.append(t, 1250)
	b.deliver(t)
	pending := b.countDeliveries(t, e.Key, outbox.Pending)
	require.LessOrEqual(t, pending, int64(1100))
	require.GreaterOrEqual(t, pending, int64(1000))
	_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
	require.Error(t, err)
	b.receiver.answer = nil
	for range 30 {
		b.clock.Advance(time.Hour)
		b.deliver(t)
	}
	require.EqualValues(t, 1250, b.countDeliveries(t, e.Key, outbox.Delivered), "the waiting events came later")
}

func testExpiredDelivery(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	b.receiver.answers(500)
	b.append(t, 1)
	b.deliver(t)
	b.receiver.take()
	require.Positive(t, b.exec(t, `DELETE FROM events`))
	b.clock.Advance(time.Hour)
	b.deliver(t)
	require.Empty(t, b.receiver.take())
	require.Equal(t, outbox.ProblemExpired, b.deliveries(t, e.Key, outbox.Failed)[0].Last.Problem)
}

func testOutboxOfOthers(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	b.append(t, 1)
	b.deliver(t)
	d := b.deliveries(t, e.Key, "")[0]
	theirs := outbox.Key{PartnerID: programmetest.Beta, EndpointID: e.EndpointID}
	calls := map[string]func(outbox.Key, outbox.Kind, id.UUID) error{
		"read": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error {
			_, err := b.service.Endpoint(t.Context(), k, kind)
			return err
		},
		"change": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error {
			_, err := b.service.Change(t.Context(), k, kind, outbox.Change{})
			return err
		},
		"delete": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error { return b.service.Delete(t.Context(), k, kind) },
		"rotate": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error {
			_, _, err := b.service.Rotate(t.Context(), k, kind, 0)
			return err
		},
		"test": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error {
			_, err := b.service.Test(t.Context(), k, kind, "")
			return err
		},
		"look": func(k outbox.Key, kind outbox.Kind, d id.UUID) error {
			_, _, err := b.service.Delivery(t.Context(), k, kind, d)
			return err
		},
		"replay": func(k outbox.Key, kind outbox.Kind, d id.UUID) error {
			_, err := b.service.Replay(t.Context(), k, kind, d)
			return err
		},
		"since": func(k outbox.Key, kind outbox.Kind, _ id.UUID) error {
			_, err := b.service.ReplayFailed(t.Context(), k, kind, time.Time{})
			return err
		},
	}
	for name, call := range calls {
		requireCode(t, call(theirs, outbox.Webhook, d.ID), "NotFound", "", "")
		requireCode(t, call(e.Key, outbox.Postback, d.ID), "NotFound", "", "")
		if name == "look" || name == "replay" {
			requireCode(t, call(e.Key, outbox.Webhook, id.New()), "NotFound", "", "")
		}
	}
	require.Len(t, b.deliveries(t, e.Key, ""), 1)
}
