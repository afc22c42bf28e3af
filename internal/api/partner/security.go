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

// AddSecurity declares how a partner reads and changes the way it logs in.
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
	Type          string     `json:"security_type" enum:"standard,secure" doc:"standard: a password, and codes by e-mail. secure: an authenticator app besides the password."`
	Channel       string     `json:"channel" enum:"email,totp" doc:"Where codes for sensitive operations come from: email for standard, totp (the authenticator app) for secure."`
	ChangedAt     *time.Time `json:"changed_at" doc:"When security_type was last changed. Null when it never was."`
	TOTPConfirmed bool       `json:"totp_confirmed" doc:"Whether an authenticator app is in use. It is needed to become secure."`
	RecoveryLeft  int        `json:"recovery_codes_left" doc:"Number of recovery codes that are not used yet."`
	Notice        *string    `json:"notice" doc:"For a secure partner, what its programs must do to keep working. Null otherwise."`
}

type securityIn struct {
	Token   string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation whose payload is this body."`
	Type    string `json:"security_type" enum:"standard,secure" doc:"standard: a password, and codes by e-mail. secure: an authenticator app besides the password."`
	Channel string `json:"channel" enum:"email,totp" doc:"Another way to say security_type: email for standard, totp for secure. One of the two is enough."`
}

type totpOut struct {
	Secret    string    `json:"secret" doc:"Secret to type into the authenticator app, in base32." example:"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"`
	URI       string    `json:"otpauth_uri" doc:"The secret as a URI that authenticator apps can open." example:"otpauth://totp/Tributary:p@example.com?secret=JBSW...&issuer=Tributary"`
	QR        string    `json:"qr" doc:"The URI as a QR code: a data URI of a PNG." example:"data:image/png;base64,iVBORw0..."`
	ExpiresAt time.Time `json:"expires_at" doc:"The secret must be confirmed with a code before this moment."`
}

type totpCodeIn struct {
	Code string `json:"code" required:"true" maxLength:"64" doc:"The code that the authenticator app shows." example:"482913"`
}

type recoveryOut struct {
	Codes []string `json:"recovery_codes" doc:"Recovery codes. Each works once in place of a code from the app."`
}

type tokenHeaderIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation with {\"action\": \"delete_totp\"}."`
}

type passwordIn struct {
	Token string `header:"X-Temporary-Token" doc:"Token of a CHANGE_SECURITY operation with {\"action\": \"change_password\"}."`
	Old   string `json:"old_password" format:"password" required:"true" doc:"The present password." example:"correct horse"`
	New   string `json:"new_password" format:"password" required:"true" doc:"The new password, 8 to 128 characters." example:"battery staple"`
}

const securityExample = `{"security_type":"standard","channel":"email","changed_at":null,"totp_confirmed":true,"recovery_codes_left":10,"notice":null}`

// secureNotice describes what changes for a partner that becomes secure.
const secureNotice = "Programs that log in with a password alone no longer can: every login takes a code of the authenticator app. " +
	"Give each program an API key (POST /api/v1/api-keys/) in place of the password. Keys work without a code."

const secureText = "A secure partner uses its authenticator app, or a recovery code, at every login and for sensitive operations."

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
	ID:          "security_get",
	Summary:     "The security settings",
	Description: "A standard partner logs in with its password, and sensitive operations take a code by e-mail. " + secureText,
	Example:     json.RawMessage(securityExample),
}

func (h securityAPI) securityGet(ctx context.Context, _ *struct{}) (*securityOut, error) {
	settings, err := h.s.Security(ctx, partnerOf(ctx))
	return securityOf(&settings), err
}

var securityUpdate = httpapi.Op{
	ID:      "security_update",
	Summary: "Switch between standard and secure",
	Description: "Takes a token of a `CHANGE_SECURITY` operation, completed on the channel that the partner has now: without it 403. " +
		"A change to the current value needs no token. To become secure, first confirm an authenticator app; the change ends all " +
		"other sessions. Codes and tokens for operations started earlier become void. The partner is told by e-mail.\n\n" +
		"Programs that log in with a password alone stop working once the partner is secure: `notice` says so. " +
		"Give each of them an API key (`POST /api/v1/api-keys/`) before.",
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
	Description: "Takes the old password, and a token of a `CHANGE_SECURITY` operation with `{\"action\": \"change_password\"}`: without it 403. " +
		"All sessions end; the answer is the token of a new one. Wrong old passwords are slowed down as in a login. The partner is told by e-mail.",
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
	Description: "Makes a secret for the app, in place of one that was never confirmed. It is good for 15 minutes and takes " +
		"effect once it is confirmed. While another app is in use this answers 403: remove that one first.",
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
	Description: "Activates the secret and answers with ten recovery codes, which are never shown again. The code cannot be used " +
		"a second time, not even for a login. " +
		"Nothing else changes yet: `PATCH /api/security/` makes the partner secure. The partner is told by e-mail.",
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
	Description: "Its recovery codes go with it, and a secure partner becomes standard. Takes a token of a `CHANGE_SECURITY` " +
		"operation with " +
		"`{\"action\": \"delete_totp\"}`, completed on the channel that the partner has now: without it 403. " +
		"Removing a secret that was never confirmed needs no token. The partner is told by e-mail.",
	Errors: []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h totpAPI) securityTotpDelete(ctx context.Context, in *tokenHeaderIn) (*struct{}, error) {
	return nil, h.s.DeleteTOTP(ctx, caller.Must(ctx), in.Token)
}
