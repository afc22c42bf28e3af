package partner_test

// These tests send raw requests, because they check the form of bodies: which
// fields bodies have, in which forms the fields can be written, and what
// existing programs send.

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/id"
)

func codeFault(code, message string) string { return apitest.Wrong("code", code, message) }

func TestVerification_Bodies(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	w := b.As(t, b.JWT, "POST", apitest.OperationsPath, `{"operation_type":"WITHDRAW","payload":`+apitest.Withdrawal+`}`)
	uid := apitest.Field(t, w, 201, "verification_uid")
	require.JSONEq(t, `{"verification_uid":"`+uid+`","channel":"email","expires_at":"2026-06-30T12:10:00Z"}`, w.Body.String())
	code, complete := b.MailedCode(t, apitest.AuthEmail), apitest.OperationsPath+uid+"/complete/"
	w = b.As(t, b.JWT, "POST", complete, `{"code":"`+apitest.WrongFor(code)+`"}`)
	require.Equal(t, 400, w.Code)
	require.JSONEq(t, codeFault("invalid", "This code is wrong. 4 tries are left."), w.Body.String())
	require.JSONEq(t, codeFault("required", "This field is required."), b.As(t, b.JWT, "POST", complete, `{}`).Body.String())
	require.Equal(t, 401, b.As(t, "", "POST", complete, `{"code":"`+code+`"}`).Code)
	w = b.As(t, b.JWT, "POST", complete, `{"code":"`+code+`"}`)
	require.JSONEq(t, `{"verification_token":"`+apitest.Field(t, w, 200, "verification_token")+`"}`, w.Body.String())
}

func TestVerification_WrongBodies(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
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
		w := b.As(t, b.JWT, "POST", apitest.OperationsPath, body)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	require.Empty(t, b.Mailbox(t, apitest.AuthEmail), "a refused request sends no mail")
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
