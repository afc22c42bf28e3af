package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func (d *door) askReset(t *testing.T, email string) {
	t.Helper()
	w := d.post(t, "/api/auth/password/reset/", fmt.Sprintf(`{"email":%q}`, email))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.JSONEq(t, `{"status":"reset_sent"}`, w.Body.String())
}

func resetBody(token, password string) string {
	return fmt.Sprintf(`{"token":%q,"password":%q}`, token, password)
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	w := d.login(t, "a@example.com", authPassword)
	require.Equal(t, http.StatusOK, w.Code)
	jwt := "JWT " + token(t, w)
	d.askReset(t, " A@Example.com ")
	path, first := d.link(t, "password_reset")
	require.Equal(t, "/api/auth/password/reset/confirm/", path)
	d.askReset(t, "a@example.com")
	_, second := d.link(t, "password_reset")
	require.Equal(t, http.StatusOK, d.send(t, http.MethodGet, "/api/partner/summary/", "", "Authorization", jwt).Code, "asking changes nothing")

	refusedField(t, d.post(t, path, resetBody(first, "short")), "password", "min_length")
	w = d.post(t, path, resetBody(first, "another horse"))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.JSONEq(t, `{"status":"password_changed","api_keys_revoked":0,"paused":0,"set_up":[]}`, w.Body.String())

	require.Equal(t, http.StatusUnauthorized, d.send(t, http.MethodGet, "/api/partner/summary/", "", "Authorization", jwt).Code, "whoever was in is out")
	require.Equal(t, http.StatusUnauthorized, d.login(t, "a@example.com", authPassword).Code)
	require.Equal(t, http.StatusOK, d.login(t, "a@example.com", "another horse").Code)
	refusedField(t, d.post(t, path, resetBody(first, "a third horse")), "token", "invalid")
	refusedField(t, d.post(t, path, resetBody(second, "a third horse")), "token", "invalid")
	news := d.news(t)
	require.Len(t, news, 1)
	require.Equal(t, "password_changed", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'password.reset' AND address = '192.0.2.7'`, uid(programmetest.PartnerA)))
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action <> 'login.succeeded'`, uid(programmetest.PartnerA)), "a stranger who asks writes nothing into it")
}

// A partner that the broker registered gets its first password that way.
func TestPasswordResetIsAFirstPassword(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	require.Equal(t, http.StatusUnauthorized, d.login(t, "b@example.com", authPassword).Code)
	d.askReset(t, "b@example.com")
	path, token := d.link(t, "password_reset")
	require.Equal(t, http.StatusOK, d.post(t, path, resetBody(token, "first horse")).Code)
	require.Equal(t, http.StatusOK, d.login(t, "b@example.com", "first horse").Code)
}

// Who stole a mailbox has no authenticator app.
func TestASecurePartnerStaysSecure(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	d.setSecure(t, programmetest.PartnerA)
	d.askReset(t, "a@example.com")
	path, token := d.link(t, "password_reset")
	require.Equal(t, http.StatusOK, d.post(t, path, resetBody(token, "another horse")).Code)
	w := d.login(t, "a@example.com", "another horse")
	require.Equal(t, http.StatusForbidden, w.Code, w.Body)
	require.Contains(t, w.Body.String(), `"verification_required"`)
}

func TestPasswordResetExpires(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	d.askReset(t, "a@example.com")
	path, token := d.link(t, "password_reset")
	d.clock.Advance(time.Hour)
	refusedField(t, d.post(t, path, resetBody(token, "another horse")), "token", "invalid")
	require.Equal(t, http.StatusBadRequest, d.page(t, http.MethodGet, path+"?token="+token, nil).Code)
	require.NoError(t, identity.PurgeRegistrations(identity.NewRegistrationStore(d.DB), d.clock)(t.Context()))
	require.Zero(t, d.count(t, `SELECT count(*) FROM password_resets`))
	require.Equal(t, http.StatusOK, d.login(t, "a@example.com", authPassword).Code)
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
	for _, body := range []string{`{}`, `{"email":"nobody"}`, `{"email":""}`} {
		require.Equal(t, http.StatusBadRequest, d.post(t, "/api/auth/password/reset/", body).Code)
	}
}

func TestPasswordResetConfirmLimit(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	for range 60 {
		refusedField(t, d.post(t, "/api/auth/password/reset/confirm/", resetBody("guess", "another horse")), "token", "invalid")
	}
	w := d.post(t, "/api/auth/password/reset/confirm/", resetBody("guess", "another horse"))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.Equal(t, http.StatusTooManyRequests, d.confirm(t, "guess").Code)
}
