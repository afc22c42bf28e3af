package identity_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/verification"
)

// TestSecurity checks the security settings, codes and tokens of the stores on
// every engine.
func TestSecurity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *securityBundle){
			"settings":                    testSettings,
			"locked settings":             testHeldSettings,
			"other sessions":              testOtherSessions,
			"an authenticator":            testAuthenticator,
			"one step, many callers":      testOneStep,
			"recovery codes":              testRecoveryCodes,
			"one recovery code at once":   testOneRecoveryCode,
			"tries":                       testTries,
			"tries at once":               testTriesAtOnce,
			"tokens":                      testTokens,
			"one token, many completions": testOneToken,
			"one token, many spenders":    testOneSpender,
			"a change voids codes":        testVoid,
			"operations started at once":  testStartsAtOnce,
			"purged operations":           testPurgedOperations,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				test(t, &securityBundle{
					identityBundle: &identityBundle{db: db, store: identity.NewStore(db)}, operations: verification.NewStore(db),
				})
			})
		}
	})
}

type securityBundle struct {
	*identityBundle
	operations verification.Store
}

func (b *securityBundle) settings(t *testing.T, partnerID id.UUID) identity.Security {
	t.Helper()
	settings, found, err := b.store.Security(t.Context(), partnerID)
	require.NoError(t, err)
	require.True(t, found)
	return settings
}

func atOnce(t *testing.T, n int, fn func(ctx context.Context) (bool, error)) (won int) {
	t.Helper()
	var group sync.WaitGroup
	yes, errs := make([]bool, n), make([]error, n)
	for i := range n {
		group.Go(func() { yes[i], errs[i] = fn(t.Context()) })
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	for _, y := range yes {
		if y {
			won++
		}
	}
	return won
}

func testSettings(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	for _, read := range []func(context.Context, id.UUID) (identity.Security, bool, error){b.store.Security, b.store.HoldSecurity} {
		_, found, err := read(ctx, id.New())
		require.NoError(t, err)
		require.False(t, found)
	}
	partnerID, other := b.partner(t, "one@example.com", "active"), b.partner(t, "two@example.com", "active")
	want := identity.Security{PartnerID: partnerID, Email: "one@example.com", Type: identity.Standard}
	require.Equal(t, want, b.settings(t, partnerID), "a new partner is standard")
	held, found, err := b.store.HoldSecurity(ctx, partnerID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, want, held)
	require.Equal(t, want, b.settings(t, partnerID), "a lock changes nothing")

	require.NoError(t, b.store.SetSecurity(ctx, partnerID, identity.Secure, identityNow))
	want.Type, want.ChangedAt = identity.Secure, new(identityNow)
	require.Equal(t, want, b.settings(t, partnerID))
	account, found, err := b.store.FindAccount(ctx, "one@example.com")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, identity.Secure, account.Security)
	require.Equal(t, identity.Standard, b.settings(t, other).Type, "no other partner's settings change")

	byID, found, err := b.store.AccountOf(ctx, partnerID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, account, byID)
	_, found, err = b.store.AccountOf(ctx, id.New())
	require.NoError(t, err)
	require.False(t, found)
}

// testHeldSettings checks that concurrent changes run one after another, so that
// only the first sees the old settings.
func testHeldSettings(t *testing.T, b *securityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	won := atOnce(t, 10, func(ctx context.Context) (first bool, err error) {
		err = b.store.Atomically(ctx, func(ctx context.Context) error {
			first = false
			settings, _, err := b.store.HoldSecurity(ctx, partnerID)
			if err != nil || settings.Type == identity.Secure {
				return err
			}
			first = true
			return b.store.SetSecurity(ctx, partnerID, identity.Secure, identityNow)
		})
		return first, err
	})
	require.Equal(t, 1, won)
}

