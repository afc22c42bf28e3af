package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
)

// AddVerification declares the operations with which a partner gets temporary
// tokens. A temporary token does not replace the scopes that an operation
// requires.
func AddVerification(r *httpapi.Router, s *verification.Service) {
	h := verificationAPI{s}
	r.Mount(wire.TagVerification,
		httpapi.POST("/api/v1/verification/operations/", wire.Write, h.verificationStart, verificationStart),
		httpapi.POST("/api/v1/verification/operations/{verification_uid}/complete/", wire.Write, h.verificationComplete, verificationComplete),
		httpapi.POST("/v4/kyc_back/api/v3/verify/operation/init", wire.Write, h.verificationStartKyc, verificationStartKyc),
		httpapi.POST("/v4/kyc_back/api/v2/verify/operation/complete", wire.Write, h.verificationCompleteKyc, verificationCompleteKyc),
	)
}

type verificationAPI struct{ s *verification.Service }

type operationIn struct {
	Type    string          `json:"operation_type" required:"true" enum:"APPROVE_REBATES,SET_AGENT_COMMISSION,WITHDRAW,CHANGE_SECURITY,CREATE_API_KEY,CREATE_WEBHOOK" doc:"Operation that the code is for."`
	Payload json.RawMessage `json:"payload" required:"true" doc:"Content of the operation, as a JSON object. The code is valid only for this content."`
}

type operationOut struct {
	ID        id.UUID   `json:"verification_uid" doc:"Id of the operation. Send it with the code."`
	Channel   string    `json:"channel" enum:"email,totp" doc:"Channel of the code. email: the code was sent by e-mail. totp: the authenticator app shows the code."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the code expires."`
}

type completeIn struct {
	ID   id.UUID `path:"verification_uid" doc:"Id of the operation, from the response to the request for a code."`
	Code string  `json:"code" required:"true" maxLength:"64" doc:"Code of six digits, or a recovery code." example:"482913"`
}

type completeOut struct {
	Token string `json:"verification_token" doc:"Token for the sensitive operation. Send it once, within 10 minutes, in the header X-Temporary-Token." example:"k0NvQ2..."`
}

// kycStartIn has the same values as operationIn, in fields with the names that
// existing programs send.
type kycStartIn struct {
	Type     string          `json:"operation_type" required:"true" enum:"APPROVE_REBATES,SET_AGENT_COMMISSION,WITHDRAW,CHANGE_SECURITY,CREATE_API_KEY,CREATE_WEBHOOK" doc:"Operation that the code is for."`
	Payload  json.RawMessage `json:"additional_data" doc:"Content of the operation, as a JSON object or as a string that contains a JSON object. The code is valid only for this content."`
	Metadata json.RawMessage `json:"metadata" doc:"Used instead of additional_data if additional_data is missing."`
	Method   *string         `json:"verification_method" doc:"Channel of the code, email or totp. It must be the partner's own channel. Absent or null means the partner's channel." example:"email"`
	Session  json.RawMessage `json:"session_uid" doc:"Accepted and ignored."`
}

type kycStartOut struct {
	ID id.UUID `json:"verification_uid" doc:"Id of the operation. Send it with the code."`
}

type kycCompleteIn struct {
	ID      id.UUID         `json:"verification_uid" required:"true" doc:"Id of the operation, from the response to the request for a code."`
	Code    string          `json:"code" required:"true" maxLength:"64" doc:"Code of six digits, or a recovery code." example:"482913"`
	Session json.RawMessage `json:"session_uid" doc:"Accepted and ignored."`
}

