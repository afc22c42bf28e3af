package partner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/page"
)

// AddNotifications declares how partners read and set up notifications.
func AddNotifications(r *httpapi.Router, s *notify.Service) {
	h := notificationsAPI{s}
	r.Mount(wire.TagNotifications,
		httpapi.GET(notificationsPath, wire.Read, h.notificationList, notificationList),
		httpapi.POST(notificationsPath+"read/", wire.Write, h.notificationRead, notificationRead),
		httpapi.GET(notificationsPath+"settings/", wire.Read, h.notificationSettings, notificationSettings),
		httpapi.PATCH(notificationsPath+"settings/", wire.Write, h.notificationSettingsUpdate, notificationSettingsUpdate),
	)
}

type notificationsAPI struct{ s *notify.Service }

const (
	notificationsPath = "/api/notifications/"
)

type notificationsIn struct {
	Page   page.Page
	Unread bool     `query:"unread" doc:"true: only unread notifications."`
	Events []string `query:"event" enum:"client_registered,client_verified,first_deposit,client_qualified,contact_answered,payout_paid,payout_failed" maxItems:"10" doc:"Only notifications of these events."`
}

type notificationOut struct {
	ID      id.UUID    `json:"id" doc:"Id of the notification."`
	Event   string     `json:"event" doc:"The event that the notification is about."`
	Title   string     `json:"title" doc:"Short text of the notification."`
	Body    string     `json:"body" doc:"Full text of the notification."`
	Subject string     `json:"subject" doc:"What the notification is about, such as a client's uid or a payout's id."`
	Created time.Time  `json:"created" doc:"When the notification was created."`
	Read    *time.Time `json:"read" doc:"When the partner read the notification. Null while it is unread."`
}

type notificationTotals struct {
	Count  int64 `json:"count" doc:"Number of notifications that match the filters, on all pages together."`
	Unread int64 `json:"unread" doc:"Number of unread notifications among these."`
}

type notificationsReadIn struct {
	IDs []id.UUID `json:"ids" maxItems:"1000" doc:"Ids of the notifications to mark as read. Unknown ids are ignored."`
	All bool      `json:"all" doc:"true: mark all notifications as read, whatever ids says."`
}

// Validate implements httpapi.Validator.
func (in *notificationsReadIn) Validate() error {
	if len(in.IDs) == 0 && !in.All {
		return fault.Invalid("ids", "required", "Name notifications, or all.")
	}
	return nil
}

type notificationsReadOut struct {
	Read   int64 `json:"read" doc:"Number of notifications that this call marked as read."`
	Unread int64 `json:"unread" doc:"Number of notifications that are still unread."`
}

type notifySettingIn struct {
	InArea *bool `json:"in_area" doc:"Whether such events are listed under /api/notifications/."`
	ByMail *bool `json:"by_mail" doc:"Whether such events are sent by e-mail. Several events share a mail; at most one mail is sent in 15 minutes."`
}

type notifySettingsIn struct {
	ClientRegistered *notifySettingIn `json:"client_registered" doc:"When a client registered."`
	ClientVerified   *notifySettingIn `json:"client_verified" doc:"When a client was verified."`
	FirstDeposit     *notifySettingIn `json:"first_deposit" doc:"When a client made its first deposit."`
	ClientQualified  *notifySettingIn `json:"client_qualified" doc:"When a client was verified and made its first deposit and its first trade."`
	ContactAnswered  *notifySettingIn `json:"contact_answered" doc:"When a client answered a request for its contact."`
	PayoutPaid       *notifySettingIn `json:"payout_paid" doc:"When the broker paid a payout."`
	PayoutFailed     *notifySettingIn `json:"payout_failed" doc:"When a payout failed."`
}

func (in *notifySettingsIn) apply(settings notify.Settings) {
	for kind, said := range map[notify.Kind]*notifySettingIn{
		notify.ClientRegistered: in.ClientRegistered, notify.ClientVerified: in.ClientVerified, notify.FirstDeposit: in.FirstDeposit,
		notify.ClientQualified: in.ClientQualified, notify.ContactAnswered: in.ContactAnswered, notify.PayoutPaid: in.PayoutPaid,
		notify.PayoutFailed: in.PayoutFailed,
	} {
		if said == nil {
			continue
		}
		setting := settings[kind]
		if said.InArea != nil {
			setting.InArea = *said.InArea
		}
		if said.ByMail != nil {
			setting.ByMail = *said.ByMail
		}
		settings[kind] = setting
	}
}

type notifySettingOut struct {
	InArea bool `json:"in_area" doc:"Whether such events are listed under /api/notifications/."`
	ByMail bool `json:"by_mail" doc:"Whether such events are sent by e-mail. Several events share a mail; at most one mail is sent in 15 minutes."`
}

