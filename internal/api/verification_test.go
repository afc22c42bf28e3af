package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	partnerapi "github.com/tributary-server/tributary/internal/api/partner"
	"github.com/tributary-server/tributary/internal/api/public"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/verification"
)

// secureBundle is the router with sign-in and codes, and two partners who can
// sign in.
type secureBundle struct {
	*authBundle
	store identity.Store
	other id.UUID
	jwt   string // of the partner
}

const otherEmail = "other@example.com"

func setupSecure(t *testing.T) *secureBundle {
	t.Helper()
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
	require.NoError(t, err)
	database := db.Joining(file)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	b := &secureBundle{authBundle: &authBundle{db: database, clock: clock.At(authStart), partnerID: id.New()}, store: identity.NewStore(database), other: id.New()}
	log := slog.New(slog.DiscardHandler)
	mails, entries := mail.NewSQLStore(database, b.clock, func() {}), audit.NewSQLLog(database, b.clock)
	b.service = identity.New(b.store, b.clock, log, identity.Config{
		Params: identity.Params{MemoryKiB: 64, Passes: 1, Threads: 1}, Audit: entries, Mails: mails,
	})
	t.Cleanup(func() { require.NoError(t, b.service.Close()) })
	operations := verification.New(verification.NewStore(database), b.clock, verification.Config{
		Binders:  map[verification.Type]verification.Binder{verification.ChangeSecurity: b.service.SecurityBinder(), verification.Withdraw: withdrawals{}},
		Security: b.service, Mails: mails, Audit: entries, MemoryKiB: 64,
	})
	for partnerID, email := range map[id.UUID]string{b.partnerID: authEmail, b.other: otherEmail} {
		b.exec(t, `INSERT INTO partners (partner_id, email, country, programme, currency, partner_account, status, verified, registered_at, next_number)
			VALUES ($1, $2, 'TH', 'ib', 'USD', '1163683105934900000', 'active', $3, 0, 1)`, partnerID, email, true)
		b.exec(t, `INSERT INTO sign_in_emails (email, partner_id) VALUES ($1, $2)`, email, partnerID)
		require.NoError(t, b.service.SetPassword(t.Context(), partnerID, authPassword))
	}
	b.router = httpapi.New(httpapi.Config{
		Authenticator: b.service, Clock: b.clock, Logger: log, Title: "Test", Version: "1", PartnerLimit: httpapi.Limit{Rate: -1},
		Idempotency: idempotency.New(idempotency.NewSQLStore(database), b.clock),
	})
	public.AddAuth(b.router, b.service)
	partnerapi.AddSecurity(b.router, b.service)
	partnerapi.AddVerification(b.router, operations)
	b.jwt = token(t, b.call(t, "POST", "/api/v2/auth/", authBody(authEmail, authPassword)))
	return b
}

// withdrawals binds {"amount", "to"}.
type withdrawals struct{}

func (withdrawals) Bind(_ context.Context, _ id.UUID, payload json.RawMessage) (verification.Bound, error) {
	var in struct{ Amount, To string }
	if json.Unmarshal(payload, &in) != nil || in.Amount == "" {
		return verification.Bound{}, fault.Invalid("amount", "required", "This field is required.")
	}
	return verification.Bound{
		Digest: verification.DigestOf(verification.Withdraw, in.Amount, in.To), Summary: "Withdraw " + in.Amount + " USD to " + in.To,
	}, nil
}

func (b *secureBundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}

// as makes a call with or without a token.
func (b *secureBundle) as(t *testing.T, jwt, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	if jwt != "" {
		pairs = append(pairs, "Authorization", "JWT "+jwt)
	}
	return b.call(t, method, target, body, pairs...)
}

// field returns a text field of an answer.
func field(t *testing.T, w *httptest.ResponseRecorder, status int, name string) string {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	var out map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	return out[name].(string)
}

type mailRow struct{ kind, to, subject, text, html string }

// mailbox returns the mails to an address, latest first.
func (b *secureBundle) mailbox(t *testing.T, to string) []mailRow {
	t.Helper()
	list, err := db.Collect(t.Context(), b.db, func(rows db.Rows) (m mailRow, err error) {
		err = rows.Scan(&m.kind, &m.to, &m.subject, &m.text, &m.html)
		return m, err
	}, `SELECT kind, recipient, subject, text_body, html_body FROM mails WHERE recipient = $1 ORDER BY mail_id DESC`, to)
	require.NoError(t, err)
	return list
}

