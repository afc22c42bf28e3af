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

// AddNotifications declares the operations on a partner's notifications and
// their settings.
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
	Unread bool     `query:"unread" doc:"If true, only unread notifications are returned."`
	Events []string `query:"event" enum:"client_registered,client_verified,first_deposit,client_qualified,contact_answered,payout_paid,payout_failed" maxItems:"10" doc:"Only notifications of these events."`
}

type notificationOut struct {
	ID      id.UUID    `json:"id" doc:"Id of the notification."`
	Event   string     `json:"event" doc:"Event that the notification is about."`
	Title   string     `json:"title" doc:"Short text of the notification."`
	Body    string     `json:"body" doc:"Full text of the notification."`
	Subject string     `json:"subject" doc:"Id of what the notification is about, such as a client's uid or a payout's id."`
	Created time.Time  `json:"created" doc:"When the notification was created."`
	Read    *time.Time `json:"read" doc:"When the partner read the notification. Null while it is unread."`
}

type notificationTotals struct {
	Count  int64 `json:"count" doc:"Number of notifications that match the filters, on all pages together."`
	Unread int64 `json:"unread" doc:"Number of unread notifications among them."`
}

type notificationsReadIn struct {
	IDs []id.UUID `json:"ids" maxItems:"1000" doc:"Ids of the notifications to mark as read. Unknown ids are ignored."`
	All bool      `json:"all" doc:"If true, all notifications are marked as read, and ids is ignored."`
}

// Validate implements bind.Validator.
func (in *notificationsReadIn) Validate() error {
	if len(in.IDs) == 0 && !in.All {
		return fault.Invalid("ids", "required", "Send the ids of notifications, or send all: true.")
	}
	return nil
}

type notificationsReadOut struct {
	Read   int64 `json:"read" doc:"Number of notifications that this request marked as read."`
	Unread int64 `json:"unread" doc:"Number of notifications that are still unread."`
}

type notifySettingIn struct {
	InArea *bool `json:"in_area" doc:"Whether such events are listed under /api/notifications/."`
	ByMail *bool `json:"by_mail" doc:"Whether such events are sent by e-mail. Several events can share a mail. At most one mail is sent every 15 minutes."`
}

type notifySettingsIn struct {
	ClientRegistered *notifySettingIn `json:"client_registered" doc:"Settings for the notification that is sent when a client registers."`
	ClientVerified   *notifySettingIn `json:"client_verified" doc:"Settings for the notification that is sent when a client is verified."`
	FirstDeposit     *notifySettingIn `json:"first_deposit" doc:"Settings for the notification that is sent when a client makes its first deposit."`
	ClientQualified  *notifySettingIn `json:"client_qualified" doc:"Settings for the notification that is sent when a client qualifies, which means that it is verified and has made its first deposit and its first trade."`
	ContactAnswered  *notifySettingIn `json:"contact_answered" doc:"Settings for the notification that is sent when a client answers a request for its contact."`
	PayoutPaid       *notifySettingIn `json:"payout_paid" doc:"Settings for the notification that is sent when the broker pays a payout."`
	PayoutFailed     *notifySettingIn `json:"payout_failed" doc:"Settings for the notification that is sent when a payout fails."`
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
	ByMail bool `json:"by_mail" doc:"Whether such events are sent by e-mail. Several events can share a mail. At most one mail is sent every 15 minutes."`
}

type notifySettingsOut struct {
	ClientRegistered notifySettingOut `json:"client_registered" doc:"Settings for the notification that is sent when a client registers."`
	ClientVerified   notifySettingOut `json:"client_verified" doc:"Settings for the notification that is sent when a client is verified."`
	FirstDeposit     notifySettingOut `json:"first_deposit" doc:"Settings for the notification that is sent when a client makes its first deposit."`
	ClientQualified  notifySettingOut `json:"client_qualified" doc:"Settings for the notification that is sent when a client qualifies, which means that it is verified and has made its first deposit and its first trade."`
	ContactAnswered  notifySettingOut `json:"contact_answered" doc:"Settings for the notification that is sent when a client answers a request for its contact."`
	PayoutPaid       notifySettingOut `json:"payout_paid" doc:"Settings for the notification that is sent when the broker pays a payout."`
	PayoutFailed     notifySettingOut `json:"payout_failed" doc:"Settings for the notification that is sent when a payout fails."`
}

const (
	notificationExample = `{"id":"0197c0de-0000-7000-8000-000000000004","event":"client_registered","title":"A client registered",` +
		`"body":"Client 4ec0c5fa (TH, with the link alpha) registered.","subject":"4ec0c5fa-1d2b-4c3d-9e8f-0123456789ab",` +
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
	ID:      "notification_list",
	Summary: "List notifications",
	Description: fmt.Sprintf("Lists the partner's notifications of the last %d days, newest first. A notification describes an event in words, for people. "+
		"Programs should read `/api/v1/events/` instead.", notify.KeepDays),
	Example: json.RawMessage(`{"data":[` + notificationExample + `],"totals":{"count":1,"unread":1}}`),
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
	Description: "Marks the named notifications, or all of them, as read. Returns how many notifications this request marked and " +
		"how many are still unread.",
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
	ID:          "notification_settings",
	Summary:     "Get the notification settings",
	Description: "Returns, for each event, whether it is listed under `/api/notifications/` and whether it is sent by e-mail.",
	Example:     json.RawMessage(notifySettingsExample),
}

func (h notificationsAPI) notificationSettings(ctx context.Context, _ *struct{}) (*notifySettingsOut, error) {
	return notifySettingsOf(h.s.Settings(ctx, partnerOf(ctx)))
}

var notificationSettingsUpdate = httpapi.Op{
	ID:          "notification_settings_update",
	Summary:     "Update the notification settings",
	Description: "Changes the settings that are sent. They apply to events that happen from now on.",
	Request:     json.RawMessage(`{"client_registered":` + mailedExample + `}`),
	Example:     json.RawMessage(notifySettingsExample),
}

func (h notificationsAPI) notificationSettingsUpdate(ctx context.Context, in *notifySettingsIn) (*notifySettingsOut, error) {
	return notifySettingsOf(h.s.Change(ctx, partnerOf(ctx), in.apply))
}
