package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func (b *outboxBundle) endpoints(t *testing.T, owner id.UUID, kind outbox.Kind, url string, n int) (made []outbox.Endpoint) {
	t.Helper()
	for range n {
		e, _, err := b.service.Create(t.Context(), owner, outbox.New{Kind: kind, URL: url, Types: map[outbox.Kind][]string{outbox.Postback: {"deposit"}}[kind]})
		require.NoError(t, err)
		made = append(made, e)
	}
	return made
}

// stall blocks all requests to slow receivers until the test calls the returned
// function.
func (b *outboxBundle) stall() (release func()) {
	released := make(chan struct{})
	b.receiver.block = func(_ context.Context, m *message) {
		if strings.Contains(m.URL, "slow") {
			<-released
		}
	}
	return func() { close(released) }
}

// testSharedCalls checks that two processes together send an endpoint no more
// concurrent requests than one process would. Requests wait until both couriers
// have sent as many as they are allowed to.
func testSharedCalls(t *testing.T, b *outboxBundle) {
	b.webhook(t, "https://one.example.com/")
	b.append(t, 40)
	var now, most atomic.Int64
	released := make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	defer release()
	b.receiver.block = func(ctx context.Context, _ *message) {
		from, _ := ctx.Value(callsKey{}).(*callCounter)
		if from == nil || from.sent.Add(1) == 1 {
			return // a courier sends one request at a time until the endpoint has accepted one
		}
		n := now.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		from.waiting <- struct{}{}
		<-released
		now.Add(-1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var couriers [2]*outbox.Courier
	for i := range couriers {
		of := &callCounter{waiting: make(chan struct{}, 40)}
		couriers[i] = b.newCourierAmong(func() int { return len(couriers) })
		require.NoError(t, couriers[i].Round(context.WithValue(t.Context(), callsKey{}, of)))
		for range 2 {
			select {
			case <-of.waiting:
			case <-ctx.Done():
				require.Fail(t, "a courier sends fewer than two requests at a time")
			}
		}
	}
	release()
	for _, c := range couriers {
		c.Wait()
	}
	b.deliver(t)
	require.Len(t, b.receiver.take(), 40)
	require.EqualValues(t, 4, most.Load())
}

// callsKey is the key of a courier's callCounter in the context of its requests.
type callsKey struct{}

// callCounter counts the requests of one courier.
type callCounter struct {
	sent    atomic.Int64
	waiting chan struct{} // has a value for each request that waits
}

// requireDelivery delivers an event to another partner's URL while other
// endpoints are blocked. The test fails if the event does not arrive.
func (b *outboxBundle) requireDelivery(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for b.wake(); ; {
		select {
		case <-b.wakes:
			require.NoError(t, b.courier.Round(t.Context()))
		case <-b.receiver.came:
			if slices.ContainsFunc(b.receiver.take(), func(m message) bool { return m.URL == url }) {
				return
			}
		case <-ctx.Done():
			require.Fail(t, "its event did not come", url)
		}
	}
}

// testManySlow gives two partners the maximum number of endpoints, with slow
// receivers and many events. A third partner must not be delayed.
func testManySlow(t *testing.T, b *outboxBundle) {
	for _, owner := range []id.UUID{programmetest.Alpha, programmetest.Beta} {
		b.endpoints(t, owner, outbox.Webhook, "https://slow.example.com/", 20)
		b.endpoints(t, owner, outbox.Postback, "https://slow.example.com/", 50)
		b.appendOf(t, owner, 20)
	}
	b.clock.Advance(time.Hour)
	third := id.New()
	b.endpoints(t, third, outbox.Webhook, "https://fast.example.com/", 1)
	release := b.stall()
	require.NoError(t, b.courier.Round(t.Context()))
	b.appendOf(t, third, 1)
	b.requireDelivery(t, "https://fast.example.com/")
	b.appendOf(t, third, 1)
	b.requireDelivery(t, "https://fast.example.com/")
	release()
	b.courier.Wait()
	for list := b.receiver.take(); len(list) > 0; list = b.receiver.take() {
		b.deliver(t)
	}
	// No method lists the deliveries of all endpoints, so this reads the table.
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM deliveries WHERE status <> 'delivered'`))
	require.EqualValues(t, 2+2*70*20, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM deliveries`))
}

