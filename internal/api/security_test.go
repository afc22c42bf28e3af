package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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
	"github.com/tributary-server/tributary/internal/verification"
)

const securityPath, totpPath = "/api/security/", "/api/security/totp/"

// app is an authenticator app: it knows a secret and what time it is.
type app struct {
	*secureBundle
	secret   string
	recovery []string
}

// shows is the app's code now. Each call waits for the next one, as a person
// has to: no code counts twice.
func (a *app) shows(t *testing.T) string {
	t.Helper()
	a.clock.Advance(30 * time.Second)
	return a.at(t, 0)
}

// at is the app's code so many steps from now.
func (a *app) at(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.clock.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(t, err)
	return code
}

// enrol gives the partner an app in use.
func (b *secureBundle) enrol(t *testing.T) *app {
	t.Helper()
	a := &app{secureBundle: b, secret: field(t, b.as(t, b.jwt, "POST", totpPath, ""), 201, "secret")}
	w := b.as(t, b.jwt, "POST", totpPath+"confirm/", `{"code":"`+a.shows(t)+`"}`)
	require.Equal(t, 200, w.Code, w.Body)
	var out struct {
		Codes []string `json:"recovery_codes"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Len(t, out.Codes, 10)
	a.recovery = out.Codes
	return a
}

// secured makes the partner secure.
func (b *secureBundle) secured(t *testing.T) *app {
	t.Helper()
	a := b.enrol(t)
	w := b.change(t, `{"security_type":"secure"}`, b.paid(t, "CHANGE_SECURITY", `{"security_type":"secure"}`))
	require.Equal(t, 200, w.Code, w.Body)
	return a
}

func (b *secureBundle) change(t *testing.T, body, temporary string) *httptest.ResponseRecorder {
	t.Helper()
	if temporary == "" {
		return b.as(t, b.jwt, "PATCH", securityPath, body)
	}
	return b.as(t, b.jwt, "PATCH", securityPath, body, "X-Temporary-Token", temporary)
}

// login logs in with fields of the body.
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

func settings(kind, channel string, changed *time.Time, confirmed bool, left int) string {
	at := "null"
	if changed != nil {
		at = `"` + changed.Format(time.RFC3339) + `"`
	}
	notice := "null"
	if kind == "secure" {
		notice = `"Programs that log in with a password alone no longer can: every login takes a code of the authenticator app. ` +
			`Give each program an API key (POST /api/v1/api-keys/) in place of the password. Keys work without a code."`
	}
	return fmt.Sprintf(`{"security_type":%q,"channel":%q,"changed_at":%s,"totp_confirmed":%t,"recovery_codes_left":%d,"notice":%s}`,
		kind, channel, at, confirmed, left, notice)
}

