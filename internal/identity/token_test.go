package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func parts(tb testing.TB, token string) (header, claims map[string]any) {
	tb.Helper()
	pieces := strings.Split(token, ".")
	require.Len(tb, pieces, 3)
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(pieces[i])
		require.NoError(tb, err)
		require.NoError(tb, json.Unmarshal(text, into))
	}
	return header, claims
}

func TestTokenIsAsTheContractHasIt(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	header, claims := parts(t, token)
	require.Equal(t, map[string]any{"alg": "RS256", "typ": "JWT", "kid": signingKeyID}, header)
	require.Equal(t, "tributary", claims["iss"])
	require.Equal(t, b.partnerID.Hex(), claims["sub"])
	require.Equal(t, []any{"partnership"}, claims["aud"])
	require.EqualValues(t, start.Unix(), claims["iat"])
	require.EqualValues(t, start.Unix()+21600, claims["exp"])
	require.Len(t, claims, 6)

	who, err := b.service.Authenticate(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, caller.Caller{
		Role: caller.Partner, PartnerID: b.partnerID, TokenID: claims["jti"].(string),
		IssuedAt: start.Truncate(time.Second), ExpiresAt: start.Truncate(time.Second).Add(6 * time.Hour),
	}, who)

	again := b.token(t)
	require.NotEqual(t, token, again)
	_, err = b.service.Authenticate(t.Context(), token)
	require.NoError(t, err, "a login does not end another session")
}

