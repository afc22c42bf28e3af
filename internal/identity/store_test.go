package identity_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

var identityNow = time.Date(2026, 6, 30, 12, 0, 0, 123456000, time.UTC)

// TestIdentity specifies identity.Store on every engine.
func TestIdentity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *identityBundle){
			"accounts":             testAccounts,
			"passwords":            testPasswords,
			"legacy cost":          testLegacyCost,
			"failures":             testFailures,
			"failures in parallel": testFailuresInParallel,
			"purged failures":      testPurgedFailures,
			"sessions":             testSessions,
			"renewed sessions":     testRenewedSessions,
			"expired sessions":     testExpiredSessions,
			"signing keys":         testSigningKeys,
			"keys":                 testKeys,
			"a partner's keys":     testPartnersKeys,
			"a partner's sessions": testPartnersSessions,
			"together":             testAtomically,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				test(t, &identityBundle{db: db, store: identity.NewStore(db)})
			})
		}
	})
}

type identityBundle struct {
	db    db.DB
	store identity.Store
}

func (b *identityBundle) partner(t *testing.T, email, status string) id.UUID {
	t.Helper()
	partnerID := programmetest.AddPartner(t, b.db, partner.Partner{Email: email, Status: status, Verified: true})
	dbtest.Insert(t, b.db, "sign_in_emails", dbtest.Row{"email": email, "partner_id": partnerID})
	return partnerID
}

// addActive adds an active partner with a password. It returns the version of
// this password.
func (b *identityBundle) addActive(t *testing.T, email string) (partnerID id.UUID, version int64) {
	t.Helper()
	partnerID = b.partner(t, email, "active")
	set, err := b.store.SetPassword(t.Context(), partnerID, "hash of "+email, 0, identityNow)
	require.NoError(t, err)
	require.True(t, set)
	account, found, err := b.store.FindAccount(t.Context(), email)
	require.NoError(t, err)
	require.True(t, found)
	return partnerID, account.PasswordVersion
}

func (b *identityBundle) session(t *testing.T, partnerID id.UUID, version int64, issued time.Time) identity.Session {
	t.Helper()
	session := sessionAt(partnerID, issued)
	created, err := b.store.CreateSession(t.Context(), session, version)
	require.NoError(t, err)
	require.True(t, created)
	return session
}

func sessionAt(partnerID id.UUID, issued time.Time) identity.Session {
	return identity.Session{
		PartnerID: partnerID, ID: id.New(), IssuedAt: issued, ExpiresAt: issued.Add(identity.TokenLife),
		Address: "192.0.2.1", UserAgent: "a program",
	}
}

func testAccounts(t *testing.T, b *identityBundle) {
	partnerID := b.partner(t, "known@example.com", "suspended")
	account, found, err := b.store.FindAccount(t.Context(), "known@example.com")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, identity.Account{PartnerID: partnerID, Status: "suspended", Security: identity.Standard}, account, "a partner may have no password yet")

	account, found, err = b.store.FindAccount(t.Context(), "unknown@example.com")
	require.NoError(t, err)
	require.False(t, found)
	require.Zero(t, account)
}

func testPasswords(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	find := func(email string) identity.Account {
		account, found, err := b.store.FindAccount(ctx, email)
		require.NoError(t, err)
		require.True(t, found)
		return account
	}
	set, err := b.store.SetPassword(ctx, id.New(), "hash", 0, identityNow)
	require.NoError(t, err)
	require.False(t, set, "no such partner")

	partnerID, first := b.addActive(t, "one@example.com")
	other, otherVersion := b.addActive(t, "two@example.com")
	session := b.session(t, partnerID, first, identityNow)
	untouched := b.session(t, other, otherVersion, identityNow)

	set, err = b.store.SetPassword(ctx, partnerID, "second", 0, identityNow.Add(time.Hour))
	require.NoError(t, err)
	require.True(t, set)
	account := find("one@example.com")
	require.Equal(t, "second", account.PasswordHash)
	require.Greater(t, account.PasswordVersion, first)
	require.True(t, b.isRevoked(t, session), "a new password ends the partner's sessions")
	require.False(t, b.isRevoked(t, untouched), "another partner's session stays")

	created, err := b.store.CreateSession(ctx, sessionAt(partnerID, identityNow), first)
	require.NoError(t, err)
	require.False(t, created, "a login that checked the old password cannot finish")

	require.NoError(t, b.store.Rehash(ctx, partnerID, first, "of the old password"))
	require.Equal(t, account, find("one@example.com"), "a rehash of the old password changes nothing")
	require.NoError(t, b.store.Rehash(ctx, partnerID, account.PasswordVersion, "rehashed"))
	rehashed := account
	rehashed.PasswordHash = "rehashed"
	require.Equal(t, rehashed, find("one@example.com"))
}