var sixDigits = regexp.MustCompile(`\d{6,}`)

// mailedCode returns the code in the latest mail: the only six digits in its
// text.
func (b *secureBundle) mailedCode(t *testing.T, to string) string {
	t.Helper()
	mails := b.mailbox(t, to)
	require.NotEmpty(t, mails)
	require.Equal(t, "verification_code", mails[0].kind)
	found := sixDigits.FindAllString(mails[0].text, -1)
	require.Len(t, found, 1, mails[0].text)
	require.Len(t, found[0], 6)
	require.Contains(t, mails[0].html, found[0])
	require.Empty(t, sixDigits.FindString(mails[0].subject))
	return found[0]
}

// wrongFor returns a code that is not this one.
func wrongFor(code string) string {
	if code == "123456" {
		return "123457"
	}
	return "123456"
}

const operationsPath = "/api/v1/verification/operations/"

// begin starts an operation and returns its id.
func (b *secureBundle) begin(t *testing.T, jwt, kind, payload string) string {
	t.Helper()
	return field(t, b.as(t, jwt, "POST", operationsPath, `{"operation_type":"`+kind+`","payload":`+payload+`}`), 201, "verification_uid")
}

func (b *secureBundle) complete(t *testing.T, jwt, uid, code string) *httptest.ResponseRecorder {
	t.Helper()
	return b.as(t, jwt, "POST", operationsPath+uid+"/complete/", `{"code":"`+code+`"}`)
}

// paid returns a token from the code in the partner's mailbox.
func (b *secureBundle) paid(t *testing.T, kind, payload string) string {
	t.Helper()
	uid := b.begin(t, b.jwt, kind, payload)
	return field(t, b.complete(t, b.jwt, uid, b.mailedCode(t, authEmail)), 200, "verification_token")
}

const withdrawal = `{"amount":"1234567.00","to":"account 44186900123"}`

// spend uses a token as a withdrawal does.
func (b *secureBundle) spend(t *testing.T, token, amount, to string) error {
	t.Helper()
	digest := verification.DigestOf(verification.Withdraw, amount, to)
	return b.store.SpendToken(t.Context(), b.partnerID, verification.Withdraw, token, digest, b.clock.Now())
}

func codeFault(code, message string) string { return wrong("code", code, message) }

func TestVerification_ByEmail(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	w := b.as(t, b.jwt, "POST", operationsPath, `{"operation_type":"WITHDRAW","payload":`+withdrawal+`}`)
	uid := field(t, w, 201, "verification_uid")
	require.JSONEq(t, `{"verification_uid":"`+uid+`","channel":"email","expires_at":"2026-06-30T12:10:00Z"}`, w.Body.String())
	code := b.mailedCode(t, authEmail)
	text := b.mailbox(t, authEmail)[0].text
	require.Contains(t, text, "Withdraw 1 234 567.00 USD to account 44 186 900 123", "only the code has six digits in a row")

	var stored string
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT code_hash FROM verifications`).Scan(&stored))
	require.NotContains(t, stored, code)

	require.JSONEq(t, codeFault("invalid", "This code is wrong. 4 tries are left."), b.complete(t, b.jwt, uid, wrongFor(code)).Body.String())
	spaced := code[:3] + " " + code[3:]
	w = b.complete(t, b.jwt, uid, spaced)
	token := field(t, w, 200, "verification_token")
	require.JSONEq(t, `{"verification_token":"`+token+`"}`, w.Body.String())
	require.GreaterOrEqual(t, len(token), 40)
	w = b.complete(t, b.jwt, uid, code)
	require.Equal(t, 400, w.Code)
	require.JSONEq(t, codeFault("already_used", "This code has already been used. Start again to get another one."), w.Body.String())

	denied := fault.New(fault.PermissionDenied)
	require.ErrorIs(t, b.spend(t, token, "1234567.01", "account 44186900123"), denied, "another amount")
	require.ErrorIs(t, b.spend(t, wrongFor(code), "1234567.00", "account 44186900123"), denied)
	require.NoError(t, b.spend(t, token, "1234567.00", "account 44186900123"))
	require.ErrorIs(t, b.spend(t, token, "1234567.00", "account 44186900123"), denied, "once")

	late := b.paid(t, "WITHDRAW", withdrawal)
	b.clock.Advance(verification.TokenLife)
	require.ErrorIs(t, b.spend(t, late, "1234567.00", "account 44186900123"), denied, "too late")
}

func TestVerification_FiveTries(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	uid := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	code := b.mailedCode(t, authEmail)
	for n, left := range []string{"4 tries are left.", "3 tries are left.", "2 tries are left.", "One try is left.", ""} {
		// An Idempotency-Key would undo the count, so the header is ignored.
		w := b.as(t, b.jwt, "POST", operationsPath+uid+"/complete/", `{"code":"`+wrongFor(code)+`"}`, "Idempotency-Key", fmt.Sprint("try ", n))
		require.Equal(t, 400, w.Code)
		message := "This code is wrong. " + left
		if left == "" {
			message = "This code is wrong, and it was the last try. Start again to get another one."
		}
		require.JSONEq(t, codeFault("invalid", message), w.Body.String())
	}
	for _, tried := range []string{wrongFor(code), code} {
		w := b.complete(t, b.jwt, uid, tried)
		require.Equal(t, 400, w.Code)
		require.JSONEq(t, codeFault("max_tries", "Too many codes were wrong. Start again to get another one."), w.Body.String())
	}
	var failed int
	require.NoError(t, b.db.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'verification.failed' AND partner_id = $1`, b.partnerID).Scan(&failed))
	require.Equal(t, 1, failed)
}

