package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Authenticator checks a token or an API key. It returns fault.TokenExpired for
// a token that has expired, and fault.AuthenticationFailed for one that is
// malformed, forged or revoked. identity.Service implements it.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (caller.Caller, error)
}

// maxToken is the maximum length of an Authorization header in bytes. A signed
// token has about a thousand bytes.
const maxToken = 8 << 10

// tokenOf returns the token in the Authorization header. Programs send "JWT
// <token>" or "Bearer <token>", with letters in either case. Some programs
// repeat "JWT " before the token.
func tokenOf(header http.Header) (string, error) {
	given := header["Authorization"]
	if len(given) == 0 || strings.TrimSpace(given[0]) == "" {
		return "", fault.New(fault.NotAuthenticated)
	}
	if len(given) > 1 || len(given[0]) > maxToken {
		return "", fault.New(fault.AuthenticationFailed)
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(given[0]), " ")
	if !strings.EqualFold(scheme, "JWT") && !strings.EqualFold(scheme, "Bearer") {
		return "", fault.New(fault.AuthenticationFailed)
	}
	token = strings.TrimSpace(token)
	if prefix, rest, found := strings.Cut(token, " "); found && strings.EqualFold(prefix, "JWT") {
		token = strings.TrimSpace(rest)
	}
	if token == "" || strings.ContainsAny(token, " \t") {
		return "", fault.New(fault.AuthenticationFailed)
	}
	return token, nil
}

// authenticate determines the caller of op, unless op is public. If the caller
// lacks permission, it returns the caller together with the error, so that the
// request counts towards the caller's rate limit.
func (r *Router) authenticate(ctx context.Context, op *endpoint, header http.Header) (who caller.Caller, known bool, err error) {
	if op.Access.Role == "" {
		return who, false, nil
	}
	token, err := tokenOf(header)
	if err != nil {
		if op.Access.Optional && fault.CodeOf(err) == fault.NotAuthenticated {
			return who, false, nil
		}
		return who, false, err
	}
	if who, err = r.config.Authenticator.Authenticate(ctx, token); err != nil {
		return caller.Caller{}, false, err
	}
	if !op.mayBeCalledBy(who) {
		return who, true, fault.New(fault.PermissionDenied)
	}
	return who, true, nil
}

// mayBeCalledBy reports whether a caller may use the operation. It checks the
// caller's role, whether an API key may be used, the key's scopes, and the role of
// a staff member. The services check to whom the objects belong.
func (e *endpoint) mayBeCalledBy(who caller.Caller) bool {
	if who.Role != e.Access.Role || (e.Access.Person && !who.Person()) {
		return false
	}
	if who.StaffID != id.Nil {
		return slices.Contains(e.Staff, who.StaffRole)
	}
	return e.Scope == "" || who.Allows(e.scopes()...)
}

// scopes returns the scopes that allow the operation. A limited key needs one
// of them. If there are none, any key may be used.
func (e *endpoint) scopes() []string {
	if e.Scope == "" {
		return nil
	}
	return append([]string{e.Scope}, e.Areas...)
}

// areaOf returns the area with the longest prefix that matches a path.
func (c *Config) areaOf(path string) string {
	longest, area := "", ""
	for prefix, name := range c.Areas {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(longest) {
			longest, area = prefix, name
		}
	}
	return area
}
