package partner

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
)

// AddSecurity declares the operations on a partner's security settings,
// password and authenticator app.
func AddSecurity(r *httpapi.Router, s *identity.Service) {
	h := securityAPI{s}
	r.Mount(wire.TagSecurity,
		httpapi.GET("/api/security/", wire.Read, h.securityGet, securityGet),
		httpapi.PATCH("/api/security/", wire.Person, h.securityUpdate, securityUpdate),
		httpapi.POST("/api/security/password/", wire.Person, h.securityPassword, securityPassword),
	)

	addTOTP(r, s)
}

type securityAPI struct{ s *identity.Service }

func addTOTP(r *httpapi.Router, s *identity.Service) {
	h := totpAPI{s}
	r.Mount(wire.TagSecurity,
		httpapi.POST("/api/security/totp/", wire.Person, h.securityTotpStart, securityTotpStart),
		httpapi.POST("/api/security/totp/confirm/", wire.Person, h.securityTotpConfirm, securityTotpConfirm),
		httpapi.DELETE("/api/security/totp/", wire.Person, h.securityTotpDelete, securityTotpDelete),
	)
}

type totpAPI struct{ s *identity.Service }

type securityOut struct {
	Type          string     `json:"security_type" enum:"standard,secure" doc:"standard: the partner logs in with a password and gets codes by e-mail. secure: the partner also uses an authenticator app."`
	Channel       string     `json:"channel" enum:"email,totp" doc:"Channel of the codes for sensitive operations. It is email for standard, and totp (the authenticator app) for secure."`
	ChangedAt     *time.Time `json:"changed_at" doc:"When security_type was last changed. Null if it was never changed."`
	TOTPConfirmed bool       `json:"totp_confirmed" doc:"Whether the partner has a confirmed authenticator app. Without one, security_type cannot be changed to secure."`
	RecoveryLeft  int        `json:"recovery_codes_left" doc:"Number of unused recovery codes."`
	Notice        *string    `json:"notice" doc:"Notice about the programs of a secure partner. Null for a standard partner."`
}

type securityIn struct {
	Token   string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation. The payload of that operation must equal the body of this request."`
	Type    string `json:"security_type" enum:"standard,secure" doc:"standard: the partner logs in with a password and gets codes by e-mail. secure: the partner also uses an authenticator app."`
	Channel string `json:"channel" enum:"email,totp" doc:"Alternative to security_type. email means standard, and totp means secure. One of the two fields is enough."`
}

type totpOut struct {
	Secret    string    `json:"secret" doc:"Secret for the authenticator app, in base32." example:"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"`
	URI       string    `json:"otpauth_uri" doc:"The secret as a URI that authenticator apps can open." example:"otpauth://totp/Tributary:p@example.com?secret=JBSW...&issuer=Tributary"`
	QR        string    `json:"qr" doc:"The URI as a QR code, in the form of a data URI with a PNG." example:"data:image/png;base64,iVBORw0..."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the secret expires if it is not confirmed with a code."`
}

type totpCodeIn struct {
	Code string `json:"code" required:"true" maxLength:"64" doc:"Code that the authenticator app shows." example:"482913"`
}

type recoveryOut struct {
	Codes []string `json:"recovery_codes" doc:"Recovery codes. Each works once instead of a code from the app."`
}

type tokenHeaderIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation with {\"action\": \"delete_totp\"}."`
}

type passwordIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation with {\"action\": \"change_password\"}."`
	Old   string `json:"old_password" format:"password" required:"true" doc:"The current password." example:"correct horse"`
	New   string `json:"new_password" format:"password" required:"true" doc:"The new password, 8 to 128 characters." example:"battery staple"`
}

const securityExample = `{"security_type":"standard","channel":"email","changed_at":null,"totp_confirmed":true,"recovery_codes_left":10,"notice":null}`

// secureNotice tells a partner who becomes secure how to keep programs working.
const secureNotice = "Programs that log in with a password only can no longer log in, because every login needs a code from the authenticator app. " +
	"Give each program an API key (POST /api/v1/api-keys/) instead of the password. API keys work without a code."

func securityOf(s *identity.Security) *securityOut {
	out := &securityOut{
		Type: string(s.Type), Channel: string(s.Type.Channel()), ChangedAt: s.ChangedAt,
		TOTPConfirmed: s.ConfirmedAt != nil, RecoveryLeft: s.Recovery,
	}
	if s.Type == identity.Secure {
		notice := secureNotice
		out.Notice = &notice
	}
	return out
}

var securityGet = httpapi.Op{
	ID:      "security_get",
	Summary: "Get the security settings",
	Description: "Returns the security settings. A standard partner logs in with its password and gets the codes for sensitive " +
		"operations by e-mail. A secure partner needs a code from its authenticator app, or a recovery code, at every " +
		"login and for sensitive operations.",
	Example: json.RawMessage(securityExample),
}

func (h securityAPI) securityGet(ctx context.Context, _ *struct{}) (*securityOut, error) {
	settings, err := h.s.Security(ctx, partnerOf(ctx))
	return securityOf(&settings), err
}

