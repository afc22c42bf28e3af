package api_test

// One test sends a raw request, because the SDK has no method that opens a web page.

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/sdk"
)

const (
	strangersPassword = "the stranger's horse"
	ownersPassword    = "the owner's horse"
)

func strangers(email string) sdk.RegisterIn {
	return sdk.RegisterIn{Email: email, Password: new(strangersPassword), Country: "CY", Programme: sdk.ProgrammeIB}
}

// TestAStrangersPasswordNeverComesTrue registers another person's e-mail. The password
// in this registration must not work, before or after the owner confirms it.
func TestAStrangersPasswordNeverComesTrue(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	apitest.OK(d.From(t, "203.0.113.1:40000").Register(t.Context(), strangers("n@example.com")))(t)
	_, token := d.Link(t, "registration")
	require.Zero(t, d.Count(t, `SELECT count(*) FROM registrations WHERE password_hash <> ''`), "the password is not kept")
	apitest.Refused(d.Login(t, "n@example.com", strangersPassword))(t, sdk.AuthenticationFailed)

	apitest.OK(d.Stranger(t).ConfirmRegistration(t.Context(), sdk.ConfirmRegistrationIn{Token: token, Password: ownersPassword}))(t)
	apitest.Refused(d.Login(t, "n@example.com", strangersPassword))(t, sdk.AuthenticationFailed)
	apitest.OK(d.Login(t, "n@example.com", ownersPassword))(t)
}

// TestANewerRegistrationReplacesOlderOnes checks that only the newest registration of
// an e-mail is valid.
func TestANewerRegistrationReplacesOlderOnes(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	apitest.OK(d.From(t, "203.0.113.1:40000").Register(t.Context(), strangers("n@example.com")))(t)
	_, strangers := d.Link(t, "registration")
	owners := d.Register(t, "N@example.com")
	apitest.Refused(d.Confirm(t, strangers))(t, sdk.ValidationError, "token invalid")
	require.Equal(t, "ZA", apitest.OK(d.Confirm(t, owners))(t).Country)
}

// TestMailQuotas checks that requests from one IP address cannot prevent the
// mails that another person needs, and that requests from many IP addresses
// cannot flood a mailbox.
func TestMailQuotas(t *testing.T) {
	t.Parallel()
	registers := func(email string) func(*testing.T, *sdk.Partner, int) {
		return func(t *testing.T, p *sdk.Partner, n int) {
			t.Helper()
			apitest.OK(p.Register(t.Context(), strangers(strings.ReplaceAll(email, "%d", strconv.Itoa(n)))))(t)
		}
	}
	for name, tt := range map[string]struct {
		kind string
		ask  func(*testing.T, *sdk.Partner, int)
	}{
		"registration":                    {"registration", registers("n@example.com")},
		"a partner's address":             {"registration_taken", registers("a@example.com")},
		"tagged addresses of one mailbox": {"registration", registers("n+%d@example.com")},
		"reset": {"password_reset", func(t *testing.T, p *sdk.Partner, _ int) {
			t.Helper()
			apitest.OK(p.ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: "a@example.com"}))(t)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := apitest.SetupDoor(t)
			for i := range 10 {
				tt.ask(t, d.From(t, "203.0.113.1:40000"), i)
			}
			require.Len(t, d.News(t), 3, "one address causes three an hour")
			tt.ask(t, d.From(t, "192.0.2.7:40000"), 10)
			news := d.News(t)
			require.Len(t, news, 1, "the owner can still ask from another address")
			require.Equal(t, tt.kind, news[0].Kind)
			for i := range 100 {
				tt.ask(t, d.From(t, fmt.Sprintf("198.51.100.%d:40000", i)), i)
			}
			require.Len(t, d.News(t), 16, "a mailbox gets twenty an hour")
			d.Clock.Advance(time.Hour)
			tt.ask(t, d.From(t, "203.0.113.1:40000"), 0)
			require.Len(t, d.News(t), 1)
		})
	}
}

// TestBeyondTheQuotaNothingIsReplaced checks that a registration for which no mail may
// be sent replaces nothing, so that the link in the last mail still works.
func TestBeyondTheQuotaNothingIsReplaced(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	var mailed string
	for range 3 {
		mailed = d.Register(t, "n@example.com")
	}
	for range 5 {
		apitest.OK(d.Stranger(t).Register(t.Context(), strangers("n@example.com")))(t)
	}
	require.Empty(t, d.News(t))
	apitest.OK(d.Confirm(t, mailed))(t)
}

func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t, func(c *programme.Config) { c.RegistrationClosed = true })
	_, err := d.Stranger(t).Register(t.Context(), apitest.Joining("n@example.com"))
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	require.ErrorContains(t, err, "Ask the broker")
	require.Empty(t, d.News(t))
	_, err = d.Confirm(t, "anything")
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	require.Equal(t, http.StatusBadRequest, d.Page(t, http.MethodGet, "/api/registration/confirm/?token=x", nil).Code)
	d.AskReset(t, "a@example.com") // a password can still be reset
	require.Len(t, d.News(t), 1)
}
