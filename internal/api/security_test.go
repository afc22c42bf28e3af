package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/sdk"
)

const securityPath = "/api/security/"

// changing is the payload of a code for a change of security.
type changing struct {
	Type    sdk.SecurityType `json:"security_type,omitzero"`
	Channel sdk.Channel      `json:"channel,omitzero"`
	Action  string           `json:"action,omitzero"`
}

var (
	becomeSecure   = changing{Type: sdk.SecurityTypeSecure}
	deleteTOTP     = changing{Action: "delete_totp"}
	changePassword = changing{Action: "change_password"}
)

// person returns the program of the partner in its session.
func (b *secureBundle) person(t *testing.T) *sdk.Partner {
	t.Helper()
	return b.with(t, b.jwt)
}

// starts asks for a code and returns the operation's id.
func (b *secureBundle) starts(t *testing.T, kind sdk.OperationType, payload any) string {
	t.Helper()
	return ok(b.person(t).StartVerification(t.Context(), sdk.StartVerificationIn{OperationType: kind, Payload: payload}))(t).VerificationUID
}

// exchanges sends a code and returns the answer with the token.
func (b *secureBundle) exchanges(t *testing.T, uid, code string) (*sdk.VerificationToken, error) {
	t.Helper()
	return b.person(t).CompleteVerification(t.Context(), uid, sdk.CompleteVerificationIn{Code: code})
}

// mailed returns the token that a code from the mailbox gives.
func (b *secureBundle) mailed(t *testing.T, kind sdk.OperationType, payload any) sdk.CallOption {
	t.Helper()
	return codeFor(t, b.db, b.person(t), kind, payload)
}

// enters logs the partner in at an address with a code of its app. An empty
// code is not sent.
func (b *secureBundle) enters(t *testing.T, address, code string) error {
	t.Helper()
	return program(t, wire{handler: b.router, address: address}).LoginWithCode(t.Context(), authEmail, authPassword, code)
}

// app is an authenticator app. It has a secret and a clock.
type app struct {
	*secureBundle
	secret   string
	recovery []string
}

// shows returns the app's code now. Each call waits for the next one, as a
// person has to: no code counts twice.
func (a *app) shows(t *testing.T) string {
	t.Helper()
	a.clock.Advance(30 * time.Second)
	return a.at(t, 0)
}

// at returns the app's code so many steps from now.
func (a *app) at(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.clock.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(t, err)
	return code
}

// enrol gives the partner an app in use.
func (b *secureBundle) enrol(t *testing.T) *app {
	t.Helper()
	a := &app{secureBundle: b, secret: ok(b.person(t).StartSecurityTOTP(t.Context()))(t).Secret}
	a.recovery = ok(b.person(t).ConfirmSecurityTOTP(t.Context(), sdk.ConfirmSecurityTOTPIn{Code: a.shows(t)}))(t).RecoveryCodes
	require.Len(t, a.recovery, 10)
	return a
}

// secured makes the partner secure.
func (b *secureBundle) secured(t *testing.T) *app {
	t.Helper()
	a := b.enrol(t)
	ok(b.person(t).UpdateSecurity(t.Context(), sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, b.mailed(t, sdk.OperationTypeChangeSecurity, becomeSecure)))(t)
	return a
}

// login logs in with these fields in the body.
func (b *secureBundle) login(t *testing.T, path, password string, code ...string) *httptest.ResponseRecorder {
	t.Helper()
	body := map[string]string{"login": authEmail, "password": password}
	if len(code) > 0 {
		body["code"] = code[0]
	}
	text, err := json.Marshal(body)
	require.NoError(t, err)
	return b.call(t, "POST", path, string(text))
}

const secureNotice = "Programs that log in with a password alone no longer can: every login takes a code of the authenticator app. " +
	"Give each program an API key (POST /api/v1/api-keys/) in place of the password. Keys work without a code."

