package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/sdk"
)

const (
	strangersPassword = "the stranger's horse"
	ownersPassword    = "the owner's horse"
)

// strangers is a registration of another person's e-mail.
func strangers(email string) sdk.RegisterIn {
	return sdk.RegisterIn{Email: email, Password: new(strangersPassword), Country: "CY", Programme: sdk.ProgrammeIB}
}

// A password that a stranger sent with another person's e-mail opens nothing,
// neither before the owner's click nor after it.
func TestAStrangersPasswordNeverComesTrue(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	ok(d.from(t, "203.0.113.1:40000").Register(t.Context(), strangers("n@example.com")))(t)
	_, token := d.link(t, "registration")
	require.Zero(t, d.count(t, `SELECT count(*) FROM registrations WHERE password_hash <> ''`), "the password is not kept")
	refused(d.login(t, "n@example.com", strangersPassword))(t, sdk.AuthenticationFailed)

	ok(d.stranger(t).ConfirmRegistration(t.Context(), sdk.ConfirmRegistrationIn{Token: token, Password: ownersPassword}))(t)
	refused(d.login(t, "n@example.com", strangersPassword))(t, sdk.AuthenticationFailed)
	ok(d.login(t, "n@example.com", ownersPassword))(t)
}

// The owner's own registration counts, whatever a stranger sent before it.
func TestANewerRegistrationReplacesOlderOnes(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	ok(d.from(t, "203.0.113.1:40000").Register(t.Context(), strangers("n@example.com")))(t)
	_, strangers := d.link(t, "registration")
	owners := d.register(t, "N@example.com")
	refused(d.confirm(t, strangers))(t, sdk.ValidationError, "token invalid")
	require.Equal(t, "ZA", ok(d.confirm(t, owners))(t).Country)
}

// Calls from one address cannot keep the owner's mails away, and calls from many
// cannot flood a mailbox.
func TestMailQuotas(t *testing.T) {
	t.Parallel()
	registers := func(email string) func(*testing.T, *sdk.Partner, int) {
		return func(t *testing.T, p *sdk.Partner, n int) {
			t.Helper()
			ok(p.Register(t.Context(), strangers(strings.ReplaceAll(email, "%d", strconv.Itoa(n)))))(t)
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
			ok(p.ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: "a@example.com"}))(t)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setupDoor(t)
			for i := range 10 {
				tt.ask(t, d.from(t, "203.0.113.1:40000"), i)
			}
			require.Len(t, d.news(t), 3, "one address causes three an hour")
			tt.ask(t, d.from(t, "192.0.2.7:40000"), 10)
			news := d.news(t)
			require.Len(t, news, 1, "the owner can still ask from another address")
			require.Equal(t, tt.kind, news[0].Kind)
			for i := range 100 {
				tt.ask(t, d.from(t, fmt.Sprintf("198.51.100.%d:40000", i)), i)
			}
			require.Len(t, d.news(t), 16, "a mailbox gets twenty an hour")
			d.clock.Advance(time.Hour)
			tt.ask(t, d.from(t, "203.0.113.1:40000"), 0)
			require.Len(t, d.news(t), 1)
		})
	}
}

// A call beyond the quota replaces nothing: the link in the last mail works.
func TestBeyondTheQuotaNothingIsReplaced(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	var mailed string
	for range 3 {
		mailed = d.register(t, "n@example.com")
	}
	for range 5 {
		ok(d.stranger(t).Register(t.Context(), strangers("n@example.com")))(t)
	}
	require.Empty(t, d.news(t))
	ok(d.confirm(t, mailed))(t)
}

func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	d := setupDoor(t, func(c *programme.Config) { c.RegistrationClosed = true })
	_, err := d.stranger(t).Register(t.Context(), joining("n@example.com"))
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	require.ErrorContains(t, err, "Ask the broker")
	require.Empty(t, d.news(t))
	_, err = d.confirm(t, "anything")
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	require.Equal(t, http.StatusBadRequest, d.page(t, http.MethodGet, "/api/registration/confirm/?token=x", nil).Code)
	d.askReset(t, "a@example.com") // a partner may still reset its password
	require.Len(t, d.news(t), 1)
}