const (
	operationExample = `{"verification_uid":"0197c0de-0000-7000-8000-000000000001","channel":"email","expires_at":"2026-06-30T12:10:00Z"}`
	completeExample  = `{"verification_token":"k0NvQ2..."}`
	startText        = "Starts an operation that needs a code. A standard partner gets the code by e-mail. In the plain text of the mail, the code " +
		"is the only number of six digits. A secure partner uses its authenticator app or a recovery code. A code is valid for 10 minutes " +
		"and 5 attempts, and only for the content of this request.\n\n" +
		"With a partner's token, 10 operations can be started in 10 minutes and 100 a day. The same limits apply separately to CHANGE_SECURITY. " +
		"An API key can start 5 operations in 10 minutes and 50 a day. All keys of a partner together can start 10 operations in 10 minutes and " +
		"100 a day. Further requests are refused with 429. Operations that keys start do not count towards the limits of the partner's token.\n\n" +
		"A key can start only operations that it may carry out itself, and never CHANGE_SECURITY, CREATE_API_KEY or CREATE_WEBHOOK. " +
		"A key can complete only operations that it started."
	completeText = "Exchanges a code for a token. The sensitive operation accepts the token once, within 10 minutes, in the header " +
		"`X-Temporary-Token`. A wrong code is a ValidationError on `code`. The fifth wrong code ends the operation."
)

// codeAreas are the areas of the API that contain operations which need a code.
var codeAreas = []string{identity.AreaRebates, identity.AreaWallet, identity.AreaAgents}

// areaOf contains the operations for which an API key can request a code, each
// with its area of the API.
var areaOf = map[verification.Type]string{
	verification.ApproveRebates: identity.AreaRebates, verification.Withdraw: identity.AreaWallet, verification.SetAgentCommission: identity.AreaAgents,
}

// mayAsk reports whether a caller is allowed to request a code for an operation. An
// API key is allowed to request a code only for operations that the key's scopes
// include.
func mayAsk(who caller.Caller, t verification.Type) bool {
	if !who.Key {
		return true
	}
	area, ofKeys := areaOf[t]
	return ofKeys && (len(who.Scopes) == 0 || slices.Contains(who.Scopes, identity.ScopeWrite) || slices.Contains(who.Scopes, area))
}

// methods maps the values of verification_method that programs send to channels.
var methods = map[string]verification.Channel{
	"": "", "email": verification.Email, "e-mail": verification.Email, "mail": verification.Email,
	"totp": verification.TOTP, "otp": verification.TOTP, "app": verification.TOTP,
	"authenticator": verification.TOTP, "authenticator_app": verification.TOTP, "google_authenticator": verification.TOTP,
}

// channelOf returns the channel by which a program wants to get the code. It returns
// "" for the partner's usual channel.
func channelOf(method *string) (verification.Channel, error) {
	if method == nil {
		return "", nil
	}
	channel, known := methods[strings.ToLower(strings.TrimSpace(*method))]
	if !known {
		return "", fault.Invalid("verification_method", "invalid_choice", "Choose email or totp, or omit the field.")
	}
	return channel, nil
}

func startOperation(
	ctx context.Context, s *verification.Service, kind, field string, payload json.RawMessage, method verification.Channel,
) (verification.Started, error) {
	content, err := objectOf(field, payload)
	if err != nil {
		return verification.Started{}, err
	}
	if !mayAsk(caller.Must(ctx), verification.Type(kind)) {
		return verification.Started{}, fault.New(fault.PermissionDenied)
	}
	started, err := s.StartBy(ctx, partnerOf(ctx), verification.Type(kind), content, method)
	return started, renameField(err, field)
}

func completeOperation(ctx context.Context, s *verification.Service, operationID id.UUID, code string) (*completeOut, error) {
	token, err := s.Complete(ctx, partnerOf(ctx), operationID, code)
	if err != nil {
		return nil, err
	}
	return &completeOut{Token: token}, nil
}

func isMissing(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null")) || bytes.Equal(raw, []byte(`""`))
}

// objectOf returns the JSON object in a field. Some programs send the object as a
// string that contains JSON.
func objectOf(field string, raw json.RawMessage) (json.RawMessage, error) {
	if isMissing(raw) {
		return nil, fault.Invalid(field, "required", "This field is required.")
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
		if err := bind.CheckJSON(field, raw); err != nil {
			return nil, err
		}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return nil, fault.Invalid(field, "invalid", "Expected a JSON object.")
	}
	return raw, nil
}

// renameField changes an error about the field "payload", so that the error
// names the field that the caller sent.
func renameField(err error, field string) error {
	return fault.Renamed(err, func(name string) string {
		inside, isPayload := strings.CutPrefix(name, "payload")
		if isPayload {
			return field + inside
		}
		return name
	})
}

