package partner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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

func codeFault(code, message string) string { return apitest.Wrong("code", code, message) }

func TestVerification_ByEmail(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	w := b.As(t, b.JWT, "POST", apitest.OperationsPath, `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`)
	uid := apitest.Field(t, w, 201, "verification_uid")
	require.JSONEq(t, `{"verification_uid":"`+uid+`","channel":"email","expires_at":"2026-06-30T12:10:00Z"}`, w.Body.String())
	code := b.MailedCode(t, apitest.AuthEmail)
	text := b.Mailbox(t, apitest.AuthEmail)[0].Text
	require.Contains(t, text, "Withdraw 12.00 USD by bank_transfer to DE89 3704 0044 0532 0130 00", "only the code has six digits in a row")

	var stored string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT code_hash FROM verifications`).Scan(&stored))
	require.NotContains(t, stored, code)

	require.JSONEq(t, codeFault("invalid", "This code is wrong. 4 tries are left."), b.Complete(t, b.JWT, uid, apitest.WrongFor(code)).Body.String())
	spaced := code[:3] + " " + code[3:]
	w = b.Complete(t, b.JWT, uid, spaced)
	token := apitest.Field(t, w, 200, "verification_token")
	require.JSONEq(t, `{"verification_token":"`+token+`"}`, w.Body.String())
	require.GreaterOrEqual(t, len(token), 40)
	w = b.Complete(t, b.JWT, uid, code)
	require.Equal(t, 400, w.Code)
	require.JSONEq(t, codeFault("already_used", "This code has already been used. Start again to get another one."), w.Body.String())

	denied := func(err error, why string) {
		t.Helper()
		require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err), why)
	}
	denied(b.Spend(t, token, "12.01"), "another amount")
	denied(b.Spend(t, apitest.WrongFor(code), "12.00"), "another token")
	require.NoError(t, b.Spend(t, token, "12.00"))
	denied(b.Spend(t, token, "12.00"), "once")

	late := b.Paid(t, "WITHDRAW", apitest.Withdrawal)
	b.Clock.Advance(verification.TokenLife)
	denied(b.Spend(t, late, "12.00"), "too late")
}

func TestVerification_FiveTries(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	uid := b.Begin(t, b.JWT, "WITHDRAW", apitest.Withdrawal)
	code := b.MailedCode(t, apitest.AuthEmail)
	for n, left := range []string{"4 tries are left.", "3 tries are left.", "2 tries are left.", "One try is left.", ""} {
		// The operation ignores an Idempotency-Key, because a rollback would also undo the
		// count of wrong codes.
		w := b.As(t, b.JWT, "POST", apitest.OperationsPath+uid+"/complete/", `{"code":"`+apitest.WrongFor(code)+`"}`, "Idempotency-Key", fmt.Sprint("try ", n))
		require.Equal(t, 400, w.Code)
		message := "This code is wrong. " + left
		if left == "" {
			message = "This code is wrong, and it was the last try. Start again to get another one."
		}
		require.JSONEq(t, codeFault("invalid", message), w.Body.String())
	}
	for _, tried := range []string{apitest.WrongFor(code), code} {
		w := b.Complete(t, b.JWT, uid, tried)
		require.Equal(t, 400, w.Code)
		require.JSONEq(t, codeFault("max_tries", "Too many codes were wrong. Start again to get another one."), w.Body.String())
	}
	var failed int
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'verification.failed' AND partner_id = $1`, b.PartnerID).Scan(&failed))
	require.Equal(t, 1, failed)
}

