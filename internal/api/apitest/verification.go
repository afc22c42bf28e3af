package apitest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	partnerapi "github.com/tributary-server/tributary/internal/api/partner"
	"github.com/tributary-server/tributary/internal/api/public"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/verification"
)

// SecureBundle has a router with logins and codes, and two partners who can log
// in.
type SecureBundle struct {
	*authBundle
	store identity.Store
	other id.UUID
	JWT   string // token of the first partner
}

const OtherEmail = "other@example.com"

func SetupSecure(t *testing.T) *SecureBundle {
	t.Helper()
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
	require.NoError(t, err)
	database := db.Joining(file)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	b := &SecureBundle{authBundle: &authBundle{DB: database, Clock: clock.At(AuthStart), PartnerID: id.New()}, store: identity.NewStore(database), other: id.New()}
	log := slog.New(slog.DiscardHandler)
	mails, entries := mail.NewSQLStore(database, b.Clock, func() {}), audit.NewSQLLog(database, b.Clock)
	b.Service = identity.New(b.store, b.Clock, log, identity.Config{
		Params: identity.Params{MemoryKiB: 64, Passes: 1, Threads: 1}, Audit: entries, Mails: mails,
	})
	t.Cleanup(func() { require.NoError(t, b.Service.Close()) })
	operations := verification.New(verification.NewStore(database), b.Clock, verification.Config{
		Binders:  map[verification.Type]verification.Binder{verification.ChangeSecurity: b.Service.SecurityBinder(), verification.Withdraw: withdrawals{}},
		Security: b.Service, Mails: mails, Audit: entries, MemoryKiB: 64,
	})
	for partnerID, email := range map[id.UUID]string{b.PartnerID: AuthEmail, b.other: OtherEmail} {
		b.Exec(t, `INSERT INTO partners (partner_id, email, country, programme, currency, partner_account, status, verified, registered_at, next_number)
			VALUES ($1, $2, 'TH', 'ib', 'USD', '1163683105934900000', 'active', $3, 0, 1)`, partnerID, email, true)
		b.Exec(t, `INSERT INTO sign_in_emails (email, partner_id) VALUES ($1, $2)`, email, partnerID)
		require.NoError(t, b.Service.SetPassword(t.Context(), partnerID, AuthPassword))
	}
	b.Router = httpapi.New(httpapi.Config{
		Authenticator: b.Service, Clock: b.Clock, Logger: log, Document: openapi.Info{Title: "Test", Version: "1"},
		Limits:      map[caller.Role]httpapi.Limit{caller.Partner: {Rate: -1}},
		Idempotency: idempotency.New(idempotency.NewSQLStore(database), b.Clock),
	})
	public.AddAuth(b.Router, b.Service)
	partnerapi.AddSecurity(b.Router, b.Service)
	partnerapi.AddVerification(b.Router, operations)
	b.JWT = Token(t, b.Call(t, "POST", "/api/v2/auth/", AuthBody(AuthEmail, AuthPassword)))
	return b
}

// withdrawals is a Binder for payloads with the fields amount and to.
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

func (b *SecureBundle) Exec(t *testing.T, query string, args ...any) {
	t.Helper()
	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, query, args...)
		return err
	}))
}

func (b *SecureBundle) As(t *testing.T, jwt, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	if jwt != "" {
		pairs = append(pairs, "Authorization", "JWT "+jwt)
	}
	return b.Call(t, method, target, body, pairs...)
}

// Field requires a response's status, and returns one of the response's fields.
func Field(t *testing.T, w *httptest.ResponseRecorder, status int, name string) string {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	var out map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	return out[name].(string)
}

type MailRow struct{ Kind, to, Subject, Text, html string }

// Mailbox returns the mails to an e-mail address, newest first.
func (b *SecureBundle) Mailbox(t *testing.T, to string) []MailRow {
	t.Helper()
	list, err := db.Collect(t.Context(), b.DB, func(rows db.Rows) (m MailRow, err error) {
		err = rows.Scan(&m.Kind, &m.to, &m.Subject, &m.Text, &m.html)
		return m, err
	}, `SELECT kind, recipient, subject, text_body, html_body FROM mails WHERE recipient = $1 ORDER BY mail_id DESC`, to)
	require.NoError(t, err)
	return list
}

var SixDigits = regexp.MustCompile(`\d{6,}`)

// MailedCode returns the code in the newest mail. The code is the only number
// of six digits in the mail.
func (b *SecureBundle) MailedCode(t *testing.T, to string) string {
	t.Helper()
	mails := b.Mailbox(t, to)
	require.NotEmpty(t, mails)
	require.Equal(t, "verification_code", mails[0].Kind)
	found := SixDigits.FindAllString(mails[0].Text, -1)
	require.Len(t, found, 1, mails[0].Text)
	require.Len(t, found[0], 6)
	require.Contains(t, mails[0].html, found[0])
	require.Empty(t, SixDigits.FindString(mails[0].Subject))
	return found[0]
}

func WrongFor(code string) string {
	if code == "123456" {
		return "123457"
	}
	return "123456"
}

const OperationsPath = "/api/v1/verification/operations/"

func (b *SecureBundle) Begin(t *testing.T, jwt, kind, payload string) string {
	t.Helper()
	return Field(t, b.As(t, jwt, "POST", OperationsPath, `{"operation_type":"`+kind+`","payload":`+payload+`}`), 201, "verification_uid")
}

func (b *SecureBundle) Complete(t *testing.T, jwt, uid, code string) *httptest.ResponseRecorder {
	t.Helper()
	return b.As(t, jwt, "POST", OperationsPath+uid+"/complete/", `{"code":"`+code+`"}`)
}

// Paid requests a code, reads the code from the partner's mail and exchanges it
// for a temporary token.
func (b *SecureBundle) Paid(t *testing.T, kind, payload string) string {
	t.Helper()
	uid := b.Begin(t, b.JWT, kind, payload)
	return Field(t, b.Complete(t, b.JWT, uid, b.MailedCode(t, AuthEmail)), 200, "verification_token")
}

const Withdrawal = `{"amount":"1234567.00","to":"account 44186900123"}`

// Spend uses up a temporary token, as a withdrawal does.
func (b *SecureBundle) Spend(t *testing.T, token, amount, to string) error {
	t.Helper()
	digest := verification.DigestOf(verification.Withdraw, amount, to)
	return b.store.SpendToken(t.Context(), b.PartnerID, verification.Withdraw, token, digest, b.Clock.Now())
}
