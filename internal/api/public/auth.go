package public

import (
	"context"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// AddAuth declares the operations that issue, renew, describe and revoke
// tokens.
func AddAuth(r *httpapi.Router, s *identity.Service) {
	h := authAPI{s}
	r.Mount(wire.TagAuth,
		httpapi.POST("/api/auth/", wire.Anyone, h.authLogin, authLogin),
		httpapi.POST("/api/v2/auth/token/", wire.PersonOrNone, h.authTokenRenew, authTokenRenew),
		httpapi.GET("/api/v2/auth/token/", wire.Partner, h.authTokenDescribe, authTokenDescribe),
		httpapi.DELETE("/api/v2/auth/token/", wire.Person, h.authTokenRevoke, authTokenRevoke),
	)
	addPageSession(r, s)
}

type authAPI struct{ s *identity.Service }

type loginIn struct {
	Login    string `json:"login" alias:"email" required:"true" doc:"E-mail address of the partner. Case is ignored." example:"p@example.com"`
	Password string `json:"password" format:"password" required:"true" doc:"Password of the partner." example:"correct horse"`
	Code     string `json:"code" maxLength:"64" doc:"Code from the authenticator app, or a recovery code. Only secure partners need it."`
}

// renewIn is like loginIn, but all fields are optional, because the caller may send a
// token instead.
type renewIn struct {
	Login    *string `json:"login" alias:"email" doc:"E-mail address of the partner, for a log-in without an Authorization header." example:"p@example.com"`
	Password *string `json:"password" format:"password" doc:"Password of the partner, for a log-in without an Authorization header." example:"correct horse"`
	Code     string  `json:"code" maxLength:"64" doc:"Code from the authenticator app, or a recovery code, for a log-in of a secure partner."`
}

type tokenInfoOut struct {
	PartnerUID *id.UUID   `json:"partner_uid" doc:"Partner that the token or key belongs to."`
	IssuedAt   time.Time  `json:"issued_at" doc:"When the token was issued or the key was created."`
	ExpiresAt  *time.Time `json:"expires_at" doc:"When the token or key stops working. Null if the key does not expire."`
	Scopes     []string   `json:"scopes" doc:"Scopes that limit what the token or key may be used for."`
}

var loginExample = map[string]string{"login": "p@example.com", "password": "correct horse"}

func login(ctx context.Context, s *identity.Service, login, password, code string) (*wire.TokenOut, error) {
	token, err := s.Login(ctx, identity.Login{
		Login: login, Password: password, Code: code, Address: httpapi.ClientAddr(ctx).String(), UserAgent: httpapi.UserAgent(ctx),
	})
	if err != nil {
		return nil, err
	}
	return &wire.TokenOut{Token: token}, nil
}

// complete returns NotAuthenticated if login and password are both missing. It returns
// a ValidationError if only one of them is missing or blank.
func (in *renewIn) complete() error {
	if in.Login == nil && in.Password == nil {
		return fault.New(fault.NotAuthenticated)
	}
	var faults fault.Fields
	for _, f := range []struct {
		name  string
		value *string
	}{{"login", in.Login}, {"password", in.Password}} {
		switch {
		case f.value == nil:
			faults.Add(f.name, "required", "This field is required.")
		case *f.value == "":
			faults.Add(f.name, "blank", "This field may not be blank.")
		}
	}
	return faults.Err()
}

var authLogin = httpapi.Op{
	Aliases: []string{"/api/v2/auth/"},
	ID:      "auth_login",
	Unkeyed: true,
	Summary: "Log in",
	Description: "Returns a token that is valid for 6 hours. An Authorization header is ignored, so a program may still send its " +
		"old token.\n\n" +
		"An unknown e-mail and a wrong password get the same response. After five failures in a row for one e-mail from " +
		"one address, the caller must wait for 5 seconds. Each further failure doubles the wait, up to 15 minutes. " +
		"During the wait, every attempt is refused with 429 and `Retry-After`, even with the right password. A " +
		"successful log-in resets the count. An address must wait in the same way after 60 failures in total, and a " +
		"success does not reset this count. A suspended partner is refused with 403 if the password is right.\n\n" +
		"A secure partner also sends the `code` from its authenticator app, or a recovery code. If the password is right " +
		"and the code is missing, the response is 403 with the detail `{\"field\": \"code\", \"code\": " +
		"\"verification_required\"}`. This response counts neither as a failure nor as a success. A code that is wrong or " +
		"was used before is a ValidationError on `code` and counts as a failure. After twenty such failures in a row, " +
		"from any address, every further code for this partner has to wait too.",
	Request: loginExample,
	Example: wire.TokenExample,
	Errors:  []fault.Code{fault.AuthenticationFailed, fault.PermissionDenied, fault.Throttled},
}

func (h authAPI) authLogin(ctx context.Context, in *loginIn) (*wire.TokenOut, error) {
	return login(ctx, h.s, in.Login, in.Password, in.Code)
}

var authTokenRenew = httpapi.Op{
	ID:      "auth_token_renew",
	Unkeyed: true,
	Summary: "Renew a token",
	Description: "With a valid token in the header, this operation returns a new token that is valid for 6 hours. The old token " +
		"keeps working until it expires or is revoked. A token can be renewed until 30 days after the log-in. After " +
		"that, the response is 401, and the program must log in again. An API key needs no renewal and gets 403.\n\n" +
		"Without a header, this operation logs in with `login` and `password`, like `/api/v2/auth/`.",
	Request: loginExample,
	Example: wire.TokenExample,
	Errors:  []fault.Code{fault.AuthenticationFailed, fault.NotAuthenticated, fault.PermissionDenied, fault.Throttled},
}

func (h authAPI) authTokenRenew(ctx context.Context, in *renewIn) (*wire.TokenOut, error) {
	if who, known := caller.From(ctx); known {
		token, err := h.s.Renew(ctx, who, httpapi.ClientAddr(ctx).String(), httpapi.UserAgent(ctx))
		if err != nil {
			return nil, err
		}
		return &wire.TokenOut{Token: token}, nil
	}
	if err := in.complete(); err != nil {
		return nil, err
	}
	return login(ctx, h.s, *in.Login, *in.Password, in.Code)
}

var authTokenDescribe = httpapi.Op{
	ID:          "auth_token_describe",
	Summary:     "Describe the token",
	Description: "Returns the partner that the token or key in the header belongs to, when the token or key expires, and its scopes.",
	Example: map[string]any{
		"partner_uid": "0197c0de-0000-7000-8000-000000000001", "issued_at": "2026-06-30T12:00:00Z",
		"expires_at": "2026-06-30T18:00:00Z", "scopes": []string{"read", "write"},
	},
}

func (authAPI) authTokenDescribe(ctx context.Context, _ *struct{}) (*tokenInfoOut, error) {
	d := identity.Describe(caller.Must(ctx))
	return &tokenInfoOut{PartnerUID: d.PartnerID, IssuedAt: d.IssuedAt, ExpiresAt: d.ExpiresAt, Scopes: d.Scopes}, nil
}

var authTokenRevoke = httpapi.Op{
	ID:      "auth_token_revoke",
	Status:  http.StatusNoContent,
	Summary: "Revoke the token",
	Description: "Revokes the token in the header, and every token that was renewed from the same log-in. The tokens stop working " +
		"at once on all servers.",
}

func (h authAPI) authTokenRevoke(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.s.Revoke(ctx, caller.Must(ctx))
}