func TestVerification_Refusals(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	others := apitest.Token(t, b.Call(t, "POST", "/api/v2/auth/", apitest.AuthBody(apitest.OtherEmail, apitest.AuthPassword)))
	uid := b.Begin(t, b.JWT, "WITHDRAW", apitest.Withdrawal)
	code := b.MailedCode(t, apitest.AuthEmail)
	start := func(body string) *httptest.ResponseRecorder {
		return b.As(t, b.JWT, "POST", apitest.OperationsPath, body)
	}
	require.JSONEq(t, apitest.NotFound, b.Complete(t, others, uid, code).Body.String(), "another partner's")
	require.Equal(t, 404, b.Complete(t, b.JWT, id.New().String(), code).Code)
	require.Equal(t, 404, b.Complete(t, b.JWT, "no-uuid", code).Code)
	require.Equal(t, 401, b.Complete(t, "", uid, code).Code)
	require.JSONEq(t, apitest.Wrong("code", "required", "This field is required."), b.As(t, b.JWT, "POST", apitest.OperationsPath+uid+"/complete/", `{}`).Body.String())
	for body, want := range map[string]string{
		`{}`: `{"code":"ValidationError","message":"Bad request","details":[{"field":"operation_type","message":"This field is required.","code":"required"},
			{"field":"payload","message":"This field is required.","code":"required"}]}`,
		`{"operation_type":"PAY","payload":{}}`:                                         apitest.Wrong("operation_type", "invalid_choice", `\"PAY\" is not a valid choice.`),
		`{"operation_type":"APPROVE_REBATES","payload":{}}`:                             apitest.Wrong("payload.requested_at", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","payload":{}}`:                                    apitest.Wrong("payload.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","payload":[1]}`:                                   apitest.Wrong("payload", "invalid", "Expected a JSON object."),
		`{"operation_type":"WITHDRAW","payload":"{"}`:                                   apitest.Wrong("payload", "invalid", "Expected a JSON object."),
		`{"operation_type":"WITHDRAW","payload":{"amount":1,"amount":2}}`:               apitest.Wrong("payload.amount", "duplicate_field", "This field is given twice. Send it once."),
		`{"operation_type":"WITHDRAW","payload":"{\"amount\":1,\"amount\":2}"}`:         apitest.Wrong("payload.amount", "duplicate_field", "This field is given twice. Send it once."),
		`{"operation_type":"WITHDRAW","payload":null}`:                                  apitest.Wrong("payload", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{}}`:                             apitest.Wrong("payload.security_type", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"Security_Type":"secure"}}`:     apitest.Wrong("payload.security_type", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":"none"}}`:       apitest.Wrong("payload.security_type", "invalid_choice", "Choose standard or secure."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":1}}`:            apitest.Wrong("payload.security_type", "invalid", "Not a valid string."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":"standard"}}`:   apitest.Wrong("payload.security_type", "unchanged", "The security type is already standard."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"channel":"totp"}}`:             apitest.Wrong("payload.security_type", "totp_required", "Confirm an authenticator app first."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"channel":"sms"}}`:              apitest.Wrong("payload.channel", "invalid_choice", "Choose email or totp."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"action":"delete_totp"}}`:       apitest.Wrong("payload.action", "invalid", "There is no authenticator app to remove."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"action":"delete_everything"}}`: apitest.Wrong("payload.action", "invalid_choice", "Choose change_type, delete_totp or change_password."),
	} {
		w := start(body)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	require.Len(t, b.Mailbox(t, apitest.AuthEmail), 1, "a refused request sends no mail")
	b.Clock.Advance(verification.CodeLife)
	w := b.Complete(t, b.JWT, uid, code)
	require.JSONEq(t, codeFault("expired", "This code has expired. Start again to get another one."), w.Body.String())
}

