package apitest

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// SecureBundle is a programme with two partners who can log in and withdraw.
type SecureBundle struct {
	*authBundle
	JWT string // token of the first partner
}

const OtherEmail = "other@example.com"

func SetupSecure(t *testing.T) *SecureBundle {
	t.Helper()
	p, _, at := Built(t)
	b := &SecureBundle{authBundle: &authBundle{Router: p.Router, Service: p.Identity, DB: p.DB, Clock: at, PartnerID: programmetest.Alpha}}
	facts := &programmetest.Programme{DB: p.DB, Accrual: p.Facts, Clock: at}
	emails := strings.NewReplacer(`"a@example.com"`, `"`+AuthEmail+`"`, `"b@example.com"`, `"`+OtherEmail+`"`)
	for _, line := range facts.Setting() {
		facts.MustFeed(t, emails.Replace(line))
	}
	facts.MustFeed(t, facts.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", `,"open_spread":7500,"close_spread":7500`))
	for i := range 10 {
		facts.MustFeed(t, facts.Order("2001", 2+i, "USDJPY", "2026-06-01T10:00:00Z", ``)) // each order earns 1.53 EUR
	}
	for _, partnerID := range []id.UUID{programmetest.Alpha, programmetest.Beta} {
		require.NoError(t, partner.NewAdminStore(b.DB).Verify(t.Context(), partnerID))
		require.NoError(t, b.Service.SetPassword(t.Context(), partnerID, AuthPassword))
	}
	b.JWT = Token(t, b.Call(t, "POST", "/api/v2/auth/", AuthBody(AuthEmail, AuthPassword)))
	return b
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

// Field requires a response with this status, and returns one field of it.
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

// MailedCode returns the code in the newest mail. The code is the mail's only number
// of six digits.
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

// Withdrawal is the payload of a withdrawal of 12.00 USD.
var Withdrawal = WithdrawalOf("12.00", AccountA)

// WithdrawalOf returns the payload of a withdrawal from an account.
func WithdrawalOf(amount sdk.Decimal, account string) string {
	in := ToBank(amount)
	in.Account = account
	text, err := json.Marshal(in)
	if err != nil {
		panic(err) // the fields are texts, so this cannot happen
	}
	return string(text)
}

// Spend withdraws an amount with a temporary token.
func (b *SecureBundle) Spend(t *testing.T, token string, amount sdk.Decimal) error {
	t.Helper()
	_, err := b.Person(t).CreateWalletWithdrawal(t.Context(), ToBank(amount), sdk.WithTemporaryToken(token))
	return err
}
