package partner_test

// Some tests send raw requests, because they log in at each of the three paths,
// and the SDK uses only one of them.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

const securityPath = "/api/security/"

const secureNotice = "Programs that log in with a password only can no longer log in, because every login needs a code from the authenticator app. " +
	"Give each program an API key (POST /api/v1/api-keys/) instead of the password. API keys work without a code."

func TestSecurity_BecomingSecureAndBack(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p, ctx := b.Person(t), t.Context()
	get := func() *sdk.Security { return apitest.OK(p.Security(ctx))(t) }
	secure, standard := sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard}
	uncoded := func(in sdk.UpdateSecurityIn, options ...sdk.CallOption) {
		t.Helper()
		_, err := p.UpdateSecurity(ctx, in, options...)
		apitest.RequireUncoded(t, err)
	}
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail}, get())
	apitest.Refused(p.UpdateSecurity(ctx, secure))(t, sdk.ValidationError, "security_type totp_required: Confirm an authenticator app first.")
	a := b.Enrol(t)
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, TOTPConfirmed: true, RecoveryCodesLeft: 10}, get(), "an unused app changes nothing")
	elsewhere := b.Session(t, apitest.AuthEmail)

	uncoded(secure)
	uncoded(sdk.UpdateSecurityIn{Channel: sdk.ChannelTOTP}, sdk.WithTemporaryToken("no token"))
	uncoded(secure, b.Mailed(t, sdk.OperationTypeChangeSecurity, apitest.DeleteTOTP))
	uncoded(secure, b.Mailed(t, sdk.OperationTypeWithdraw, json.RawMessage(apitest.Withdrawal)))
	begun, waits := startWithdrawal(t, b, p)
	paid, pays := startWithdrawal(t, b, p)
	unspent := apitest.OK(b.Exchanges(t, paid, pays))(t).VerificationToken
	code := b.Mailed(t, sdk.OperationTypeChangeSecurity, apitest.Changing{Channel: sdk.ChannelTOTP})
	changed := apitest.OK(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelTOTP}, code))(t)
	require.Equal(t, &sdk.Security{
		SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelTOTP, ChangedAt: b.Clock.Now(), TOTPConfirmed: true, RecoveryCodesLeft: 10, Notice: new(secureNotice),
	}, changed)
	require.Equal(t, changed, get())
	mail := b.Mailbox(t, apitest.AuthEmail)[0]
	require.Equal(t, "security_changed", mail.Kind)
	require.Equal(t, "Your account is secure now", mail.Subject)
	require.Empty(t, apitest.SixDigits.FindString(mail.Text))

	require.False(t, alive(t, elsewhere), "a session that began without a code")
	_, err := b.Exchanges(t, begun, waits)
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err), "a code of the old channel")
	require.Error(t, b.Spend(t, unspent, "12.00"), "and a token of it")
	require.Equal(t, changed, apitest.OK(p.UpdateSecurity(ctx, secure))(t), "no change needs no token")
	require.Equal(t, changed, apitest.OK(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{}))(t))

	// To become standard again, a secure partner needs a code from the app. A code from
	// a mail is refused.
	uncoded(standard)
	uncoded(standard, code)
	mails := len(b.Mailbox(t, apitest.AuthEmail))
	back := apitest.OK(p.StartVerification(ctx, sdk.StartVerificationIn{OperationType: sdk.OperationTypeChangeSecurity, Payload: apitest.Changing{Type: sdk.SecurityTypeStandard}}))(t)
	require.Equal(t, sdk.ChannelTOTP, back.Channel)
	require.Len(t, b.Mailbox(t, apitest.AuthEmail), mails)
	token := apitest.OK(b.Exchanges(t, back.VerificationUID, a.NextCode(t)))(t).VerificationToken
	require.Equal(t, &sdk.Security{
		SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, ChangedAt: b.Clock.Now(), TOTPConfirmed: true, RecoveryCodesLeft: 10,
	}, apitest.OK(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{Channel: sdk.ChannelEmail}, sdk.WithTemporaryToken(token)))(t))
	require.Equal(t, "Your account is back to standard security", b.Mailbox(t, apitest.AuthEmail)[0].Subject)
	b.Session(t, apitest.AuthEmail)

	const mixed = "channel invalid: This channel does not belong to this security type. Send standard with email, or secure with totp."
	for _, tt := range []struct {
		in    sdk.UpdateSecurityIn
		fault string
	}{
		{sdk.UpdateSecurityIn{SecurityType: "none"}, "security_type invalid_choice"},
		{sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelEmail}, mixed},
		{sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelTOTP}, mixed},
		{sdk.UpdateSecurityIn{Channel: "sms"}, "channel invalid_choice"},
	} {
		apitest.Refused(p.UpdateSecurity(ctx, tt.in))(t, sdk.ValidationError, tt.fault)
	}
}