var securityUpdate = httpapi.Op{
	ID:      "security_update",
	Summary: "Switch between standard and secure",
	Description: "Changes the security type. The request needs the token of a `CHANGE_SECURITY` operation that was completed on " +
		"the partner's current channel. Otherwise it is refused with 403. Setting the current value again needs no " +
		"token. Confirm an authenticator app before you change `security_type` to `secure`. The change ends all other " +
		"sessions. Codes and tokens of operations that were started earlier become invalid. The partner is notified by " +
		"e-mail.\n\n" +
		"After a change to `secure`, programs that log in with a password only stop working. `notice` says so. Give " +
		"each of these programs an API key (`POST /api/v1/api-keys/`) before the change.",
	Request: map[string]string{"security_type": "secure"},
	Example: json.RawMessage(securityExample),
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h securityAPI) securityUpdate(ctx context.Context, in *securityIn) (*securityOut, error) {
	settings, err := h.s.ChangeSecurity(ctx, caller.Must(ctx), identity.SecurityChange{
		Type: identity.SecurityType(in.Type), Channel: verification.Channel(in.Channel),
	}, in.Token)
	return securityOf(&settings), err
}

var securityPassword = httpapi.Op{
	ID:      "security_password",
	Unkeyed: true,
	Summary: "Change the password",
	Description: "Sets a new password. The request needs the old password, and the token of a `CHANGE_SECURITY` operation with " +
		"`{\"action\": \"change_password\"}`. Without the token it is refused with 403. All sessions end. The response " +
		"contains the token of a new session. Wrong old passwords cause the same waits as at login. The partner is " +
		"notified by e-mail.",
	Request: map[string]string{"old_password": "correct horse", "new_password": "battery staple"},
	Example: wire.TokenExample,
	Errors:  []fault.Code{fault.PermissionDenied},
}

func (h securityAPI) securityPassword(ctx context.Context, in *passwordIn) (*wire.TokenOut, error) {
	token, err := h.s.ChangePassword(ctx, caller.Must(ctx), identity.PasswordChange{
		Old: in.Old, New: in.New, Token: in.Token, Address: httpapi.ClientAddr(ctx).String(), UserAgent: httpapi.UserAgent(ctx),
	})
	return &wire.TokenOut{Token: token}, err
}

var securityTotpStart = httpapi.Op{
	ID:      "security_totp_start",
	Status:  http.StatusCreated,
	Summary: "Add an authenticator app",
	Description: "Creates a secret for an authenticator app. It replaces a secret that was never confirmed. The secret expires " +
		"after 15 minutes and takes effect once it is confirmed. The request is refused with 403 while another app is in " +
		"use. Remove that app first.",
	Example: json.RawMessage(`{"secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","otpauth_uri":"otpauth://totp/Tributary:p@example.com?secret=JBSW...",` +
		`"qr":"data:image/png;base64,iVBORw0...","expires_at":"2026-06-30T12:15:00Z"}`),
	Errors: []fault.Code{fault.PermissionDenied},
}

func (h totpAPI) securityTotpStart(ctx context.Context, _ *struct{}) (*totpOut, error) {
	e, err := h.s.StartTOTP(ctx, caller.Must(ctx))
	if err != nil {
		return nil, err
	}
	qr := "data:image/png;base64," + base64.StdEncoding.EncodeToString(e.QR)
	return &totpOut{Secret: e.Secret, URI: e.URI, QR: qr, ExpiresAt: e.ExpiresAt}, nil
}

var securityTotpConfirm = httpapi.Op{
	ID:      "security_totp_confirm",
	Unkeyed: true,
	Summary: "Confirm the authenticator app",
	Description: "Activates the secret and returns ten recovery codes, which are never shown again. The code in the request " +
		"cannot be used again, not even for a login. The security type does not change yet. `PATCH /api/security/` makes " +
		"the partner secure. The partner is notified by e-mail.",
	Request: map[string]string{"code": "482913"},
	Example: recoveryOut{Codes: []string{"8kfr-x2nd-wq4t-hjm7", "..."}},
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h totpAPI) securityTotpConfirm(ctx context.Context, in *totpCodeIn) (*recoveryOut, error) {
	codes, err := h.s.ConfirmTOTP(ctx, caller.Must(ctx), in.Code)
	return &recoveryOut{Codes: codes}, err
}

var securityTotpDelete = httpapi.Op{
	ID:      "security_totp_delete",
	Status:  http.StatusNoContent,
	Summary: "Remove the authenticator app",
	Description: "Removes the authenticator app and its recovery codes. A secure partner becomes standard. The request needs the " +
		"token of a `CHANGE_SECURITY` operation with `{\"action\": \"delete_totp\"}` that was completed on the partner's " +
		"current channel. Otherwise it is refused with 403. Removing a secret that was never confirmed needs no token. " +
		"The partner is notified by e-mail.",
	Errors: []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h totpAPI) securityTotpDelete(ctx context.Context, in *tokenHeaderIn) (*struct{}, error) {
	return nil, h.s.DeleteTOTP(ctx, caller.Must(ctx), in.Token)
}
