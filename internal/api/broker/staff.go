package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/staff"
)

// AddStaff declares the operations with which staff members sign in, and with which
// admins manage them.
func AddStaff(r *httpapi.Router, s *staff.Service) {
	h := staffAPI{s}
	r.Mount(wire.TagStaff,
		httpapi.POST("/broker/v1/auth/", wire.Anyone, h.staffSignIn, staffSignIn),
		httpapi.POST("/broker/v1/auth/enrol/", wire.Anyone, h.staffEnrol, staffEnrol),
		httpapi.POST("/broker/v1/auth/token/", wire.Staff, h.staffTokenRenew, staffTokenRenew),
		httpapi.DELETE("/broker/v1/auth/token/", wire.Staff, h.staffSignOut, staffSignOut),
		httpapi.GET("/broker/v1/me/", wire.Staff, h.staffMe, staffMe),
		httpapi.POST("/broker/v1/me/password/", wire.Staff, h.staffPassword, staffPassword),
	)
	addStaffMembers(r, h)
}

type staffAPI struct{ s *staff.Service }

type staffSignInIn struct {
	Email    string `json:"email" format:"email" required:"true" doc:"E-mail address of the staff member. Case is ignored." example:"ann@broker.example"`
	Password string `json:"password" format:"password" required:"true" doc:"Password of the staff member." example:"correct horse"`
	Code     string `json:"code" maxLength:"64" doc:"Code from the authenticator app, or a recovery code." example:"482913"`
}

type staffEnrolIn struct {
	Email       string `json:"email" format:"email" required:"true" doc:"E-mail address of the staff member. Case is ignored." example:"ann@broker.example"`
	Password    string `json:"password" format:"password" required:"true" doc:"The one-time password, or the password that replaced it." example:"8kfrx-2ndwq-4thjm-7abcd"`
	NewPassword string `json:"new_password" format:"password" required:"true" doc:"Password that the staff member chooses: 8 to 128 characters." example:"correct horse"`
}

type staffTokenOut struct {
	Token     string    `json:"token" doc:"Send it in the header Authorization: JWT TOKEN_VALUE." example:"trs_0197c0de00007000800000000000000a_..."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the token stops working, unless it is renewed."`
	Recovery  []string  `json:"recovery_codes" doc:"After the first sign-in, ten codes that replace the authenticator app, once each. They are never shown again. Otherwise empty."`
}

type staffAppOut struct {
	Secret    string    `json:"secret" doc:"Secret for the authenticator app, in base32." example:"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"`
	URI       string    `json:"otpauth_uri" doc:"The secret as a URI that authenticator apps can open." example:"otpauth://totp/Tributary:ann@broker.example?secret=JBSW...&issuer=Tributary"`
	QR        string    `json:"qr" doc:"The URI as a QR code, in a data URL with a PNG image." example:"data:image/png;base64,iVBORw0..."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the secret expires. The first sign-in must be before that."`
}

type staffRenewedOut struct {
	ExpiresAt time.Time `json:"expires_at" doc:"When the token stops working, unless it is renewed."`
}

type staffPasswordIn struct {
	Old  string `json:"old_password" format:"password" required:"true" doc:"The present password." example:"correct horse"`
	New  string `json:"new_password" format:"password" required:"true" doc:"The new password: 8 to 128 characters." example:"battery staple"`
	Code string `json:"code" required:"true" maxLength:"64" doc:"Code from the authenticator app, or a recovery code." example:"482913"`
}

var staffSignIn = httpapi.Op{
	ID:      "staff_sign_in",
	Unkeyed: true,
	Summary: "Sign in as a staff member",
	Description: "Returns a token that is valid for an hour, and can be renewed until 12 hours after the sign-in. Every sign-in needs a code " +
		"from the authenticator app, or a recovery code.\n\n" +
		"An unknown e-mail and a wrong password get the same response. If the password is right and the code is missing, the response " +
		"is 403 with the detail `{\"field\": \"code\", \"code\": \"verification_required\"}`. If the person has not added an " +
		"authenticator app yet, its code is `enrolment_required`: send `POST /broker/v1/auth/enrol/` first. Failures cause the same " +
		"waits as failed log-ins of partners, see `POST /api/auth/`.",
	Request: map[string]string{"email": "ann@broker.example", "password": "correct horse", "code": "482913"},
	Example: json.RawMessage(`{"token":"trs_0197c0de00007000800000000000000a_...","expires_at":"2026-06-30T13:00:00Z","recovery_codes":[]}`),
	Errors:  []fault.Code{fault.AuthenticationFailed, fault.PermissionDenied, fault.Throttled},
}