func TestSecurity_Authenticator(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	p, ctx := b.Person(t), t.Context()
	confirm := func(code string) (*sdk.RecoveryCodes, error) {
		return p.ConfirmSecurityTOTP(ctx, sdk.ConfirmSecurityTOTPIn{Code: code})
	}
	apitest.Refused(confirm("123456"))(t, sdk.NotFound)
	apitest.RequireRefused(t, p.DeleteSecurityTOTP(ctx), sdk.NotFound)

	begun := apitest.OK(p.StartSecurityTOTP(ctx))(t)
	uri, err := url.Parse(begun.OtpauthURI)
	require.NoError(t, err)
	require.Equal(t, "otpauth", uri.Scheme)
	require.Equal(t, "/Tributary:"+apitest.AuthEmail, uri.Path)
	require.Equal(t, begun.Secret, uri.Query().Get("secret"))
	require.Equal(t, "Tributary", uri.Query().Get("issuer"))
	require.Len(t, begun.Secret, 32, "160 bits")
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(begun.QR, "data:image/png;base64,"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, apitest.AuthStart.Add(15*time.Minute), begun.ExpiresAt)

	first := apitest.App{SecureBundle: b, Secret: begun.Secret}
	second := apitest.App{SecureBundle: b, Secret: apitest.OK(p.StartSecurityTOTP(ctx))(t).Secret}
	const wrongCode = "code invalid: This code is wrong, or has already been used."
	apitest.Refused(confirm(first.At(t, 0)))(t, sdk.ValidationError, wrongCode) // this is a code for a secret that was replaced
	apitest.Refused(confirm(second.At(t, 3)))(t, sdk.ValidationError, wrongCode)
	b.Clock.Advance(15 * time.Minute)
	apitest.Refused(confirm(second.At(t, 0)))(t, sdk.ValidationError, "code expired")
	require.NoError(t, p.DeleteSecurityTOTP(ctx), "an app that is not in use")

	a := b.Enrol(t)
	require.Equal(t, "An authenticator app was added", b.Mailbox(t, apitest.AuthEmail)[0].Subject)
	var stored []byte
	require.NoError(t, b.DB.QueryRow(ctx, `SELECT group_concat(code_hash, '') FROM recovery_codes`).Scan(&stored))
	for i, code := range a.Recovery {
		require.Regexp(t, `^([2-9a-z]{4}-){3}[2-9a-z]{4}$`, code)
		require.NotContains(t, a.Recovery[:i], code)
		require.NotContains(t, string(stored), code)
	}
	_, err = p.StartSecurityTOTP(ctx)
	require.ErrorContains(t, err, "An authenticator app is in use. Remove it first.")
	_, err = confirm(a.NextCode(t))
	require.ErrorContains(t, err, "An authenticator app is in use. Remove it first.")
	removes := func(payload apitest.Changing) error {
		return p.DeleteSecurityTOTP(ctx, b.Mailed(t, sdk.OperationTypeChangeSecurity, payload))
	}
	apitest.RequireUncoded(t, p.DeleteSecurityTOTP(ctx))
	apitest.RequireUncoded(t, removes(apitest.ChangePassword))
	require.NoError(t, removes(apitest.DeleteTOTP))
	require.Equal(t, "Your authenticator app was removed", b.Mailbox(t, apitest.AuthEmail)[0].Subject)
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail}, apitest.OK(p.Security(ctx))(t))

	// A temporary token that the partner got for one app does not work with another app.
	b.Enrol(t)
	code := b.Mailed(t, sdk.OperationTypeChangeSecurity, apitest.BecomeSecure)
	require.NoError(t, removes(apitest.DeleteTOTP))
	b.Enrol(t)
	_, err = p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, code)
	apitest.RequireUncoded(t, err)
}

