package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestNotificationSettings(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	a, ctx := w.partner(t, "a"), t.Context()
	area, both, neither := sdk.NotificationSetting{InArea: true}, sdk.NotificationSetting{InArea: true, ByMail: true}, sdk.NotificationSetting{}
	before := ok(a.NotificationSettings(ctx))(t)
	require.Equal(t, area, before.FirstDeposit)
	require.Equal(t, both, before.PayoutFailed)
	changed := ok(a.UpdateNotificationSettings(ctx, sdk.UpdateNotificationSettingsIn{
		FirstDeposit: &sdk.NotificationChange{ByMail: new(true)}, ClientRegistered: &sdk.NotificationChange{InArea: new(false)},
	}))(t)
	require.Equal(t, both, changed.FirstDeposit)
	require.Equal(t, neither, changed.ClientRegistered)
	require.Equal(t, changed, ok(a.NotificationSettings(ctx))(t))
	require.Equal(t, before, ok(w.partner(t, "b").NotificationSettings(ctx))(t))
	for _, bad := range []string{`{"first_deposit":{"by_mail":"perhaps"}}`, `{"first_deposit":7}`} {
		require.Equal(t, http.StatusBadRequest, w.call(t, "a", http.MethodPatch, "/api/notifications/settings/", bad).Code, bad)
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	a, b, ctx := w.partner(t, "a"), w.partner(t, "b"), t.Context()
	ok(a.UpdateNotificationSettings(ctx, sdk.UpdateNotificationSettingsIn{
		FirstDeposit: &sdk.NotificationChange{ByMail: new(true)}, ClientRegistered: &sdk.NotificationChange{InArea: new(false)},
	}))(t)
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	require.NoError(t, w.p.Notifications.Run(ctx))
	require.EqualValues(t, 1, w.count(t, "mails"))
	unread := sdk.NotificationsQuery{Unread: new(true)}
	deposit := only(t, a.Notifications(ctx, unread))
	require.Equal(t, sdk.Notification{
		ID: deposit.ID, Event: "first_deposit", Title: "A client made its first deposit", Body: "Client 11111111 (DE, of the link alpha) made its first deposit.",
		Subject: programmetest.Client1, Created: w.Clock.Now(),
	}, deposit)
	refused(a.NotificationsPage(ctx, sdk.NotificationsQuery{Event: []sdk.NotificationEvent{"rain"}}))(t, sdk.ValidationError, "event invalid_choice")

	reads := func(p *sdk.Partner, ids ...string) *sdk.NotificationsRead {
		t.Helper()
		return ok(p.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{IDs: ids}))(t)
	}
	refused(a.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{}))(t, sdk.ValidationError, "ids required")
	refused(a.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{IDs: []string{"x"}}))(t, sdk.ValidationError, "ids.0 invalid")
	require.Zero(t, reads(b, deposit.ID).Read, "another partner's")
	require.Equal(t, &sdk.NotificationsRead{Read: 1}, reads(a, deposit.ID))
	require.Equal(t, sdk.NotificationTotals{}, ok(a.NotificationsPage(ctx, unread))(t).Totals)
	require.Equal(t, w.Clock.Now(), only(t, a.Notifications(ctx, sdk.NotificationsQuery{})).Read)
	require.Equal(t, &sdk.NotificationsRead{Read: 1}, ok(b.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{All: new(true)}))(t))
}
