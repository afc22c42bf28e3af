package outbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *outboxBundle){
			"a client's life":                       testEventsOfALife,
			"events add up to the books":            testEventsAddUp,
			"an account that moves":                 testEventsOfAMove,
			"payouts":                               testEventsOfPayouts,
			"numbers without gaps":                  testEventNumbers,
			"readers while writers append":          testFeedWhileAppending,
			"cursors":                               testCursors,
			"the feed by types":                     testFeedTypes,
			"waiting for events":                    testFeedWaits,
			"a webhook gets events":                 testWebhook,
			"retried, then given up":                testBackoff,
			"a receiver that asks to wait":          testRetryAfter,
			"killed before noting a delivery":       testKilled,
			"stopped in the middle":                 testStopped,
			"two couriers":                          testTwoCouriers,
			"couriers share the calls":              testSharedCalls,
			"a slow endpoint delays no other":       testSlowEndpoint,
			"limits for each partner":               testBounds,
			"rotation":                              testRotation,
			"disabled after failures":               testDisabled,
			"gone":                                  testGone,
			"moved":                                 testMoved,
			"replay":                                testReplay,
			"paused":                                testPaused,
			"suspended":                             testSuspended,
			"limit of waiting deliveries":           testPendingBound,
			"postbacks":                             testPostbacks,
			"another partner's":                     testOutboxOfOthers,
			"limit of endpoints":                    testEndpointLimit,
			"tests":                                 testTestDeliveries,
			"purge":                                 testOutboxPurge,
			"event removed before delivery":         testExpiredDelivery,
			"secrets made concurrently":             testSecretsAtOnce,
			"deleted while it is tested":            testDeletedWhileTested,
			"changed concurrently":                  testChangedAtOnce,
			"changed while it is disabled":          testChangedWhileDisabled,
			"made concurrently":                     testMadeAtOnce,
			"two partners with many slow endpoints": testManySlow,
			"many partners with slow receivers":     testSlowPartners,
			"order of work":                         testWork,
			"limit of tests":                        testTestsBound,
			"purged concurrently":                   testPurgedAtOnce,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newOutboxBundle(open(t)))
			})
		}
	})
}

// outboxBundle is a programme with an outbox and a receiver. Tests set the
// receiver's responses.
type outboxBundle struct {
	*programmetest.Programme
	clock    *clock.Fixed
	store    outbox.SQLStore
	feed     *outbox.Feed
	service  *outbox.Service
	courier  *outbox.Courier
	receiver *receiver
	woken    atomic.Bool
	wakes    chan struct{} // has a value if wake was called
}

func newOutboxBundle(db db.DB) *outboxBundle {
	b := &outboxBundle{
		Programme: programmetest.New(db), clock: clock.At(programmetest.Now), store: outbox.NewSQLStore(db),
		feed: outbox.NewFeed(event.NewLog(db)), receiver: &receiver{came: make(chan struct{}, 1)}, wakes: make(chan struct{}, 1),
	}
	b.service = outbox.NewService(b.store, b.clock, b.receiver, audit.NewSQLLog(db, b.clock), mail.NewSQLStore(db, b.clock, func() {}), b.wake)
	b.courier = b.newCourier()
	return b
}

func (b *outboxBundle) wake() {
	b.woken.Store(true)
	signal(b.wakes)
}

// signal puts a value into a channel of capacity one if the channel is empty.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (b *outboxBundle) newCourier() *outbox.Courier { return b.newCourierAmong(nil) }

func (b *outboxBundle) newCourierAmong(processes func() int) *outbox.Courier {
	return outbox.NewCourier(b.store, outbox.CourierConfig{
		Processes: processes,
		Clock:     b.clock, Caller: b.receiver, Mails: mail.NewSQLStore(b.DB, b.clock, func() {}), Audit: audit.NewSQLLog(b.DB, b.clock),
		Logger: slog.New(slog.DiscardHandler), Wake: b.wake,
	})
}

// deliver lets the courier do all work that is due.
func (b *outboxBundle) deliver(t *testing.T) {
	t.Helper()
	for b.woken.Store(true); b.woken.Swap(false); {
		require.NoError(t, b.courier.Round(t.Context()))
		b.courier.Wait()
	}
}

type message struct {
	guard.Request
	id, stamp  string
	signatures []string
}

// receiver gets all requests, whatever their URL. It implements outbox.Caller.
type receiver struct {
	mu     sync.Mutex
	got    []message
	answer func(n int, m *message) (*guard.Answer, error) // the receiver's response; nil means status 204
	block  func(ctx context.Context, m *message)
	came   chan struct{} // has a value if a message has arrived
}