func TestSecurity_RemovingTheAppMakesStandard(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a, p, ctx := b.Secured(t), b.Person(t), t.Context()
	token := apitest.OK(b.Exchanges(t, b.Starts(t, sdk.OperationTypeChangeSecurity, apitest.DeleteTOTP), a.Recovery[0]))(t).VerificationToken
	require.Equal(t, "A recovery code was used", b.Mailbox(t, apitest.AuthEmail)[0].Subject)
	require.Contains(t, b.Mailbox(t, apitest.AuthEmail)[0].Text, "9 of them are left.")
	require.NoError(t, p.DeleteSecurityTOTP(ctx, sdk.WithTemporaryToken(token)))
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, ChangedAt: b.Clock.Now()}, apitest.OK(p.Security(ctx))(t))
	b.Session(t, apitest.AuthEmail)
	require.NoError(t, b.LogIn(t, "", a.Recovery[1]), "a code that is not asked for")
}

func TestSecurity_ByTheApp(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	starts := func() string { return b.Starts(t, sdk.OperationTypeWithdraw, json.RawMessage(apitest.Withdrawal)) }
	wrong := func(uid, code, why string) {
		t.Helper()
		_, err := b.Exchanges(t, uid, code)
		require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err), why)
	}
	uid := starts()
	apitest.Refused(b.Exchanges(t, uid, a.At(t, 0)))(t, sdk.ValidationError, "code invalid: This code is wrong. 4 tries are left.") // this code was already used to confirm the app
	code := a.NextCode(t)
	wrong(uid, apitest.WrongFor(code), "another code")
	token := apitest.OK(b.Exchanges(t, uid, code[:3]+" "+code[3:]))(t).VerificationToken
	require.NoError(t, b.Spend(t, token, "12.00"))

	again := starts()
	wrong(again, code, "a step counts once, for any operation")
	wrong(again, a.At(t, -1), "an earlier step does not count either")
	apitest.OK(b.Exchanges(t, again, a.At(t, 1)))(t)

	late := starts()
	b.Clock.Advance(2 * time.Minute)
	wrong(late, a.At(t, -2), "too old")
	wrong(late, a.At(t, 2), "too early")
	apitest.OK(b.Exchanges(t, late, a.At(t, -1)))(t)

	apitest.OK(b.Exchanges(t, starts(), strings.ToUpper(a.Recovery[0])))(t)
	again = starts()
	wrong(again, a.Recovery[0], "once")
	apitest.OK(b.Exchanges(t, again, strings.ReplaceAll(a.Recovery[1], "-", "")))(t)
}

const codeRequired = `{"code":"PermissionDenied","message":"You do not have permission to perform this action","details":[
	{"field":"code","code":"verification_required","message":"Also send the code from your authenticator app, or a recovery code."}]}`

func TestSecurity_Login(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	for _, path := range []string{"/api/auth/", "/api/v2/auth/", "/api/v2/auth/token/"} {
		w := b.Login(t, path, apitest.AuthPassword)
		require.Equal(t, 403, w.Code)
		require.JSONEq(t, codeRequired, w.Body.String())
		require.JSONEq(t, codeRequired, b.Login(t, path, apitest.AuthPassword, "").Body.String())
		require.Equal(t, 401, b.Login(t, path, "wrong horse").Code, "asked only after the right password")
		require.Equal(t, 401, b.Login(t, path, "wrong horse", a.NextCode(t)).Code)

		jwt := apitest.Token(t, b.Login(t, path, apitest.AuthPassword, a.At(t, 0)))
		require.Equal(t, 200, b.As(t, jwt, "GET", securityPath, "").Code)
		w = b.Login(t, path, apitest.AuthPassword, a.At(t, 0))
		require.Equal(t, 400, w.Code, "a code counts once")
		require.JSONEq(t, codeFault("invalid", "This code is wrong, or has already been used."), w.Body.String())
		apitest.Token(t, b.Login(t, path, apitest.AuthPassword, a.Recovery[0]))
		require.Equal(t, 400, b.Login(t, path, apitest.AuthPassword, a.Recovery[0]).Code)
		a.Recovery = a.Recovery[1:]
		apitest.Token(t, b.As(t, jwt, "POST", "/api/v2/auth/token/", ""))
	}
	others := b.Call(t, "POST", "/api/auth/", apitest.AuthBody(apitest.OtherEmail, apitest.AuthPassword))
	apitest.Token(t, others)
	b.Exec(t, `UPDATE partners SET status = $1 WHERE partner_id = $2`, identity.StatusSuspended, b.PartnerID)
	require.NotContains(t, b.Login(t, "/api/auth/", apitest.AuthPassword).Body.String(), "verification_required")
}