func TestSecurity_BecomingSecureAndBack(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	get := func() string { return b.as(t, b.jwt, "GET", securityPath, "").Body.String() }
	require.JSONEq(t, settings("standard", "email", nil, false, 0), get())
	require.JSONEq(t, wrong("security_type", "totp_required", "Confirm an authenticator app first."), b.change(t, `{"security_type":"secure"}`, "").Body.String())
	a := b.enrol(t)
	require.JSONEq(t, settings("standard", "email", nil, true, 10), get(), "an app alone changes nothing")
	elsewhere := token(t, b.login(t, "/api/auth/", authPassword))

	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"secure"}`, "").Body.String())
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"channel":"totp"}`, "no token").Body.String())
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"secure"}`, b.paid(t, "CHANGE_SECURITY", `{"action":"delete_totp"}`)).Body.String(), "for something else")
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"secure"}`, b.paid(t, "WITHDRAW", withdrawal)).Body.String())
	begun, waits := b.begin(t, b.jwt, "WITHDRAW", withdrawal), b.mailedCode(t, authEmail)
	unspent := b.paid(t, "WITHDRAW", withdrawal)
	temporary := b.paid(t, "CHANGE_SECURITY", `{"channel":"totp"}`)
	w := b.change(t, `{"security_type":"secure","channel":"totp"}`, temporary)
	now := b.clock.Now()
	require.JSONEq(t, settings("secure", "totp", &now, true, 10), w.Body.String())
	require.JSONEq(t, w.Body.String(), get())
	told := b.mailbox(t, authEmail)[0]
	require.Equal(t, "security_changed", told.kind)
	require.Equal(t, "Your account is secure now", told.subject)
	require.Empty(t, sixDigits.FindString(told.text))

	require.Equal(t, 401, b.as(t, elsewhere, "GET", securityPath, "").Code, "a session that began without a code")
	require.Equal(t, 400, b.complete(t, b.jwt, begun, waits).Code, "a code of the old channel")
	require.Error(t, b.spend(t, unspent, "1234567.00", "account 44186900123"), "and a token of it")
	require.JSONEq(t, w.Body.String(), b.change(t, `{"security_type":"secure"}`, "").Body.String(), "what it is already takes no token")
	require.JSONEq(t, w.Body.String(), b.change(t, `{}`, "").Body.String())

	// Back: by the app, not by a mail.
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"standard"}`, "").Body.String())
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"standard"}`, temporary).Body.String())
	mails := len(b.mailbox(t, authEmail))
	w = b.as(t, b.jwt, "POST", operationsPath, `{"operation_type":"CHANGE_SECURITY","payload":{"security_type":"standard"}}`)
	require.Contains(t, w.Body.String(), `"channel":"totp"`)
	require.Len(t, b.mailbox(t, authEmail), mails)
	uid := field(t, w, 201, "verification_uid")
	back := field(t, b.complete(t, b.jwt, uid, a.shows(t)), 200, "verification_token")
	w = b.change(t, `{"channel":"email"}`, back)
	now = b.clock.Now()
	require.JSONEq(t, settings("standard", "email", &now, true, 10), w.Body.String())
	require.Equal(t, "Your account is back to standard security", b.mailbox(t, authEmail)[0].subject)
	token(t, b.login(t, "/api/auth/", authPassword))

	for body, want := range map[string]string{
		`{"security_type":"none"}`:                      wrong("security_type", "invalid_choice", `\"none\" is not a valid choice.`),
		`{"security_type":"secure","channel":"email"}`:  wrong("channel", "invalid", "A standard partner gets its codes by email, a secure one from totp."),
		`{"security_type":"standard","channel":"totp"}`: wrong("channel", "invalid", "A standard partner gets its codes by email, a secure one from totp."),
		`{"channel":"sms"}`:                             wrong("channel", "invalid_choice", `\"sms\" is not a valid choice.`),
	} {
		w := b.change(t, body, "")
		require.Equal(t, 400, w.Code)
		require.JSONEq(t, want, w.Body.String())
	}
}

