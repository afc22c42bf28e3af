package outbox_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func times(n int, call func() error) []func() error {
	calls := make([]func() error, n)
	for i := range calls {
		calls[i] = call
	}
	return calls
}

func testSecretsAtOnce(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	for range 10 {
		dbtest.RequireNone(t, dbtest.Together(times(4, func() error {
			_, _, err := b.service.Rotate(t.Context(), e.Key, outbox.Webhook, time.Hour)
			return err
		})...))
		// Check in the table which secrets are stored.
		require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM endpoint_secrets WHERE expires_at IS NULL`))
		require.EqualValues(t, 3, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM endpoint_secrets`))
	}
}

func testDeletedWhileTested(t *testing.T, b *outboxBundle) {
	for n := range 15 {
		e, _ := b.webhook(t, "https://a.example.com/"+strconv.Itoa(n))
		calls := times(6, func() error {
			_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
			if fault.CodeOf(err) == fault.NotFound {
				return nil
			}
			return err
		})
		calls = append(calls, func() error { return b.service.Delete(t.Context(), e.Key, outbox.Webhook) })
		dbtest.RequireNone(t, dbtest.Together(calls...))
		// Check in the table, because the service shows no deliveries of a deleted
		// endpoint.
		require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM deliveries`), "no one would ever remove them")
	}
}

func testChangedAtOnce(t *testing.T, b *outboxBundle) {
	e, _ := b.webhook(t, "https://a.example.com/")
	for n := range 20 {
		name, url := strconv.Itoa(n), "https://a.example.com/"+strconv.Itoa(n)
		change := func(c outbox.Change) func() error {
			return func() error {
				_, err := b.service.Change(t.Context(), e.Key, outbox.Webhook, c)
				return err
			}
		}
		dbtest.RequireNone(t, dbtest.Together(change(outbox.Change{Name: &name}), change(outbox.Change{URL: &url}), change(outbox.Change{Types: []string{"payout.paid"}})))
		kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
		require.NoError(t, err)
		require.Equal(t, []string{name, url, "payout.paid"}, append([]string{kept.Name, kept.URL}, kept.Types...))
	}
}

// testChangedWhileDisabled checks that an endpoint stays disabled if a partner
// changes its name while a courier disables it.
func testChangedWhileDisabled(t *testing.T, b *outboxBundle) {
	b.MustFeed(t, b.Setting()...)
	b.receiver.answers(410)
	for n := range 10 {
		e, _ := b.webhook(t, "https://a.example.com/")
		_, err := b.service.Test(t.Context(), e.Key, outbox.Webhook, "")
		require.NoError(t, err)
		name := strconv.Itoa(n)
		calls := times(1, func() error {
			err := b.courier.Round(t.Context())
			b.courier.Wait()
			return err
		})
		calls = append(calls, times(3, func() error {
			for range 5 {
				if _, err := b.service.Change(t.Context(), e.Key, outbox.Webhook, outbox.Change{Name: &name}); err != nil {
					return err
				}
			}
			return nil
		})...)
		dbtest.RequireNone(t, dbtest.Together(calls...))
		kept, err := b.service.Endpoint(t.Context(), e.Key, outbox.Webhook)
		require.NoError(t, err)
		require.Equal(t, outbox.Disabled, kept.Status)
		require.Equal(t, name, kept.Name)
		require.NoError(t, b.service.Delete(t.Context(), e.Key, outbox.Webhook))
	}
}

func testMadeAtOnce(t *testing.T, b *outboxBundle) {
	made := 0
	for _, err := range dbtest.Together(times(30, func() error {
		_, _, err := b.service.Create(t.Context(), programmetest.Alpha, outbox.New{Kind: outbox.Webhook, URL: "https://a.example.com/"})
		return err
	})...) {
		if err == nil {
			made++
			continue
		}
		requireCode(t, err, fault.ValidationError, "url", "limit_reached")
	}
	require.Equal(t, 20, made)
	require.Len(t, mustEndpoints(t, b), 20)
}

// testPurgedAtOnce lets two servers with different clocks remove old events at
// the same time. Afterwards, the counter must match the stored events.
func testPurgedAtOnce(t *testing.T, b *outboxBundle) {
	events := event.NewLog(b.DB)
	for range 10 {
		owner := id.New()
		list := make([]event.Event, 1000)
		for i := range list {
			list[i] = event.New(owner, event.ClientRegistered, programmetest.Now.Add(time.Duration(i)*time.Second), event.Client{})
		}
		require.NoError(t, events.Append(t.Context(), list...))
		purge := func(keep int) func() error {
			return func() error {
				before := programmetest.Now.Add(time.Duration(1000-keep) * time.Second)
				for more := true; more; {
					var err error
					if more, err = b.store.Purge(t.Context(), before, before, before.Add(time.Hour), 100); err != nil {
						return err
					}
				}
				return nil
			}
		}
		dbtest.RequireNone(t, dbtest.Together(purge(203), purge(200), purge(207)))
		first, last, err := events.Range(t.Context(), owner)
		require.NoError(t, err)
		require.Equal(t, []int64{801, 1000}, []int64{first, last})
		// Range reads the counter, so also check the oldest event that is stored.
		require.EqualValues(t, 801, dbtest.Scalar(t, b.DB, `SELECT min(event_seq) FROM events WHERE partner_id = $1`, owner))
	}
}