func TestSecurity_BecomingSecureAndBack(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	p, ctx := b.person(t), t.Context()
	get := func() *sdk.Security { return ok(p.Security(ctx))(t) }
	secure, standard := sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard}
	uncoded := func(in sdk.UpdateSecurityIn, options ...sdk.CallOption) {
		t.Helper()
		_, err := p.UpdateSecurity(ctx, in, options...)
		requireUncoded(t, err)
	}
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail}, get())
	refused(p.UpdateSecurity(ctx, secure))(t, sdk.ValidationError, "security_type totp_required: Confirm an authenticator app first.")
	a := b.enrol(t)
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, TOTPConfirmed: true, RecoveryCodesLeft: 10}, get(), "an unused app changes nothing")
	elsewhere := b.session(t, authEmail)

	uncoded(secure)
	uncoded(sdk.UpdateSecurityIn{Channel: sdk.ChannelTOTP}, sdk.WithTemporaryToken("no token"))
	uncoded(secure, b.mailed(t, sdk.OperationTypeChangeSecurity, deleteTOTP))
	uncoded(secure, b.mailed(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal)))
	begun := b.starts(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal))
	waits := b.mailedCode(t, authEmail)
	unspent := b.paid(t, "WITHDRAW", withdrawal)
	code := b.mailed(t, sdk.OperationTypeChangeSecurity, changing{Channel: sdk.ChannelTOTP})
	changed := ok(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelTOTP}, code))(t)
	require.Equal(t, &sdk.Security{
		SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelTOTP, ChangedAt: b.clock.Now(), TOTPConfirmed: true, RecoveryCodesLeft: 10, Notice: new(secureNotice),
	}, changed)
	require.Equal(t, changed, get())
	mail := b.mailbox(t, authEmail)[0]
	require.Equal(t, "security_changed", mail.kind)
	require.Equal(t, "Your account is secure now", mail.subject)
	require.Empty(t, sixDigits.FindString(mail.text))

	require.False(t, alive(t, elsewhere), "a session that began without a code")
	_, err := b.exchanges(t, begun, waits)
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err), "a code of the old channel")
	require.Error(t, b.spend(t, unspent, "1234567.00", "account 44186900123"), "and a token of it")
	require.Equal(t, changed, ok(p.UpdateSecurity(ctx, secure))(t), "no change needs no token")
	require.Equal(t, changed, ok(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{}))(t))

	// The way back takes a code of the app, not one from a mail.
	uncoded(standard)
	uncoded(standard, code)
	mails := len(b.mailbox(t, authEmail))
	back := ok(p.StartVerification(ctx, sdk.StartVerificationIn{OperationType: sdk.OperationTypeChangeSecurity, Payload: changing{Type: sdk.SecurityTypeStandard}}))(t)
	require.Equal(t, sdk.ChannelTOTP, back.Channel)
	require.Len(t, b.mailbox(t, authEmail), mails)
	token := ok(b.exchanges(t, back.VerificationUID, a.shows(t)))(t).VerificationToken
	require.Equal(t, &sdk.Security{
		SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, ChangedAt: b.clock.Now(), TOTPConfirmed: true, RecoveryCodesLeft: 10,
	}, ok(p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{Channel: sdk.ChannelEmail}, sdk.WithTemporaryToken(token)))(t))
	require.Equal(t, "Your account is back to standard security", b.mailbox(t, authEmail)[0].subject)
	b.session(t, authEmail)

	const mixed = "channel invalid: A standard partner gets its codes by email, a secure one from totp."
	for _, tt := range []struct {
		in    sdk.UpdateSecurityIn
		fault string
	}{
		{sdk.UpdateSecurityIn{SecurityType: "none"}, "security_type invalid_choice"},
		{sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure, Channel: sdk.ChannelEmail}, mixed},
		{sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelTOTP}, mixed},
		{sdk.UpdateSecurityIn{Channel: "sms"}, "channel invalid_choice"},
	} {
		refused(p.UpdateSecurity(ctx, tt.in))(t, sdk.ValidationError, tt.fault)
	}
}