func (*receiver) Spelling(url string) error {
	if strings.Contains(url, "127.0.0.1") {
		return guard.ErrRefused
	}
	return nil
}

func (r *receiver) Check(_ context.Context, url string) error { return r.Spelling(url) }

func (r *receiver) Do(ctx context.Context, request *guard.Request) (*guard.Answer, error) {
	m := message{
		Request: *request, id: request.Header.Get("Webhook-Id"), stamp: request.Header.Get("Webhook-Timestamp"),
		signatures: strings.Split(request.Header.Get("Webhook-Signature"), " "),
	}
	if r.block != nil {
		r.block(ctx, &m)
		if ctx.Err() != nil {
			return nil, guard.ErrUnreachable
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, m)
	signal(r.came)
	if r.answer == nil {
		return &guard.Answer{Status: 204}, nil
	}
	return r.answer(len(r.got), &m)
}

// take returns the messages that arrived since the last call of take.
func (r *receiver) take() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(int, *message) (*guard.Answer, error) {
		return &guard.Answer{Status: status, Body: []byte("no\x00 thanks")}, nil
	}
}

// signedBy reports whether a message is signed with a secret. It implements the
// Standard Webhooks specification a second time, so that it does not repeat a
// mistake of the server.
func (m *message) signedBy(t *testing.T, secret string) bool {
	t.Helper()
	encoded, found := strings.CutPrefix(secret, "whsec_")
	require.True(t, found)
	key, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(key), 24)
	payload := string(m.Body)
	if m.Body == nil {
		payload = m.URL[strings.Index(m.URL[len("https://"):], "/")+len("https://"):]
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", m.id, m.stamp, payload)
	return slices.Contains(m.signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func (b *outboxBundle) webhook(t *testing.T, url string, types ...string) (outbox.Endpoint, string) {
	t.Helper()
	e, secret, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{Kind: outbox.Webhook, URL: url, Types: types})
	require.NoError(t, err)
	return e, secret
}

func (b *outboxBundle) append(t *testing.T, n int) {
	t.Helper()
	b.appendOf(t, programmetest.Alpha, n)
}

func (b *outboxBundle) appendOf(t *testing.T, owner id.UUID, n int) {
	t.Helper()
	events := make([]event.Event, n)
	for i := range events {
		events[i] = event.New(owner, event.DepositReceived, b.clock.Now(), event.Deposit{ClientAccount: strconv.Itoa(i + 1), ClientUID: programmetest.UUID(programmetest.Client1), At: programmetest.Now})
	}
	require.NoError(t, event.NewLog(b.DB).Append(t.Context(), events...))
}

func (b *outboxBundle) readEvents(t *testing.T, partner string) (types []string, events []event.Event) {
	t.Helper()
	cursor := ""
	for {
		part, err := b.feed.Read(t.Context(), programmetest.UUID(partner), outbox.Read{Cursor: cursor, Limit: 7})
		require.NoError(t, err)
		events = append(events, part.Events...)
		cursor = part.Next
		if !part.More {
			break
		}
	}
	for i := range events {
		require.EqualValues(t, i+1, events[i].Seq, "numbers without gaps")
		types = append(types, string(events[i].Type))
	}
	return types, events
}

// countDeliveries returns the number of a webhook's deliveries with a status.
func (b *outboxBundle) countDeliveries(t *testing.T, key outbox.Key, status outbox.DeliveryStatus) int64 {
	t.Helper()
	_, count, err := b.service.Deliveries(t.Context(), key, outbox.Webhook, []outbox.DeliveryStatus{status}, page.Page{Limit: 1})
	require.NoError(t, err)
	return count
}

func (b *outboxBundle) deliveries(t *testing.T, key outbox.Key, status outbox.DeliveryStatus) []outbox.Delivery {
	t.Helper()
	var statuses []outbox.DeliveryStatus
	if status != "" {
		statuses = append(statuses, status)
	}
	list, count, err := b.service.Deliveries(t.Context(), key, outbox.Webhook, statuses, page.Page{Limit: 1000})
	require.NoError(t, err)
	require.EqualValues(t, len(list), count)
	return list
}

func dataOf[T any](t *testing.T, e *event.Event) (data T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(e.Data, &data))
	again, err := json.Marshal(data)
	require.NoError(t, err)
	require.JSONEq(t, string(again), string(e.Data))
	return data
}

func requireCode(t *testing.T, err error, code fault.Code, field, detail string) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
	if field != "" {
		require.ErrorContains(t, err, field)
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, detail, e.Fields[0].Code)
	}
}

var _ outbox.Caller = (*receiver)(nil)