func TestSecurity_WrongCodesAreSlowedDown(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	mistakes := func(n int, address string) {
		t.Helper()
		for range n {
			apitest.RequireRefused(t, b.LogIn(t, address, "1"), sdk.ValidationError, "code invalid")
		}
	}
	for range 4 {
		mistakes(1, "")
		apitest.RequireRefused(t, b.LogIn(t, "", ""), sdk.PermissionDenied, "code verification_required") // this attempt counts neither as a failure nor as a success
	}
	mistakes(1, "")
	for _, code := range []string{"1", a.At(t, 1), ""} {
		err := b.LogIn(t, "", code)
		apitest.RequireRefused(t, err, sdk.Throttled)
		refusal, _ := errors.AsType[*sdk.Error](err)
		require.Equal(t, 5*time.Second, refusal.RetryAfter)
	}
	b.Clock.Advance(5 * time.Second)
	require.NoError(t, b.LogIn(t, "", a.NextCode(t)))
	mistakes(1, "") // the success has set the number of failures to zero

	// A code that is refused only because the partner must wait can still be
	// used later.
	mistakes(4, "")
	apitest.RequireRefused(t, b.LogIn(t, "", a.Recovery[0]), sdk.Throttled)
	b.Clock.Advance(5 * time.Second)
	require.NoError(t, b.LogIn(t, "", a.Recovery[0]))

	// The server counts a partner's failures from all IP addresses together.
	code := a.NextCode(t)
	for n := range 20 {
		mistakes(1, fmt.Sprintf("198.51.100.%d:1234", n))
	}
	const other = "198.51.100.100:1234"
	apitest.RequireRefused(t, b.LogIn(t, other, code), sdk.Throttled)
	apitest.OK(b.Exchanges(t, b.Starts(t, sdk.OperationTypeWithdraw, json.RawMessage(apitest.Withdrawal)), code))(t)
	b.Clock.Advance(5 * time.Second)
	require.NoError(t, b.LogIn(t, other, a.At(t, 1)))

	// Wrong codes for an operation must not prevent the partner from logging
	// in.
	for range 4 {
		uid := b.Starts(t, sdk.OperationTypeWithdraw, json.RawMessage(apitest.Withdrawal))
		for range 5 {
			_, err := b.Exchanges(t, uid, "1")
			require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
		}
	}
	apitest.Refused(b.Exchanges(t, b.Starts(t, sdk.OperationTypeWithdraw, json.RawMessage(apitest.Withdrawal)), a.Recovery[1]))(t, sdk.Throttled)
	require.NoError(t, b.LogIn(t, "", a.Recovery[1]))

	failures, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 AND action = 'login.failed'`, b.PartnerID)
	require.NoError(t, err)
	require.Contains(t, failures, []string{"login.failed", `{"failures":5,"reason":"code"}`})
}

func TestSecurity_OneLoginForACode(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	for name, code := range map[string]string{"the app's": a.NextCode(t), "a recovery code": a.Recovery[0]} {
		errs := make([]error, 8)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = b.LogIn(t, fmt.Sprintf("198.51.100.%d:1234", i), code) })
		}
		group.Wait()
		count := map[string]int{}
		for _, err := range errs {
			count[sdk.ErrorCode(err)]++
		}
		require.Equal(t, map[string]int{"": 1, sdk.ValidationError: 7}, count, name)
	}
}

func TestSecurity_Password(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	ctx := t.Context()
	const newPassword = "battery staple"
	change := func(old, next string, options ...sdk.CallOption) (*sdk.Token, error) {
		return b.Person(t).ChangePassword(ctx, sdk.ChangePasswordIn{OldPassword: old, NewPassword: next}, options...)
	}
	_, err := change(apitest.AuthPassword, newPassword)
	apitest.RequireUncoded(t, err)
	_, err = change(apitest.AuthPassword, newPassword, sdk.WithTemporaryToken("no token"))
	apitest.RequireUncoded(t, err)
	code := b.Mailed(t, sdk.OperationTypeChangeSecurity, apitest.ChangePassword)
	apitest.Refused(change(apitest.AuthPassword, "short", code))(t, sdk.ValidationError, "new_password min_length")
	for range 5 {
		apitest.Refused(change("wrong horse", newPassword, code))(t, sdk.ValidationError, "old_password invalid: This is not your password.")
	}
	apitest.Refused(change(apitest.AuthPassword, newPassword, code))(t, sdk.Throttled)
	b.Clock.Advance(5 * time.Second)
	old := b.Person(t)
	b.JWT = apitest.OK(change(apitest.AuthPassword, newPassword, code))(t).Token
	require.Equal(t, "Your password was changed", b.Mailbox(t, apitest.AuthEmail)[0].Subject)
	require.False(t, alive(t, old), "all sessions end")
	require.True(t, alive(t, b.Person(t)))
	apitest.RequireRefused(t, b.With(t, "").Login(ctx, apitest.AuthEmail, apitest.AuthPassword), sdk.AuthenticationFailed)
	require.NoError(t, b.With(t, "").Login(ctx, apitest.AuthEmail, newPassword))
	_, err = change(newPassword, apitest.AuthPassword, code)
	apitest.RequireUncoded(t, err)
}

func TestSecurity_IsForPersons(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	secret, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID})
	require.NoError(t, err)
	key, ctx := b.With(t, secret), t.Context()
	apitest.OK(key.Security(ctx))(t)
	apitest.Refused(key.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard}))(t, sdk.PermissionDenied)
	apitest.Refused(key.StartSecurityTOTP(ctx))(t, sdk.PermissionDenied)
	apitest.Refused(key.ConfirmSecurityTOTP(ctx, sdk.ConfirmSecurityTOTPIn{Code: "123456"}))(t, sdk.PermissionDenied)
	apitest.RequireRefused(t, key.DeleteSecurityTOTP(ctx), sdk.PermissionDenied)
	apitest.Refused(key.ChangePassword(ctx, sdk.ChangePasswordIn{OldPassword: apitest.AuthPassword, NewPassword: "battery staple"}))(t, sdk.PermissionDenied)
	actions, err := collectRows(t, b, `SELECT action, actor FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.PartnerID)
	require.NoError(t, err)
	require.Contains(t, actions, []string{"login.succeeded", "partner"})
}