func TestSecurity_Authenticator(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	confirm := func(code string) *httptest.ResponseRecorder {
		return b.as(t, b.jwt, "POST", totpPath+"confirm", `{"code":"`+code+`"}`)
	}
	remove := func(pairs ...string) *httptest.ResponseRecorder {
		return b.as(t, b.jwt, "DELETE", totpPath, "", pairs...)
	}
	require.Equal(t, 404, confirm("123456").Code)
	require.Equal(t, 404, remove().Code)

	w := b.as(t, b.jwt, "POST", totpPath, "")
	var out struct {
		Secret  string    `json:"secret"`
		URI     string    `json:"otpauth_uri"`
		QR      string    `json:"qr"`
		Expires time.Time `json:"expires_at"`
	}
	require.Equal(t, 201, w.Code)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	uri, err := url.Parse(out.URI)
	require.NoError(t, err)
	require.Equal(t, "otpauth", uri.Scheme)
	require.Equal(t, "/Tributary:"+authEmail, uri.Path)
	require.Equal(t, out.Secret, uri.Query().Get("secret"))
	require.Equal(t, "Tributary", uri.Query().Get("issuer"))
	require.Len(t, out.Secret, 32, "160 bits")
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(out.QR, "data:image/png;base64,"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, authStart.Add(15*time.Minute), out.Expires)

	first := app{secureBundle: b, secret: out.Secret}
	second := app{secureBundle: b, secret: field(t, b.as(t, b.jwt, "POST", totpPath, ""), 201, "secret")}
	const wrongCode = "This code is wrong, or was used already."
	require.JSONEq(t, codeFault("invalid", wrongCode), confirm(first.at(t, 0)).Body.String(), "a secret that was replaced")
	require.JSONEq(t, codeFault("invalid", wrongCode), confirm(second.at(t, 3)).Body.String())
	b.clock.Advance(15 * time.Minute)
	require.JSONEq(t, codeFault("expired", "This took too long. Start again to get another secret."), confirm(second.at(t, 0)).Body.String())
	require.Equal(t, 204, remove().Code, "one that is not in use")

	a := b.enrol(t)
	require.Equal(t, "An authenticator app was added", b.mailbox(t, authEmail)[0].subject)
	var stored []byte
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT group_concat(code_hash, '') FROM recovery_codes`).Scan(&stored))
	for i, code := range a.recovery {
		require.Regexp(t, `^([2-9a-z]{4}-){3}[2-9a-z]{4}$`, code)
		require.NotContains(t, a.recovery[:i], code)
		require.NotContains(t, string(stored), code)
	}
	for _, call := range []*httptest.ResponseRecorder{b.as(t, b.jwt, "POST", totpPath, ""), confirm(a.shows(t))} {
		require.Equal(t, 403, call.Code)
		require.Contains(t, call.Body.String(), "An authenticator app is in use. Remove it first.")
	}
	require.JSONEq(t, unpaid(verification.ChangeSecurity), remove().Body.String())
	require.JSONEq(t, unpaid(verification.ChangeSecurity), remove("X-Temporary-Token", b.paid(t, "CHANGE_SECURITY", `{"action":"change_password"}`)).Body.String())
	require.Equal(t, 204, remove("X-Temporary-Token", b.paid(t, "CHANGE_SECURITY", `{"action":"delete_totp"}`)).Code)
	require.Equal(t, "Your authenticator app was removed", b.mailbox(t, authEmail)[0].subject)
	require.JSONEq(t, settings("standard", "email", nil, false, 0), b.as(t, b.jwt, "GET", securityPath, "").Body.String())

	// A code for one app doesn't make the partner secure with another.
	b.enrol(t)
	temporary := b.paid(t, "CHANGE_SECURITY", `{"security_type":"secure"}`)
	require.Equal(t, 204, remove("X-Temporary-Token", b.paid(t, "CHANGE_SECURITY", `{"action":"delete_totp"}`)).Code)
	b.enrol(t)
	require.JSONEq(t, unpaid(verification.ChangeSecurity), b.change(t, `{"security_type":"secure"}`, temporary).Body.String())
}

func TestSecurity_RemovingTheAppMakesStandard(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	uid := b.begin(t, b.jwt, "CHANGE_SECURITY", `{"action":"delete_totp"}`)
	temporary := field(t, b.complete(t, b.jwt, uid, a.recovery[0]), 200, "verification_token")
	require.Equal(t, "A recovery code was used", b.mailbox(t, authEmail)[0].subject)
	require.Contains(t, b.mailbox(t, authEmail)[0].text, "9 of them are left.")
	require.Equal(t, 204, b.as(t, b.jwt, "DELETE", totpPath, "", "X-Temporary-Token", temporary).Code)
	now := b.clock.Now()
	require.JSONEq(t, settings("standard", "email", &now, false, 0), b.as(t, b.jwt, "GET", securityPath, "").Body.String())
	token(t, b.login(t, "/api/auth/", authPassword))
	require.Equal(t, 200, b.login(t, "/api/auth/", authPassword, a.recovery[1]).Code, "a code that nobody asks for")
}

func TestSecurity_ByTheApp(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	uid := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	require.JSONEq(t, codeFault("invalid", "This code is wrong. 4 tries are left."), b.complete(t, b.jwt, uid, a.at(t, 0)).Body.String(), "it confirmed the app")
	code := a.shows(t)
	require.Equal(t, 400, b.complete(t, b.jwt, uid, wrongFor(code)).Code)
	spaced := code[:3] + " " + code[3:]
	temporary := field(t, b.complete(t, b.jwt, uid, spaced), 200, "verification_token")
	require.NoError(t, b.spend(t, temporary, "1234567.00", "account 44186900123"))

	again := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	require.Equal(t, 400, b.complete(t, b.jwt, again, code).Code, "a step counts once, for whatever operation")
	require.Equal(t, 400, b.complete(t, b.jwt, again, a.at(t, -1)).Code, "nor does an earlier one")
	field(t, b.complete(t, b.jwt, again, a.at(t, 1)), 200, "verification_token")

	late := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	b.clock.Advance(2 * time.Minute)
	require.Equal(t, 400, b.complete(t, b.jwt, late, a.at(t, -2)).Code)
	require.Equal(t, 400, b.complete(t, b.jwt, late, a.at(t, 2)).Code)
	field(t, b.complete(t, b.jwt, late, a.at(t, -1)), 200, "verification_token")

	recovered := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	field(t, b.complete(t, b.jwt, recovered, strings.ToUpper(a.recovery[0])), 200, "verification_token")
	again = b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	require.Equal(t, 400, b.complete(t, b.jwt, again, a.recovery[0]).Code, "once")
	field(t, b.complete(t, b.jwt, again, strings.ReplaceAll(a.recovery[1], "-", "")), 200, "verification_token")
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
	const path = "/api/auth/"
	mistake := func() *httptest.ResponseRecorder { return b.login(t, path, authPassword, "1") }
	for range 4 {
		require.Equal(t, 400, mistake().Code)
		require.Equal(t, 403, b.login(t, path, authPassword).Code, "asking for the code is neither a failure nor a success")
	}
	require.Equal(t, 400, mistake().Code, "the fifth")
	for _, code := range []string{"1", a.at(t, 1), ""} {
		w := b.login(t, path, authPassword, code)
		require.Equal(t, 429, w.Code)
		require.Equal(t, "5", w.Header().Get("Retry-After"))
	}
	b.clock.Advance(5 * time.Second)
	token(t, b.login(t, path, authPassword, a.shows(t)))
	require.Equal(t, 400, mistake().Code, "a success clears the count")

	// A code that a wait refuses is not used up.
	for range 4 {
		require.Equal(t, 400, mistake().Code)
	}
	require.Equal(t, 429, b.login(t, path, authPassword, a.recovery[0]).Code)
	b.clock.Advance(5 * time.Second)
	token(t, b.login(t, path, authPassword, a.recovery[0]))

	// From many addresses: the partner's own count.
	from := func(n int, code string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(`{"login":"`+authEmail+`","password":"`+authPassword+`","code":"`+code+`"}`))
		req.Header.Set("Content-Type", "application/json")
		req.RemoteAddr = fmt.Sprintf("198.51.100.%d:1234", n)
		w := httptest.NewRecorder()
		conform(t, b.router, w, req)
		return w
	}
	code := a.shows(t)
	for n := range 20 {
		require.Equal(t, 400, from(n, "1").Code)
	}
	require.Equal(t, 429, from(100, code).Code)
	uid := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	field(t, b.complete(t, b.jwt, uid, code), 200, "verification_token")
	b.clock.Advance(5 * time.Second)
	token(t, from(100, a.at(t, 1)))

	// Nor do wrong codes of somebody with a token keep the partner from logging in.
	for range 4 {
		uid = b.begin(t, b.jwt, "WITHDRAW", withdrawal)
		for range 5 {
			require.Equal(t, 400, b.complete(t, b.jwt, uid, "1").Code)
		}
	}
	uid = b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	require.Equal(t, 429, b.complete(t, b.jwt, uid, a.recovery[1]).Code)
	token(t, b.login(t, path, authPassword, a.recovery[1]))

	type row struct{ action, details string }
	failures := map[row]int{}
	list, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 AND action = 'login.failed'`, b.partnerID)
	require.NoError(t, err)
	for _, r := range list {
		failures[row{r[0], r[1]}]++
	}
	require.Contains(t, failures, row{"login.failed", `{"failures":5,"reason":"code"}`})
}

