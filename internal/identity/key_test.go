package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	expires := start.Add(24 * time.Hour)
	for name, c := range map[string]struct {
		give identity.NewKey
		want caller.Caller
	}{
		"broker": {
			identity.NewKey{Role: caller.Broker, Name: "the feed"},
			caller.Caller{Role: caller.Broker, Key: true},
		},
		"limited, expiring": {
			identity.NewKey{Role: caller.Broker, Scopes: []string{"read", "feed", "read"}, ExpiresAt: &expires},
			caller.Caller{Role: caller.Broker, Key: true, Scopes: []string{"feed", "read"}, ExpiresAt: expires},
		},
		"partner": {
			identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: []string{"read"}},
			caller.Caller{Role: caller.Partner, Key: true, PartnerID: b.partnerID, Scopes: []string{"read"}},
		},
	} {
		token, key, err := b.service.CreateKey(t.Context(), c.give)
		require.NoError(t, err, name)
		require.Regexp(t, `^trb_[0-9a-z]{12}_[0-9A-Za-z]{32}$`, token)
		c.want.TokenID, c.want.IssuedAt = key.ID, start
		who, err := b.service.Authenticate(t.Context(), token)
		require.NoError(t, err, name)
		if len(c.want.Scopes) == 0 {
			require.Empty(t, who.Scopes)
			who.Scopes = nil
		}
		require.Equal(t, c.want, who, name)

		for _, call := range []func() error{
			func() error { _, err := b.service.Renew(t.Context(), who, address, ""); return err },
			func() error { return b.service.Revoke(t.Context(), who) },
		} {
			require.Equal(t, fault.PermissionDenied, code(t, call()), "a key can be neither renewed nor revoked as a session")
		}
		for _, wrong := range []string{
			token[:len(token)-1], token + "0", strings.ToUpper(token), "trb_" + strings.Repeat("0", 12) + token[16:],
			token[:16] + "_" + strings.Repeat("A", 32), "trb_", "trb__", "trb_\x00", token[:16],
		} {
			_, err = b.service.Authenticate(t.Context(), wrong)
			require.Equal(t, fault.AuthenticationFailed, code(t, err), name)
		}
		b.clock.Advance(24 * time.Hour)
		_, err = b.service.Authenticate(t.Context(), token)
		if c.give.ExpiresAt != nil {
			require.Equal(t, fault.TokenExpired, code(t, err))
		} else {
			require.NoError(t, err)
		}
		b.clock.Advance(-24 * time.Hour)
		require.NoError(t, b.service.RevokeKey(t.Context(), key.ID))
		_, err = b.service.Authenticate(t.Context(), token)
		require.Equal(t, fault.AuthenticationFailed, code(t, err), "a revocation counts at once")
	}
	for _, unknown := range []string{"", "\x00", strings.Repeat("0", 12)} {
		require.Equal(t, fault.NotFound, code(t, b.service.RevokeKey(t.Context(), unknown)))
	}
}

func TestNewKeysAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	nobody, house, past := id.New(), id.Nil, start
	for name, c := range map[string]struct {
		give identity.NewKey
		want []string // names of the invalid fields
	}{
		"no role":                       {identity.NewKey{}, []string{"role"}},
		"unknown role":                  {identity.NewKey{Role: "client"}, []string{"role"}},
		"no partner":                    {identity.NewKey{Role: caller.Partner}, []string{"partner"}},
		"the house's":                   {identity.NewKey{Role: caller.Partner, PartnerID: &house}, []string{"partner"}},
		"a broker's key with a partner": {identity.NewKey{Role: caller.Broker, PartnerID: &b.partnerID}, []string{"partner"}},
		"unknown scope":                 {identity.NewKey{Role: caller.Broker, Scopes: []string{"feed", "everything"}}, []string{"scope"}},
		"a broker's scope":              {identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: []string{"feed"}}, []string{"scope"}},
		"long name":                     {identity.NewKey{Role: caller.Broker, Name: strings.Repeat("n", 101)}, []string{"name"}},
		"unstorable name":               {identity.NewKey{Role: caller.Broker, Name: "a\x00"}, []string{"name"}},
		"already over":                  {identity.NewKey{Role: caller.Broker, ExpiresAt: &past}, []string{"expires_at"}},
		"several faults":                {identity.NewKey{Role: caller.Partner, Scopes: []string{"feed"}, ExpiresAt: &past}, []string{"partner", "scope", "expires_at"}},
	} {
		_, _, err := b.service.CreateKey(t.Context(), c.give)
		var e *fault.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, fault.ValidationError, e.Code, name)
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Name)
		}
		require.Equal(t, c.want, fields, name)
	}
	_, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &nobody})
	require.Equal(t, fault.NotFound, code(t, err))
}

func TestLastUseOfAKey(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token, key, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	used := func() time.Time {
		_, err := b.service.Authenticate(t.Context(), token)
		require.NoError(t, err)
		require.NoError(t, b.service.Close()) // waits until the last-used time is written
		key, found, err := b.store.FindKey(t.Context(), key.ID)
		require.NoError(t, err)
		require.True(t, found)
		require.NotNil(t, key.LastUsedAt)
		return *key.LastUsedAt
	}
	first := b.clock.Now()
	require.Equal(t, first, used())
	b.clock.Advance(time.Minute - time.Microsecond)
	require.Equal(t, first, used(), "the time is written at most once a minute")
	b.clock.Advance(time.Microsecond)
	require.Equal(t, first.Add(time.Minute), used())
	b.clock.Advance(-24 * time.Hour)
	require.Equal(t, b.clock.Now(), used(), "the time is written when the clock was set back")
}

func FuzzParseKey(f *testing.F) {
	f.Add("trb_0123456789ab_" + strings.Repeat("Z", 32))
	f.Add("trb__")
	f.Fuzz(func(t *testing.T, token string) {
		keyID, secret, ok := identity.ParseKey(token)
		if ok {
			require.Equal(t, token, "trb_"+keyID+"_"+secret)
			require.Len(t, keyID, 12)
			require.Len(t, secret, 32)
		}
	})
}

func FuzzParseHash(f *testing.F) {
	for _, seed := range []string{djangoHash, oldDjangoHash, referenceHash, "$argon2id$v=19$m=1,t=1,p=1$$", "pbkdf2_sha256$$$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		canonical, err := identity.CanonicalHash(encoded)
		if err != nil {
			return
		}
		again, err := identity.CanonicalHash(canonical)
		require.NoError(t, err)
		require.Equal(t, canonical, again)
	})
}