func TestVerification_Refusals(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	others := token(t, b.call(t, "POST", "/api/v2/auth/", authBody(otherEmail, authPassword)))
	uid := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	code := b.mailedCode(t, authEmail)
	start := func(body string) *httptest.ResponseRecorder { return b.as(t, b.jwt, "POST", operationsPath, body) }
	require.JSONEq(t, notFound, b.complete(t, others, uid, code).Body.String(), "another partner's")
	require.Equal(t, 404, b.complete(t, b.jwt, id.New().String(), code).Code)
	require.Equal(t, 404, b.complete(t, b.jwt, "no-uuid", code).Code)
	require.Equal(t, 401, b.complete(t, "", uid, code).Code)
	require.JSONEq(t, wrong("code", "required", "This field is required."), b.as(t, b.jwt, "POST", operationsPath+uid+"/complete/", `{}`).Body.String())
	for body, want := range map[string]string{
		`{}`: `{"code":"ValidationError","message":"Bad request","details":[{"field":"operation_type","message":"This field is required.","code":"required"},
			{"field":"payload","message":"This field is required.","code":"required"}]}`,
		`{"operation_type":"PAY","payload":{}}`:                                         wrong("operation_type", "invalid_choice", `\"PAY\" is not a valid choice.`),
		`{"operation_type":"APPROVE_REBATES","payload":{}}`:                             wrong("operation_type", "invalid_choice", "No operation of this type needs a code."),
		`{"operation_type":"WITHDRAW","payload":{}}`:                                    wrong("payload.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","payload":[1]}`:                                   wrong("payload", "invalid", "Expected a JSON object."),
		`{"operation_type":"WITHDRAW","payload":"{"}`:                                   wrong("payload", "invalid", "Expected a JSON object."),
		`{"operation_type":"WITHDRAW","payload":{"amount":1,"amount":2}}`:               wrong("payload.amount", "duplicate_field", "This field is given twice. Send it once."),
		`{"operation_type":"WITHDRAW","payload":"{\"amount\":1,\"amount\":2}"}`:         wrong("payload.amount", "duplicate_field", "This field is given twice. Send it once."),
		`{"operation_type":"WITHDRAW","payload":null}`:                                  wrong("payload", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{}}`:                             wrong("payload.security_type", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"Security_Type":"secure"}}`:     wrong("payload.security_type", "required", "This field is required."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":"none"}}`:       wrong("payload.security_type", "invalid_choice", "Choose standard or secure."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":1}}`:            wrong("payload.security_type", "invalid", "Not a valid string."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"security_type":"standard"}}`:   wrong("payload.security_type", "unchanged", "It is standard already."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"channel":"totp"}}`:             wrong("payload.security_type", "totp_required", "Confirm an authenticator app first."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"channel":"sms"}}`:              wrong("payload.channel", "invalid_choice", "Choose email or totp."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"action":"delete_totp"}}`:       wrong("payload.action", "invalid", "There is no authenticator app to remove."),
		`{"operation_type":"CHANGE_SECURITY","payload":{"action":"delete_everything"}}`: wrong("payload.action", "invalid_choice", "Choose change_type, delete_totp or change_password."),
	} {
		w := start(body)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	require.Len(t, b.mailbox(t, authEmail), 1, "a refused request sends no mail")
	b.clock.Advance(verification.CodeLife)
	w := b.complete(t, b.jwt, uid, code)
	require.JSONEq(t, codeFault("expired", "This code has expired. Start again to get another one."), w.Body.String())
}

func TestVerification_AsExistingProgramsDo(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	const start, complete = "/v4/kyc_back/api/v3/verify/operation/init", "/v4/kyc_back/api/v2/verify/operation/complete"
	quoted, err := json.Marshal(withdrawal)
	require.NoError(t, err)
	for _, body := range []string{
		`{"operation_type":"WITHDRAW","additional_data":` + withdrawal + `,"verification_method":"EMAIL","metadata":{},"session_uid":"s"}`,
		`{"operation_type":"WITHDRAW","additional_data":` + string(quoted) + `,"verification_method":null,"metadata":null,"session_uid":null}`,
		`{"operation_type":"WITHDRAW","additional_data":null,"verification_method":"e-mail","metadata":` + withdrawal + `,"session_uid":7,"more":[]}`,
		`{"operation_type":"WITHDRAW","additional_data":"","metadata":` + string(quoted) + `}`,
	} {
		for _, slash := range []string{"", "/"} {
			w := b.as(t, b.jwt, "POST", start+slash, body)
			uid := field(t, w, 200, "verification_uid")
			require.JSONEq(t, `{"verification_uid":"`+uid+`"}`, w.Body.String())
			code := b.mailedCode(t, authEmail)
			w = b.as(t, b.jwt, "POST", complete+slash, `{"verification_uid":"`+uid+`","code":"`+wrongFor(code)+`","session_uid":null}`)
			require.Equal(t, 400, w.Code)
			w = b.as(t, b.jwt, "POST", complete+slash, `{"verification_uid":"`+uid+`","code":"`+code+`","session_uid":null}`)
			token := field(t, w, 200, "verification_token")
			require.JSONEq(t, `{"verification_token":"`+token+`"}`, w.Body.String())
			require.NoError(t, b.spend(t, token, "1234567.00", "account 44186900123"))
			b.clock.Advance(time.Minute)
		}
	}
	for body, want := range map[string]string{
		`{"operation_type":"WITHDRAW"}`:                                       wrong("additional_data", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":{}}`:                  wrong("additional_data.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","metadata":{}}`:                         wrong("metadata.amount", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":7}`:                   wrong("additional_data", "invalid", "Expected a JSON object."),
		`{"additional_data":{}}`:                                              wrong("operation_type", "required", "This field is required."),
		`{"operation_type":"WITHDRAW","additional_data":"\"{\\\"a\\\":1}\""}`: wrong("additional_data", "invalid", "Expected a JSON object."),
	} {
		w := b.as(t, b.jwt, "POST", start, body)
		require.Equal(t, 400, w.Code, body)
		require.JSONEq(t, want, w.Body.String(), body)
	}
	w := b.as(t, b.jwt, "POST", complete, `{"verification_uid":"`+id.New().String()+`","code":"123456"}`)
	require.Equal(t, 404, w.Code)
	w = b.as(t, b.jwt, "POST", complete, `{"verification_uid":"x","code":"123456"}`)
	require.JSONEq(t, wrong("verification_uid", "invalid", "Must be a valid UUID."), w.Body.String())
	require.Equal(t, 404, b.as(t, b.jwt, "GET", "/v4/kyc_back/", "").Code)
}

func TestVerification_IsNotForFlooding(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	start := func() *httptest.ResponseRecorder {
		return b.as(t, b.jwt, "POST", operationsPath, `{"operation_type":"WITHDRAW","payload":`+withdrawal+`}`)
	}
	for range 10 {
		require.Equal(t, 201, start().Code)
		b.clock.Advance(30 * time.Second)
	}
	w := start()
	require.Equal(t, 429, w.Code)
	require.Equal(t, "300", w.Header().Get("Retry-After"), "the wait ends when the first is 10 minutes old")
	others := token(t, b.call(t, "POST", "/api/v2/auth/", authBody(otherEmail, authPassword)))
	b.begin(t, others, "WITHDRAW", withdrawal)
	b.clock.Advance(300 * time.Second)
	require.Equal(t, 201, start().Code)
	require.Equal(t, 429, start().Code)
	for range 89 {
		b.clock.Advance(90 * time.Second)
		require.Equal(t, 201, start().Code)
	}
	b.clock.Advance(90 * time.Second)
	w = start()
	require.Equal(t, 429, w.Code)
	require.Greater(t, len(w.Header().Get("Retry-After")), 4, "a hundred a day")
}

func TestVerification_OneTokenForManyRightCodes(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	uid := b.begin(t, b.jwt, "WITHDRAW", withdrawal)
	code := b.mailedCode(t, authEmail)
	answers := make([]*httptest.ResponseRecorder, 12)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			req := httptest.NewRequestWithContext(t.Context(), "POST", operationsPath+uid+"/complete/", strings.NewReader(`{"code":"`+code+`"}`))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "JWT "+b.jwt)
			answers[i] = httptest.NewRecorder()
			b.router.ServeHTTP(answers[i], req)
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
	b := setupSecure(t)
	body := `{"operation_type":"WITHDRAW","payload":` + withdrawal + `}`
	first := b.as(t, b.jwt, "POST", operationsPath, body, "Idempotency-Key", "k")
	again := b.as(t, b.jwt, "POST", operationsPath, body, "Idempotency-Key", "k")
	require.Equal(t, 201, first.Code)
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Len(t, b.mailbox(t, authEmail), 1)
	uid := field(t, first, 201, "verification_uid")
	field(t, b.complete(t, b.jwt, uid, b.mailedCode(t, authEmail)), 200, "verification_token")
}

func TestVerification_WithAKey(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	key, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: []string{identity.AreaWallet}})
	require.NoError(t, err)
	uid := b.begin(t, key, "WITHDRAW", withdrawal)
	field(t, b.complete(t, key, uid, b.mailedCode(t, authEmail)), 200, "verification_token")
	w := b.as(t, key, "POST", operationsPath, `{"operation_type":"CHANGE_SECURITY","payload":{"action":"change_password"}}`)
	require.Equal(t, 403, w.Code, "a key cannot change security")
	for _, scope := range []string{identity.ScopeRead, identity.AreaReports} {
		reader, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.partnerID, Scopes: []string{scope}})
		require.NoError(t, err)
		require.Equal(t, 403, b.as(t, reader, "POST", operationsPath, `{"operation_type":"WITHDRAW","payload":`+withdrawal+`}`).Code)
		require.Equal(t, 403, b.complete(t, reader, uid, "123456").Code)
	}
	broker, _, err := b.service.CreateKey(t.Context(), identity.NewKey{Role: caller.Broker})
	require.NoError(t, err)
	require.Equal(t, 403, b.as(t, broker, "POST", operationsPath, `{"operation_type":"WITHDRAW","payload":`+withdrawal+`}`).Code)
}

func TestVerification_TheMethodIsHonoured(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	start := func(method string) *httptest.ResponseRecorder {
		return b.as(t, b.jwt, "POST", "/v4/kyc_back/api/v3/verify/operation/init",
			`{"operation_type":"WITHDRAW","additional_data":`+withdrawal+`,"verification_method":`+method+`}`)
	}
	for _, method := range []string{`"email"`, `" EMAIL "`, `"e-mail"`, `""`, "null"} {
		require.Equal(t, 200, start(method).Code, method)
	}
	for method, code := range map[string]string{
		`"totp"`: "wrong_channel", `"AUTHENTICATOR"`: "wrong_channel", `"sms"`: "invalid_choice", `{"a":1}`: "invalid", `["email"]`: "invalid",
	} {
		refusedField(t, start(method), "verification_method", code)
	}
	b.exec(t, `UPDATE partner_security SET security_type = 'secure' WHERE partner_id = $1`, b.partnerID)
	refusedField(t, start(`"email"`), "verification_method", "wrong_channel")
	require.Equal(t, 200, start(`"totp"`).Code)
}

// A code counts however it was copied.
func TestVerification_CodesAreReadHoweverTheyWereCopied(t *testing.T) {
	t.Parallel()
	b := setupSecure(t)
	for i, spelled := range []func(string) string{
		func(c string) string { return "\u200e" + c[:3] + "\u00a0" + c[3:] + "\u200f" },
		func(c string) string { return c[:3] + "\u202f" + c[3:] + `\r\n` },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\uff10' }, c) },
		func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, c) },
	} {
		uid := field(t, b.as(t, b.jwt, "POST", "/api/v1/verification/operations/", `{"operation_type":"WITHDRAW","payload":`+withdrawal+`}`), 201, "verification_uid")
		w := b.complete(t, b.jwt, uid, spelled(b.mailedCode(t, authEmail)))
		require.Equal(t, 200, w.Code, "%d: %s", i, w.Body)
	}
}