func (b *identityBundle) isRevoked(t *testing.T, session identity.Session) bool {
	t.Helper()
	state, found, err := b.store.FindSession(t.Context(), session.PartnerID, session.ID)
	require.NoError(t, err)
	require.True(t, found)
	return state.Revoked
}

func testLegacyCost(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	cost := func() int {
		n, err := b.store.LegacyCost(ctx)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, cost())
	for email, iterations := range map[string]int{"a@example.com": 0, "b@example.com": 600_000, "c@example.com": 870_000} {
		_, err := b.store.SetPassword(ctx, b.partner(t, email, "active"), "hash", iterations, identityNow)
		require.NoError(t, err)
	}
	require.Equal(t, 870_000, cost())
	account, _, err := b.store.FindAccount(ctx, "c@example.com")
	require.NoError(t, err)
	require.NoError(t, b.store.Rehash(ctx, account.PartnerID, account.PasswordVersion, "ours"))
	require.Equal(t, 600_000, cost(), "a rehash is no imported hash any more")
}

func testFailures(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	key := identity.ThrottleKey(sha256.Sum256([]byte("one")))
	read := func() identity.Failures {
		f, err := b.store.LoginFailures(ctx, key)
		require.NoError(t, err)
		return f
	}
	update := func(give identity.Failures) (got identity.Failures) {
		require.NoError(t, b.store.UpdateLoginFailures(ctx, key, func(f identity.Failures) identity.Failures {
			got = f
			return give
		}))
		return got
	}
	require.Zero(t, read())
	require.Zero(t, update(identity.Failures{}))
	require.Zero(t, read())

	one := identity.Failures{Count: 1, Until: identityNow, ForgetAt: identityNow.Add(time.Hour)}
	two := identity.Failures{Count: 2, Until: identityNow.Add(time.Minute), ForgetAt: identityNow.Add(2 * time.Hour)}
	require.Zero(t, update(one))
	require.Equal(t, one, read())
	require.Equal(t, one, update(two))
	require.Equal(t, two, read())
	require.Equal(t, two, update(identity.Failures{}))
	require.Zero(t, read())

	other, err := b.store.LoginFailures(ctx, sha256.Sum256([]byte("two")))
	require.NoError(t, err)
	require.Zero(t, other)
}

