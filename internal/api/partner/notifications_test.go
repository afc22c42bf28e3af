package partner_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestNotificationSettings(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	area, both, neither := sdk.NotificationSetting{InArea: true}, sdk.NotificationSetting{InArea: true, ByMail: true}, sdk.NotificationSetting{}
	before := apitest.OK(a.NotificationSettings(ctx))(t)
	require.Equal(t, area, before.FirstDeposit)
	require.Equal(t, both, before.PayoutFailed)
	changed := apitest.OK(a.UpdateNotificationSettings(ctx, sdk.UpdateNotificationSettingsIn{
		FirstDeposit: &sdk.NotificationChange{ByMail: new(true)}, ClientRegistered: &sdk.NotificationChange{InArea: new(false)},
	}))(t)
	require.Equal(t, both, changed.FirstDeposit)
	require.Equal(t, neither, changed.ClientRegistered)
	require.Equal(t, changed, apitest.OK(a.NotificationSettings(ctx))(t))
	require.Equal(t, before, apitest.OK(w.Partner(t, "b").NotificationSettings(ctx))(t))
	for _, bad := range []string{`{"first_deposit":{"by_mail":"perhaps"}}`, `{"first_deposit":7}`} {
		require.Equal(t, http.StatusBadRequest, w.Call(t, "a", http.MethodPatch, "/api/notifications/settings/", bad).Code, bad)
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	apitest.OK(a.UpdateNotificationSettings(ctx, sdk.UpdateNotificationSettingsIn{
		FirstDeposit: &sdk.NotificationChange{ByMail: new(true)}, ClientRegistered: &sdk.NotificationChange{InArea: new(false)},
	}))(t)
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`))
	require.NoError(t, w.Server.Notifications.Run(ctx))
	require.EqualValues(t, 1, w.Count(t, "mails"))
	unread := sdk.NotificationsQuery{Unread: new(true)}
	deposit := apitest.Only(t, a.Notifications(ctx, unread))
	require.Equal(t, sdk.Notification{
		ID: deposit.ID, Event: "first_deposit", Title: "A client made its first deposit", Body: "Client 11111111 (DE, with the link alpha) made its first deposit.",
		Subject: programmetest.Client1, Created: w.Clock.Now(),
	}, deposit)
	apitest.Refused(a.NotificationsPage(ctx, sdk.NotificationsQuery{Event: []sdk.NotificationEvent{"rain"}}))(t, sdk.ValidationError, "event invalid_choice")

	reads := func(p *sdk.Partner, ids ...string) *sdk.NotificationsRead {
		t.Helper()
		return apitest.OK(p.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{IDs: ids}))(t)
	}
	apitest.Refused(a.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{}))(t, sdk.ValidationError, "ids required")
	apitest.Refused(a.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{IDs: []string{"x"}}))(t, sdk.ValidationError, "ids.0 invalid")
	require.Zero(t, reads(b, deposit.ID).Read, "another partner's")
	require.Equal(t, &sdk.NotificationsRead{Read: 1}, reads(a, deposit.ID))
	require.Equal(t, sdk.NotificationTotals{}, apitest.OK(a.NotificationsPage(ctx, unread))(t).Totals)
	require.Equal(t, w.Clock.Now(), apitest.Only(t, a.Notifications(ctx, sdk.NotificationsQuery{})).Read)
	require.Equal(t, &sdk.NotificationsRead{Read: 1}, apitest.OK(b.MarkNotificationsRead(ctx, sdk.MarkNotificationsReadIn{All: new(true)}))(t))
}