func testOtherSessions(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID, version := b.addActive(t, "one@example.com")
	mine, other := b.session(t, partnerID, version, identityNow), b.session(t, partnerID, version, identityNow)
	stranger, strangers := b.addActive(t, "two@example.com")
	untouched := b.session(t, stranger, strangers, identityNow)
	require.NoError(t, b.store.EndOtherSessions(ctx, partnerID, mine.ID, identityNow.Add(time.Minute)))
	require.False(t, b.isRevoked(t, mine))
	require.True(t, b.isRevoked(t, other))
	require.False(t, b.isRevoked(t, untouched))
	created, err := b.store.CreateSession(ctx, sessionAt(partnerID, identityNow), version)
	require.NoError(t, err)
	require.False(t, created, "a login that read the account before cannot finish")
	account, _, err := b.store.AccountOf(ctx, partnerID)
	require.NoError(t, err)
	b.session(t, partnerID, account.PasswordVersion, identityNow)
}

func testAuthenticator(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID := b.partner(t, "one@example.com", "active")
	yes := func(want bool) func(got bool, err error) {
		return func(got bool, err error) {
			t.Helper()
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	_, found, err := b.store.TOTP(ctx, partnerID)
	require.NoError(t, err)
	require.False(t, found)
	yes(true)(b.store.StartTOTP(ctx, partnerID, "FIRST", identityNow))
	yes(true)(b.store.StartTOTP(ctx, partnerID, "SECOND", identityNow.Add(time.Minute)))
	secret, found, err := b.store.TOTP(ctx, partnerID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, identity.TOTPSecret{Secret: "SECOND", CreatedAt: identityNow.Add(time.Minute)}, secret)
	require.Nil(t, b.settings(t, partnerID).ConfirmedAt)
	yes(false)(b.store.UseStep(ctx, partnerID, "SECOND", 5)) // the secret is not in use yet

	codes := []identity.RecoveryHash{{1}, {2}, {3}}
	yes(false)(b.store.ConfirmTOTP(ctx, partnerID, "FIRST", 10, codes, identityNow))
	require.Zero(t, b.settings(t, partnerID).Recovery)
	yes(true)(b.store.ConfirmTOTP(ctx, partnerID, "SECOND", 10, codes, identityNow))
	yes(false)(b.store.ConfirmTOTP(ctx, partnerID, "SECOND", 11, codes, identityNow))
	yes(false)(b.store.StartTOTP(ctx, partnerID, "THIRD", identityNow))
	settings := b.settings(t, partnerID)
	require.Equal(t, new(identityNow), settings.ConfirmedAt)
	require.Equal(t, 3, settings.Recovery)

	yes(false)(b.store.UseStep(ctx, partnerID, "SECOND", 10))
	yes(true)(b.store.UseStep(ctx, partnerID, "SECOND", 12))
	yes(false)(b.store.UseStep(ctx, partnerID, "SECOND", 12))
	yes(false)(b.store.UseStep(ctx, partnerID, "SECOND", 11))
	yes(false)(b.store.UseStep(ctx, partnerID, "FIRST", 13))
	yes(false)(b.store.UseStep(ctx, id.New(), "SECOND", 13))
	yes(true)(b.store.UseStep(ctx, partnerID, "SECOND", 13))

	require.NoError(t, b.store.DeleteTOTP(ctx, partnerID))
	settings = b.settings(t, partnerID)
	require.Nil(t, settings.ConfirmedAt)
	require.Zero(t, settings.Recovery)
	yes(true)(b.store.StartTOTP(ctx, partnerID, "THIRD", identityNow))
}

func testOneStep(t *testing.T, b *securityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	_, err := b.store.StartTOTP(t.Context(), partnerID, "SECRET", identityNow)
	require.NoError(t, err)
	_, err = b.store.ConfirmTOTP(t.Context(), partnerID, "SECRET", 1, nil, identityNow)
	require.NoError(t, err)
	for step := int64(2); step < 5; step++ {
		require.Equal(t, 1, atOnce(t, 12, func(ctx context.Context) (bool, error) {
			return b.store.UseStep(ctx, partnerID, "SECRET", step)
		}))
	}
}

func (b *securityBundle) enrol(t *testing.T, email string, codes ...identity.RecoveryHash) id.UUID {
	t.Helper()
	partnerID := b.partner(t, email, "active")
	_, err := b.store.StartTOTP(t.Context(), partnerID, "SECRET", identityNow)
	require.NoError(t, err)
	confirmed, err := b.store.ConfirmTOTP(t.Context(), partnerID, "SECRET", 1, codes, identityNow)
	require.NoError(t, err)
	require.True(t, confirmed)
	return partnerID
}

func testRecoveryCodes(t *testing.T, b *securityBundle) {
	first, second := identity.RecoveryHash{1}, identity.RecoveryHash{2}
	partnerID, other := b.enrol(t, "one@example.com", first, second), b.enrol(t, "two@example.com", first)
	use := func(partnerID id.UUID, code identity.RecoveryHash) (used bool, left int) {
		used, left, err := b.store.UseRecoveryCode(t.Context(), partnerID, code, identityNow)
		require.NoError(t, err)
		return used, left
	}
	for _, c := range []struct {
		partner id.UUID
		code    identity.RecoveryHash
		used    bool
		left    int
	}{
		{other, second, false, 0},
		{partnerID, first, true, 1},
		{partnerID, first, false, 0},
		{partnerID, second, true, 0},
		{partnerID, identity.RecoveryHash{3}, false, 0},
		{other, first, true, 0},
	} {
		used, left := use(c.partner, c.code)
		require.Equal(t, c.used, used)
		require.Equal(t, c.left, left)
	}
	require.Zero(t, b.settings(t, partnerID).Recovery)
}

func testOneRecoveryCode(t *testing.T, b *securityBundle) {
	code := identity.RecoveryHash{7}
	partnerID := b.enrol(t, "one@example.com", code)
	require.Equal(t, 1, atOnce(t, 12, func(ctx context.Context) (bool, error) {
		used, _, err := b.store.UseRecoveryCode(ctx, partnerID, code, identityNow)
		return used, err
	}))
}

// addOperation adds an operation that starts at the given time and expires ten
// minutes later.
func (b *securityBundle) addOperation(t *testing.T, partnerID id.UUID, started time.Time) verification.Operation {
	t.Helper()
	op := verification.Operation{
		PartnerID: partnerID, ID: id.New(), Type: verification.Withdraw, Digest: verification.DigestOf(verification.Withdraw, "1"),
		Summary: "Pay 1 USD", Channel: verification.Email, CodeHash: "hash", CreatedAt: started, ExpiresAt: started.Add(verification.CodeLife),
	}
	require.NoError(t, b.operations.Add(t.Context(), op))
	return op
}

func testTries(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID := b.partner(t, "one@example.com", "active")
	op := b.addOperation(t, partnerID, identityNow)
	try := func(partnerID, operationID id.UUID, at time.Time) (verification.Operation, bool, bool) {
		op, found, counted, err := b.operations.Try(ctx, partnerID, operationID, "", at)
		require.NoError(t, err)
		return op, found, counted
	}
	for _, of := range [][2]id.UUID{{partnerID, id.New()}, {b.partner(t, "two@example.com", "active"), op.ID}} {
		_, found, counted := try(of[0], of[1], identityNow)
		require.False(t, found)
		require.False(t, counted)
	}
	for n := 1; n <= verification.MaxTries; n++ {
		got, found, counted := try(partnerID, op.ID, identityNow.Add(time.Minute))
		require.True(t, found)
		require.True(t, counted)
		op.Tries = n
		require.Equal(t, op, got)
	}
	got, found, counted := try(partnerID, op.ID, identityNow)
	require.True(t, found)
	require.False(t, counted, "no more than MaxTries")
	require.Equal(t, op, got)

	late := b.addOperation(t, partnerID, identityNow)
	_, found, counted = try(partnerID, late.ID, late.ExpiresAt)
	require.True(t, found)
	require.False(t, counted, "too late")
	done, err := b.operations.Complete(ctx, partnerID, late.ID, [32]byte{1}, late.ExpiresAt, late.ExpiresAt.Add(time.Minute))
	require.NoError(t, err)
	require.False(t, done)

	ended := b.addOperation(t, partnerID, identityNow)
	for _, want := range []bool{true, false} {
		done, err := b.operations.Complete(ctx, partnerID, ended.ID, [32]byte{2}, identityNow, identityNow.Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
	got, _, counted = try(partnerID, ended.ID, identityNow)
	require.False(t, counted, "a completed operation takes no more codes")
	require.Equal(t, new(identityNow), got.CompletedAt)
}

func testTriesAtOnce(t *testing.T, b *securityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	op := b.addOperation(t, partnerID, identityNow)
	require.Equal(t, verification.MaxTries, atOnce(t, 20, func(ctx context.Context) (bool, error) {
		_, _, counted, err := b.operations.Try(ctx, partnerID, op.ID, "", identityNow)
		return counted, err
	}))
}

func (b *securityBundle) token(t *testing.T, op verification.Operation, token string) string {
	t.Helper()
	done, err := b.operations.Complete(t.Context(), op.PartnerID, op.ID, verification.TokenHash(token), op.CreatedAt, op.CreatedAt.Add(verification.TokenLife))
	require.NoError(t, err)
	require.True(t, done)
	return token
}

func testTokens(t *testing.T, b *securityBundle) {
	partnerID, other := b.partner(t, "one@example.com", "active"), b.partner(t, "two@example.com", "active")
	op := b.addOperation(t, partnerID, identityNow)
	token := b.token(t, op, "the token")
	expires := identityNow.Add(verification.TokenLife)
	for _, c := range []struct {
		name    string
		partner id.UUID
		kind    verification.Type
		token   string
		digest  verification.Digest
		at      time.Time
		good    bool
	}{
		{"another partner's", other, op.Type, token, op.Digest, identityNow, false},
		{"for another operation", partnerID, verification.ApproveRebates, token, op.Digest, identityNow, false},
		{"another token", partnerID, op.Type, "another", op.Digest, identityNow, false},
		{"none", partnerID, op.Type, "", op.Digest, identityNow, false},
		{"for another content", partnerID, op.Type, token, verification.DigestOf(verification.Withdraw, "2"), identityNow, false},
		{"too late", partnerID, op.Type, token, op.Digest, expires, false},
		{"in its last moment", partnerID, op.Type, token, op.Digest, expires.Add(-time.Microsecond), true},
		{"again", partnerID, op.Type, token, op.Digest, identityNow, false},
	} {
		err := b.store.SpendToken(t.Context(), c.partner, c.kind, c.token, c.digest, c.at)
		if c.good {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorIs(t, err, fault.New(fault.PermissionDenied), c.name)
	}

	op = b.addOperation(t, partnerID, identityNow)
	token = b.token(t, op, "another token")
	broken := errors.New("the operation fails")
	err := b.store.Atomically(t.Context(), func(ctx context.Context) error {
		require.NoError(t, b.store.SpendToken(ctx, partnerID, op.Type, token, op.Digest, identityNow))
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.NoError(t, b.store.SpendToken(t.Context(), partnerID, op.Type, token, op.Digest, identityNow), "a rollback leaves the token valid")
}

func testOneToken(t *testing.T, b *securityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	op := b.addOperation(t, partnerID, identityNow)
	require.Equal(t, 1, atOnce(t, 12, func(ctx context.Context) (bool, error) {
		return b.operations.Complete(ctx, partnerID, op.ID, sha256.Sum256([]byte(id.New().String())), identityNow, identityNow.Add(time.Minute))
	}))
}

func testOneSpender(t *testing.T, b *securityBundle) {
	partnerID := b.partner(t, "one@example.com", "active")
	op := b.addOperation(t, partnerID, identityNow)
	token := b.token(t, op, "the token")
	require.Equal(t, 1, atOnce(t, 12, func(ctx context.Context) (bool, error) {
		err := b.store.SpendToken(ctx, partnerID, op.Type, token, op.Digest, identityNow)
		if fault.CodeOf(err) == fault.PermissionDenied {
			return false, nil
		}
		return err == nil, err
	}))
}

func testVoid(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID, other := b.partner(t, "one@example.com", "active"), b.partner(t, "two@example.com", "active")
	begun, completed, theirs := b.addOperation(t, partnerID, identityNow), b.addOperation(t, partnerID, identityNow), b.addOperation(t, other, identityNow)
	token := b.token(t, completed, "the token")
	later := identityNow.Add(time.Minute)
	for _, of := range []id.UUID{partnerID, other} {
		_, _, err := b.store.HoldSecurity(ctx, of)
		require.NoError(t, err)
	}
	require.NoError(t, b.store.SetSecurity(ctx, partnerID, identity.Secure, later))
	_, _, counted, err := b.operations.Try(ctx, partnerID, begun.ID, "", later)
	require.NoError(t, err)
	require.False(t, counted)
	require.ErrorIs(t, b.store.SpendToken(ctx, partnerID, completed.Type, token, completed.Digest, later), fault.New(fault.PermissionDenied))
	_, _, counted, err = b.operations.Try(ctx, other, theirs.ID, "", later)
	require.NoError(t, err)
	require.True(t, counted, "another partner's codes stay valid")
	after := b.addOperation(t, partnerID, later)
	_, _, counted, err = b.operations.Try(ctx, partnerID, after.ID, "", later)
	require.NoError(t, err)
	require.True(t, counted, "codes of the new channel are valid")
}

func testStartsAtOnce(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID, other := b.partner(t, "one@example.com", "active"), b.partner(t, "two@example.com", "active")
	_, found, err := b.operations.Latest(ctx, partnerID, verification.Pool{}, 1)
	require.NoError(t, err)
	require.False(t, found)
	const most = 4
	require.Equal(t, most, atOnce(t, 15, func(ctx context.Context) (started bool, err error) {
		err = b.operations.Atomically(ctx, func(ctx context.Context) error {
			started = false
			if err := b.operations.Hold(ctx, partnerID); err != nil {
				return err
			}
			_, full, err := b.operations.Latest(ctx, partnerID, verification.Pool{}, most)
			if err != nil || full {
				return err
			}
			started = true
			return b.operations.Add(ctx, verification.Operation{PartnerID: partnerID, ID: id.New(), CreatedAt: identityNow, ExpiresAt: identityNow})
		})
		return started, err
	}))
	_, found, err = b.operations.Latest(ctx, other, verification.Pool{}, 1)
	require.NoError(t, err)
	require.False(t, found)
	for i := range 3 {
		b.addOperation(t, other, identityNow.Add(time.Duration(i)*time.Second))
	}
	for n := range 3 {
		at, found, err := b.operations.Latest(ctx, other, verification.Pool{}, n+1)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, identityNow.Add(time.Duration(2-n)*time.Second), at)
	}
}

func testPurgedOperations(t *testing.T, b *securityBundle) {
	ctx := t.Context()
	partnerID := b.partner(t, "one@example.com", "active")
	old, kept := b.addOperation(t, partnerID, identityNow.Add(-time.Microsecond)), b.addOperation(t, partnerID, identityNow)
	for range 2 {
		require.NoError(t, b.operations.Purge(ctx, identityNow))
		for operation, want := range map[id.UUID]bool{old.ID: false, kept.ID: true} {
			_, found, _, err := b.operations.Try(ctx, partnerID, operation, "", identityNow)
			require.NoError(t, err)
			require.Equal(t, want, found)
		}
	}
}
