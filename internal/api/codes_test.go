package api_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/sdk"
)

var (
	withdrawing      = sdk.StartVerificationIn{OperationType: sdk.OperationTypeWithdraw, Payload: json.RawMessage(apitest.Withdrawal)}
	changingPassword = sdk.StartVerificationIn{OperationType: sdk.OperationTypeChangeSecurity, Payload: apitest.ChangePassword}
)

// startUntilRefused starts operations until the server refuses one, but at most
// tries operations. It returns the number of accepted operations.
func startUntilRefused(t *testing.T, p *sdk.Partner, in sdk.StartVerificationIn, tries int) (taken int) {
	t.Helper()
	for range tries {
		_, err := p.StartVerification(t.Context(), in)
		if refusal, _ := errors.AsType[*sdk.Error](err); refusal != nil {
			require.Equal(t, sdk.Throttled, refusal.Code)
			require.NotZero(t, refusal.RetryAfter)
			return taken
		}
		require.NoError(t, err)
		taken++
	}
	return taken
}

func completes(t *testing.T, p *sdk.Partner, in sdk.StartVerificationIn, code string) (*sdk.VerificationToken, error) {
	t.Helper()
	uid := apitest.OK(p.StartVerification(t.Context(), in))(t).VerificationUID
	return p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code})
}

// TestCodes_CountPerCredential checks that a key cannot use up its owner's
// limits on codes and mails.
func TestCodes_CountPerCredential(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	first, second, third := b.Key(t, identity.AreaWallet), b.Key(t, identity.AreaWallet), b.Key(t)
	require.Equal(t, 5, startUntilRefused(t, first, withdrawing, 20), "one key")
	require.Equal(t, 5, startUntilRefused(t, second, withdrawing, 20), "another")
	require.Zero(t, startUntilRefused(t, third, withdrawing, 20), "all keys share a limit")
	require.Equal(t, 10, startUntilRefused(t, b.Person(t), withdrawing, 20), "the person has a count of its own")
	require.Equal(t, 10, startUntilRefused(t, b.Person(t), changingPassword, 20), "and its security another")

	// The limit of the partner's session must not change, even if the partner's keys use
	// up their own limits all day.
	mails := func() (n int) {
		require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT count(*) FROM mails WHERE kind = 'verification_code'`).Scan(&n))
		return n
	}
	before := mails()
	for range 60 {
		b.Clock.Advance(10 * time.Minute)
		for _, key := range []*sdk.Partner{first, second, third} {
			startUntilRefused(t, key, withdrawing, 10)
		}
	}
	require.LessOrEqual(t, mails()-before, 100)
	require.Equal(t, 10, startUntilRefused(t, b.Session(t, apitest.AuthEmail), withdrawing, 20))
}

func TestCodes_AKeyAsksForItsAreaAlone(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	ctx := t.Context()
	wallet, agents, writer := b.Key(t, identity.AreaWallet), b.Key(t, identity.AreaAgents), b.Key(t, identity.ScopeWrite)
	apitest.OK(wallet.StartVerification(ctx, withdrawing))(t)
	apitest.OK(writer.StartVerification(ctx, withdrawing))(t)
	denied := func(p *sdk.Partner, in sdk.StartVerificationIn) {
		t.Helper()
		_, err := p.StartVerification(ctx, in)
		require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	}
	denied(agents, withdrawing)
	denied(wallet, changingPassword)
	denied(writer, changingPassword)
	denied(wallet, sdk.StartVerificationIn{OperationType: sdk.OperationTypeApproveRebates, Payload: map[string]any{}})
}

// TestCodes_AKeyCompletesItsOwn checks that a key cannot use up the tries of an
// operation that someone else has started.
func TestCodes_AKeyCompletesItsOwn(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	person, key, other := b.Person(t), b.Key(t, identity.AreaWallet), b.Key(t, identity.AreaWallet)
	start := func(p *sdk.Partner) (uid, code string) {
		uid = apitest.OK(p.StartVerification(t.Context(), withdrawing))(t).VerificationUID
		return uid, b.MailedCode(t, apitest.AuthEmail)
	}
	complete := func(p *sdk.Partner, uid, code string) (*sdk.VerificationToken, error) {
		return p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code})
	}
	uid, code := start(person)
	for range 10 {
		apitest.Refused(complete(key, uid, apitest.WrongFor(code)))(t, sdk.NotFound)
	}
	apitest.OK(complete(person, uid, code))(t)
	uid, code = start(key)
	apitest.Refused(complete(other, uid, code))(t, sdk.NotFound)
	apitest.OK(complete(key, uid, code))(t)
}

// TestCodes_WrongOnesCountPerCredential checks that wrong codes of the authenticator
// app are counted separately for each key, for the partner's session, and for changes
// of the security settings.
func TestCodes_WrongOnesCountPerCredential(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	guess := func(p *sdk.Partner) {
		t.Helper()
		for range 4 {
			uid := apitest.OK(p.StartVerification(t.Context(), withdrawing))(t).VerificationUID
			for range 5 {
				_, err := p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: "1"})
				require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
			}
		}
		apitest.Refused(completes(t, p, withdrawing, a.Recovery[0]))(t, sdk.Throttled)
	}
	first, second := b.Key(t, identity.AreaWallet), b.Key(t, identity.AreaWallet)
	guess(first)
	apitest.OK(completes(t, second, withdrawing, a.Recovery[0]))(t)      // the count of another key is separate
	apitest.OK(completes(t, b.Person(t), withdrawing, a.Recovery[1]))(t) // the count of the partner's session is separate
	a.Recovery = a.Recovery[2:]
	guess(b.Person(t))
	apitest.OK(completes(t, b.Person(t), changingPassword, a.Recovery[0]))(t) // the count for changes of the security settings is separate
	apitest.OK(completes(t, second, withdrawing, a.Recovery[1]))(t)
}