func TestSecurity_OneLoginForACode(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	for name, code := range map[string]string{"the app's": a.shows(t), "a recovery code": a.recovery[0]} {
		answers := make([]int, 8)
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() {
				body := `{"login":"` + authEmail + `","password":"` + authPassword + `","code":"` + code + `"}`
				req := httptest.NewRequestWithContext(t.Context(), "POST", "/api/auth/", strings.NewReader(body))
				req.Header.Set("Content-Type", "application/json")
				req.RemoteAddr = fmt.Sprintf("198.51.100.%d:1234", i)
				w := httptest.NewRecorder()
				b.router.ServeHTTP(w, req)
				answers[i] = w.Code
			})
		}
		group.Wait()
		count := map[int]int{}
		for _, status := range answers {
			count[status]++
		}
		require.Equal(t, map[int]int{200: 1, 400: 7}, count, name)
	}
}

func TestSecurity_Password(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	const path, newPassword = "/api/security/password/", "battery staple"
	change := func(old, next, temporary string) *httptest.ResponseRecorder {
		body, err := json.Marshal(map[string]string{"old_password": old, "new_password": next})
		require.NoError(t, err)
		return b.as(t, b.jwt, "POST", path, string(body), "X-Temporary-Token", temporary)
	}
	require.JSONEq(t, unpaid(verification.ChangeSecurity), change(authPassword, newPassword, "").Body.String())
	require.JSONEq(t, unpaid(verification.ChangeSecurity), change(authPassword, newPassword, "no token").Body.String())
	temporary := b.paid(t, "CHANGE_SECURITY", `{"action":"change_password"}`)
	require.JSONEq(t, wrong("new_password", "min_length", "Ensure this field has at least 8 characters."), change(authPassword, "short", temporary).Body.String())
	notYours := wrong("old_password", "invalid", "This is not your password.")
	for range 5 {
		require.JSONEq(t, notYours, change("wrong horse", newPassword, temporary).Body.String())
	}
	require.Equal(t, 429, change(authPassword, newPassword, temporary).Code)
	b.clock.Advance(5 * time.Second)
	fresh := token(t, change(authPassword, newPassword, temporary))
	require.Equal(t, "Your password was changed", b.mailbox(t, authEmail)[0].subject)
	require.Equal(t, 401, b.as(t, b.jwt, "GET", securityPath, "").Code, "all sessions end")
	require.Equal(t, 200, b.as(t, fresh, "GET", securityPath, "").Code)
	require.Equal(t, 401, b.login(t, "/api/auth/", authPassword).Code)
	token(t, b.login(t, "/api/auth/", newPassword))
	b.jwt = fresh
	require.JSONEq(t, unpaid(verification.ChangeSecurity), change(newPassword, authPassword, temporary).Body.String(), "a token pays once")
}