func TestSecurity_Authenticator(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	p, ctx := b.person(t), t.Context()
	confirm := func(code string) (*sdk.RecoveryCodes, error) {
		return p.ConfirmSecurityTOTP(ctx, sdk.ConfirmSecurityTOTPIn{Code: code})
	}
	refused(confirm("123456"))(t, sdk.NotFound)
	requireRefused(t, p.DeleteSecurityTOTP(ctx), sdk.NotFound)

	begun := ok(p.StartSecurityTOTP(ctx))(t)
	uri, err := url.Parse(begun.OtpauthURI)
	require.NoError(t, err)
	require.Equal(t, "otpauth", uri.Scheme)
	require.Equal(t, "/Tributary:"+authEmail, uri.Path)
	require.Equal(t, begun.Secret, uri.Query().Get("secret"))
	require.Equal(t, "Tributary", uri.Query().Get("issuer"))
	require.Len(t, begun.Secret, 32, "160 bits")
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(begun.QR, "data:image/png;base64,"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, authStart.Add(15*time.Minute), begun.ExpiresAt)

	first := app{secureBundle: b, secret: begun.Secret}
	second := app{secureBundle: b, secret: ok(p.StartSecurityTOTP(ctx))(t).Secret}
	const wrongCode = "code invalid: This code is wrong, or was used already."
	refused(confirm(first.at(t, 0)))(t, sdk.ValidationError, wrongCode) // a secret that was replaced
	refused(confirm(second.at(t, 3)))(t, sdk.ValidationError, wrongCode)
	b.clock.Advance(15 * time.Minute)
	refused(confirm(second.at(t, 0)))(t, sdk.ValidationError, "code expired")
	require.NoError(t, p.DeleteSecurityTOTP(ctx), "an app that is not in use")

	a := b.enrol(t)
	require.Equal(t, "An authenticator app was added", b.mailbox(t, authEmail)[0].subject)
	var stored []byte
	require.NoError(t, b.db.QueryRow(ctx, `SELECT group_concat(code_hash, '') FROM recovery_codes`).Scan(&stored))
	for i, code := range a.recovery {
		require.Regexp(t, `^([2-9a-z]{4}-){3}[2-9a-z]{4}$`, code)
		require.NotContains(t, a.recovery[:i], code)
		require.NotContains(t, string(stored), code)
	}
	_, err = p.StartSecurityTOTP(ctx)
	require.ErrorContains(t, err, "An authenticator app is in use. Remove it first.")
	_, err = confirm(a.shows(t))
	require.ErrorContains(t, err, "An authenticator app is in use. Remove it first.")
	removes := func(payload changing) error {
		return p.DeleteSecurityTOTP(ctx, b.mailed(t, sdk.OperationTypeChangeSecurity, payload))
	}
	requireUncoded(t, p.DeleteSecurityTOTP(ctx))
	requireUncoded(t, removes(changePassword))
	require.NoError(t, removes(deleteTOTP))
	require.Equal(t, "Your authenticator app was removed", b.mailbox(t, authEmail)[0].subject)
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail}, ok(p.Security(ctx))(t))

	// A code for one app does not make the partner secure with another.
	b.enrol(t)
	code := b.mailed(t, sdk.OperationTypeChangeSecurity, becomeSecure)
	require.NoError(t, removes(deleteTOTP))
	b.enrol(t)
	_, err = p.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeSecure}, code)
	requireUncoded(t, err)
}

func TestSecurity_RemovingTheAppMakesStandard(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a, p, ctx := b.secured(t), b.person(t), t.Context()
	token := ok(b.exchanges(t, b.starts(t, sdk.OperationTypeChangeSecurity, deleteTOTP), a.recovery[0]))(t).VerificationToken
	require.Equal(t, "A recovery code was used", b.mailbox(t, authEmail)[0].subject)
	require.Contains(t, b.mailbox(t, authEmail)[0].text, "9 of them are left.")
	require.NoError(t, p.DeleteSecurityTOTP(ctx, sdk.WithTemporaryToken(token)))
	require.Equal(t, &sdk.Security{SecurityType: sdk.SecurityTypeStandard, Channel: sdk.ChannelEmail, ChangedAt: b.clock.Now()}, ok(p.Security(ctx))(t))
	b.session(t, authEmail)
	require.NoError(t, b.enters(t, "", a.recovery[1]), "a code that is not asked for")
}

func TestSecurity_ByTheApp(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	starts := func() string { return b.starts(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal)) }
	wrong := func(uid, code, why string) {
		t.Helper()
		_, err := b.exchanges(t, uid, code)
		require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err), why)
	}
	uid := starts()
	refused(b.exchanges(t, uid, a.at(t, 0)))(t, sdk.ValidationError, "code invalid: This code is wrong. 4 tries are left.") // it confirmed the app
	code := a.shows(t)
	wrong(uid, wrongFor(code), "another code")
	token := ok(b.exchanges(t, uid, code[:3]+" "+code[3:]))(t).VerificationToken
	require.NoError(t, b.spend(t, token, "1234567.00", "account 44186900123"))

	again := starts()
	wrong(again, code, "a step counts once, for any operation")
	wrong(again, a.at(t, -1), "an earlier step does not count either")
	ok(b.exchanges(t, again, a.at(t, 1)))(t)

	late := starts()
	b.clock.Advance(2 * time.Minute)
	wrong(late, a.at(t, -2), "too old")
	wrong(late, a.at(t, 2), "too early")
	ok(b.exchanges(t, late, a.at(t, -1)))(t)

	ok(b.exchanges(t, starts(), strings.ToUpper(a.recovery[0])))(t)
	again = starts()
	wrong(again, a.recovery[0], "once")
	ok(b.exchanges(t, again, strings.ReplaceAll(a.recovery[1], "-", "")))(t)
}

