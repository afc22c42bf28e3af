package apitest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// Door is a programme with two partners. It is for tests of the operations that
// need no credentials, such as registration and login.
type Door struct {
	*programmetest.Programme
	Router *httpapi.Router
	Clock  *clock.Fixed
	mails  mail.SQLStore
	sent   int // number of mails that News has already returned
}

const doorFrom = "192.0.2.7:40000"

func SetupDoor(t *testing.T, changes ...func(*programme.Config)) *Door {
	t.Helper()
	p, _, at := Built(t, changes...)
	d := &Door{
		Programme: &programmetest.Programme{DB: p.DB, Accrual: p.Facts, Clock: at}, Router: p.Router, Clock: at, mails: p.Stores.Mails,
	}
	d.MustFeed(t, d.Setting()...)
	require.NoError(t, p.Identity.SetPassword(t.Context(), programmetest.Alpha, AuthPassword))
	return d
}

// From returns an SDK client without credentials. Its requests come from this IP
// address.
func (d *Door) From(t *testing.T, address string) *sdk.Partner {
	t.Helper()
	return program(t, wire{handler: d.Router, address: address})
}

func (d *Door) Stranger(t *testing.T) *sdk.Partner {
	t.Helper()
	return d.From(t, doorFrom)
}

func (d *Door) Post(t *testing.T, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	return d.Send(t, target, "application/json", body)
}

func (d *Door) Send(t *testing.T, target, contentType, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	req.RemoteAddr = doorFrom
	req.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	Conform(t, d.Router, w, req)
	return w
}

// Page requests a web page, which the OpenAPI document does not contain.
func (d *Door) Page(t *testing.T, method, target string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	req.RemoteAddr = doorFrom
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.Router.ServeHTTP(w, req)
	return w
}

// News returns the mails that were stored since the last call of News.
func (d *Door) News(t *testing.T) []mail.Mail {
	t.Helper()
	all, err := d.mails.Due(t.Context(), d.Clock.Now(), d.Clock.Now().Add(time.Hour), 1000)
	require.NoError(t, err)
	fresh := all[d.sent:]
	d.sent = len(all)
	return fresh
}

var linkInMail = regexp.MustCompile(`\nhttps://partners\.example\.com(/\S+)\?token=([a-z]+)\n`)

// Link requires exactly one new mail, which must be of this kind. It returns
// the path and the token of the link in the mail.
func (d *Door) Link(t *testing.T, kind string) (path, token string) {
	t.Helper()
	news := d.News(t)
	require.Len(t, news, 1)
	require.Equal(t, kind, news[0].Kind)
	found := linkInMail.FindStringSubmatch(news[0].Text)
	require.NotNil(t, found, news[0].Text)
	require.Contains(t, news[0].HTML, found[1]+"?token="+found[2])
	return found[1], found[2]
}

func Joining(email string) sdk.RegisterIn {
	return sdk.RegisterIn{Email: email, Password: new(AuthPassword), Country: "ZA", Programme: sdk.ProgrammeIB}
}

func (d *Door) Register(t *testing.T, email string) (token string) {
	t.Helper()
	OK(d.Stranger(t).Register(t.Context(), Joining(email)))(t)
	_, token = d.Link(t, "registration")
	return token
}

func (d *Door) Confirm(t *testing.T, token string, options ...sdk.CallOption) (*sdk.OpenedArea, error) {
	t.Helper()
	return d.Stranger(t).ConfirmRegistration(t.Context(), sdk.ConfirmRegistrationIn{Token: token, Password: AuthPassword}, options...)
}

func (d *Door) Login(t *testing.T, email, password string) (*sdk.Partner, error) {
	t.Helper()
	p := d.Stranger(t)
	if err := p.Login(t.Context(), email, password); err != nil {
		return nil, err
	}
	return d.As(t, p.Token()), nil
}

// As returns an SDK client that has only a token or a key, and no password.
func (d *Door) As(t *testing.T, token string) *sdk.Partner {
	t.Helper()
	return program(t, wire{handler: d.Router, address: doorFrom}, sdk.WithToken(token))
}

// Code requests a code for a partner, reads the code from the mail and
// exchanges it for a temporary token.
func (d *Door) Code(t *testing.T, p *sdk.Partner, kind sdk.OperationType, payload any) sdk.CallOption {
	t.Helper()
	return codeFor(t, d.DB, p, kind, payload)
}

func (d *Door) Count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, d.DB.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

func RefusedField(t *testing.T, w *httptest.ResponseRecorder, field, code string) {
	t.Helper()
	var out httpapi.Problem
	require.Equal(t, http.StatusBadRequest, w.Code, w.Body)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Len(t, out.Details, 1, w.Body)
	require.Equal(t, field, out.Details[0].Name)
	require.Equal(t, code, out.Details[0].Code)
}

func (d *Door) SetSecure(t *testing.T, partnerID string) {
	t.Helper()
	require.NoError(t, d.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO totp_secrets (partner_id, secret, created_at, confirmed_at, last_step) VALUES ($1, 'JBSWY3DPEHPK3PXP', 0, 1, 0)`, UID(partnerID))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO partner_security (partner_id, security_type, changed_at) VALUES ($1, 'secure', 0)`, UID(partnerID))
		return err
	}))
}
