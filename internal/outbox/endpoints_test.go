package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func (b *outboxBundle) exec(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) (err error) {
		n, err = q.Exec(ctx, query, args...)
		return err
	}))
	return n
}

func (*outboxBundle) quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (b *outboxBundle) deliverNext(t *testing.T) message {
	t.Helper()
	b.append(t, 1)
	b.deliver(t)
	got := b.receiver.take()
	require.Len(t, got, 1)
	return got[0]
}

func testRotation(t *testing.T, b *outboxBundle) {
	e, first := b.webhook(t, "https://a.example.com/")
	second, until, err := b.service.Rotate(t.Context(), e.Key, outbox.Webhook, 24*time.Hour)
	require.NoError(t, err)
	require.Equal(t, programmetest.Now.Add(24*time.Hour), until)
	require.NotEqual(t, first, second)
	m := b.deliverNext(t)
	require.Len(t, m.signatures, 2)
	require.True(t, m.signedBy(t, first))
	require.True(t, m.signedBy(t, second))
	b.clock.Advance(24 * time.Hour)
	m = b.deliverNext(t)
	require.Len(t, m.signatures, 1)
	require.False(t, m.signedBy(t, first), "its overlap is over")
	require.True(t, m.signedBy(t, second))
	// At most three secrets sign, even if the secret is rotated many times.
	third, _, err := b.service.Rotate(t.Context(), e.Key, outbox.Webhook, 0)
	require.NoError(t, err)
	m = b.deliverNext(t)
	require.False(t, m.signedBy(t, second))
	require.True(t, m.signedBy(t, third))
	for range 5 {
		b.clock.Advance(time.Second)
		third, _, err = b.service.Rotate(t.Context(), e.Key, outbox.Webhook, time.Hour)
		require.NoError(t, err)
	}
	m = b.deliverNext(t)
	require.Len(t, m.signatures, 3)
	require.True(t, m.signedBy(t, third))
	// No method returns the stored secrets or the audit log, so this reads the tables.
	require.LessOrEqual(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM endpoint_secrets`), int64(3))
	require.Positive(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'webhook.secret_rotated'`))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE details LIKE '%whsec%'`))
}

func testDisabled(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	e, _ := b.webhook(t, "https://a.example.com/")
	b.receiver.answers(500)
	hours := 0
	for ; hours < 100; hours++ {
		b.append(t, 1)
		b.deliver(t)
		kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
		require.NoError(t, err)
		require.Equal(t, programmetest.Now, *kept.FailingSince)
		if kept.Status == outbox.Disabled {
			require.Equal(t, "failing", kept.Reason)
			break
		}
		b.clock.Advance(time.Hour)
	}
	require.Equal(t, 72, hours, "three days without a success")
	// Check in the tables that the mail and the entry of the audit log were stored once.
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails WHERE recipient = 'a@example.com' AND kind = 'endpoint_disabled'`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'webhook.disabled'`))
	b.receiver.take()
	b.receiver.answer = nil
	b.append(t, 1)
	b.clock.Advance(time.Hour)
	b.deliver(t)
	require.Empty(t, b.receiver.take())
	_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
	requireCode(t, err, fault.PermissionDenied, "", "")

	active := outbox.Active
	kept, err := b.service.Change(t.Context(), e.Key, outbox.Webhook, outbox.Change{Status: &active})
	require.NoError(t, err)
	require.Equal(t, outbox.Active, kept.Status)
	require.Nil(t, kept.FailingSince)
	b.clock.Advance(10 * time.Hour)
	b.deliver(t)
	got := b.receiver.take()
	failed := len(b.deliveries(t, e.Key, outbox.Failed))
	require.Len(t, got, 74-failed, "the missed events, except those given up")
	require.Empty(t, b.deliveries(t, e.Key, outbox.Pending))
}

func testGone(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	e, _, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{Kind: outbox.Webhook, URL: "https://a.example.com/", Name: "order 1234567"})
	require.NoError(t, err)
	b.receiver.answers(410)
	b.append(t, 1)
	b.deliver(t)
	kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
	require.NoError(t, err)
	require.Equal(t, outbox.Disabled, kept.Status)
	require.Equal(t, "gone", kept.Reason)
	var text string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT text_body FROM mails WHERE kind = 'endpoint_disabled'`).Scan(&text))
	require.Contains(t, text, "410 Gone")
	require.NotRegexp(t, `[0-9]{6}`, text, "no number in the mail looks like a code")
}