const codeRequired = `{"code":"PermissionDenied","message":"You do not have permission to perform this action","details":[
	{"field":"code","code":"verification_required","message":"Send the code that your authenticator app shows, or a recovery code, along."}]}`

func TestSecurity_Login(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	for _, path := range []string{"/api/auth/", "/api/v2/auth/", "/api/v2/auth/token/"} {
		w := b.login(t, path, authPassword)
		require.Equal(t, 403, w.Code)
		require.JSONEq(t, codeRequired, w.Body.String())
		require.JSONEq(t, codeRequired, b.login(t, path, authPassword, "").Body.String())
		require.Equal(t, 401, b.login(t, path, "wrong horse").Code, "asked only after the right password")
		require.Equal(t, 401, b.login(t, path, "wrong horse", a.shows(t)).Code)

		jwt := token(t, b.login(t, path, authPassword, a.at(t, 0)))
		require.Equal(t, 200, b.as(t, jwt, "GET", securityPath, "").Code)
		w = b.login(t, path, authPassword, a.at(t, 0))
		require.Equal(t, 400, w.Code, "a code counts once")
		require.JSONEq(t, codeFault("invalid", "This code is wrong, or was used already."), w.Body.String())
		token(t, b.login(t, path, authPassword, a.recovery[0]))
		require.Equal(t, 400, b.login(t, path, authPassword, a.recovery[0]).Code)
		a.recovery = a.recovery[1:]
		token(t, b.as(t, jwt, "POST", "/api/v2/auth/token/", ""))
	}
	others := b.call(t, "POST", "/api/auth/", authBody(otherEmail, authPassword))
	token(t, others)
	b.exec(t, `UPDATE partners SET status = $1 WHERE partner_id = $2`, identity.StatusSuspended, b.partnerID)
	require.NotContains(t, b.login(t, "/api/auth/", authPassword).Body.String(), "verification_required")
}