var verificationStart = httpapi.Op{
	ID:      "verification_start",
	Areas:   codeAreas,
	Status:  http.StatusCreated,
	Summary: "Request a code",
	Description: startText + "\n\nThe content of `payload` depends on `operation_type`:\n\n" +
		"- `APPROVE_REBATES`: the `verification_payload` of `approve/start/`\n\n" +
		"- `SET_AGENT_COMMISSION`: `share_perc`, and optionally `link_id` and `cap_amount_usd`. Without `link_id`, the token is valid for one " +
		"agreement with this share on any of the partner's links.\n\n" +
		"- `WITHDRAW`: the body of the withdrawal request\n\n" +
		"- `CHANGE_SECURITY`: the body of `PATCH /api/security/`, `{\"action\": \"delete_totp\"}` or `{\"action\": \"change_password\"}`\n\n" +
		"- `CREATE_API_KEY`: `name` and `scopes`\n\n" +
		"- `CREATE_WEBHOOK`: the `url` of a webhook on a host that none of the partner's webhooks calls yet",
	Request: json.RawMessage(`{"operation_type":"SET_AGENT_COMMISSION","payload":{"link_id":12,"share_perc":30,"cap_amount_usd":500}}`),
	Example: json.RawMessage(operationExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h verificationAPI) verificationStart(ctx context.Context, in *operationIn) (*operationOut, error) {
	started, err := startOperation(ctx, h.s, in.Type, "payload", in.Payload, "")
	if err != nil {
		return nil, err
	}
	return &operationOut{ID: started.ID, Channel: string(started.Channel), ExpiresAt: started.ExpiresAt}, nil
}

var verificationComplete = httpapi.Op{
	ID:          "verification_complete",
	Areas:       codeAreas,
	Unkeyed:     true,
	Summary:     "Exchange a code for a token",
	Description: completeText,
	Request:     map[string]string{"code": "482913"},
	Example:     json.RawMessage(completeExample),
	Errors:      []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h verificationAPI) verificationComplete(ctx context.Context, in *completeIn) (*completeOut, error) {
	return completeOperation(ctx, h.s, in.ID, in.Code)
}

var verificationStartKyc = httpapi.Op{
	ID:          "verification_start_kyc",
	Areas:       codeAreas,
	Summary:     "Request a code at the path that existing programs use",
	Description: startText,
	Request: json.RawMessage(`{"operation_type":"APPROVE_REBATES","additional_data":{"rebate_ids":[12]},"verification_method":"email",` +
		`"metadata":{},"session_uid":"f6b1c2d3-0000-4000-8000-000000000000"}`),
	Example: json.RawMessage(`{"verification_uid":"0197c0de-0000-7000-8000-000000000001"}`),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h verificationAPI) verificationStartKyc(ctx context.Context, in *kycStartIn) (*kycStartOut, error) {
	field, payload := "additional_data", in.Payload
	if isMissing(payload) && !isMissing(in.Metadata) {
		field, payload = "metadata", in.Metadata
	}
	method, err := channelOf(in.Method)
	if err != nil {
		return nil, err
	}
	started, err := startOperation(ctx, h.s, in.Type, field, payload, method)
	if err != nil {
		return nil, err
	}
	return &kycStartOut{ID: started.ID}, nil
}

var verificationCompleteKyc = httpapi.Op{
	ID:          "verification_complete_kyc",
	Areas:       codeAreas,
	Unkeyed:     true,
	Summary:     "Exchange a code for a token at the path that existing programs use",
	Description: completeText,
	Request: json.RawMessage(`{"verification_uid":"0197c0de-0000-7000-8000-000000000001","code":"482913",` +
		`"session_uid":"f6b1c2d3-0000-4000-8000-000000000000"}`),
	Example: json.RawMessage(completeExample),
	Errors:  []fault.Code{fault.PermissionDenied, fault.NotFound},
}

func (h verificationAPI) verificationCompleteKyc(ctx context.Context, in *kycCompleteIn) (*completeOut, error) {
	return completeOperation(ctx, h.s, in.ID, in.Code)
}
