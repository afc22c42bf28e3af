package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// maxTokenBytes is much longer than any token that this package creates.
const maxTokenBytes = 4096

// claims are the claims of a token, in the order of their encoding.
type claims struct {
	ID        string           `json:"jti"`
	Issuer    string           `json:"iss"`
	Subject   string           `json:"sub"`
	Audience  jwt.ClaimStrings `json:"aud"`
	IssuedAt  int64            `json:"iat"`
	ExpiresAt int64            `json:"exp"`
}

func (c claims) GetExpirationTime() (*jwt.NumericDate, error) {
	if c.ExpiresAt == 0 {
		return nil, nil //nolint:nilnil // the interface requires nil, nil for an absent claim
	}
	return jwt.NewNumericDate(time.Unix(c.ExpiresAt, 0)), nil
}

func (c claims) GetIssuedAt() (*jwt.NumericDate, error) {
	return jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)), nil
}
func (claims) GetNotBefore() (*jwt.NumericDate, error)  { return nil, nil } //nolint:nilnil // no token has the claim nbf
func (c claims) GetIssuer() (string, error)             { return c.Issuer, nil }
func (c claims) GetSubject() (string, error)            { return c.Subject, nil }
func (c claims) GetAudience() (jwt.ClaimStrings, error) { return c.Audience, nil }

// tokenSigner signs and verifies tokens. It does not check whether their sessions
// are revoked.
type tokenSigner struct {
	clock    clock.Clock
	issuer   string
	keys     *keyring
	parser   *jwt.Parser
	verified *verifiedTokens
}

func newTokens(store Store, clk clock.Clock, c Config) *tokenSigner {
	return &tokenSigner{
		clock:  clk,
		issuer: c.Issuer,
		keys:   newKeyring(store, clk, c.RotateAfter),
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
			jwt.WithIssuer(c.Issuer),
			jwt.WithAudience(Audience),
			jwt.WithExpirationRequired(),
			jwt.WithStrictDecoding(), // rejects other encodings of the same token, so that changing any bit makes it invalid
			jwt.WithTimeFunc(clk.Now),
		),
		verified: newVerifiedTokens(c.Remembered),
	}
}

func (t *tokenSigner) issue(ctx context.Context, partnerID id.UUID) (string, Session, error) {
	kid, private, err := t.keys.signer(ctx)
	if err != nil {
		return "", Session{}, err
	}
	now := t.clock.Now().Truncate(time.Second)
	session := Session{PartnerID: partnerID, ID: id.New(), IssuedAt: now, ExpiresAt: now.Add(TokenLife)}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, claims{
		ID:        session.ID.String(),
		Issuer:    t.issuer,
		Subject:   partnerID.Hex(),
		Audience:  jwt.ClaimStrings{Audience},
		IssuedAt:  session.IssuedAt.Unix(),
		ExpiresAt: session.ExpiresAt.Unix(),
	})
	unsigned.Header["kid"] = kid
	signed, err := unsigned.SignedString(private)
	if err != nil {
		return "", Session{}, fmt.Errorf("signing a token: %w", err)
	}
	return signed, session, nil
}

// verify checks a token without reading its session. It returns
// AuthenticationFailed if the token is malformed or forged, and TokenExpired if
// it has expired.
//
// The check of the RSA signature is by far the most expensive part, and its
// result never changes. verify therefore caches the result for a few minutes
// under the hash of the token.
func (t *tokenSigner) verify(ctx context.Context, token string) (Session, error) {
	if len(token) > maxTokenBytes {
		return Session{}, fault.New(fault.AuthenticationFailed)
	}
	now := t.clock.Now()
	hash := sha256.Sum256([]byte(token))
	if session, ok := t.verified.get(hash, now); ok {
		if !now.Before(session.ExpiresAt) {
			return Session{}, fault.New(fault.TokenExpired)
		}
		return session, nil
	}
	session, err := t.parse(ctx, token)
	if err != nil {
		return Session{}, err
	}
	t.verified.put(hash, session, now)
	return session, nil
}

func (t *tokenSigner) parse(ctx context.Context, token string) (Session, error) {
	var c claims
	var internal error
	_, err := t.parser.ParseWithClaims(token, &c, func(parsed *jwt.Token) (any, error) {
		kid, _ := parsed.Header["kid"].(string)
		public, found, err := t.keys.publicKey(ctx, kid)
		internal = err
		if err != nil || !found {
			return nil, errors.New("no signing key has the kid of this token")
		}
		return public, nil
	})
	if internal != nil {
		return Session{}, internal
	}
	if err != nil {
		if onlyExpired(err) {
			return Session{}, fault.New(fault.TokenExpired)
		}
		return Session{}, fault.New(fault.AuthenticationFailed)
	}
	partnerID, err1 := id.Parse(c.Subject)
	sessionID, err2 := id.Parse(c.ID)
	if errors.Join(err1, err2) != nil {
		return Session{}, fault.New(fault.AuthenticationFailed)
	}
	return Session{
		PartnerID: partnerID, ID: sessionID,
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(c.ExpiresAt, 0).UTC(),
	}, nil
}

// onlyExpired reports whether a token would be valid if it had not expired.
func onlyExpired(err error) bool {
	return errors.Is(err, jwt.ErrTokenExpired) &&
		!errors.Is(err, jwt.ErrTokenInvalidIssuer) && !errors.Is(err, jwt.ErrTokenInvalidAudience) &&
		!errors.Is(err, jwt.ErrTokenRequiredClaimMissing)
}
