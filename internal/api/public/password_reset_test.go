package public_test

// One test sends a raw request, because the SDK cannot open web pages.

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	ctx := t.Context()
	session := apitest.OK(d.Login(t, "a@example.com", apitest.AuthPassword))(t)
	d.AskReset(t, " A@Example.com ")
	path, first := d.Link(t, "password_reset")
	require.Equal(t, "/api/auth/password/reset/confirm/", path)
	d.AskReset(t, "a@example.com")
	_, second := d.Link(t, "password_reset")
	apitest.OK(session.Summary(ctx))(t) // the request for a reset changes nothing yet

	apitest.Refused(d.Reset(t, first, "short"))(t, sdk.ValidationError, "password min_length")
	require.Equal(t, &sdk.ChangedPassword{Status: "password_changed", SetUp: []sdk.SetUp{}}, apitest.OK(d.Reset(t, first, "another horse"))(t))

	apitest.Refused(session.Summary(ctx))(t, sdk.AuthenticationFailed)
	apitest.Refused(d.Login(t, "a@example.com", apitest.AuthPassword))(t, sdk.AuthenticationFailed)
	apitest.OK(d.Login(t, "a@example.com", "another horse"))(t)
	for _, token := range []string{first, second} {
		apitest.Refused(d.Reset(t, token, "a third horse"))(t, sdk.ValidationError, "token invalid")
	}
	news := d.News(t)
	require.Len(t, news, 1)
	require.Equal(t, "password_changed", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'password.reset' AND address = '192.0.2.7'`, programmetest.Alpha))
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action <> 'login.succeeded'`, programmetest.Alpha), "a stranger who asks writes nothing into it")
}

// TestPasswordResetIsAFirstPassword checks that a partner whom the broker has
// registered can set a first password by a reset.
func TestPasswordResetIsAFirstPassword(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	apitest.Refused(d.Login(t, "b@example.com", apitest.AuthPassword))(t, sdk.AuthenticationFailed)
	d.AskReset(t, "b@example.com")
	_, token := d.Link(t, "password_reset")
	apitest.OK(d.Reset(t, token, "first horse"))(t)
	apitest.OK(d.Login(t, "b@example.com", "first horse"))(t)
}

// TestASecurePartnerStaysSecure checks that a person who can read the partner's mails
// still needs the authenticator app to log in.
func TestASecurePartnerStaysSecure(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	d.SetSecure(t, programmetest.PartnerA)
	d.AskReset(t, "a@example.com")
	_, token := d.Link(t, "password_reset")
	apitest.OK(d.Reset(t, token, "another horse"))(t)
	apitest.Refused(d.Login(t, "a@example.com", "another horse"))(t, sdk.PermissionDenied, "code verification_required")
}

func TestPasswordResetExpires(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	d.AskReset(t, "a@example.com")
	path, token := d.Link(t, "password_reset")
	d.Clock.Advance(time.Hour)
	apitest.Refused(d.Reset(t, token, "another horse"))(t, sdk.ValidationError, "token invalid")
	require.Equal(t, http.StatusBadRequest, d.Page(t, http.MethodGet, path+"?token="+token, nil).Code)
	require.NoError(t, identity.PurgeRegistrations(identity.NewRegistrationStore(d.DB), d.Clock)(t.Context()))
	require.Zero(t, d.Count(t, `SELECT count(*) FROM password_resets`))
	apitest.OK(d.Login(t, "a@example.com", apitest.AuthPassword))(t)
}

// TestPasswordResetTellsNothing checks that a reset for an unknown e-mail does the same
// work as a reset for a partner, so that the response time reveals nothing.
func TestPasswordResetTellsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const long = 60 * time.Second
		d := apitest.SetupDoor(t, func(c *programme.Config) { c.ResetTime = long })
		for _, email := range []string{"a@example.com", "nobody@example.com"} {
			for i := range 5 {
				began := clock.System().Now() // synctest controls this clock
				d.AskReset(t, email)
				require.Equal(t, long, clock.System().Now().Sub(began))
				require.Equal(t, min(i+1, 3), d.Count(t, `SELECT count(*) FROM password_resets`)-map[string]int{"nobody@example.com": 3}[email])
			}
		}
		require.Len(t, d.News(t), 3, "at most three an hour, and none to strangers")
		for email, code := range map[string]string{"nobody": "invalid", "": "blank"} {
			apitest.Refused(d.Stranger(t).ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: email}))(t, sdk.ValidationError, "email "+code)
		}
	})
}

func TestPasswordResetConfirmLimit(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	for range 60 {
		apitest.Refused(d.Reset(t, "guess", "another horse"))(t, sdk.ValidationError, "token invalid")
	}
	_, err := d.Reset(t, "guess", "another horse")
	apitest.RequireRefused(t, err, sdk.Throttled)
	refusal, _ := errors.AsType[*sdk.Error](err)
	require.Equal(t, 5*time.Second, refusal.RetryAfter)
	apitest.Refused(d.Confirm(t, "guess"))(t, sdk.Throttled)
}
