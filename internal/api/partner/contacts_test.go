package partner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func client(t *testing.T, p *sdk.Partner) sdk.ClientsV2Row {
	t.Helper()
	return apitest.Only(t, p.ClientsV2(t.Context(), sdk.ClientsV2Query{}))
}

func TestContactSharing(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	ask := sdk.RequestContactsIn{ClientUID: []string{programmetest.Client1}, Message: new("hello")}
	available := func(query sdk.ClientsV2Query) int64 {
		return apitest.OK(a.ClientsV2Page(ctx, query))(t).Totals.AvailableForRequest
	}
	require.EqualValues(t, 1, available(sdk.ClientsV2Query{}))
	apitest.Refused(b.RequestContacts(ctx, ask))(t, sdk.ValidationError, "client_uid.0 does_not_exist")
	apitest.Refused(a.RequestContacts(ctx, sdk.RequestContactsIn{ClientUID: []string{programmetest.Client1, programmetest.Client2}}))(t,
		sdk.ValidationError, "client_uid.1 does_not_exist")
	require.Equal(t, "EMPTY", client(t, a).ClientContactSharingStatus, "all or none")
	apitest.OK(a.RequestContacts(ctx, ask))(t)
	asked := client(t, a)
	require.Equal(t, "PENDING", asked.ClientContactSharingStatus)
	require.Equal(t, w.Clock.Now(), asked.LastPartnerContactSharingDT)
	require.Nil(t, asked.ClientEmail)
	require.Zero(t, available(sdk.ClientsV2Query{}))
	require.Zero(t, available(sdk.ClientsV2Query{ClientCountry: []string{"DE"}}))
	apitest.Refused(a.RequestContacts(ctx, ask))(t, sdk.ValidationError, "client_uid.0 already_pending: The client has been asked and has not answered yet.")

	w.Clock.Advance(partner.ContactLife)
	require.Equal(t, sdk.ContactStatusExpired, apitest.Only(t, a.ContactRequests(ctx, sdk.ContactRequestsQuery{})).Status)
	require.Equal(t, "EMPTY", client(t, a).ClientContactSharingStatus)
	require.EqualValues(t, 1, available(sdk.ClientsV2Query{}))
	apitest.OK(a.RequestContacts(ctx, ask))(t)
	waiting := apitest.Only(t, w.Broker(t).ContactRequests(ctx, sdk.BrokerContactRequestsQuery{Pending: new(true)}))
	require.Equal(t, "one@example.com", waiting.ClientEmail)

	at := w.Clock.Now().Add(time.Hour)
	w.MustFeed(t, w.Fact(feed.ContactShared, at.Format(time.RFC3339), `"client_uid":"`+programmetest.Client1+`","granted":true`))
	shared := client(t, a)
	require.Equal(t, "GRANTED", shared.ClientContactSharingStatus)
	require.Equal(t, "one@example.com", *shared.ClientEmail)
	require.Equal(t, at, shared.LastClientContactSharingDT)
	require.Equal(t, sdk.ContactStatusGranted, apitest.OK(a.ContactRequestsPage(ctx, sdk.ContactRequestsQuery{Limit: 1}))(t).Data[0].Status)
	require.Zero(t, available(sdk.ClientsV2Query{}))
	apitest.Refused(a.RequestContacts(ctx, ask))(t, sdk.ValidationError, "client_uid.0 already_granted")
	require.Empty(t, apitest.All(t, b.ContactRequests(ctx, sdk.ContactRequestsQuery{})))
}

// TestContactAnswersGoToWhoAsked checks that only the partner who requested a
// contact gets the client's response, even if the client now has another
// partner. The client's response to one request must not change the status of
// an earlier request.
func TestContactAnswersGoToWhoAsked(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	ask := sdk.RequestContactsIn{ClientUID: []string{programmetest.Client1}}
	now := func() string { return w.Clock.Now().Format(time.RFC3339) }
	answer := func(granted string) {
		w.MustFeed(t, w.Fact(feed.ContactShared, now(), `"client_uid":"`+programmetest.Client1+`","granted":`+granted))
	}
	w.Clock.Advance(700 * time.Millisecond)
	apitest.OK(a.RequestContacts(ctx, ask))(t)
	answer("false") // the time of this fact has whole seconds, so it is earlier than the time of the request
	require.Equal(t, "DECLINED", client(t, a).ClientContactSharingStatus)
	w.Clock.Advance(time.Hour)
	apitest.OK(a.RequestContacts(ctx, ask))(t)
	w.Clock.Advance(time.Hour)
	w.MustFeed(t, w.Fact(feed.ClientPartnerChanged, now(), `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	w.Clock.Advance(time.Hour)
	answer("true")

	var statuses []sdk.ContactStatus
	for _, request := range apitest.All(t, a.ContactRequests(ctx, sdk.ContactRequestsQuery{})) {
		statuses = append(statuses, request.Status)
	}
	require.Equal(t, []sdk.ContactStatus{sdk.ContactStatusGranted, sdk.ContactStatusDeclined}, statuses)
	require.Equal(t, "GRANTED", client(t, a).ClientContactSharingStatus)
	for _, theirs := range apitest.All(t, b.ClientsV2(ctx, sdk.ClientsV2Query{})) {
		require.Nil(t, theirs.ClientEmail)
		require.Equal(t, "EMPTY", theirs.ClientContactSharingStatus)
	}
	programmetest.RequireSound(t, w.DB)
}

// TestContactAnswersGoToWhoAsked_TypedCode is about a partner who has the client only
// because its code was typed for an account.
func TestContactAnswersGoToWhoAsked_TypedCode(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	w.MustFeed(t, w.OpenAccount(programmetest.Client2, "1002", "alpha", ``))
	apitest.OK(a.RequestContacts(ctx, sdk.RequestContactsIn{ClientUID: []string{programmetest.Client2}}))(t)
	w.Clock.Advance(time.Hour)
	w.MustFeed(t, w.Fact(feed.ContactShared, w.Clock.Now().Format(time.RFC3339), `"client_uid":"`+programmetest.Client2+`","granted":true`))
	seen := func(p *sdk.Partner) (email *string, status string) {
		for _, c := range apitest.All(t, p.ClientsV2(ctx, sdk.ClientsV2Query{})) {
			if strings.HasPrefix(c.ClientUID, programmetest.Client2[:8]) {
				email, status = c.ClientEmail, c.ClientContactSharingStatus
			}
		}
		return email, status
	}
	email, status := seen(a)
	require.Equal(t, "GRANTED", status)
	require.Equal(t, "two@example.com", *email)
	email, status = seen(b)
	require.Equal(t, "EMPTY", status)
	require.Nil(t, email)
	programmetest.RequireSound(t, w.DB)
}

func TestClientComment(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	short := programmetest.Client1[:8]
	note := sdk.UpdateClientIn{Comment: sdk.Value("calls at noon")}
	apitest.OK(a.UpdateClient(ctx, short, note))(t)
	require.Equal(t, "calls at noon", *client(t, a).Comment)
	apitest.OK(a.UpdateClient(ctx, programmetest.Client1, sdk.UpdateClientIn{Comment: sdk.Null[string]()}))(t)
	require.Nil(t, client(t, a).Comment)
	apitest.Refused(a.UpdateClient(ctx, short, sdk.UpdateClientIn{}))(t, sdk.ValidationError, "comment required")
	apitest.Refused(w.Partner(t, "b").UpdateClient(ctx, short, note))(t, sdk.NotFound)
	apitest.Refused(a.UpdateClient(ctx, "unknown", note))(t, sdk.NotFound)
}