func testFailuresInParallel(t *testing.T, b *identityBundle) {
	key := identity.ThrottleKey(sha256.Sum256([]byte("one")))
	const callers = 20
	var group sync.WaitGroup
	errs := make([]error, callers)
	for i := range callers {
		group.Go(func() {
			errs[i] = b.store.UpdateLoginFailures(t.Context(), key, func(f identity.Failures) identity.Failures {
				return identity.Failures{Count: f.Count + 1, Until: identityNow, ForgetAt: identityNow}
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	f, err := b.store.LoginFailures(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, callers, f.Count, "no failure is lost")
}

func testPurgedFailures(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	const old = 5
	for i := range old + 2 {
		forget := identityNow
		if i >= old {
			forget = identityNow.Add(time.Microsecond)
		}
		require.NoError(t, b.store.UpdateLoginFailures(ctx, sha256.Sum256([]byte{byte(i)}), func(identity.Failures) identity.Failures {
			return identity.Failures{Count: 1, Until: forget, ForgetAt: forget}
		}))
	}
	left := func() (n int) {
		require.NoError(t, b.db.QueryRow(ctx, `SELECT count(*) FROM login_failures`).Scan(&n))
		return n
	}
	require.NoError(t, b.store.PurgeLoginFailures(ctx, identityNow, 3))
	require.Equal(t, 4, left(), "removes in small steps")
	for range 3 {
		require.NoError(t, b.store.PurgeLoginFailures(ctx, identityNow, 3))
	}
	require.Equal(t, 2, left(), "only expired counts are removed")
}

func testSessions(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	partnerID, version := b.addActive(t, "one@example.com")
	other, _ := b.addActive(t, "two@example.com")
	session := b.session(t, partnerID, version, identityNow)
	state, found, err := b.store.FindSession(ctx, partnerID, session.ID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, identity.SessionState{PartnerStatus: "active"}, state)

	_, found, err = b.store.FindSession(ctx, other, session.ID)
	require.NoError(t, err)
	require.False(t, found, "another partner cannot find the session")
	require.NoError(t, b.store.RevokeSession(ctx, other, session.ID, identityNow))
	require.False(t, b.isRevoked(t, session))

	require.NoError(t, b.store.RevokeSession(ctx, partnerID, session.ID, identityNow))
	require.NoError(t, b.store.RevokeSession(ctx, partnerID, session.ID, identityNow.Add(time.Hour)))
	require.True(t, b.isRevoked(t, session))
	var revokedAt int64
	require.NoError(t, b.db.QueryRow(ctx, `SELECT revoked_at FROM sessions WHERE partner_id = $1 AND session_id = $2`,
		partnerID, session.ID).Scan(&revokedAt))
	require.Equal(t, db.Micros(identityNow), revokedAt, "the first time is kept")
	require.NoError(t, b.store.RevokeSession(ctx, partnerID, id.New(), identityNow), "to revoke an unknown session is no error")
}

func testRenewedSessions(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	partnerID, version := b.addActive(t, "one@example.com")
	session := b.session(t, partnerID, version, identityNow)
	renewed := sessionAt(partnerID, identityNow.Add(time.Hour))
	created, err := b.store.RenewSession(ctx, session.ID, renewed, identityNow.Add(-identity.RenewalLife))
	require.NoError(t, err)
	require.True(t, created)
	require.False(t, b.isRevoked(t, renewed))
	require.False(t, b.isRevoked(t, session), "the old session stays valid")
	listed, _, err := b.store.Sessions(ctx, partnerID, identityNow, 10, 0)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	require.Equal(t, listed[1].IssuedAt, listed[0].LoggedInAt, "a renewed session tells when its log-in was")

	require.NoError(t, b.store.RevokeSession(ctx, partnerID, session.ID, identityNow))
	for _, dead := range []id.UUID{session.ID, id.New()} {
		late := sessionAt(partnerID, identityNow)
		created, err = b.store.RenewSession(ctx, dead, late, identityNow.Add(-identity.RenewalLife))
		require.NoError(t, err)
		require.False(t, created)
		_, found, err := b.store.FindSession(ctx, partnerID, late.ID)
		require.NoError(t, err)
		require.False(t, found)
	}
}

func testExpiredSessions(t *testing.T, b *identityBundle) {
	partnerID, version := b.addActive(t, "one@example.com")
	other, otherVersion := b.addActive(t, "two@example.com")
	const many = 103 // more than the 100 sessions that a new session removes
	for range many {
		b.session(t, partnerID, version, identityNow)
	}
	b.session(t, other, otherVersion, identityNow)
	count := func(partner id.UUID) (n int) {
		require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE partner_id = $1`, partner).Scan(&n))
		return n
	}
	b.session(t, partnerID, version, identityNow.Add(identity.TokenLife-time.Microsecond))
	require.Equal(t, many+1, count(partnerID), "none has expired")
	b.session(t, partnerID, version, identityNow.Add(identity.TokenLife))
	require.Equal(t, many+2-100, count(partnerID), "removes in small steps")
	b.session(t, partnerID, version, identityNow.Add(identity.TokenLife))
	require.Equal(t, 3, count(partnerID))
	require.Equal(t, 1, count(other))
}

func testSigningKeys(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	_, found, err := b.store.CurrentSigningKey(ctx)
	require.NoError(t, err)
	require.False(t, found)

	key := func(generation int64, name string, created time.Time) identity.SigningKey {
		return identity.SigningKey{ID: fmt.Sprintf("key-%s-%d", name, generation), Generation: generation, PrivatePEM: "PEM " + name, CreatedAt: created}
	}
	long := identityNow.Add(-time.Hour)
	first := key(1, "a", identityNow)
	require.NoError(t, b.store.AddSigningKey(ctx, first, long))
	require.NoError(t, b.store.AddSigningKey(ctx, key(1, "b", identityNow), long), "another process has added a key of this generation")
	current, found, err := b.store.CurrentSigningKey(ctx)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, first, current)

	later := identityNow.Add(24 * time.Hour)
	second := key(2, "b", later)
	require.NoError(t, b.store.AddSigningKey(ctx, second, long))
	current, _, err = b.store.CurrentSigningKey(ctx)
	require.NoError(t, err)
	require.Equal(t, second, current)
	retired := first
	retired.RetiredAt = &later
	keys, err := b.store.SigningKeys(ctx)
	require.NoError(t, err)
	require.Equal(t, []identity.SigningKey{second, retired}, keys, "the old one still verifies")

	latest := later.Add(24 * time.Hour)
	third := key(3, "a", latest)
	require.NoError(t, b.store.AddSigningKey(ctx, third, later.Add(time.Hour)))
	retired = second
	retired.RetiredAt = &latest
	keys, err = b.store.SigningKeys(ctx)
	require.NoError(t, err)
	require.Equal(t, []identity.SigningKey{third, retired}, keys, "the key that was retired longest is removed")
}

func testKeys(t *testing.T, b *identityBundle) {
	ctx := t.Context()
	partnerID := b.partner(t, "one@example.com", "suspended")
	unknown := id.New()
	expires := identityNow.Add(time.Hour)
	broker := identity.APIKey{
		ID: "broker", SecretHash: sha256.Sum256([]byte("secret")), Role: caller.Broker, Scopes: []string{"feed", "read"},
		Name: "the feed", CreatedAt: identityNow, ExpiresAt: &expires,
	}
	partner := identity.APIKey{
		ID: "partner", SecretHash: sha256.Sum256([]byte("other")), Role: caller.Partner, PartnerID: &partnerID, CreatedAt: identityNow,
	}
	orphan := partner
	orphan.ID, orphan.PartnerID = "orphan", &unknown
	for key, want := range map[*identity.APIKey]bool{&broker: true, &partner: true, &orphan: false} {
		created, room, err := b.store.CreateKey(ctx, *key, 1)
		require.NoError(t, err)
		require.True(t, room)
		require.Equal(t, want, created, key.ID)
	}
	find := func(keyID string) (identity.APIKey, bool) {
		key, found, err := b.store.FindKey(ctx, keyID)
		require.NoError(t, err)
		return key, found
	}
	got, found := find("broker")
	require.True(t, found)
	require.Equal(t, broker, got)
	got, found = find("partner")
	require.True(t, found)
	require.Empty(t, got.Scopes)
	require.Equal(t, "suspended", got.PartnerStatus)
	require.Equal(t, &partnerID, got.PartnerID)
	_, found = find("orphan")
	require.False(t, found)

	require.NoError(t, b.store.TouchKey(ctx, "broker", identityNow))
	revoked, err := b.store.RevokeKey(ctx, "broker", identityNow)
	require.NoError(t, err)
	require.True(t, revoked)
	revoked, err = b.store.RevokeKey(ctx, "broker", expires)
	require.NoError(t, err)
	require.True(t, revoked)
	got, _ = find("broker")
	require.Equal(t, identityNow, *got.LastUsedAt)
	require.Equal(t, identityNow, *got.RevokedAt, "the first time is kept")
	revoked, err = b.store.RevokeKey(ctx, "unknown", identityNow)
	require.NoError(t, err)
	require.False(t, revoked)
}
