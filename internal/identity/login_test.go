package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	b.partner(t, "no-password@example.com", "active")
	for name, c := range map[string]struct {
		login, password string
		want            fault.Code
	}{
		"right":                            {email, password, ""},
		"another spelling":                 {"  Partner@EXAMPLE.com ", password, ""},
		"wrong password":                   {email, "wrong horse", fault.AuthenticationFailed},
		"empty password":                   {email, "", fault.AuthenticationFailed},
		"longer password":                  {email, password + "\x00", fault.AuthenticationFailed},
		"huge password":                    {"huge@example.com", strings.Repeat("p", 1<<20), fault.AuthenticationFailed},
		"not UTF-8":                        {email, "\xff\xfe", fault.AuthenticationFailed},
		"unknown e-mail":                   {"nobody@example.com", password, fault.AuthenticationFailed},
		"no e-mail":                        {"", password, fault.AuthenticationFailed},
		"an e-mail that no store can hold": {"a\x00\xff@example.com", password, fault.AuthenticationFailed},
		"huge e-mail":                      {strings.Repeat("e", 1<<20), password, fault.AuthenticationFailed},
		"a partner without a password":     {"no-password@example.com", "", fault.AuthenticationFailed},
	} {
		token, err := b.login(t, c.login, c.password)
		require.Equal(t, c.want, code(t, err), name)
		require.Equal(t, c.want == "", token != "", name)
	}
}

func TestLoginTakesTheSameWorkForAnyEmail(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{Throttle: identity.Throttle{Free: 1000, First: time.Second, Max: time.Minute}})
	b.partner(t, "no-password@example.com", "active")
	suspendedID := b.partner(t, "suspended@example.com", "suspended")
	require.NoError(t, b.service.SetPassword(t.Context(), suspendedID, password))
	works := func(importing bool) {
		var want identity.Work
		for i, login := range []string{
			email, "nobody@example.com", "no-password@example.com", "suspended@example.com", "", "\xff", strings.Repeat("e", 5000),
			"django@example.com", "old-django@example.com",
		} {
			for _, wrong := range []string{"wrong horse", "", strings.Repeat("p", 5000)} {
				before := b.service.Work()
				_, err := b.login(t, login, wrong)
				require.Equal(t, fault.AuthenticationFailed, code(t, err))
				after := b.service.Work()
				did := identity.Work{Argon2: after.Argon2 - before.Argon2, LegacyIterations: after.LegacyIterations - before.LegacyIterations}
				if i == 0 {
					want = did
					require.EqualValues(t, 1, did.Argon2)
					require.Equal(t, importing, did.LegacyIterations > 0)
				}
				require.Equal(t, want, did, "%.40q", login)
			}
		}
	}
	works(false)
	for login, hash := range map[string]string{"django@example.com": djangoHash, "old-django@example.com": oldDjangoHash} {
		require.NoError(t, b.service.ImportPassword(t.Context(), b.partner(t, login, "active"), hash))
	}
	works(true)
}

const (
	// These are hashes that Django created from "correct horse".
	djangoHash    = "pbkdf2_sha256$1000$GhK1sbeYvNbB$LpfArml7zlb9HM59qNabCEvTCfmxQXeNCxvIYxdP6TE="
	oldDjangoHash = "pbkdf2_sha256$10$c2FsdA$UnDurPyl5soFqPVK9AhKtrnb2XgV4gGGn3SVqa9BJDI="
	// referenceHash is the reference implementation's test vector for "password".
	referenceHash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)

