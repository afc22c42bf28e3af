package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

func (b *secureBundle) key(t *testing.T, scopes ...string) string {
	t.Helper()
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: scopes})
	require.NoError(t, err)
	return key
}

// asks starts operations until they are refused, and says how many were taken.
func (b *secureBundle) asks(t *testing.T, token, body string, tries int) (taken int) {
	t.Helper()
	for range tries {
		w := b.as(t, token, "POST", operationsPath, body)
		if w.Code == http.StatusTooManyRequests {
			require.NotEmpty(t, w.Header().Get("Retry-After"))
			return taken
		}
		require.Equal(t, http.StatusCreated, w.Code, w.Body)
		taken++
	}
	return taken
}

// A key cannot use up the codes and mails of its owner.
func TestCodes_CountPerCredential(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	const withdraw = `{"operation_type":"WITHDRAW","payload":` + withdrawal + `}`
	const security = `{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`
	first, second, third := b.key(t, identity.AreaWallet), b.key(t, identity.AreaWallet), b.key(t)
	require.Equal(t, 5, b.asks(t, first, withdraw, 20), "one key")
	require.Equal(t, 5, b.asks(t, second, withdraw, 20), "another")
	require.Zero(t, b.asks(t, third, withdraw, 20), "all keys together")
	require.Equal(t, 10, b.asks(t, b.jwt, withdraw, 20), "the person has a count of its own")
	require.Equal(t, 10, b.asks(t, b.jwt, security, 20), "and the security another")

	// A day of keys at full speed leaves the person what it had.
	mails := func() (n int) {
		require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM mails WHERE kind = 'verification_code'`).Scan(&n))
		return n
	}
	before := mails()
	for range 60 {
		b.clock.Advance(10 * time.Minute)
		b.jwt = token(t, b.call(t, "POST", "/api/v2/auth/", authBody(authEmail, authPassword)))
		for _, key := range []string{first, second, third} {
			b.asks(t, key, withdraw, 10)
		}
	}
	require.LessOrEqual(t, mails()-before, 100)
	require.Equal(t, 10, b.asks(t, b.jwt, withdraw, 20))
}

func TestCodes_AKeyAsksForItsAreaAlone(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	body := func(kind string) string {
		return fmt.Sprintf(`{"operation_type":%q,"payload":%s}`, kind, withdrawal)
	}
	wallet, agents, writer := b.key(t, identity.AreaWallet), b.key(t, identity.AreaAgents), b.key(t, identity.ScopeWrite)
	require.Equal(t, 201, b.as(t, wallet, "POST", operationsPath, body("WITHDRAW")).Code)
	require.Equal(t, 201, b.as(t, writer, "POST", operationsPath, body("WITHDRAW")).Code)
	require.Equal(t, 403, b.as(t, agents, "POST", operationsPath, body("WITHDRAW")).Code)
	for _, key := range []string{wallet, writer} {
		require.Equal(t, 403, b.as(t, key, "POST", operationsPath, `{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`).Code)
	}
	require.Equal(t, 403, b.as(t, wallet, "POST", operationsPath, `{"operation_type":"APPROVE_REBATES","payload":{}}`).Code)
}

// A key takes no tries away from what somebody else started.
func TestCodes_AKeyCompletesItsOwn(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	const withdraw = `{"operation_type":"WITHDRAW","payload":` + withdrawal + `}`
	key, other := b.key(t, identity.AreaWallet), b.key(t, identity.AreaWallet)
	persons := field(t, b.as(t, b.jwt, "POST", operationsPath, withdraw), 201, "verification_uid")
	code := b.mailedCode(t, authEmail)
	for range 10 {
		require.Equal(t, 404, b.complete(t, key, persons, wrongFor(code)).Code)
	}
	require.Equal(t, 200, b.complete(t, b.jwt, persons, code).Code)
	keys := field(t, b.as(t, key, "POST", operationsPath, withdraw), 201, "verification_uid")
	code = b.mailedCode(t, authEmail)
	require.Equal(t, 404, b.complete(t, other, keys, code).Code)
	require.Equal(t, 200, b.complete(t, key, keys, code).Code)
}

// Nobody's wrong codes of the authenticator app keep anybody else from using
// it: each key has its own count, and so have the person and its security.
func TestCodes_WrongOnesCountPerCredential(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	const withdraw = `{"operation_type":"WITHDRAW","payload":` + withdrawal + `}`
	const security = `{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`
	complete := func(token, operation, code string) int {
		t.Helper()
		uid := field(t, b.as(t, token, "POST", operationsPath, operation), 201, "verification_uid")
		return b.complete(t, token, uid, code).Code
	}
	guess := func(token string) {
		t.Helper()
		for range 4 {
			uid := field(t, b.as(t, token, "POST", operationsPath, withdraw), 201, "verification_uid")
			for range 5 {
				require.Equal(t, http.StatusBadRequest, b.complete(t, token, uid, "1").Code)
			}
		}
		require.Equal(t, http.StatusTooManyRequests, complete(token, withdraw, a.recovery[0]))
	}
	first, second := b.key(t, identity.AreaWallet), b.key(t, identity.AreaWallet)
	guess(first)
	require.Equal(t, http.StatusOK, complete(second, withdraw, a.recovery[0]), "another key")
	require.Equal(t, http.StatusOK, complete(b.jwt, withdraw, a.recovery[1]), "the person")
	a.recovery = a.recovery[2:]
	guess(b.jwt)
	require.Equal(t, http.StatusOK, complete(b.jwt, security, a.recovery[0]), "its security")
	require.Equal(t, http.StatusOK, complete(second, withdraw, a.recovery[1]))
}