func TestTokenLivesSixHours(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	fresh := b.secondService(t, identity.Config{})
	b.clock.Advance(6*time.Hour - 250*time.Millisecond - time.Microsecond)
	_, err := b.service.Authenticate(t.Context(), token)
	require.NoError(t, err)
	b.clock.Advance(time.Microsecond)
	for range 2 {
		for _, service := range []*identity.Service{b.service, fresh} {
			_, err = service.Authenticate(t.Context(), token)
			require.Equal(t, fault.TokenExpired, code(t, err), "a cached token expires too")
		}
	}
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	_, good := parts(t, token)
	pieces := strings.Split(token, ".")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	publicDER, err := x509.MarshalPKIXPublicKey(&signingKey().PublicKey)
	require.NoError(t, err)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})

	sign := func(method jwt.SigningMethod, key, kid any, change map[string]any) string {
		claims := jwt.MapClaims(maps.Clone(good))
		for name, value := range change {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		unsigned := jwt.NewWithClaims(method, claims)
		if unsigned.Header["kid"] = kid; kid == nil {
			delete(unsigned.Header, "kid")
		}
		signed, err := unsigned.SignedString(key)
		require.NoError(t, err)
		return signed
	}
	ours := func(change map[string]any) string {
		return sign(jwt.SigningMethodRS256, signingKey(), signingKeyID, change)
	}
	past, future := start.Add(-time.Hour).Unix(), start.Add(100*time.Hour).Unix()
	last := token[len(token)-1:]
	next := map[string]string{"A": "B", "Q": "R", "g": "h", "w": "x"}[last] // another encoding of the same signature

	require.NotEmpty(t, next)
	for name, c := range map[string]struct {
		token string
		want  fault.Code
	}{
		"untouched":                 {ours(nil), ""},
		"expired":                   {ours(map[string]any{"exp": past}), fault.TokenExpired},
		"alg none":                  {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, signingKeyID, nil), fault.AuthenticationFailed},
		"HS256 with the public key": {sign(jwt.SigningMethodHS256, publicPEM, signingKeyID, nil), fault.AuthenticationFailed},
		"HS256 with its DER":        {sign(jwt.SigningMethodHS256, publicDER, signingKeyID, nil), fault.AuthenticationFailed},
		"RS512, right key":          {sign(jwt.SigningMethodRS512, signingKey(), signingKeyID, nil), fault.AuthenticationFailed},
		"PS256, right key":          {sign(jwt.SigningMethodPS256, signingKey(), signingKeyID, nil), fault.AuthenticationFailed},
		"another key":               {sign(jwt.SigningMethodRS256, other, signingKeyID, nil), fault.AuthenticationFailed},
		"another key, expired":      {sign(jwt.SigningMethodRS256, other, signingKeyID, map[string]any{"exp": past}), fault.AuthenticationFailed},
		"unknown kid":               {sign(jwt.SigningMethodRS256, signingKey(), "fedcba9876543210", nil), fault.AuthenticationFailed},
		"kid of another shape":      {sign(jwt.SigningMethodRS256, signingKey(), "' OR 1=1 --", nil), fault.AuthenticationFailed},
		"kid is a number":           {sign(jwt.SigningMethodRS256, signingKey(), 7, nil), fault.AuthenticationFailed},
		"no kid":                    {sign(jwt.SigningMethodRS256, signingKey(), nil, nil), fault.AuthenticationFailed},
		"another audience":          {ours(map[string]any{"aud": []string{"clients"}}), fault.AuthenticationFailed},
		"no audience":               {ours(map[string]any{"aud": nil}), fault.AuthenticationFailed},
		"another audience, expired": {ours(map[string]any{"aud": []string{"clients"}, "exp": past}), fault.AuthenticationFailed},
		"another issuer":            {ours(map[string]any{"iss": "exness"}), fault.AuthenticationFailed},
		"another issuer, expired":   {ours(map[string]any{"iss": "exness", "exp": past}), fault.AuthenticationFailed},
		"no issuer":                 {ours(map[string]any{"iss": nil}), fault.AuthenticationFailed},
		"no expiry":                 {ours(map[string]any{"exp": nil}), fault.AuthenticationFailed},
		"expiry is a string":        {ours(map[string]any{"exp": "never"}), fault.AuthenticationFailed},
		"another session":           {ours(map[string]any{"jti": id.New().String()}), fault.AuthenticationFailed},
		"no session":                {ours(map[string]any{"jti": nil}), fault.AuthenticationFailed},
		"another partner":           {ours(map[string]any{"sub": id.New().Hex()}), fault.AuthenticationFailed},
		"the house":                 {ours(map[string]any{"sub": id.Nil.Hex()}), fault.AuthenticationFailed},
		"subject is not an id":      {ours(map[string]any{"sub": "partner"}), fault.AuthenticationFailed},
		"claims are changed":        {pieces[0] + "." + strings.Split(ours(map[string]any{"exp": future}), ".")[1] + "." + pieces[2], fault.AuthenticationFailed},
		"signature's last bit":      {token[:len(token)-1] + next, fault.AuthenticationFailed},
		"no signature":              {pieces[0] + "." + pieces[1] + ".", fault.AuthenticationFailed},
		"two parts":                 {pieces[0] + "." + pieces[1], fault.AuthenticationFailed},
		"four parts":                {token + "." + pieces[2], fault.AuthenticationFailed},
		"spaces":                    {" " + token, fault.AuthenticationFailed},
		"empty":                     {"", fault.AuthenticationFailed},
		"huge":                      {strings.Repeat("a.", 1<<20), fault.AuthenticationFailed},
		"not base64":                {"a.b.c", fault.AuthenticationFailed},
		"padded":                    {pieces[0] + "." + pieces[1] + "." + pieces[2] + "==", fault.AuthenticationFailed},
	} {
		for range 2 { // once without a cached check, then with one
			_, err := b.service.Authenticate(t.Context(), c.token)
			require.Equal(t, c.want, code(t, err), name)
		}
	}
	require.Equal(t, 4, identity.RememberedTokens(b.service), "the valid token, and three with a valid signature but no session")
}

func TestRevocationCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	elsewhere := b.secondService(t, identity.Config{})
	revoked, kept := b.token(t), b.token(t)
	for _, service := range []*identity.Service{b.service, elsewhere} {
		_, err := service.Authenticate(t.Context(), revoked)
		require.NoError(t, err)
	}
	who, err := b.service.Authenticate(t.Context(), revoked)
	require.NoError(t, err)
	require.NoError(t, b.service.Revoke(t.Context(), who))
	for _, service := range []*identity.Service{b.service, elsewhere} {
		_, err := service.Authenticate(t.Context(), revoked)
		require.Equal(t, fault.AuthenticationFailed, code(t, err))
		_, err = service.Authenticate(t.Context(), kept)
		require.NoError(t, err)
	}
	_, err = b.service.Renew(t.Context(), who, address, "a test")
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "a revoked token cannot be renewed")
	require.NoError(t, b.service.Revoke(t.Context(), who), "a second revocation is no error")
}