func TestSecurity_WrongCodesAreSlowedDown(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	mistakes := func(n int, address string) {
		t.Helper()
		for range n {
			requireRefused(t, b.enters(t, address, "1"), sdk.ValidationError, "code invalid")
		}
	}
	for range 4 {
		mistakes(1, "")
		requireRefused(t, b.enters(t, "", ""), sdk.PermissionDenied, "code verification_required") // neither a failure nor a success
	}
	mistakes(1, "")
	for _, code := range []string{"1", a.at(t, 1), ""} {
		err := b.enters(t, "", code)
		requireRefused(t, err, sdk.Throttled)
		refusal, _ := errors.AsType[*sdk.Error](err)
		require.Equal(t, 5*time.Second, refusal.RetryAfter)
	}
	b.clock.Advance(5 * time.Second)
	require.NoError(t, b.enters(t, "", a.shows(t)))
	mistakes(1, "") // the success cleared the count

	// A code that a wait refuses is not used up.
	mistakes(4, "")
	requireRefused(t, b.enters(t, "", a.recovery[0]), sdk.Throttled)
	b.clock.Advance(5 * time.Second)
	require.NoError(t, b.enters(t, "", a.recovery[0]))

	// Mistakes from many addresses count for the partner.
	code := a.shows(t)
	for n := range 20 {
		mistakes(1, fmt.Sprintf("198.51.100.%d:1234", n))
	}
	const other = "198.51.100.100:1234"
	requireRefused(t, b.enters(t, other, code), sdk.Throttled)
	ok(b.exchanges(t, b.starts(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal)), code))(t)
	b.clock.Advance(5 * time.Second)
	require.NoError(t, b.enters(t, other, a.at(t, 1)))

	// Wrong codes of a session do not keep the partner from logging in.
	for range 4 {
		uid := b.starts(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal))
		for range 5 {
			_, err := b.exchanges(t, uid, "1")
			require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
		}
	}
	refused(b.exchanges(t, b.starts(t, sdk.OperationTypeWithdraw, json.RawMessage(withdrawal)), a.recovery[1]))(t, sdk.Throttled)
	require.NoError(t, b.enters(t, "", a.recovery[1]))

	failures, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 AND action = 'login.failed'`, b.partnerID)
	require.NoError(t, err)
	require.Contains(t, failures, []string{"login.failed", `{"failures":5,"reason":"code"}`})
}

func TestSecurity_OneLoginForACode(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	for name, code := range map[string]string{"the app's": a.shows(t), "a recovery code": a.recovery[0]} {
		errs := make([]error, 8)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = b.enters(t, fmt.Sprintf("198.51.100.%d:1234", i), code) })
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
	b := setupSecure(t)
	ctx := t.Context()
	const newPassword = "battery staple"
	change := func(old, next string, options ...sdk.CallOption) (*sdk.Token, error) {
		return b.person(t).ChangePassword(ctx, sdk.ChangePasswordIn{OldPassword: old, NewPassword: next}, options...)
	}
	_, err := change(authPassword, newPassword)
	requireUncoded(t, err)
	_, err = change(authPassword, newPassword, sdk.WithTemporaryToken("no token"))
	requireUncoded(t, err)
	code := b.mailed(t, sdk.OperationTypeChangeSecurity, changePassword)
	refused(change(authPassword, "short", code))(t, sdk.ValidationError, "new_password min_length")
	for range 5 {
		refused(change("wrong horse", newPassword, code))(t, sdk.ValidationError, "old_password invalid: This is not your password.")
	}
	refused(change(authPassword, newPassword, code))(t, sdk.Throttled)
	b.clock.Advance(5 * time.Second)
	old := b.person(t)
	b.jwt = ok(change(authPassword, newPassword, code))(t).Token
	require.Equal(t, "Your password was changed", b.mailbox(t, authEmail)[0].subject)
	require.False(t, alive(t, old), "all sessions end")
	require.True(t, alive(t, b.person(t)))
	requireRefused(t, b.with(t, "").Login(ctx, authEmail, authPassword), sdk.AuthenticationFailed)
	require.NoError(t, b.with(t, "").Login(ctx, authEmail, newPassword))
	_, err = change(newPassword, authPassword, code)
	requireUncoded(t, err)
}

func TestSecurity_IsForPersons(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	secret, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID})
	require.NoError(t, err)
	key, ctx := b.with(t, secret), t.Context()
	ok(key.Security(ctx))(t)
	refused(key.UpdateSecurity(ctx, sdk.UpdateSecurityIn{SecurityType: sdk.SecurityTypeStandard}))(t, sdk.PermissionDenied)
	refused(key.StartSecurityTOTP(ctx))(t, sdk.PermissionDenied)
	refused(key.ConfirmSecurityTOTP(ctx, sdk.ConfirmSecurityTOTPIn{Code: "123456"}))(t, sdk.PermissionDenied)
	requireRefused(t, key.DeleteSecurityTOTP(ctx), sdk.PermissionDenied)
	refused(key.ChangePassword(ctx, sdk.ChangePasswordIn{OldPassword: authPassword, NewPassword: "battery staple"}))(t, sdk.PermissionDenied)
	actions, err := collectRows(t, b, `SELECT action, actor FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.partnerID)
	require.NoError(t, err)
	require.Contains(t, actions, []string{"login.succeeded", "partner"})
}

// The partner's log has everything that changed, and nothing that lets another
// person in.
func TestSecurity_IsRecorded(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	require.NoError(t, b.enters(t, "", a.recovery[0]))
	token := ok(b.exchanges(t, b.starts(t, sdk.OperationTypeChangeSecurity, deleteTOTP), a.shows(t)))(t).VerificationToken
	require.NoError(t, b.person(t).DeleteSecurityTOTP(t.Context(), sdk.WithTemporaryToken(token)))
	rows, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.partnerID)
	require.NoError(t, err)
	var actions []string
	for _, r := range rows {
		actions = append(actions, r[0])
		for _, secret := range append(a.recovery, a.secret, token) {
			require.NotContains(t, r[1], secret)
		}
	}
	require.Equal(t, []string{
		"login.succeeded", "totp.confirmed", "verification.completed", "security.changed",
		"recovery_code.used", "login.succeeded", "verification.completed", "totp.deleted",
	}, actions)
}

// collectRows reads rows of two texts.
func collectRows(t *testing.T, b *secureBundle, query string, args ...any) ([][]string, error) {
	t.Helper()
	return db.Collect(t.Context(), b.db, func(rows db.Rows) ([]string, error) {
		var first, second string
		err := rows.Scan(&first, &second)
		return []string{first, second}, err
	}, query, args...)
}