func TestVerification_AsExistingProgramsDo(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	const start, complete = "/v4/kyc_back/api/v3/verify/operation/init", "/v4/kyc_back/api/v2/verify/operation/complete"
	quoted, err := json.Marshal(apitest.Withdrawal)
	require.NoError(t, err)
	for _, body := range []string{
		`{"operation_type":"WITHDRAW","additional_data":` + apitest.Withdrawal + `,"verification_method":"EMAIL","metadata":{},"session_uid":"s"}`,
		`{"operation_type":"WITHDRAW","additional_data":` + string(quoted) + `,"verification_method":null,"metadata":null,"session_uid":null}`,
		`{"operation_type":"WITHDRAW","additional_data":null,"verification_method":"e-mail","metadata":` + apitest.Withdrawal + `,"session_uid":7,"more":[]}`,
		`{"operation_type":"WITHDRAW","additional_data":"","metadata":` + string(quoted) + `}`,
	} {
		for _, slash := range []string{"", "/"} {
			w := b.As(t, b.JWT, "POST", start+slash, body)
			uid := apitest.Field(t, w, 200, "verification_uid")
			require.JSONEq(t, `{"verification_uid":"`+uid+`"}`, w.Body.String())
			code := b.MailedCode(t, apitest.AuthEmail)
			w = b.As(t, b.JWT, "POST", complete+slash, `{"verification_uid":"`+uid+`","code":"`+apitest.WrongFor(code)+`","session_uid":null}`)
			require.Equal(t, 400, w.Code)
			w = b.As(t, b.JWT, "POST", complete+slash, `{"verification_uid":"`+uid+`","code":"`+code+`","session_uid":null}`)
			token := apitest.Field(t, w, 200, "verification_token")
			require.JSONEq(t, `{"verification_token":"`+token+`"}`, w.Body.String())
			require.NoError(t, b.Spend(t, token, "12.00"))
			b.Clock.Advance(time.Minute)
		}
	}
	for body, want := range map[string]string{
		`{"operation_type":"WITHDRAW"}`:                                       apitest.Wrong("additional_data", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":{}}`:                  apitest.Wrong("additional_data.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","metadata":{}}`:                         apitest.Wrong("metadata.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":7}`:                   apitest.Wrong("additional_data", "invalid", "Expected a JSON object."),
		`{"additional_data":{}}`:                                              apitest.Wrong("operation_type", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":"\"{\\\"a\\\":1}\""}`: apitest.Wrong("additional_data", "invalid", "Expected a JSON object."),
	} {
		w := b.As(t, b.JWT, "POST", start, body)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	w := b.As(t, b.JWT, "POST", complete, `{"verification_uid":"`+id.New().String()+`","code":"123456"}`)
	require.Equal(t, 404, w.Code)
	w = b.As(t, b.JWT, "POST", complete, `{"verification_uid":"x","code":"123456"}`)
	require.JSONEq(t, apitest.Wrong("verification_uid", "invalid", "Must be a valid UUID."), w.Body.String())
	require.Equal(t, 404, b.As(t, b.JWT, "GET", "/v4/kyc_back/", "").Code)
}

func TestVerification_IsNotForFlooding(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	start := func() *httptest.ResponseRecorder {
		return b.As(t, b.JWT, "POST", apitest.OperationsPath, `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`)
	}
	for range 10 {
		require.Equal(t, 201, start().Code)
		b.Clock.Advance(30 * time.Second)
	}
	w := start()
	require.Equal(t, 429, w.Code)
	require.Equal(t, "300", w.Header().Get("Retry-After"), "the wait ends when the first is 10 minutes old")
	others := apitest.Token(t, b.Call(t, "POST", "/api/v2/auth/", apitest.AuthBody(apitest.OtherEmail, apitest.AuthPassword)))
	b.Begin(t, others, "WITHDRAW", apitest.WithdrawalOf("12.00", apitest.AccountB))
	b.Clock.Advance(300 * time.Second)
	require.Equal(t, 201, start().Code)
	require.Equal(t, 429, start().Code)
	for range 89 {
		b.Clock.Advance(90 * time.Second)
		require.Equal(t, 201, start().Code)
	}
	b.Clock.Advance(90 * time.Second)
	w = start()
	require.Equal(t, 429, w.Code)
	require.Greater(t, len(w.Header().Get("Retry-After")), 4, "a hundred a day")
}

func TestVerification_OneTokenForManyRightCodes(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	uid := b.Begin(t, b.JWT, "WITHDRAW", apitest.Withdrawal)
	code := b.MailedCode(t, apitest.AuthEmail)
	answers := make([]*httptest.ResponseRecorder, 12)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			req := httptest.NewRequestWithContext(t.Context(), "POST", apitest.OperationsPath+uid+"/complete/", strings.NewReader(`{"code":"`+code+`"}`))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "JWT "+b.JWT)
			answers[i] = httptest.NewRecorder()
			b.Router.ServeHTTP(answers[i], req)
		})
	}
	group.Wait()
	count := map[int]int{}
	for _, w := range answers {
		count[w.Code]++
	}
	require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusBadRequest: 11}, count)
}

func TestVerification_StartedOnceWithAKey(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	body := `{"operation_type":"WITHDRAW","payload":` + apitest.Withdrawal + `}`
	first := b.As(t, b.JWT, "POST", apitest.OperationsPath, body, "Idempotency-Key", "k")
	again := b.As(t, b.JWT, "POST", apitest.OperationsPath, body, "Idempotency-Key", "k")
	require.Equal(t, 201, first.Code)
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Len(t, b.Mailbox(t, apitest.AuthEmail), 1)
	uid := apitest.Field(t, first, 201, "verification_uid")
	apitest.Field(t, b.Complete(t, b.JWT, uid, b.MailedCode(t, apitest.AuthEmail)), 200, "verification_token")
}

func TestVerification_WithAKey(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	key, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Scopes: []string{identity.AreaWallet}})
	require.NoError(t, err)
	uid := b.Begin(t, key, "WITHDRAW", apitest.Withdrawal)
	apitest.Field(t, b.Complete(t, key, uid, b.MailedCode(t, apitest.AuthEmail)), 200, "verification_token")
	w := b.As(t, key, "POST", apitest.OperationsPath, `{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`)
	require.Equal(t, 403, w.Code, "a key cannot change security")
	for _, scope := range []string{identity.ScopeRead, identity.AreaReports} {
		reader, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Scopes: []string{scope}})
		require.NoError(t, err)
		require.Equal(t, 403, b.As(t, reader, "POST", apitest.OperationsPath, `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`).Code)
		require.Equal(t, 403, b.Complete(t, reader, uid, "123456").Code)
	}
	broker, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	require.Equal(t, 403, b.As(t, broker, "POST", apitest.OperationsPath, `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`).Code)
}

func TestVerification_TheMethodIsHonoured(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	start := func(method string) *httptest.ResponseRecorder {
		return b.As(t, b.JWT, "POST", "/v4/kyc_back/api/v3/verify/operation/init",
			`{"operation_type":"WITHDRAW","additional_data":`+apitest.Withdrawal+`,"verification_method":`+method+`}`)
	}
	for _, method := range []string{`"email"`, `" EMAIL "`, `"e-mail"`, `""`, "null"} {
		require.Equal(t, 200, start(method).Code, method)
	}
	for method, code := range map[string]string{
		`"totp"`: "wrong_channel", `"AUTHENTICATOR"`: "wrong_channel", `"sms"`: "invalid_choice", `{"a":1}`: "invalid", `["email"]`: "invalid",
	} {
		apitest.RefusedField(t, start(method), "verification_method", code)
	}
	b.Exec(t, `UPDATE partner_security SET security_type = 'secure' WHERE partner_id = $1`, b.PartnerID)
	apitest.RefusedField(t, start(`"email"`), "verification_method", "wrong_channel")
	require.Equal(t, 200, start(`"totp"`).Code)
}

// TestVerification_CodesAreReadHoweverTheyWereCopied checks that a code is accepted
// however a person copies it, for example with spaces.
func TestVerification_CodesAreReadHoweverTheyWereCopied(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	for i, spelled := range []func(string) string{
		func(c string) string { return "\u200e" + c[:3] + "\u00a0" + c[3:] + "\u200f" },
		func(c string) string { return c[:3] + "\u202f" + c[3:] + `\r\n` },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\uff10' }, c) },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, c) },
	} {
		uid := apitest.Field(t, b.As(t, b.JWT, "POST", "/api/v1/verification/operations/", `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`), 201, "verification_uid")
		w := b.Complete(t, b.JWT, uid, spelled(b.MailedCode(t, apitest.AuthEmail)))
		require.Equal(t, 200, w.Code, "%d: %s", i, w.Body)
	}
}