func TestImportedPasswords(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	hash := func(login string) string {
		account, found, err := b.store.FindAccount(t.Context(), login)
		require.NoError(t, err)
		require.True(t, found)
		return account.PasswordHash
	}
	for login, c := range map[string]struct{ imported, password string }{
		"django@example.com":    {djangoHash, password},
		"reference@example.com": {referenceHash, "password"},
	} {
		imported := c.imported
		require.NoError(t, b.service.ImportPassword(t.Context(), b.partner(t, login, "active"), imported))
		require.Equal(t, imported, hash(login))
		_, err := b.login(t, login, "wrong horse")
		require.Equal(t, fault.AuthenticationFailed, code(t, err))
		require.Equal(t, imported, hash(login), "a wrong password changes nothing")

		first, err := b.login(t, login, c.password)
		require.NoError(t, err)
		require.Regexp(t, `^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, hash(login), "the same form as a new hash")
		_, err = b.login(t, login, c.password)
		require.NoError(t, err)
		_, err = b.service.Authenticate(t.Context(), first)
		require.NoError(t, err, "a rehash ends no session")
	}
	for _, bad := range []string{
		"", "plain", "md5$salt$sum",
		strings.Replace(referenceHash, "m=65536", "m=99999999", 1), strings.Replace(djangoHash, "$1000$", "$9999999$", 1),
	} {
		require.Equal(t, fault.ValidationError, code(t, b.service.ImportPassword(t.Context(), b.partnerID, bad)), bad)
	}
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	for name, c := range map[string]struct {
		partner  id.UUID
		password string
		want     fault.Code
		field    string
	}{
		"too short":       {b.partnerID, "1234567", fault.ValidationError, "min_length"},
		"too long":        {b.partnerID, strings.Repeat("x", 129), fault.ValidationError, "max_length"},
		"not UTF-8":       {b.partnerID, "12345678\xff", fault.ValidationError, "invalid"},
		"no such partner": {id.New(), "12345678", fault.NotFound, ""},
		"the house":       {id.Nil, "12345678", fault.NotFound, ""},
		"the length counts characters, not bytes": {b.partnerID, "пароль", fault.ValidationError, "min_length"},
	} {
		err := b.service.SetPassword(t.Context(), c.partner, c.password)
		require.Equal(t, c.want, code(t, err), name)
		if c.field != "" {
			require.ErrorContains(t, err, "password")
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.field, e.Fields[0].Code, name)
		}
	}
	_, err := b.service.Authenticate(t.Context(), token)
	require.NoError(t, err, "a refused change ends no session")

	longest := strings.Repeat("й", identity.MaxPasswordLength)
	require.NoError(t, b.service.SetPassword(t.Context(), b.partnerID, longest))
	_, err = b.service.Authenticate(t.Context(), token)
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "a new password ends all sessions")
	_, err = b.login(t, email, password)
	require.Equal(t, fault.AuthenticationFailed, code(t, err))
	_, err = b.login(t, email, longest)
	require.NoError(t, err)
	_, err = b.login(t, email, longest+"й")
	require.Equal(t, fault.AuthenticationFailed, code(t, err))
}

func TestRandomPassword(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	one := identity.RandomPassword()
	require.Regexp(t, `^([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}$`, one)
	require.NotEqual(t, one, identity.RandomPassword())
	require.NoError(t, b.service.SetPassword(t.Context(), b.partnerID, one))
	_, err := b.login(t, email, one)
	require.NoError(t, err)
}

func TestSuspendedPartner(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID})
	require.NoError(t, err)
	b.setStatus(t, b.partnerID, identity.StatusSuspended)
	for _, credential := range []string{token, key} {
		_, err = b.service.Authenticate(t.Context(), credential)
		require.Equal(t, fault.PermissionDenied, code(t, err), "at once")
	}
	_, err = b.login(t, email, password)
	require.Equal(t, fault.PermissionDenied, code(t, err))
	_, err = b.login(t, email, "wrong horse")
	require.Equal(t, fault.AuthenticationFailed, code(t, err), "only a caller with the right password learns of the suspension")

	b.setStatus(t, b.partnerID, "active")
	for _, credential := range []string{token, key} {
		_, err = b.service.Authenticate(t.Context(), credential)
		require.NoError(t, err)
	}
}

func TestPartnerByEmail(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	partnerID, found, err := b.service.PartnerByEmail(t.Context(), " Partner@example.com")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, b.partnerID, partnerID)
	_, found, err = b.service.PartnerByEmail(t.Context(), "nobody@example.com")
	require.NoError(t, err)
	require.False(t, found)
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	token := b.token(t)
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	require.NoError(t, b.db.Close()) // every later request must fail
	_, err = b.login(t, email, password)
	require.Error(t, err)
	texts := err.Error()
	for _, credential := range []string{token, key} {
		_, err = b.service.Authenticate(t.Context(), credential)
		require.Error(t, err)
		require.Empty(t, fault.CodeOf(err), "a store's failure is not reported as a bad credential")
		texts += err.Error()
	}
	require.NoError(t, b.service.Close())
	texts += b.log.String()
	for _, secret := range []string{password, token, key, key[len("trb_")+13:]} {
		require.NotContains(t, texts, secret)
	}
}

// TestTry_Trusts checks that a sign-in to an account of another package gives its address
// priority, as a partner's log-in does, and that a failure does not.
func TestTry_Trusts(t *testing.T) {
	t.Parallel()
	b := setup(t, identity.Config{})
	hash, err := b.service.HashPassword(t.Context(), password)
	require.NoError(t, err)
	try := func(given string) (context.Context, *identity.Tried) {
		ctx, tried, err := b.service.Try(t.Context(), identity.Attempt{Account: "staff\x00ann", Address: "192.0.2.9", Hash: hash, Password: given})
		require.NoError(t, err)
		return ctx, tried
	}
	ctx, tried := try("wrong horse")
	failures, waits, err := tried.Failed(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, failures)
	require.False(t, waits)
	require.False(t, identity.Trusts(b.service, "192.0.2.9"))
	ctx, tried = try(password)
	require.True(t, tried.Right)
	require.NoError(t, tried.Succeeded(ctx))
	require.True(t, identity.Trusts(b.service, "192.0.2.9"))
}