func TestSecurity_IsForPersons(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID})
	require.NoError(t, err)
	require.Equal(t, 200, b.as(t, key, "GET", securityPath, "").Code)
	for _, call := range [][3]string{
		{"PATCH", securityPath, `{"security_type":"standard"}`},
		{"POST", totpPath, ""},
		{"POST", totpPath + "confirm/", `{"code":"123456"}`},
		{"DELETE", totpPath, ""},
		{"POST", "/api/security/password/", `{"old_password":"correct horse","new_password":"battery staple"}`},
	} {
		require.Equal(t, 403, b.as(t, key, call[0], call[1], call[2]).Code, call)
		require.Equal(t, 401, b.as(t, "", call[0], call[1], call[2]).Code, call)
	}
	actions, err := collectRows(t, b, `SELECT action, actor FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.partnerID)
	require.NoError(t, err)
	require.Contains(t, actions, []string{"login.succeeded", "partner"})
}

// Everything that changed is in the partner's log, and nothing that lets
// somebody in.
func TestSecurity_IsRecorded(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	a := b.secured(t)
	token(t, b.login(t, "/api/auth/", authPassword, a.recovery[0]))
	uid := b.begin(t, b.jwt, "CHANGE_SECURITY", `{"action":"delete_totp"}`)
	temporary := field(t, b.complete(t, b.jwt, uid, a.shows(t)), 200, "verification_token")
	require.Equal(t, 204, b.as(t, b.jwt, "DELETE", totpPath, "", "X-Temporary-Token", temporary).Code)
	rows, err := collectRows(t, b, `SELECT action, details FROM audit_log WHERE partner_id = $1 ORDER BY entry_id`, b.partnerID)
	require.NoError(t, err)
	var actions []string
	for _, r := range rows {
		actions = append(actions, r[0])
		for _, secret := range append(a.recovery, a.secret, temporary) {
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