// testMoved checks that failures at a previous URL do not disable an endpoint.
func testMoved(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	e, _ := b.webhook(t, "https://a.example.com/")
	move := func(url string) {
		kept, err := b.service.Change(t.Context(), e.Key, outbox.Webhook, outbox.Change{URL: &url})
		require.NoError(t, err)
		require.Nil(t, kept.FailingSince)
	}
	kept := func() outbox.Endpoint {
		kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
		require.NoError(t, err)
		return kept
	}
	b.receiver.answers(500)
	b.append(t, 1)
	b.deliver(t)
	b.clock.Advance(71 * time.Hour)
	require.Equal(t, programmetest.Now, *kept().FailingSince)
	move("https://b.example.com/")
	require.Nil(t, kept().FailingSince)
	b.clock.Advance(2 * time.Hour)
	b.deliver(t)
	require.Equal(t, b.clock.Now(), *kept().FailingSince)
	require.Equal(t, outbox.Active, kept().Status)
	// The endpoint's URL changes during the last request to the previous URL.
	b.receiver.answers(410)
	b.receiver.block = func(context.Context, *message) { move("https://c.example.com/") }
	b.clock.Advance(time.Hour)
	b.deliver(t)
	require.Nil(t, kept().FailingSince)
	require.Equal(t, outbox.Active, kept().Status)
	require.Len(t, b.deliveries(t, e.Key, outbox.Pending), 1, "the message is still delivered to the new address")
}

func testReplay(t *testing.T, b *outboxBundle) {
	e, secret := b.webhook(t, "https://a.example.com/")
	first := b.deliverNext(t)
	d := b.deliveries(t, e.Key, "")[0]
	b.clock.Advance(time.Hour)
	again, err := b.service.Replay(t.Context(), e.Key, outbox.Webhook, d.ID)
	require.NoError(t, err)
	require.Equal(t, outbox.Pending, again.Status)
	b.deliver(t)
	got := b.receiver.take()
	require.Len(t, got, 1)
	require.Equal(t, first.id, got[0].id)
	require.True(t, got[0].signedBy(t, secret))
	_, attempts, err := b.service.Delivery(t.Context(), e.Key, outbox.Webhook, d.ID)
	require.NoError(t, err)
	require.Len(t, attempts, 2)
	require.Equal(t, 2, attempts[1].N)

	b.receiver.answers(500)
	since := b.clock.Now()
	b.append(t, 3)
	for range 48 {
		b.deliver(t)
		b.clock.Advance(time.Hour)
	}
	require.Len(t, b.deliveries(t, e.Key, outbox.Failed), 3)
	b.receiver.take()
	b.receiver.answer = nil
	n, err := b.service.ReplayFailed(t.Context(), e.Key, outbox.Webhook, since.Add(time.Microsecond))
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = b.service.ReplayFailed(t.Context(), e.Key, outbox.Webhook, since)
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	b.deliver(t)
	require.Len(t, b.receiver.take(), 3)
	require.Len(t, b.deliveries(t, e.Key, outbox.Delivered), 4)
	// A replayed delivery is retried for a whole day again.
	b.receiver.answers(500)
	_, err = b.service.Replay(t.Context(), e.Key, outbox.Webhook, d.ID)
	require.NoError(t, err)
	b.deliver(t)
	pending := b.deliveries(t, e.Key, outbox.Pending)
	require.Len(t, pending, 1)
	require.Less(t, pending[0].NextAt.Sub(b.clock.Now()), 6*time.Second)
	_, err = b.service.Replay(t.Context(), e.Key, outbox.Webhook, d.ID)
	require.NoError(t, err, "a pending delivery does not change")
	require.Equal(t, pending[0].NextAt, b.deliveries(t, e.Key, outbox.Pending)[0].NextAt)
}