func TestRenew(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	old := b.token(t)
	b.clock.Advance(5 * time.Hour)
	who, err := b.service.Authenticate(t.Context(), old)
	require.NoError(t, err)
	renewed, err := b.service.Renew(t.Context(), who, address, strings.Repeat("ü", 200)+"\x00\xff")
	require.NoError(t, err)
	_, err = b.service.Authenticate(t.Context(), old)
	require.NoError(t, err, "the old token works until it expires")
	b.clock.Advance(time.Hour)
	_, err = b.service.Authenticate(t.Context(), old)
	require.Equal(t, fault.TokenExpired, code(t, err))
	again, err := b.service.Authenticate(t.Context(), renewed)
	require.NoError(t, err)
	require.Equal(t, b.partnerID, again.PartnerID)
	require.Equal(t, start.Add(5*time.Hour).Truncate(time.Second), again.IssuedAt)
	require.NotEqual(t, who.TokenID, again.TokenID)
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	who, err := b.service.Authenticate(t.Context(), b.token(t))
	require.NoError(t, err)
	expires := start.Truncate(time.Second).Add(6 * time.Hour)
	require.Equal(t, identity.Description{
		PartnerID: &b.partnerID, IssuedAt: start.Truncate(time.Second), ExpiresAt: &expires, Scopes: []string{"read", "write"},
	}, identity.Describe(who))
	require.Equal(t, identity.Description{IssuedAt: start, Scopes: []string{"feed"}},
		identity.Describe(caller.Caller{Role: caller.Broker, Scopes: []string{"feed"}, IssuedAt: start}))
}

func TestSigningKeysAreRotated(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	elsewhere := b.secondService(t, identity.Config{})
	kid := func(token string) string {
		header, _ := parts(t, token)
		return header["kid"].(string)
	}
	b.clock.Advance(30*24*time.Hour - time.Second)
	old := b.token(t)
	require.Equal(t, signingKeyID, kid(old))
	b.clock.Advance(time.Second)
	token := b.token(t)
	require.NotEqual(t, signingKeyID, kid(token))
	require.Regexp(t, `^[0-9a-f]{16}$`, kid(token))
	require.Equal(t, kid(token), kid(b.token(t)))
	for _, service := range []*identity.Service{b.service, elsewhere} {
		for _, good := range []string{old, token} {
			_, err := service.Authenticate(t.Context(), good)
			require.NoError(t, err, "both the new and the old key verify")
		}
	}
	b.clock.Advance(7*time.Hour + time.Second)
	_, err := b.secondService(t, identity.Config{}).Authenticate(t.Context(), old)
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "a key stops verifying after its last token has expired")

	b.clock.Advance(30 * 24 * time.Hour)
	require.NoError(t, b.service.Prepare(t.Context()))
	keys, err := b.store.SigningKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 2, "the next rotation removes it")
	for _, key := range keys {
		require.NotEqual(t, signingKeyID, key.ID)
	}
}

func TestProcessesThatStartTogetherShareAKey(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	b.clock.Advance(31 * 24 * time.Hour)
	var group sync.WaitGroup
	kids := make([]any, 6)
	services := []*identity.Service{b.service, b.secondService(t, identity.Config{}), b.secondService(t, identity.Config{})}
	for i := range kids {
		group.Go(func() {
			token, err := services[i%3].Login(t.Context(), identity.Login{Login: email, Password: password})
			if err == nil {
				header, _ := parts(t, token)
				kids[i] = header["kid"]
			}
		})
	}
	group.Wait()
	for _, kid := range kids {
		require.Equal(t, kids[0], kid)
	}
	require.NotNil(t, kids[0])
	require.NotEqual(t, signingKeyID, kids[0])
}

