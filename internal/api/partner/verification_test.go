package partner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/sdk"
)

var withdrawing = sdk.StartVerificationIn{OperationType: sdk.OperationTypeWithdraw, Payload: json.RawMessage(apitest.Withdrawal)}

// startWithdrawal starts a withdrawal, and returns the operation's id and the mailed
// code.
func startWithdrawal(t *testing.T, b *apitest.SecureBundle, p *sdk.Partner) (uid, code string) {
	t.Helper()
	uid = apitest.OK(p.StartVerification(t.Context(), withdrawing))(t).VerificationUID
	return uid, b.MailedCode(t, apitest.AuthEmail)
}

func completes(t *testing.T, p *sdk.Partner, uid, code string) (*sdk.VerificationToken, error) {
	t.Helper()
	return p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code})
}

func TestVerification_ByEmail(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	begun := apitest.OK(b.Person(t).StartVerification(t.Context(), withdrawing))(t)
	require.Equal(t, sdk.ChannelEmail, begun.Channel)
	require.Equal(t, b.Clock.Now().Add(verification.CodeLife), begun.ExpiresAt)
	code := b.MailedCode(t, apitest.AuthEmail)
	text := b.Mailbox(t, apitest.AuthEmail)[0].Text
	require.Contains(t, text, "Withdraw 12.00 USD by bank_transfer to DE89 3704 0044 0532 0130 00", "only the code has six digits in a row")

	// The test reads the hash with SQL, because no method returns it.
	var stored string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT code_hash FROM verifications`).Scan(&stored))
	require.NotContains(t, stored, code)

	apitest.Refused(b.Exchanges(t, begun.VerificationUID, apitest.WrongFor(code)))(t, sdk.ValidationError, "code invalid: This code is wrong. 4 tries are left.")
	token := apitest.OK(b.Exchanges(t, begun.VerificationUID, code[:3]+" "+code[3:]))(t).VerificationToken
	require.GreaterOrEqual(t, len(token), 40)
	apitest.Refused(b.Exchanges(t, begun.VerificationUID, code))(t, sdk.ValidationError,
		"code already_used: This code has already been used. Start again to get another one.")

	denied := func(err error, why string) {
		t.Helper()
		require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err), why)
	}
	denied(b.Spend(t, token, "12.01"), "another amount")
	denied(b.Spend(t, apitest.WrongFor(code), "12.00"), "another token")
	require.NoError(t, b.Spend(t, token, "12.00"))
	denied(b.Spend(t, token, "12.00"), "once")

	uid, code := startWithdrawal(t, b, b.Person(t))
	late := apitest.OK(b.Exchanges(t, uid, code))(t).VerificationToken
	b.Clock.Advance(verification.TokenLife)
	denied(b.Spend(t, late, "12.00"), "too late")
}

func TestVerification_FiveTries(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p := b.Person(t)
	uid, code := startWithdrawal(t, b, p)
	for n, message := range []string{
		"This code is wrong. 4 tries are left.", "This code is wrong. 3 tries are left.", "This code is wrong. 2 tries are left.",
		"This code is wrong. One try is left.", "This code is wrong, and it was the last try. Start again to get another one.",
	} {
		// The operation ignores an Idempotency-Key. Otherwise, the rollback after a
		// wrong code would also undo the count of wrong codes.
		apitest.Refused(p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: apitest.WrongFor(code)}, sdk.WithIdempotencyKey(fmt.Sprint("try ", n))))(t,
			sdk.ValidationError, "code invalid: "+message)
	}
	for _, tried := range []string{apitest.WrongFor(code), code} {
		apitest.Refused(completes(t, p, uid, tried))(t, sdk.ValidationError, "code max_tries: Too many codes were wrong. Start again to get another one.")
	}
	apitest.Only(t, p.AuditLog(t.Context(), sdk.AuditLogQuery{Action: []string{"verification.failed"}}))
}

func TestVerification_Refusals(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p := b.Person(t)
	uid, code := startWithdrawal(t, b, p)
	apitest.Refused(completes(t, b.Session(t, apitest.OtherEmail), uid, code))(t, sdk.NotFound)
	apitest.Refused(completes(t, p, id.New().String(), code))(t, sdk.NotFound)
	apitest.Refused(completes(t, p, "no-uuid", code))(t, sdk.NotFound)
	apitest.Refused(completes(t, b.With(t, ""), uid, code))(t, sdk.NotAuthenticated)
	b.Clock.Advance(verification.CodeLife)
	apitest.Refused(completes(t, p, uid, code))(t, sdk.ValidationError, "code expired: This code has expired. Start again to get another one.")
}

func TestVerification_IsNotForFlooding(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p, other := b.Person(t), b.Session(t, apitest.OtherEmail)
	starts := func() { apitest.OK(p.StartVerification(t.Context(), withdrawing))(t) }
	refused := func() (wait time.Duration) {
		t.Helper()
		_, err := p.StartVerification(t.Context(), withdrawing)
		apitest.RequireRefused(t, err, sdk.Throttled)
		refusal, _ := errors.AsType[*sdk.Error](err)
		return refusal.RetryAfter
	}
	for range 10 {
		starts()
		b.Clock.Advance(30 * time.Second)
	}
	require.Equal(t, 300*time.Second, refused(), "the wait ends when the first is 10 minutes old")
	apitest.OK(other.StartVerification(t.Context(), sdk.StartVerificationIn{
		OperationType: sdk.OperationTypeWithdraw, Payload: json.RawMessage(apitest.WithdrawalOf("12.00", apitest.AccountB)),
	}))(t)
	b.Clock.Advance(300 * time.Second)
	starts()
	refused()
	for range 89 {
		b.Clock.Advance(90 * time.Second)
		starts()
	}
	b.Clock.Advance(90 * time.Second)
	require.Greater(t, refused(), 10_000*time.Second, "a hundred a day")
}

func TestVerification_OneTokenForManyRightCodes(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p := b.Person(t)
	uid, code := startWithdrawal(t, b, p)
	errs := make([]error, 12)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = p.CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code}) })
	}
	group.Wait()
	count := map[string]int{}
	for _, err := range errs {
		count[sdk.ErrorCode(err)]++
	}
	require.Equal(t, map[string]int{"": 1, sdk.ValidationError: 11}, count)
}

func TestVerification_StartedOnceWithAKey(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p, once := b.Person(t), sdk.WithIdempotencyKey("k")
	var answer sdk.Answer
	first := apitest.OK(p.StartVerification(t.Context(), withdrawing, once, sdk.WithAnswer(&answer)))(t)
	require.False(t, answer.Replayed)
	again := apitest.OK(p.StartVerification(t.Context(), withdrawing, once, sdk.WithAnswer(&answer)))(t)
	require.True(t, answer.Replayed)
	require.Equal(t, first, again)
	require.Len(t, b.Mailbox(t, apitest.AuthEmail), 1)
	apitest.OK(completes(t, p, first.VerificationUID, b.MailedCode(t, apitest.AuthEmail)))(t)
}

func TestVerification_WithAKey(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	key := b.Key(t, identity.AreaWallet)
	uid, code := startWithdrawal(t, b, key)
	apitest.OK(completes(t, key, uid, code))(t)
	apitest.Refused(key.StartVerification(t.Context(), sdk.StartVerificationIn{OperationType: sdk.OperationTypeChangeSecurity, Payload: apitest.ChangePassword}))(t,
		sdk.PermissionDenied)
	for _, scope := range []string{identity.ScopeRead, identity.AreaReports} {
		reader := b.Key(t, scope)
		apitest.Refused(reader.StartVerification(t.Context(), withdrawing))(t, sdk.PermissionDenied)
		apitest.Refused(completes(t, reader, uid, "123456"))(t, sdk.PermissionDenied)
	}
	broker, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	apitest.Refused(b.With(t, broker).StartVerification(t.Context(), withdrawing))(t, sdk.PermissionDenied)
}

// TestVerification_CodesAreReadHoweverTheyWereCopied checks that a code is accepted
// however a person copies it, for example with spaces.
func TestVerification_CodesAreReadHoweverTheyWereCopied(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p := b.Person(t)
	for i, spelled := range []func(string) string{
		func(c string) string { return "\u200e" + c[:3] + "\u00a0" + c[3:] + "\u200f" },
		func(c string) string { return c[:3] + "\u202f" + c[3:] + "\r\n" },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\uff10' }, c) },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, c) },
	} {
		uid, code := startWithdrawal(t, b, p)
		_, err := completes(t, p, uid, spelled(code))
		require.NoError(t, err, i)
	}
}