func testPaused(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	paused, active := outbox.Paused, outbox.Active
	change := func(c outbox.Change) {
		_, err := b.service.Change(t.Context(), e.Key, outbox.Webhook, c)
		require.NoError(t, err)
	}
	change(outbox.Change{Status: &paused})
	b.append(t, 3)
	b.deliver(t)
	require.Empty(t, b.receiver.take())
	change(outbox.Change{Status: &active})
	b.deliver(t)
	require.Len(t, b.receiver.take(), 3, "the events of the meantime")
	change(outbox.Change{Status: &paused})
	b.append(t, 3)
	change(outbox.Change{Status: &active, SkipMissed: true})
	b.deliver(t)
	require.Empty(t, b.receiver.take())
	require.Len(t, []message{b.deliverNext(t)}, 1)

	url, name, types := "https://new.example.com/", "new", []string{"payout.paid", "deposit.received", "payout.paid"}
	change(outbox.Change{URL: &url, Name: &name, Types: types})
	require.Equal(t, url, b.deliverNext(t).URL)
	kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
	require.NoError(t, err)
	require.Equal(t, []string{"deposit.received", "payout.paid"}, kept.Types)
	require.Equal(t, "new", kept.Name)
}

// testSuspended checks that a suspended partner gets no events. When the
// partner is active again, it gets the events that happened in the meantime.
func testSuspended(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	b.webhook(t, "https://a.example.com/")
	b.exec(t, `UPDATE partners SET status = 'suspended' WHERE partner_id = $1`, programmetest.Alpha)
	b.append(t, 2)
	b.deliver(t)
	require.Empty(t, b.receiver.take())
	b.exec(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, programmetest.Alpha)
	b.deliver(t)
	require.Len(t, b.receiver.take(), 2)
}

