package apitest

import (
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

// StaffPassword is the password that every staff member of a test chooses.
const StaffPassword = "correct horse battery"

// Member is a staff member with an authenticator app.
type Member struct {
	*sdk.Broker // sends the token of the member's last sign-in

	ID, Email, Secret, Token string
	Recovery                 []string
}

// StaffWith returns an SDK client of the broker that sends a token. It sends none if
// token is empty.
func (w *World) StaffWith(t *testing.T, token string) *sdk.Broker {
	t.Helper()
	b, err := sdk.NewBroker(serverURL, token, sdk.WithHTTPClient(&http.Client{Transport: wire{tb: t, handler: w.Router}}), sdk.WithPatience(0, 0))
	require.NoError(t, err)
	return b
}

// Staff creates a staff member, who adds an authenticator app and signs in.
func (w *World) Staff(t *testing.T, email string, role caller.StaffRole) *Member {
	t.Helper()
	member, password, err := w.Server.Staff.Create(t.Context(), email, role)
	require.NoError(t, err)
	m := &Member{ID: member.ID.String(), Email: email}
	m.Secret = OK(w.StaffWith(t, "").Enrol(t.Context(), sdk.EnrolIn{Email: email, Password: password, NewPassword: StaffPassword}))(t).Secret
	m.Recovery = w.SignIn(t, m)
	require.Len(t, m.Recovery, 10)
	return m
}

// SignIn signs a staff member in, with the next code of the authenticator app.
func (w *World) SignIn(t *testing.T, m *Member) (recovery []string) {
	t.Helper()
	in := OK(w.StaffWith(t, "").SignIn(t.Context(), sdk.SignInIn{Email: m.Email, Password: StaffPassword, Code: new(w.NextCode(t, m.Secret))}))(t)
	m.Broker, m.Token = w.StaffWith(t, in.Token), in.Token
	return in.RecoveryCodes
}

// NextCode advances the clock by one time step, and returns the code that an
// authenticator app with this secret then shows.
func (w *World) NextCode(t *testing.T, secret string) string {
	t.Helper()
	w.Clock.Advance(30 * time.Second)
	code, err := totp.GenerateCode(secret, w.Clock.Now())
	require.NoError(t, err)
	return code
}
