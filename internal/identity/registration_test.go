package identity_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestRegistrations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, db.DB, identity.RegistrationStore){
			"registrations": testRegistrations,
			"resets":        testResets,
			"atomically":    testRegistrationsAtomically,
			"expiry":        testRegistrationsExpiry,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				database := open(t)
				test(t, database, identity.NewRegistrationStore(database))
			})
		}
	})
}

func pendingAt(email string, at time.Time) *identity.PendingRegistration {
	return &identity.PendingRegistration{
		Email: email, Country: "ZA", Programme: "ib", CreatedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

func testRegistrations(t *testing.T, _ db.DB, s identity.RegistrationStore) {
	ctx := t.Context()
	one, two := identity.MailedHash("one"), identity.MailedHash("two")
	pending := pendingAt("a@example.com", programmetest.Now)
	require.NoError(t, s.AddRegistration(ctx, one, pending))
	require.NoError(t, s.AddRegistration(ctx, identity.MailedHash("three"), pendingAt("b@example.com", programmetest.Now)))

	got, found, err := s.FindRegistration(ctx, one, programmetest.Now)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, *pending, got)
	_, found, err = s.FindRegistration(ctx, one, pending.ExpiresAt)
	require.NoError(t, err)
	require.False(t, found, "expired")
	_, found, err = s.FindRegistration(ctx, identity.MailedHash("four"), programmetest.Now)
	require.NoError(t, err)
	require.False(t, found)

	require.NoError(t, s.AddRegistration(ctx, two, pendingAt("a@example.com", programmetest.Now.Add(time.Minute))))
	for token, want := range map[string]bool{"one": false, "two": true, "three": true} {
		_, found, err = s.FindRegistration(ctx, identity.MailedHash(token), programmetest.Now)
		require.NoError(t, err)
		require.Equal(t, want, found, "%s: a newer registration replaces the older one of its e-mail", token)
	}
	require.NoError(t, s.RemoveRegistrations(ctx, "a@example.com"))
	for token, want := range map[string]bool{"one": false, "two": false, "three": true} {
		_, found, err = s.FindRegistration(ctx, identity.MailedHash(token), programmetest.Now)
		require.NoError(t, err)
		require.Equal(t, want, found, token)
	}
}

func testResets(t *testing.T, db db.DB, s identity.RegistrationStore) {
	ctx := t.Context()
	p := programmetest.New(db)
	p.MustFeed(t, p.Setting()...)
	a, err := id.Parse(programmetest.PartnerA)
	require.NoError(t, err)
	b, err := id.Parse(programmetest.PartnerB)
	require.NoError(t, err)
	expires := programmetest.Now.Add(time.Hour)
	for token, partnerID := range map[string]id.UUID{"a1": a, "a2": a, "b1": b, "nobody": id.New()} {
		require.NoError(t, s.AddReset(ctx, identity.MailedHash(token), partnerID, programmetest.Now, expires))
	}
	finds := func(token string, at time.Time) bool {
		found, err := s.FindReset(ctx, identity.MailedHash(token), at)
		require.NoError(t, err)
		return found
	}
	require.True(t, finds("a1", expires.Add(-time.Microsecond)))
	require.False(t, finds("a1", expires))
	require.False(t, finds("a3", programmetest.Now))
	require.False(t, finds("nobody", programmetest.Now), "no such partner")

	use := func(token string, at time.Time) (id.UUID, string, bool) {
		partnerID, email, found, err := s.UseReset(ctx, identity.MailedHash(token), at)
		require.NoError(t, err)
		return partnerID, email, found
	}
	_, _, found := use("a1", expires)
	require.False(t, found, "expired")
	_, _, found = use("nobody", programmetest.Now)
	require.False(t, found)
	partnerID, email, found := use("a1", programmetest.Now)
	require.True(t, found)
	require.Equal(t, a, partnerID)
	require.Equal(t, "a@example.com", email)
	for token, want := range map[string]bool{"a1": false, "a2": false, "b1": true} {
		require.Equal(t, want, finds(token, programmetest.Now), "%s: one use ends all resets of the partner", token)
	}
	_, _, found = use("a1", programmetest.Now)
	require.False(t, found)
}

func testRegistrationsAtomically(t *testing.T, _ db.DB, s identity.RegistrationStore) {
	failed := errors.New("on purpose")
	require.ErrorIs(t, s.Atomically(t.Context(), func(ctx context.Context) error {
		require.NoError(t, s.AddRegistration(ctx, identity.MailedHash("one"), pendingAt("a@example.com", programmetest.Now)))
		_, found, err := s.FindRegistration(ctx, identity.MailedHash("one"), programmetest.Now)
		require.NoError(t, err)
		require.True(t, found, "the transaction sees what it wrote")
		return failed
	}), failed)
	_, found, err := s.FindRegistration(t.Context(), identity.MailedHash("one"), programmetest.Now)
	require.NoError(t, err)
	require.False(t, found)
}

func testRegistrationsExpiry(t *testing.T, _ db.DB, s identity.RegistrationStore) {
	ctx := t.Context()
	for i := range 5 {
		at := programmetest.Now.Add(time.Duration(i) * time.Minute)
		require.NoError(t, s.AddRegistration(ctx, identity.MailedHash(strconv.Itoa(i)), pendingAt(strconv.Itoa(i)+"@example.com", at)))
		require.NoError(t, s.AddReset(ctx, identity.MailedHash(strconv.Itoa(i)), id.New(), at, at.Add(time.Hour)))
	}
	for name, purge := range map[string]func(context.Context, time.Time, int) (int64, error){
		"registrations": s.PurgeRegistrations, "resets": s.PurgeResets,
	} {
		at := programmetest.Now.Add(time.Hour + 2*time.Minute) // the first three rows have expired
		for _, want := range []int64{2, 1, 0} {
			removed, err := purge(ctx, at, 2)
			require.NoError(t, err)
			require.Equal(t, want, removed, name)
		}
	}
	_, found, err := s.FindRegistration(ctx, identity.MailedHash("3"), programmetest.Now)
	require.NoError(t, err)
	require.True(t, found, "a registration that has not expired stays")
}
