package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Authenticator checks a token or an API key. It returns fault.TokenExpired
// for one that is merely too old, and fault.AuthenticationFailed for one that
// is malformed, forged or revoked. identity.Service implements it, and the tests
// with tokens that name their caller.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (caller.Caller, error)
}

// maxToken bounds an Authorization header; a signed token has about a thousand bytes.
const maxToken = 8 << 10

// tokenOf reads the Authorization header. Programs write "JWT <token>" or
// "Bearer <token>", in any case, and some put another "JWT " in front of the
// token.
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

// authenticate finds out who calls op, as far as op needs to know. It returns
// the caller even with a permission error, because a refused caller is known.
func (r *Router) authenticate(ctx context.Context, op *endpoint, header http.Header) (who caller.Caller, known bool, err error) {
	if op.Access == Public {
		return who, false, nil
	}
	token, err := tokenOf(header)
	if err != nil {
		if op.Access == Optional && fault.CodeOf(err) == fault.NotAuthenticated {
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

// mayBeCalledBy decides who may call an operation. It checks the caller's side,
// whether a key is enough, and what a key is limited to. The service checks who
// owns the objects.
func (e *endpoint) mayBeCalledBy(who caller.Caller) bool {
	wanted := caller.Partner
	if e.Access == Broker {
		wanted = caller.Broker
	}
	if who.Role != wanted || (e.Person && who.Key) {
		return false
	}
	return e.Scope == "" || who.Allows(e.scopes()...)
}

// scopes returns the scopes. A limited key needs one of them. If there are
// none, any key is enough.
func (e *endpoint) scopes() []string {
	if e.Scope == "" {
		return nil
	}
	return append([]string{e.Scope}, e.Areas...)
}

// areaOf returns the area that a path is in: the one with the longest prefix.
func (c *Config) areaOf(path string) string {
	longest, area := "", ""
	for prefix, name := range c.Areas {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(longest) {
			longest, area = prefix, name
		}
	}
	return area
}