func TestUnknownKidsAreNotAllLookedUp(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	_, err := b.service.Authenticate(t.Context(), token)
	require.NoError(t, err)
	_, claims := parts(t, token)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	unsigned.Header["kid"] = "fedcba9876543210"
	forged, err := unsigned.SignedString(signingKey())
	require.NoError(t, err)
	for range 100 {
		_, err = b.service.Authenticate(t.Context(), forged)
		require.Equal(t, fault.AuthenticationFailed, code(t, err))
	}
	require.NoError(t, b.db.Close())
	_, err = b.service.Authenticate(t.Context(), forged)
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "answered without the store")
	b.clock.Advance(time.Second)
	_, err = b.service.Authenticate(t.Context(), forged)
	require.Error(t, err)
	require.Empty(t, fault.CodeOf(err), "read the store again")
}

func TestInventedKidsHideNoKey(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	restarted := b.secondService(t, identity.Config{})
	_, claims := parts(t, token)
	for i := range 100 { // flood a process that has no cached key yet
		unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
		unsigned.Header["kid"] = fmt.Sprintf("%016x", i)
		forged, err := unsigned.SignedString(signingKey())
		require.NoError(t, err)
		_, err = restarted.Authenticate(t.Context(), forged)
		require.Equal(t, fault.AuthenticationFailed, code(t, err))
	}
	_, err := restarted.Authenticate(t.Context(), token)
	require.NoError(t, err)
}

func TestAKeyThatIsRemovedEndsItsTokens(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	_, err := b.service.Authenticate(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM signing_keys`)
		return err
	}))
	b.clock.Advance(5 * time.Minute)
	_, err = b.service.Authenticate(t.Context(), token)
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "the removal of a leaked key counts within minutes")
	_, err = b.service.Authenticate(t.Context(), b.token(t))
	require.NoError(t, err, "the next login makes a new key")
}

func TestRememberedTokensAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{Remembered: 3})
	var tokens []string
	for range 10 {
		tokens = append(tokens, b.token(t))
	}
	for range 2 {
		for _, token := range tokens {
			_, err := b.service.Authenticate(t.Context(), token)
			require.NoError(t, err)
			require.LessOrEqual(t, identity.RememberedTokens(b.service), 3)
		}
	}
	b.clock.Advance(6 * time.Minute)
	_, err := b.service.Authenticate(t.Context(), b.token(t))
	require.NoError(t, err)
	require.Equal(t, 1, identity.RememberedTokens(b.service), "expired entries are removed first")
}

func FuzzAuthenticate(f *testing.F) {
	b := setup(f, identity.Config{})
	token := b.token(f)
	key, _, err := b.service.CreateKey(f.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(f, err)
	for _, seed := range []string{
		token, key, "", ".", "..", "trb__", "eyJhbGciOiJub25lIn0.e30.", "bnVsbA.bnVsbA.", "W10.W10.W10",
		"eyJhbGciOiJSUzI1NiIsImtpZCI6IjAxMjM0NTY3ODlhYmNkZWYifQ.eyJleHAiOjFlNDAwfQ.AA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		_, err := b.service.Authenticate(t.Context(), given)
		if given == token || given == key {
			require.NoError(t, err)
			return
		}
		require.Contains(t, []fault.Code{fault.AuthenticationFailed, fault.TokenExpired}, code(t, err))
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	for name, remembered := range map[string]int{"remembered": 10_000, "first time": 1} {
		b.Run(name, func(b *testing.B) {
			bundle := setup(b, identity.Config{Remembered: remembered})
			tokens := []string{bundle.token(b), bundle.token(b), bundle.token(b)}
			for i := 0; b.Loop(); i++ {
				if _, err := bundle.service.Authenticate(b.Context(), tokens[i%len(tokens)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLogin(b *testing.B) {
	bundle := setup(b, identity.Config{Params: identity.DefaultParams})
	for b.Loop() {
		bundle.token(b)
	}
}