func testEndpointLimit(t *testing.T, b *outboxBundle) {
	for n := range 20 {
		b.webhook(t, fmt.Sprintf("https://a.example.com/%d", n))
	}
	_, _, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{Kind: outbox.Webhook, URL: "https://a.example.com/"})
	requireCode(t, err, fault.ValidationError, "url", "limit_reached")
	_, _, err = b.service.Create(t.Context(), programmetest.Beta, outbox.New{Kind: outbox.Webhook, URL: "https://a.example.com/"})
	require.NoError(t, err)
	list := mustEndpoints(t, b)
	require.Len(t, list, 20)
	require.Equal(t, "https://a.example.com/19", list[0].URL, "newest first")
	require.NoError(t, b.service.Delete(t.Context(), list[3].Key, outbox.Webhook))
	b.webhook(t, "https://a.example.com/again")
	// Check in the table that no secret of the deleted endpoint is left.
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM endpoint_secrets WHERE endpoint_id = $1`, list[3].EndpointID))
	for url, code := range map[string]string{"http://127.0.0.1/": "invalid", "https://a.example.com/" + strings.Repeat("x", 2048): "invalid"} {
		_, _, err = b.service.Create(t.Context(), programmetest.Beta, outbox.New{Kind: outbox.Webhook, URL: url})
		requireCode(t, err, fault.ValidationError, "url", code)
	}
	_, _, err = b.service.Create(t.Context(), programmetest.Beta, outbox.New{Kind: outbox.Webhook, URL: "https://a.example.com/", Types: []string{"client.born"}})
	requireCode(t, err, fault.ValidationError, "events", "invalid_choice")
	_, _, err = b.service.Create(t.Context(), programmetest.Beta, outbox.New{Kind: outbox.Postback, URL: "https://a.example.com/", Types: nil})
	requireCode(t, err, fault.ValidationError, "events", "empty")
}

func testTestDeliveries(t *testing.T, b *outboxBundle) {
	e, secret := b.webhook(t, "https://a.example.com/", "payout.paid")
	d, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
	require.NoError(t, err)
	require.Nil(t, d.Seq)
	b.deliver(t)
	got := b.receiver.take()
	require.Len(t, got, 1)
	require.True(t, got[0].signedBy(t, secret))
	require.Equal(t, d.MessageID, got[0].id)
	require.Contains(t, string(got[0].Body), `"type":"webhook.test"`)
	types, _ := b.readEvents(t, programmetest.PartnerA)
	require.Empty(t, types, "a test is not an event")

	p, secret, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{
		Kind: outbox.Postback, URL: "https://t.example.com/{event}?c={click_id}&e={event_id}", Method: "POST", Types: []string{"reward", "deposit"},
	})
	require.NoError(t, err)
	_, err = b.service.Test(t.Context(), p.Key, outbox.Postback, "registration")
	requireCode(t, err, fault.ValidationError, "event", "invalid_choice")
	for _, name := range []string{"", "reward"} {
		d, err = b.service.Test(t.Context(), p.Key, outbox.Postback, name)
		require.NoError(t, err)
		b.deliver(t)
		got = b.receiver.take()
		require.Len(t, got, 1)
		want := "deposit"
		if name != "" {
			want = name
		}
		require.Equal(t, "https://t.example.com/"+want+"?c=d41d8cd98f&e="+d.MessageID, got[0].URL)
		require.True(t, got[0].signedBy(t, secret))
	}
	testExamples(t, b)
}

// testExamples checks that a test message has a value for every token, and a
// different value for each parameter of a link.
func testExamples(t *testing.T, b *outboxBundle) {
	p, _, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{
		Kind: outbox.Postback, URL: "https://t.example.com/{s1}?g={gclid}&f={fbclid}&mine={My.Sub}&u={utm_source}", Method: "POST", Types: []string{"reward"},
	})
	require.NoError(t, err)
	_, err = b.service.Test(t.Context(), p.Key, outbox.Postback, "reward")
	require.NoError(t, err)
	b.deliver(t)
	got := b.receiver.take()
	require.Len(t, got, 1)
	require.Equal(t, "https://t.example.com/example-s1?g=example-gclid&f=example-fbclid&mine=example-My.Sub&u=example-utm_source", got[0].URL)
	var values map[string]string
	require.NoError(t, json.Unmarshal(got[0].Body, &values))
	for _, token := range outbox.Tokens() {
		require.NotEmpty(t, values[token.Name], token.Name)
	}
	for _, name := range click.KnownParameters() {
		require.True(t, click.IsKnownParameter(name), name)
		require.Equal(t, "example-"+name, values[name], "the body has the parameters that the URL omits")
	}
	require.Equal(t, "example-My.Sub", values["My.Sub"])
}

func testPostbacks(t *testing.T, b *outboxBundle) {
	setting := b.Setting()
	b.MustFeed(t, slices.Concat(setting[:6], setting[7:8])...)
	create := func(url, method string, types ...string) string {
		_, secret, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{Kind: outbox.Postback, URL: url, Method: method, Types: types})
		require.NoError(t, err)
		return secret
	}
	const query = "?click={click_id}&sub={sub_id}&c={campaign}&uid={client_uid}&cc={country}&usd={amount_usd}&cur={currency}&band={amount_band}&acc={client_account}&n={orders_count}&d={reward_date}"
	get := create("https://t.example.com/{event}"+query, "", "registration", "deposit", "first_deposit", "qualification", "reward")
	post := create("https://p.example.com/{sub_id}/x", "POST", "registration")
	b.MustFeed(t,
		b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","email":"one@example.com","country":"DE","partner_code":"alpha","campaign_code":"spring & co","sub_id":"a/../b?&=é","click_id":"x y"`),
		setting[8])
	b.deliver(t)
	const who = "&uid=" + programmetest.Client1 + "&cc=DE"
	source := "?click=x+y&sub=a%2F..%2Fb%3F%26%3D%C3%A9&c=spring+%26+co"
	got := b.receiver.take()
	slices.SortFunc(got, func(x, y message) int { return strings.Compare(x.URL, y.URL) })
	require.Len(t, got, 2)
	require.Equal(t, "https://p.example.com/a%2F..%2Fb%3F&=%C3%A9/x", got[0].URL)
	require.Equal(t, "POST", got[0].Method)
	require.True(t, got[0].signedBy(t, post))
	var values map[string]string
	require.NoError(t, json.Unmarshal(got[0].Body, &values))
	require.Equal(t, "registration", values["event"])
	require.Equal(t, "a/../b?&=é", values["sub_id"])
	require.Equal(t, got[0].id, values["event_id"])
	require.Equal(t, "https://t.example.com/registration"+source+who+"&usd=&cur=&band=&acc=&n=&d=", got[1].URL)
	require.Equal(t, "GET", got[1].Method)
	require.Nil(t, got[1].Body)
	require.True(t, got[1].signedBy(t, get))

	b.MustFeed(t,
		b.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		b.Fact(feed.DepositReceived, "2026-02-04T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	b.MustFeed(t,
		b.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), b.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``),
		b.Order("1001", 3, "EURUSD", "2026-03-02T10:00:00Z", ``))
	b.deliver(t)
	var urls []string
	ids := map[string]bool{}
	for _, m := range b.receiver.take() {
		urls = append(urls, strings.Replace(m.URL, source+who, "", 1))
		ids[m.id] = true
		require.True(t, m.signedBy(t, get))
	}
	slices.Sort(urls)
	require.Equal(t, []string{
		"https://t.example.com/deposit&usd=&cur=&band=3&acc=1001&n=&d=",
		"https://t.example.com/first_deposit&usd=&cur=&band=3&acc=&n=&d=",
		"https://t.example.com/qualification&usd=&cur=&band=&acc=&n=&d=",
		"https://t.example.com/reward&usd=2&cur=USD&band=&acc=1001&n=1&d=2026-03-02",
		"https://t.example.com/reward&usd=4&cur=USD&band=&acc=1001&n=2&d=2026-03-01",
	}, urls)
	require.Len(t, ids, 5, "each message has its own id")

	// If both the click and the registration give a value, the click's value is used.
	b.exec(t, `UPDATE client_sources SET click_id = 'the-click', campaign_code = 'summer', sub_id = 'banner' WHERE partner_id = $1 AND client_uid = $2`,
		programmetest.Alpha, programmetest.UUID(programmetest.Client1))
	b.MustFeed(t, b.Fact(feed.DepositReceived, "2026-02-05T00:00:00Z", `"client_account":"1001","amount_usd":1`))
	b.deliver(t)
	got = b.receiver.take()
	require.Len(t, got, 1)
	require.Equal(t, "https://t.example.com/deposit?click=the-click&sub=banner&c=summer"+who+"&usd=&cur=&band=1&acc=1001&n=&d=", got[0].URL)
}

