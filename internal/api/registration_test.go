package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// door is the programme as strangers see it. It has two partners.
type door struct {
	*programmetest.Programme
	router *httpapi.Router
	clock  *clock.Fixed
	mails  mail.SQLStore
	sent   int // mails that a test has looked at
}

const doorFrom = "192.0.2.7:40000"

func setupDoor(t *testing.T, changes ...func(*programme.Config)) *door {
	t.Helper()
	p, _, at := built(t, changes...)
	d := &door{
		Programme: &programmetest.Programme{DB: p.DB, Accrual: p.Facts, Clock: at}, router: p.Router, clock: at, mails: p.Stores.Mails,
	}
	d.MustFeed(t, d.Setting()...)
	require.NoError(t, p.Identity.SetPassword(t.Context(), programmetest.Alpha, authPassword))
	return d
}

// from returns the program of a stranger at an address.
func (d *door) from(t *testing.T, address string) *sdk.Partner {
	t.Helper()
	return program(t, wire{handler: d.router, address: address})
}

func (d *door) stranger(t *testing.T) *sdk.Partner {
	t.Helper()
	return d.from(t, doorFrom)
}

// post sends JSON.
func (d *door) post(t *testing.T, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	return d.send(t, target, "application/json", body)
}

func (d *door) send(t *testing.T, target, contentType, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	req.RemoteAddr = doorFrom
	req.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	conform(t, d.router, w, req)
	return w
}

// page requests a page for people, which is in no document.
func (d *door) page(t *testing.T, method, target string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	req.RemoteAddr = doorFrom
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.router.ServeHTTP(w, req)
	return w
}

// news returns the mails that were kept since the last look.
func (d *door) news(t *testing.T) []mail.Mail {
	t.Helper()
	all, err := d.mails.Due(t.Context(), d.clock.Now(), d.clock.Now().Add(time.Hour), 1000)
	require.NoError(t, err)
	fresh := all[d.sent:]
	d.sent = len(all)
	return fresh
}

var linkInMail = regexp.MustCompile(`\nhttps://partners\.example\.com(/\S+)\?token=([a-z]+)\n`)

// link returns the link in the only new mail, which must be of a kind.
func (d *door) link(t *testing.T, kind string) (path, token string) {
	t.Helper()
	news := d.news(t)
	require.Len(t, news, 1)
	require.Equal(t, kind, news[0].Kind)
	found := linkInMail.FindStringSubmatch(news[0].Text)
	require.NotNil(t, found, news[0].Text)
	require.Contains(t, news[0].HTML, found[1]+"?token="+found[2])
	return found[1], found[2]
}

// joining is a registration from South Africa.
func joining(email string) sdk.RegisterIn {
	return sdk.RegisterIn{Email: email, Password: new(authPassword), Country: "ZA", Programme: sdk.ProgrammeIB}
}

// register registers an e-mail and returns the token of the mail.
func (d *door) register(t *testing.T, email string) (token string) {
	t.Helper()
	ok(d.stranger(t).Register(t.Context(), joining(email)))(t)
	_, token = d.link(t, "registration")
	return token
}

func (d *door) confirm(t *testing.T, token string, options ...sdk.CallOption) (*sdk.OpenedArea, error) {
	t.Helper()
	return d.stranger(t).ConfirmRegistration(t.Context(), sdk.ConfirmRegistrationIn{Token: token, Password: authPassword}, options...)
}

// login returns the program of a person who logs in, or the refusal.
func (d *door) login(t *testing.T, email, password string) (*sdk.Partner, error) {
	t.Helper()
	p := d.stranger(t)
	if err := p.Login(t.Context(), email, password); err != nil {
		return nil, err
	}
	return program(t, wire{handler: d.router, address: doorFrom}, sdk.WithToken(p.Token())), nil
}

func (d *door) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, d.DB.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

