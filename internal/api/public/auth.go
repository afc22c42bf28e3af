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

// AddAuth declares the operations that give, renew, describe and revoke tokens.
func AddAuth(r *httpapi.Router, s *identity.Service) {
	h := authAPI{s}
	r.Mount(wire.TagAuth,
		httpapi.POST("/api/auth/", wire.Anyone, h.authLogin, authLogin),
		httpapi.POST("/api/v2/auth/token/", wire.PersonOrNone, h.authTokenRenew, authTokenRenew),
		httpapi.GET("/api/v2/auth/token/", wire.Partner, h.authTokenDescribe, authTokenDescribe),
		httpapi.DELETE("/api/v2/auth/token/", wire.Person, h.authTokenRevoke, authTokenRevoke),
	)
}

type authAPI struct{ s *identity.Service }

type loginIn struct {
	Login    string `json:"login" alias:"email" required:"true" doc:"E-mail address of the partner; case is ignored." example:"p@example.com"`
	Password string `json:"password" format:"password" required:"true" doc:"Password of the partner." example:"correct horse"`
	Code     string `json:"code" maxLength:"64" doc:"Code from the authenticator app, or a recovery code. Only for secure partners."`
}

// renewIn is loginIn for a call that may send a token instead.
type renewIn struct {
	Login    *string `json:"login" alias:"email" doc:"E-mail address of the partner. Only without an Authorization header, to log in." example:"p@example.com"`
	Password *string `json:"password" format:"password" doc:"Password of the partner. Only without an Authorization header, to log in." example:"correct horse"`
	Code     string  `json:"code" maxLength:"64" doc:"Code from the authenticator app, or a recovery code. Only for a log-in of a secure partner."`
}

type tokenInfoOut struct {
	PartnerUID *id.UUID   `json:"partner_uid" doc:"The partner that the token or key belongs to."`
	IssuedAt   time.Time  `json:"issued_at" doc:"When the token was issued or the key was created."`
	ExpiresAt  *time.Time `json:"expires_at" doc:"When the token or key stops working. Null for a key that does not expire."`
	Scopes     []string   `json:"scopes" doc:"What the token or key may be used for."`
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

// complete reports which field of a login is missing. A caller that sent
// neither token nor login is not authenticated.
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
	Description: "Gives a token for 6 hours. An Authorization header is ignored, so a program may still send its old token.\n\n" +
		"Unknown e-mails and wrong passwords get the same answer. Five failures in a row for one e-mail from one address are free; " +
		"then a wait begins, of 5 seconds at first, doubled by each further failure up to 15 minutes. " +
		"While it lasts, every attempt answers 429 with `Retry-After`, the right password too. " +
		"A success clears the count and is never counted. A suspended partner's right password answers 403.\n\n" +
		"A secure partner also sends the `code` from its authenticator app, or a recovery code. The right password without one " +
		"answers 403, with the detail " +
		"`{\"field\": \"code\", \"code\": \"verification_required\"}`, and counts neither as a failure nor as a success. " +
		"A wrong code, or one that was used before, is a ValidationError on `code` and counts as a failure; " +
		"after twenty such failures in a row, from any address, every further code for this partner has to wait too.",
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
	Description: "With a valid token in the header: gives a new one, good for 6 hours. The old one keeps working until it expires " +
		"or is revoked. Renewals end 30 days after the log-in: then 401, and the program logs in again. " +
		"A key needs no renewal and gets 403.\n\nWithout a header: logs in with `login` and `password`, as `/api/v2/auth/` does.",
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
	Description: "Shows which partner the token or key in the header belongs to, when it expires and its scopes.",
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
	ID:          "auth_token_revoke",
	Status:      http.StatusNoContent,
	Summary:     "Revoke the token",
	Description: "The token in the header stops working at once, everywhere, and with it every token that was renewed from the same log-in.",
}

func (h authAPI) authTokenRevoke(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.s.Revoke(ctx, caller.Must(ctx))
}
