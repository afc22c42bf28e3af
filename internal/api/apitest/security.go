package apitest

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

type Changing struct {
	Type    sdk.SecurityType `json:"security_type,omitzero"`
	Channel sdk.Channel      `json:"channel,omitzero"`
	Action  string           `json:"action,omitzero"`
}

var (
	BecomeSecure   = Changing{Type: sdk.SecurityTypeSecure}
	DeleteTOTP     = Changing{Action: "delete_totp"}
	ChangePassword = Changing{Action: "change_password"}
)

// Person returns an SDK client that has the token of the partner's session.
func (b *SecureBundle) Person(t *testing.T) *sdk.Partner {
	t.Helper()
	return b.With(t, b.JWT)
}

func (b *SecureBundle) Starts(t *testing.T, kind sdk.OperationType, payload any) string {
	t.Helper()
	return OK(b.Person(t).StartVerification(t.Context(), sdk.StartVerificationIn{OperationType: kind, Payload: payload}))(t).VerificationUID
}

func (b *SecureBundle) Exchanges(t *testing.T, uid, code string) (*sdk.VerificationToken, error) {
	t.Helper()
	return b.Person(t).CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code})
}

// Mailed requests a code, reads the code from the mail and exchanges it for a
// temporary token.
func (b *SecureBundle) Mailed(t *testing.T, kind sdk.OperationType, payload any) sdk.CallOption {
	t.Helper()
	return codeFor(t, b.DB, b.Person(t), kind, payload)
}

// LogIn logs the partner in from an IP address. It sends the given code of the
// authenticator app, unless the code is empty.
func (b *SecureBundle) LogIn(t *testing.T, address, code string) error {
	t.Helper()
	return program(t, wire{handler: b.Router, address: address}).LoginWithCode(t.Context(), AuthEmail, AuthPassword, code)
}

type App struct {
	*SecureBundle
	Secret   string
	Recovery []string
}

// NextCode advances the clock until the app shows another code, and returns this code.
// The server accepts each code only once.
func (a *App) NextCode(t *testing.T) string {
	t.Helper()
	a.Clock.Advance(30 * time.Second)
	return a.At(t, 0)
}

// At returns the code that the app will show after a number of time steps. A
// negative number means earlier steps.
func (a *App) At(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(a.Secret, a.Clock.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(t, err)
	return code
}

// Enrol adds an authenticator app for the partner and confirms it.
func (b *SecureBundle) Enrol(t *testing.T) *App {
	t.Helper()
	a := &App{SecureBundle: b, Secret: OK(b.Person(t).StartSecurityTOTP(t.Context()))(t).Secret}
	a.Recovery = OK(b.Person(t).ConfirmSecurityTOTP(t.Context(), sdk.ConfirmSecurityTOTPIn{Code: a.NextCode(t)}))(t).RecoveryCodes
	require.Len(t, a.Recovery, 10)
	return a
}

func (b *SecureBundle) Secured(t *testing.T) *App {
	t.Helper()
	a := b.Enrol(t)
	OK(b.Person(t).UpdateSecurity(t.Context(), sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, b.Mailed(t, sdk.OperationTypeChangeSecurity, BecomeSecure)))(t)
	return a
}

func (b *SecureBundle) Login(t *testing.T, path, password string, code ...string) *httptest.ResponseRecorder {
	t.Helper()
	body := map[string]string{"login": AuthEmail, "password": password}
	if len(code) > 0 {
		body["code"] = code[0]
	}
	text, err := json.Marshal(body)
	require.NoError(t, err)
	return b.Call(t, "POST", path, string(text))
}