func refusedField(t *testing.T, w *httptest.ResponseRecorder, field, code string) {
	t.Helper()
	var out httpapi.Problem
	require.Equal(t, http.StatusBadRequest, w.Code, w.Body)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	require.Len(t, out.Details, 1, w.Body)
	require.Equal(t, field, out.Details[0].Name)
	require.Equal(t, code, out.Details[0].Code)
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	for programme, link := range map[sdk.Programme]string{sdk.ProgrammeIB: "https://go.example.com/a/", sdk.ProgrammeAffiliate: "https://go.example.com/a/c_"} {
		t.Run(string(programme), func(t *testing.T) {
			t.Parallel()
			d := setupDoor(t)
			ctx := t.Context()
			in := sdk.RegisterIn{Email: " New@Example.com ", Password: new(authPassword), Country: "za", Programme: programme}
			require.Equal(t, &sdk.Registration{Status: "confirmation_sent", Email: "New@Example.com", ExpiresAt: d.clock.Now().AddDate(0, 0, 2)},
				ok(d.stranger(t).Register(ctx, in))(t))
			refused(d.login(t, "new@example.com", authPassword))(t, sdk.AuthenticationFailed) // there is no partner yet
			path, secret := d.link(t, "registration")
			require.Equal(t, "/api/registration/confirm/", path)

			opened := ok(d.confirm(t, secret))(t)
			require.Equal(t, "new@example.com", opened.Email)
			require.Equal(t, link+opened.LinkCode, opened.DefaultLink.FullDefaultLink)
			p := ok(d.login(t, "New@example.com", authPassword))(t)
			summary := ok(p.Summary(ctx))(t)
			require.Equal(t, opened.PartnerUID, summary.PartnerUID)
			require.Equal(t, "ZA", summary.Country)
			require.Equal(t, opened.LinkCode, ok(p.DefaultLink(ctx))(t).Code)
			require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'partner.registered' AND address = '192.0.2.7'`, uid(opened.PartnerUID)))
			require.Zero(t, d.count(t, `SELECT count(*) FROM registrations`))
			refused(d.confirm(t, secret))(t, sdk.ValidationError, "token invalid")
		})
	}
}

// Other bodies that register.
func TestRegistration_Forms(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	for contentType, body := range map[string]string{
		"application/json":                  `{"email":"json@example.com","password":"correct horse","country":"ZA","program":"ib"}`,
		"application/x-www-form-urlencoded": "email=NEW%40example.com&password=correct+horse&country=ZA&program=affiliate",
	} {
		w := d.send(t, "/api/registration/", contentType, body)
		require.Equal(t, http.StatusAccepted, w.Code, w.Body)
		_, secret := d.link(t, "registration")
		ok(d.confirm(t, secret))(t)
	}
}

func TestRegistrationInput(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	stranger, ctx := d.stranger(t), t.Context()
	for fault, change := range map[string]func(*sdk.RegisterIn){
		"email invalid":                     func(in *sdk.RegisterIn) { in.Email = "x" },
		"password min_length":               func(in *sdk.RegisterIn) { in.Password = new("short") },
		"password max_length":               func(in *sdk.RegisterIn) { in.Password = new(strings.Repeat("x", 129)) },
		"country invalid":                   func(in *sdk.RegisterIn) { in.Country = "Z1" },
		"country max_length":                func(in *sdk.RegisterIn) { in.Country = "ZAF" },
		"programme invalid_choice":          func(in *sdk.RegisterIn) { in.Programme = "house" },
		"programme required":                func(in *sdk.RegisterIn) { in.Programme = "" },
		"email null_characters_not_allowed": func(in *sdk.RegisterIn) { in.Email = "n@example.com\x00" },
	} {
		in := joining("n@example.com")
		change(&in)
		refused(stranger.Register(ctx, in))(t, sdk.ValidationError, fault)
	}
	refused(stranger.Register(ctx, joining(strings.Repeat("n", 250)+"@example.com")))(t, sdk.ValidationError, "email invalid")
	refusedField(t, d.post(t, "/api/registration/", `{"email":"n@example.com","password":"correct horse","country":"ZA","program":"both"}`), "program", "invalid_choice")
	require.Equal(t, http.StatusBadRequest, d.post(t, "/api/registration/", `{}`).Code)
	require.Empty(t, d.news(t))
	for token, code := range map[string]string{"": "blank", strings.Repeat("x", 201): "max_length", "nope": "invalid"} {
		refused(d.confirm(t, token))(t, sdk.ValidationError, "token "+code)
	}
	waiting := d.register(t, "n@example.com")
	for password, code := range map[string]string{"": "blank", "short": "min_length", strings.Repeat("x", 129): "max_length"} {
		refused(stranger.ConfirmRegistration(ctx, sdk.ConfirmRegistrationIn{Token: waiting, Password: password}))(t, sdk.ValidationError, "password "+code)
	}
	ok(d.confirm(t, waiting))(t) // a password that is refused does not use the token up
}

// Only the owner of the mailbox learns whether an address is a partner's.
func TestRegistrationOfATakenAddress(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	answers := map[string]*sdk.Registration{}
	for _, email := range []string{"a@example.com", "n@example.com"} {
		answers[email] = ok(d.stranger(t).Register(t.Context(), joining(email)))(t)
	}
	answers["n@example.com"].Email = "a@example.com"
	require.Equal(t, answers["n@example.com"], answers["a@example.com"])
	news := d.news(t)
	require.Len(t, news, 2)
	require.Equal(t, "registration_taken", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.NotContains(t, news[0].Text, "token=")
	require.Contains(t, news[0].Text, "https://partners.example.com/api/auth/password/reset/")
	require.Equal(t, "registration", news[1].Kind)
	require.Equal(t, 2, d.count(t, `SELECT count(*) FROM registrations`), "the same is written")
	ok(d.login(t, "a@example.com", authPassword))(t) // nothing was changed
}

func TestRegistrationExpires(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	older, newer := d.register(t, "n@example.com"), d.register(t, "n@example.com")
	refused(d.confirm(t, older))(t, sdk.ValidationError, "token invalid")
	d.clock.Advance(48*time.Hour - time.Second)
	ok(d.confirm(t, newer))(t)

	token := d.register(t, "m@example.com")
	d.clock.Advance(48 * time.Hour)
	refused(d.confirm(t, token))(t, sdk.ValidationError, "token invalid")
	require.NoError(t, identity.PurgeRegistrations(identity.NewRegistrationStore(d.DB), d.clock)(t.Context()))
	require.Zero(t, d.count(t, `SELECT count(*) FROM registrations`))
}

// The broker may register the e-mail while its owner looks for the mail.
func TestRegistrationOvertakenByTheFeed(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	token := d.register(t, "n@example.com")
	d.MustFeed(t, d.Fact(feed.PartnerRegistered, "2026-06-30T11:00:00Z",
		`"partner_uid":"`+partnerC+`","email":"N@example.com","country":"MX","program":"ib","partner_code":"delta","currency":"USD"`))
	partners := d.count(t, `SELECT count(*) FROM partners`)
	for range 2 { // the refusal leaves nothing half-done: the second one is the same
		refused(d.confirm(t, token))(t, sdk.ValidationError, "email already_in_use")
	}
	require.Equal(t, partners, d.count(t, `SELECT count(*) FROM partners`))
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM registrations`))
	require.Zero(t, d.count(t, `SELECT count(*) FROM credentials WHERE partner_id = $1`, uid(partnerC)))
	require.Zero(t, d.count(t, `SELECT count(*) FROM audit_log WHERE action = 'partner.registered'`))
	refused(d.login(t, "n@example.com", authPassword))(t, sdk.AuthenticationFailed)
}

func TestConfirmationsRace(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	token := d.register(t, "n@example.com")
	errs := make([]error, 8)
	var racing sync.WaitGroup
	for i := range errs {
		racing.Go(func() { _, errs[i] = d.confirm(t, token) })
	}
	racing.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM partners WHERE email = 'n@example.com'`))
}

func TestConfirmationIsReplayed(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	token, once := d.register(t, "n@example.com"), sdk.WithIdempotencyKey("one")
	var answer sdk.Answer
	first := ok(d.confirm(t, token, once))(t)
	require.Equal(t, first, ok(d.confirm(t, token, once, sdk.WithAnswer(&answer)))(t))
	require.True(t, answer.Replayed)
}

func TestRegistrationLimits(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	stranger, ctx := d.stranger(t), t.Context()
	in := joining("n@example.com")
	for range 10 {
		ok(stranger.Register(ctx, in))(t)
	}
	require.Len(t, d.news(t), 3)
	d.clock.Advance(time.Hour)
	ok(stranger.Register(ctx, in))(t)
	require.Len(t, d.news(t), 1)

	throttled := 0
	for i := range 200 {
		_, err := stranger.Register(ctx, joining(fmt.Sprintf("n%d@example.com", i)))
		if err == nil {
			continue
		}
		refusal, found := errors.AsType[*sdk.Error](err)
		require.True(t, found, err)
		require.Equal(t, sdk.Throttled, refusal.Code)
		require.Equal(t, 30*time.Second, refusal.RetryAfter)
		throttled++
	}
	require.Equal(t, 200-59, throttled)
	refused(stranger.ResetPassword(ctx, sdk.ResetPasswordIn{Email: "a@example.com"}))(t, sdk.Throttled) // one allowance for both
	ok(d.from(t, "192.0.2.8:1").Register(ctx, in))(t)
	d.clock.Advance(30 * time.Second)
	ok(stranger.Register(ctx, in))(t)
}

func (d *door) setSecure(t *testing.T, partnerID string) {
	t.Helper()
	require.NoError(t, d.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO totp_secrets (partner_id, secret, created_at, confirmed_at, last_step) VALUES ($1, 'JBSWY3DPEHPK3PXP', 0, 1, 0)`, uid(partnerID))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO partner_security (partner_id, security_type, changed_at) VALUES ($1, 'secure', 0)`, uid(partnerID))
		return err
	}))
}