func testOutboxPurge(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	start, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Limit: 1})
	require.NoError(t, err)
	stored := func() []event.Event {
		read, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Limit: 10})
		require.NoError(t, err)
		return read.Events
	}
	b.append(t, 5)
	b.deliver(t)
	_, _, err = b.service.Rotate(t.Context(), e.Key, outbox.Webhook, time.Hour)
	require.NoError(t, err)
	b.receiver.answer = func(int, *message) (*guard.Answer, error) { return nil, guard.ErrUnreachable }
	b.clock.Advance(29 * 24 * time.Hour)
	b.append(t, 2)
	b.deliver(t)
	middle, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Limit: 5})
	require.NoError(t, err)
	require.NoError(t, b.courier.Purge(t.Context()))
	require.Len(t, stored(), 7, "not yet")
	// Check in the tables which secrets and attempts are left.
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM endpoint_secrets`))
	b.clock.Advance(36 * time.Hour)
	require.NoError(t, b.courier.Purge(t.Context()))
	require.Len(t, stored(), 2)
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM events`), "the feed skips removed events by their number")
	require.Len(t, b.deliveries(t, e.Key, outbox.Pending), 2)
	require.Empty(t, b.deliveries(t, e.Key, outbox.Delivered))
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM delivery_attempts`))
	_, err = b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Cursor: start.Next, Limit: 1})
	requireCode(t, err, fault.ValidationError, "cursor", "expired")
	part, err := b.feed.Read(t.Context(), programmetest.Alpha, outbox.Read{Cursor: middle.Next, Limit: 10})
	require.NoError(t, err, "the first stored event is next")
	require.Len(t, part.Events, 2)
	require.EqualValues(t, 6, stored()[0].Seq)
	b.append(t, 1)
	require.EqualValues(t, 8, stored()[2].Seq, "numbers continue")
	// A wrong clock had scheduled these deliveries years ahead. They are due
	// now.
	b.receiver.answer = nil
	b.receiver.take()
	b.exec(t, `UPDATE deliveries SET next_at = next_at + 100000000000000 WHERE status = 'pending'`)
	b.deliver(t)
	require.Len(t, b.receiver.take(), 1, "only the new event")
	require.NoError(t, b.courier.Purge(t.Context()))
	b.deliver(t)
	require.Len(t, b.receiver.take(), 2)
	b.receiver.answers(500)
	b.append(t, 1)
	b.deliver(t)
	b.receiver.take()
	// Some events were removed while the endpoint was paused. The endpoint
	// continues with the oldest event that is left.
	b.clock.Advance(40 * 24 * time.Hour)
	require.NoError(t, b.courier.Purge(t.Context()))
	b.receiver.answer = nil
	b.append(t, 1)
	b.deliver(t)
	require.EqualValues(t, 10, stored()[0].Seq)
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM events WHERE event_seq < 10`))
	// No method returns the last event for which deliveries were created, so this
	// reads the table.
	require.EqualValues(t, 10, dbtest.Scalar(t, b.DB, `SELECT given_seq FROM endpoints`))
}
