package notify_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestNotifications checks that every event creates one notification, and that
// one mail can report several events.
func TestNotifications(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		store, mails := notify.NewStore(p.DB), mail.NewSQLStore(p.DB, p.Clock, func() {})
		service := notify.New(store, p.Clock, mails)
		ctx := t.Context()
		p.MustFeed(t, p.Setting()...)
		_, err := service.Change(ctx, programmetest.Alpha, func(s notify.Settings) { s[notify.ClientVerified] = notify.Setting{ByMail: true} })
		require.NoError(t, err)

		var running sync.WaitGroup
		for range 4 { // four servers run the job at the same time
			running.Go(func() {
				if err := service.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		require.NoError(t, service.Run(ctx))
		list := func(partnerID id.UUID, f notify.Filter) ([]notify.Notification, notify.Totals) {
			f.Page = page.Page{Limit: 10}
			list, totals, err := service.List(ctx, partnerID, f)
			require.NoError(t, err)
			return list, totals
		}
		got, totals := list(programmetest.Alpha, notify.Filter{})
		require.Equal(t, notify.Totals{Count: 1, Unread: 1}, totals, "once")
		require.Equal(t, notify.Notification{
			PartnerID: programmetest.Alpha, ID: got[0].ID, Kind: notify.ClientRegistered, Title: "A client registered",
			Body: "Client 11111111 (DE, with the link alpha) registered.", Subject: programmetest.Client1, CreatedAt: programmetest.Now,
		}, got[0])

		due := func() []mail.Mail {
			due, err := mails.Due(ctx, p.Clock.Now(), p.Clock.Now().Add(time.Hour), 10)
			require.NoError(t, err)
			return due
		}
		require.Empty(t, due(), "registrations are not mailed")
		clients := []string{"31111111-0000-4000-8000-000000000001", "32222222-0000-4000-8000-000000000002"}
		verify := func(client string) {
			p.MustFeed(t,
				p.Fact(feed.ClientRegistered, "2026-03-01T00:00:00Z", `"client_uid":"`+client+`","email":"`+client[:2]+`@example.com","country":"FR","partner_code":"alpha"`),
				p.Fact(feed.ClientVerified, "2026-03-02T00:00:00Z", `"client_uid":"`+client+`"`))
			require.NoError(t, service.Run(ctx))
			require.NoError(t, service.Run(ctx))
		}
		p.MustFeed(t, p.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`))
		require.NoError(t, service.Run(ctx))
		require.Len(t, due(), 1)
		verify(clients[0])
		p.Clock.Advance(notify.MailPause - time.Second)
		verify(clients[1])
		require.Len(t, due(), 1, "one mail in 15 minutes")
		p.Clock.Advance(time.Second)
		require.NoError(t, service.Run(ctx))
		require.NoError(t, service.Run(ctx))
		require.Len(t, due(), 2)
		require.Equal(t, "a@example.com", due()[1].To)
		require.Equal(t, 2, strings.Count(due()[1].Text, "A client (FR) was verified."), due()[1].Text)

		_, totals = list(programmetest.Alpha, notify.Filter{})
		require.Equal(t, notify.Totals{Count: 3, Unread: 3}, totals, "verifications are only mailed")
		_, totals = list(programmetest.Beta, notify.Filter{})
		require.Equal(t, notify.Totals{Count: 1, Unread: 1}, totals)
		read, unread, err := service.Read(ctx, programmetest.Beta, []id.UUID{got[0].ID})
		require.NoError(t, err)
		require.Equal(t, [2]int64{0, 1}, [2]int64{read, unread}, "another's")
		read, unread, err = service.Read(ctx, programmetest.Alpha, []id.UUID{got[0].ID, id.New()})
		require.NoError(t, err)
		require.Equal(t, [2]int64{1, 2}, [2]int64{read, unread})
		got, totals = list(programmetest.Alpha, notify.Filter{Unread: true, Kinds: []string{"client_registered"}})
		require.Equal(t, notify.Totals{Count: 2, Unread: 2}, totals)
		require.Equal(t, clients[1], got[0].Subject, "newest first")
		_, unread, err = service.ReadAll(ctx, programmetest.Alpha)
		require.NoError(t, err)
		require.Zero(t, unread)

		settings, err := service.Settings(ctx, programmetest.Alpha)
		require.NoError(t, err)
		want := notify.Defaults()
		want[notify.ClientVerified] = notify.Setting{ByMail: true}
		require.Equal(t, want, settings)
		settings, err = service.Settings(ctx, programmetest.Beta)
		require.NoError(t, err)
		require.Equal(t, notify.Defaults(), settings)
	})
}