// TestSecurity_IsRecorded checks that the partner's audit log contains every change
// but no secrets.
func TestSecurity_IsRecorded(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	a := b.Secured(t)
	require.NoError(t, b.LogIn(t, "", a.Recovery[0]))
	token := apitest.OK(b.Exchanges(t, b.Starts(t, sdk.OperationTypeChangeSecurity, apitest.DeleteTOTP), a.NextCode(t)))(t).VerificationToken
	require.NoError(t, b.Person(t).DeleteSecurityTOTP(t.Context(), sdk.WithTemporaryToken(token)))
	rows, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.PartnerID)
	require.NoError(t, err)
	var actions []string
	for _, r := range rows {
		actions = append(actions, r[0])
		for _, secret := range append(a.Recovery, a.Secret, token) {
			require.NotContains(t, r[1], secret)
		}
	}
	require.Equal(t, []string{
		"login.succeeded", "totp.confirmed", "verification.completed", "security.changed",
		"recovery_code.used", "login.succeeded", "verification.completed", "totp.deleted",
	}, actions)
}

func collectRows(t *testing.T, b *apitest.SecureBundle, query string, args ...any) ([][]string, error) {
	t.Helper()
	return db.Collect(t.Context(), b.DB, func(rows db.Rows) ([]string, error) {
		var first, second string
		err := rows.Scan(&first, &second)
		return []string{first, second}, err
	}, query, args...)
}
