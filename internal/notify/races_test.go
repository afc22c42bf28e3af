package notify_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestNotificationsMailed creates notifications on one server and mails them on
// another. Every event must be in exactly one mail.
func TestNotificationsMailed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		store, events, ctx := notify.NewStore(p.DB), event.NewLog(p.DB), t.Context()
		told, mailed, lines := 0, 0, map[string]int{}
		tell := func(_ notify.Settings, list []event.Event) (notify.Told, error) {
			out := make([]string, len(list))
			for i := range list {
				out[i] = fmt.Sprint("line ", list[i].Seq)
			}
			told += len(out)
			return notify.Told{Lines: map[notify.Kind][]string{notify.PayoutPaid: out}}, nil
		}
		at := programmetest.Now
		mail := func() error {
			bundles, err := store.Bundles(ctx, at, 10)
			if err != nil {
				return err
			}
			for _, b := range bundles {
				at = at.Add(notify.MailPause)
				err := store.Mailed(ctx, b, at, func(context.Context, string) error {
					mailed += int(b.Waiting)
					for _, line := range b.Lines {
						lines[line]++
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		}
		due := make(chan struct{}, 1) // has a value if there may be something to mail
		dbtest.RequireNone(t, dbtest.Together(func() error {
			defer close(due)
			for range 150 {
				if err := events.Append(ctx, event.New(programmetest.Alpha, event.PayoutPaid, programmetest.Now, event.Payout{})); err != nil {
					return err
				}
				if _, err := store.Advance(ctx, programmetest.Alpha, []event.Type{event.PayoutPaid}, 1000, tell); err != nil {
					return err
				}
				select {
				case due <- struct{}{}:
				default:
				}
			}
			return nil
		}, func() error {
			for range due {
				if err := mail(); err != nil {
					return err
				}
			}
			return mail()
		}))
		require.Equal(t, told, mailed)
		for line, n := range lines {
			require.Equal(t, 1, n, line)
		}
	})
}