// testSlowPartners checks that events reach other partners while the slow receivers
// of many partners use all the slots that they can get.
func testSlowPartners(t *testing.T, b *outboxBundle) {
	for range 20 {
		owner := id.New()
		b.endpoints(t, owner, outbox.Webhook, "https://slow.example.com/", 5)
		b.appendOf(t, owner, 1)
	}
	release := b.stall()
	for range 3 {
		require.NoError(t, b.courier.Round(t.Context()))
	}
	for n := range 10 {
		owner, url := id.New(), fmt.Sprintf("https://%d.example.com/", n)
		b.endpoints(t, owner, outbox.Webhook, url, 3)
		b.appendOf(t, owner, 1)
		b.requireDelivery(t, url)
	}
	release()
	b.courier.Wait()
}

func testWork(t *testing.T, b *outboxBundle) {
	first := b.endpoints(t, programmetest.Alpha, outbox.Webhook, "https://a.example.com/", 6)
	b.clock.Advance(time.Minute)
	second := b.endpoints(t, programmetest.Beta, outbox.Webhook, "https://b.example.com/", 2)
	b.append(t, 1)
	work := func(served ...outbox.Endpoint) (names []string) {
		ids := []id.UUID{}
		for i := range served {
			ids = append(ids, served[i].EndpointID)
		}
		list, err := b.store.Work(t.Context(), b.clock.Now(), ids, 4, 5)
		require.NoError(t, err)
		for i := range list {
			for owner, all := range map[string][]outbox.Endpoint{"a": first, "b": second} {
				for n := range all {
					if all[n].Key == list[i].Key {
						names = append(names, fmt.Sprint(owner, n))
					}
				}
			}
		}
		return names
	}
	require.Equal(t, []string{"a0", "a1", "a2", "a3"}, work())
	b.appendOf(t, programmetest.Beta, 1)
	require.Equal(t, []string{"a0", "b0", "a1", "b1", "a2"}, work(), "each partner's first, then each partner's second")
	require.Equal(t, []string{"b0", "a1", "b1", "a2", "a3"}, work(first[0]), "a served endpoint has its partner's first place")
	require.Equal(t, []string{"b0", "b1"}, work(first[:4]...), "served endpoints can take all places")
	set := func(e *outbox.Endpoint, column string, at time.Time) {
		b.exec(t, `UPDATE endpoints SET `+column+` = $3 WHERE partner_id = $1 AND endpoint_id = $2`, e.PartnerID, e.EndpointID, db.Micros(at))
	}
	for n := range 4 {
		set(&first[n], "failing_since", programmetest.Now)
	}
	require.Equal(t, []string{"a4", "b0", "a5", "b1"}, work()[:4], "working endpoints come before failing ones")
	set(&second[0], "failing_since", programmetest.Now)
	set(&second[1], "failing_since", programmetest.Now)
	require.Equal(t, "a4", work()[0])
	require.Contains(t, []string{"b0", "b1"}, work()[1], "a first place comes before a second")
	_, err := b.service.Test(t.Context(), first[4].Key, outbox.Webhook, "")
	require.NoError(t, err)
	b.clock.Advance(time.Minute)
	require.Equal(t, "a4", work()[0])
	set(&first[4], "succeeded_at", b.clock.Now().Add(time.Second))
	require.Equal(t, "a5", work()[0], "the wait starts at the last success")
}

// testTestsBound checks the limit on pending tests. Without the limit, a
// partner could make the server send any number of requests.
func testTestsBound(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	for range 10 {
		_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
		require.NoError(t, err)
	}
	_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
	requireCode(t, err, fault.Throttled, "", "")
	b.deliver(t)
	require.Len(t, b.receiver.take(), 10)
	_, err = b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
	require.NoError(t, err)
}