func (h staffAPI) staffSignIn(ctx context.Context, in *staffSignInIn) (*staffTokenOut, error) {
	out, err := h.s.SignIn(ctx, credentials(ctx, in.Email, in.Password, in.Code))
	if err != nil {
		return nil, err
	}
	return &staffTokenOut{Token: out.Token, ExpiresAt: out.ExpiresAt, Recovery: append([]string{}, out.Recovery...)}, nil
}

func credentials(ctx context.Context, email, password, code string) staff.Credentials {
	return staff.Credentials{
		Email: email, Password: password, Code: code, Address: httpapi.ClientAddr(ctx).String(), UserAgent: httpapi.UserAgent(ctx),
	}
}

var staffEnrol = httpapi.Op{
	ID:      "staff_enrol",
	Status:  http.StatusCreated,
	Unkeyed: true,
	Summary: "Choose a password and add an authenticator app",
	Description: "Replaces the one-time password and creates a secret for an authenticator app. The first sign-in with a code of the app, " +
		"within 15 minutes, confirms it. Until then this operation can be repeated, with the new password. It is refused with 403 " +
		"while an app is in use. The new password expires a week after the one-time password was made, unless an app is confirmed before.",
	Request: map[string]string{ //nolint:gosec // the passwords are examples
		"email": "ann@broker.example", "password": "8kfrx-2ndwq-4thjm-7abcd", "new_password": "correct horse",
	},
	Example: json.RawMessage(`{"secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","otpauth_uri":"otpauth://totp/Tributary:ann@broker.example?secret=JBSW...",` +
		`"qr":"data:image/png;base64,iVBORw0...","expires_at":"2026-06-30T12:15:00Z"}`),
	Errors: []fault.Code{fault.AuthenticationFailed, fault.PermissionDenied, fault.Throttled},
}

func (h staffAPI) staffEnrol(ctx context.Context, in *staffEnrolIn) (*staffAppOut, error) {
	e, err := h.s.Enrol(ctx, credentials(ctx, in.Email, in.Password, ""), in.NewPassword)
	if err != nil {
		return nil, err
	}
	qr := "data:image/png;base64," + base64.StdEncoding.EncodeToString(e.QR)
	return &staffAppOut{Secret: e.Secret, URI: e.URI, QR: qr, ExpiresAt: e.ExpiresAt}, nil
}

var staffTokenRenew = httpapi.Op{
	ID:      "staff_token_renew",
	Unkeyed: true,
	Summary: "Renew the token",
	Description: "Makes the token in the header valid for another hour, but not longer than 12 hours after the sign-in. The token itself does " +
		"not change.",
	Example: json.RawMessage(`{"expires_at":"2026-06-30T13:30:00Z"}`),
	Errors:  []fault.Code{fault.AuthenticationFailed},
}

func (h staffAPI) staffTokenRenew(ctx context.Context, _ *struct{}) (*staffRenewedOut, error) {
	expires, err := h.s.Renew(ctx, caller.Must(ctx))
	if err != nil {
		return nil, err
	}
	return &staffRenewedOut{ExpiresAt: expires}, nil
}

var staffSignOut = httpapi.Op{
	ID:          "staff_sign_out",
	Status:      http.StatusNoContent,
	Summary:     "Sign out",
	Description: "Ends the session of the token in the header. The token stops working at once on all servers.",
}

func (h staffAPI) staffSignOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.s.SignOut(ctx, caller.Must(ctx))
}

var staffMe = httpapi.Op{
	ID:          "staff_me",
	Summary:     "Get one's own account",
	Description: "Returns the staff member that the token belongs to.",
	Example:     json.RawMessage(staffExample),
}

func (h staffAPI) staffMe(ctx context.Context, _ *struct{}) (*staffMemberOut, error) {
	return staffAnswer(h.s.Member(ctx, caller.Must(ctx).StaffID))
}

var staffPassword = httpapi.Op{
	ID:          "staff_password",
	Status:      http.StatusNoContent,
	Unkeyed:     true,
	Summary:     "Change one's own password",
	Description: "Changes the password of the staff member that the token belongs to, and ends the member's other sessions.",
	Request:     map[string]string{"old_password": "correct horse", "new_password": "battery staple", "code": "482913"},
	Errors:      []fault.Code{fault.Throttled},
}

func (h staffAPI) staffPassword(ctx context.Context, in *staffPasswordIn) (*struct{}, error) {
	return nil, h.s.ChangePassword(ctx, caller.Must(ctx), staff.PasswordChange{Old: in.Old, New: in.New, Code: in.Code})
}
