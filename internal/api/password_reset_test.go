package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func (d *door) askReset(t *testing.T, email string) {
	t.Helper()
	require.Equal(t, "reset_sent", ok(d.stranger(t).ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: email}))(t).Status)
}

// reset sets a password with the token of a mail.
func (d *door) reset(t *testing.T, token, password string) (*sdk.ChangedPassword, error) {
	t.Helper()
	return d.stranger(t).ConfirmPasswordReset(t.Context(), sdk.ConfirmPasswordResetIn{Token: token, Password: password})
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	ctx := t.Context()
	session := ok(d.login(t, "a@example.com", authPassword))(t)
	d.askReset(t, " A@Example.com ")
	path, first := d.link(t, "password_reset")
	require.Equal(t, "/api/auth/password/reset/confirm/", path)
	d.askReset(t, "a@example.com")
	_, second := d.link(t, "password_reset")
	ok(session.Summary(ctx))(t) // asking changes nothing

	refused(d.reset(t, first, "short"))(t, sdk.ValidationError, "password min_length")
	require.Equal(t, &sdk.ChangedPassword{Status: "password_changed", SetUp: []sdk.SetUp{}}, ok(d.reset(t, first, "another horse"))(t))

	refused(session.Summary(ctx))(t, sdk.AuthenticationFailed)
	refused(d.login(t, "a@example.com", authPassword))(t, sdk.AuthenticationFailed)
	ok(d.login(t, "a@example.com", "another horse"))(t)
	for _, token := range []string{first, second} {
		refused(d.reset(t, token, "a third horse"))(t, sdk.ValidationError, "token invalid")
	}
	news := d.news(t)
	require.Len(t, news, 1)
	require.Equal(t, "password_changed", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'password.reset' AND address = '192.0.2.7'`, programmetest.Alpha))
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action <> 'login.succeeded'`, programmetest.Alpha), "a stranger who asks writes nothing into it")
}

// A partner that the broker registered gets its first password that way.
func TestPasswordResetIsAFirstPassword(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	refused(d.login(t, "b@example.com", authPassword))(t, sdk.AuthenticationFailed)
	d.askReset(t, "b@example.com")
	_, token := d.link(t, "password_reset")
	ok(d.reset(t, token, "first horse"))(t)
	ok(d.login(t, "b@example.com", "first horse"))(t)
}

// A thief of the mailbox does not have the authenticator app.
func TestASecurePartnerStaysSecure(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	d.setSecure(t, programmetest.PartnerA)
	d.askReset(t, "a@example.com")
	_, token := d.link(t, "password_reset")
	ok(d.reset(t, token, "another horse"))(t)
	refused(d.login(t, "a@example.com", "another horse"))(t, sdk.PermissionDenied, "code verification_required")
}

func TestPasswordResetExpires(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	d.askReset(t, "a@example.com")
	path, token := d.link(t, "password_reset")
	d.clock.Advance(time.Hour)
	refused(d.reset(t, token, "another horse"))(t, sdk.ValidationError, "token invalid")
	require.Equal(t, http.StatusBadRequest, d.page(t, http.MethodGet, path+"?token="+token, nil).Code)
	require.NoError(t, identity.PurgeRegistrations(identity.NewRegistrationStore(d.DB), d.clock)(t.Context()))
	require.Zero(t, d.count(t, `SELECT count(*) FROM password_resets`))
	ok(d.login(t, "a@example.com", authPassword))(t)
}

// A stranger's address takes the same work and the same time as a partner's.
func TestPasswordResetTellsNothing(t *testing.T) {
	t.Parallel()
	const long = 60 * time.Millisecond
	d := setupDoor(t, func(c *programme.Config) { c.ResetTime = long })
	for _, email := range []string{"a@example.com", "nobody@example.com"} {
		for i := range 5 {
			began := clock.System().Now()
			d.askReset(t, email)
			require.GreaterOrEqual(t, clock.System().Now().Sub(began), long)
			require.Equal(t, min(i+1, 3), d.count(t, `SELECT count(*) FROM password_resets`)-map[string]int{"nobody@example.com": 3}[email])
		}
	}
	require.Len(t, d.news(t), 3, "at most three an hour, and none to strangers")
	for email, code := range map[string]string{"nobody": "invalid", "": "blank"} {
		refused(d.stranger(t).ResetPassword(t.Context(), sdk.ResetPasswordIn{Email: email}))(t, sdk.ValidationError, "email "+code)
	}
}

func TestPasswordResetConfirmLimit(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	for range 60 {
		refused(d.reset(t, "guess", "another horse"))(t, sdk.ValidationError, "token invalid")
	}
	_, err := d.reset(t, "guess", "another horse")
	requireRefused(t, err, sdk.Throttled)
	refusal, _ := errors.AsType[*sdk.Error](err)
	require.Equal(t, 5*time.Second, refusal.RetryAfter)
	refused(d.confirm(t, "guess"))(t, sdk.Throttled)
}