type notifySettingsOut struct {
	ClientRegistered notifySettingOut `json:"client_registered"`
	ClientVerified   notifySettingOut `json:"client_verified"`
	FirstDeposit     notifySettingOut `json:"first_deposit"`
	ClientQualified  notifySettingOut `json:"client_qualified"`
	ContactAnswered  notifySettingOut `json:"contact_answered"`
	PayoutPaid       notifySettingOut `json:"payout_paid"`
	PayoutFailed     notifySettingOut `json:"payout_failed"`
}

const (
	notificationExample = `{"id":"0197c0de-0000-7000-8000-000000000004","event":"client_registered","title":"A client registered",` +
		`"body":"Client 4ec0c5fa (TH, of the link alpha) registered.","subject":"4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab",` +
		`"created":"2026-06-30T12:00:00Z","read":null}`
	inAreaExample         = `{"in_area":true,"by_mail":false}`
	mailedExample         = `{"in_area":true,"by_mail":true}`
	notifySettingsExample = `{"client_registered":` + inAreaExample + `,"client_verified":` + inAreaExample + `,"first_deposit":` + inAreaExample +
		`,"client_qualified":` + inAreaExample + `,"contact_answered":` + inAreaExample + `,"payout_paid":` + mailedExample +
		`,"payout_failed":` + mailedExample + `}`
)

func notifySettingsOf(s notify.Settings, err error) (*notifySettingsOut, error) {
	if err != nil {
		return nil, err
	}
	return &notifySettingsOut{
		ClientRegistered: notifySettingOut(s[notify.ClientRegistered]), ClientVerified: notifySettingOut(s[notify.ClientVerified]),
		FirstDeposit: notifySettingOut(s[notify.FirstDeposit]), ClientQualified: notifySettingOut(s[notify.ClientQualified]),
		ContactAnswered: notifySettingOut(s[notify.ContactAnswered]), PayoutPaid: notifySettingOut(s[notify.PayoutPaid]),
		PayoutFailed: notifySettingOut(s[notify.PayoutFailed]),
	}, nil
}

var notificationList = httpapi.Op{
	ID:          "notification_list",
	Summary:     "What happened, in words",
	Description: fmt.Sprintf("Lists those of the last %d days, newest first. Programs should use `/api/v1/events/`.", notify.KeepDays),
	Example:     json.RawMessage(`{"data":[` + notificationExample + `],"totals":{"count":1,"unread":1}}`),
}

func (h notificationsAPI) notificationList(ctx context.Context, in *notificationsIn) (*page.List[notificationOut, notificationTotals], error) {
	list, totals, err := h.s.List(ctx, partnerOf(ctx), notify.Filter{Unread: in.Unread, Kinds: in.Events, Page: in.Page})
	if err != nil {
		return nil, err
	}
	rows := make([]notificationOut, len(list))
	for i, n := range list {
		rows[i] = notificationOut{
			ID: n.ID, Event: string(n.Kind), Title: n.Title, Body: n.Body, Subject: n.Subject, Created: n.CreatedAt, Read: n.ReadAt,
		}
	}
	return page.NewList(rows, notificationTotals(totals)), nil
}

var notificationRead = httpapi.Op{
	ID:      "notification_read",
	Summary: "Mark notifications as read",
	Request: map[string]bool{"all": true},
	Example: json.RawMessage(`{"read":3,"unread":0}`),
}

func (h notificationsAPI) notificationRead(ctx context.Context, in *notificationsReadIn) (*notificationsReadOut, error) {
	var out notificationsReadOut
	var err error
	if in.All {
		out.Read, out.Unread, err = h.s.ReadAll(ctx, partnerOf(ctx))
	} else {
		out.Read, out.Unread, err = h.s.Read(ctx, partnerOf(ctx), in.IDs)
	}
	return &out, err
}

var notificationSettings = httpapi.Op{
	ID:      "notification_settings",
	Summary: "Which events the partner is notified of, and where",
	Example: json.RawMessage(notifySettingsExample),
}

func (h notificationsAPI) notificationSettings(ctx context.Context, _ *struct{}) (*notifySettingsOut, error) {
	return notifySettingsOf(h.s.Settings(ctx, partnerOf(ctx)))
}

var notificationSettingsUpdate = httpapi.Op{
	ID:          "notification_settings_update",
	Summary:     "Choose which events to be notified of, and where",
	Description: "Applies to events from now on. Fields that are not sent stay as they are.",
	Request:     json.RawMessage(`{"client_registered":` + mailedExample + `}`),
	Example:     json.RawMessage(notifySettingsExample),
}

func (h notificationsAPI) notificationSettingsUpdate(ctx context.Context, in *notifySettingsIn) (*notifySettingsOut, error) {
	return notifySettingsOf(h.s.Change(ctx, partnerOf(ctx), in.apply))
}
