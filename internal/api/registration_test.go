package api_test

import (
	"context"
	"encoding/json"
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
)

// door is the real router for strangers, on a programme with two partners.
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
	require.NoError(t, p.Identity.SetPassword(t.Context(), uid(programmetest.PartnerA), authPassword))
	return d
}

// post sends JSON.
func (d *door) post(t *testing.T, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return d.send(t, http.MethodPost, target, body, append([]string{"Content-Type", "application/json"}, pairs...)...)
}

func (d *door) send(t *testing.T, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	req.RemoteAddr = doorFrom
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	conform(t, d.router, w, req)
	return w
}

// page gets or submits what only people see, which is in no document.
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

// news are the mails that were kept since the last look.
func (d *door) news(t *testing.T) []mail.Mail {
	t.Helper()
	all, err := d.mails.Due(t.Context(), d.clock.Now(), d.clock.Now().Add(time.Hour), 1000)
	require.NoError(t, err)
	fresh := all[d.sent:]
	d.sent = len(all)
	return fresh
}

var linkInMail = regexp.MustCompile(`\nhttps://partners\.example\.com(/\S+)\?token=([a-z]+)\n`)

// link is the one in the only new mail, which must be of a kind.
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

// register registers an e-mail and returns the token of the mail.
func (d *door) register(t *testing.T, email string) (token string) {
	t.Helper()
	w := d.post(t, "/api/registration/", fmt.Sprintf(`{"email":%q,"password":%q,"country":"ZA","programme":"ib"}`, email, authPassword))
	require.Equal(t, http.StatusAccepted, w.Code, w.Body)
	_, token = d.link(t, "registration")
	return token
}

func (d *door) confirm(t *testing.T, token string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return d.post(t, "/api/registration/confirm/", fmt.Sprintf(`{"token":%q,"password":%q}`, token, authPassword), pairs...)
}

func (d *door) login(t *testing.T, email, password string) *httptest.ResponseRecorder {
	t.Helper()
	return d.post(t, "/api/auth/", authBody(email, password))
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
	for name, tt := range map[string]struct{ contentType, body, link string }{
		"json":    {"application/json", `{"email":" New@Example.com ","password":"correct horse","country":"za","programme":"ib"}`, "https://go.example.com/a/"},
		"program": {"application/json", `{"email":"new@example.com","password":"correct horse","country":"ZA","program":"ib"}`, "https://go.example.com/a/"},
		"form": {
			"application/x-www-form-urlencoded", "email=NEW%40example.com&password=correct+horse&country=ZA&program=affiliate",
			"https://go.example.com/a/c_",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setupDoor(t)
			w := d.send(t, http.MethodPost, "/api/registration/", tt.body, "Content-Type", tt.contentType)
			require.Equal(t, http.StatusAccepted, w.Code, w.Body)
			require.Contains(t, w.Body.String(), `{"status":"confirmation_sent","email":"`)
			require.Contains(t, w.Body.String(), `"expires_at":"2026-07-02T12:00:00Z"}`)
			require.Equal(t, http.StatusUnauthorized, d.login(t, "new@example.com", authPassword).Code, "there is no partner yet")
			path, secret := d.link(t, "registration")
			require.Equal(t, "/api/registration/confirm/", path)

			w = d.confirm(t, secret)
			require.Equal(t, http.StatusCreated, w.Code, w.Body)
			var opened struct {
				PartnerUID  string `json:"partner_uid"`
				Email       string `json:"email"`
				LinkCode    string `json:"link_code"`
				DefaultLink struct {
					URL string `json:"full_default_link"`
				} `json:"default_link"`
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &opened))
			require.Equal(t, "new@example.com", opened.Email)
			require.Equal(t, tt.link+opened.LinkCode, opened.DefaultLink.URL)

			w = d.login(t, "New@example.com", authPassword)
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			jwt := "JWT " + token(t, w)
			w = d.send(t, http.MethodGet, "/api/partner/summary/", "", "Authorization", jwt)
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			require.Contains(t, w.Body.String(), `"partner_uid":"`+opened.PartnerUID+`"`)
			require.Contains(t, w.Body.String(), `"country":"ZA"`)
			w = d.send(t, http.MethodGet, "/api/partner/default_link/", "", "Authorization", jwt)
			require.Contains(t, w.Body.String(), `"code":"`+opened.LinkCode+`"`)
			require.Equal(t, 1, d.count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'partner.registered' AND address = '192.0.2.7'`, uid(opened.PartnerUID)))
			require.Zero(t, d.count(t, `SELECT count(*) FROM registrations`))

			refusedField(t, d.confirm(t, secret), "token", "invalid")
		})
	}
}

func TestRegistrationInput(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	for body, want := range map[string]string{
		`{}`: "email required, country required, programme required",
		`{"email":"x","password":"correct horse","country":"ZA","programme":"ib"}`:                                          "email invalid",
		`{"email":"n@example.com","password":"short","country":"ZA","programme":"ib"}`:                                      "password min_length",
		`{"email":"n@example.com","password":"` + strings.Repeat("x", 129) + `","country":"ZA","programme":"ib"}`:           "password max_length",
		`{"email":"n@example.com","password":"correct horse","country":"Z1","programme":"ib"}`:                              "country invalid",
		`{"email":"n@example.com","password":"correct horse","country":"ZAF","programme":"ib"}`:                             "country max_length",
		`{"email":"n@example.com","password":"correct horse","country":"ZA","programme":"house"}`:                           "programme invalid_choice",
		`{"email":"n@example.com","password":"correct horse","country":"ZA","program":"both"}`:                              "program invalid_choice",
		`{"email":"` + strings.Repeat("n", 250) + `@example.com","password":"correct horse","country":"ZA","program":"ib"}`: "email invalid",
		`{"email":"n@example.com\u0000","password":"correct horse","country":"ZA","program":"ib"}`:                          "email null_characters_not_allowed",
	} {
		w := d.post(t, "/api/registration/", body)
		require.Equal(t, http.StatusBadRequest, w.Code, body)
		var out httpapi.Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
		var faults []string
		for _, f := range out.Details {
			faults = append(faults, f.Name+" "+f.Code)
		}
		require.Equal(t, want, strings.Join(faults, ", "), body)
	}
	require.Empty(t, d.news(t))
	for token, code := range map[string]string{"null": "required", `""`: "blank", `"` + strings.Repeat("x", 201) + `"`: "max_length", `"nope"`: "invalid"} {
		refusedField(t, d.post(t, "/api/registration/confirm/", `{"token":`+token+`,"password":"correct horse"}`), "token", code)
	}
	waiting := d.register(t, "n@example.com")
	for password, code := range map[string]string{
		"null": "required", `""`: "blank", `"short"`: "min_length", `"` + strings.Repeat("x", 129) + `"`: "max_length",
	} {
		refusedField(t, d.post(t, "/api/registration/confirm/", `{"token":"`+waiting+`","password":`+password+`}`), "password", code)
	}
	require.Equal(t, http.StatusCreated, d.confirm(t, waiting).Code, "a password that is refused does not use the token up")
}

// Whoever is not in the mailbox learns nothing.
func TestRegistrationOfATakenAddress(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	answers := map[string]*httptest.ResponseRecorder{}
	for _, email := range []string{"a@example.com", "n@example.com"} {
		answers[email] = d.post(t, "/api/registration/", fmt.Sprintf(`{"email":%q,"password":"another horse","country":"CY","programme":"ib"}`, email))
		require.Equal(t, http.StatusAccepted, answers[email].Code)
	}
	require.Equal(t, strings.ReplaceAll(answers["n@example.com"].Body.String(), "n@", "a@"), answers["a@example.com"].Body.String())
	news := d.news(t)
	require.Len(t, news, 2)
	require.Equal(t, "registration_taken", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.NotContains(t, news[0].Text, "token=")
	require.Contains(t, news[0].Text, "https://partners.example.com/api/auth/password/reset/")
	require.Equal(t, "registration", news[1].Kind)
	require.Equal(t, 2, d.count(t, `SELECT count(*) FROM registrations`), "the same is written")
	require.Equal(t, http.StatusOK, d.login(t, "a@example.com", authPassword).Code, "nothing was changed")
}

func TestRegistrationExpires(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	older, newer := d.register(t, "n@example.com"), d.register(t, "n@example.com")
	refusedField(t, d.confirm(t, older), "token", "invalid")
	d.clock.Advance(48*time.Hour - time.Second)
	require.Equal(t, http.StatusCreated, d.confirm(t, newer).Code)

	token := d.register(t, "m@example.com")
	d.clock.Advance(48 * time.Hour)
	refusedField(t, d.confirm(t, token), "token", "invalid")
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
	for range 2 { // nothing half-done: the second time the same
		refusedField(t, d.confirm(t, token), "email", "already_in_use")
	}
	require.Equal(t, partners, d.count(t, `SELECT count(*) FROM partners`))
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM registrations`))
	require.Zero(t, d.count(t, `SELECT count(*) FROM credentials WHERE partner_id = $1`, uid(partnerC)))
	require.Zero(t, d.count(t, `SELECT count(*) FROM audit_log WHERE action = 'partner.registered'`))
	require.Equal(t, http.StatusUnauthorized, d.login(t, "n@example.com", authPassword).Code)
}

func TestConfirmationsRace(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	token := d.register(t, "n@example.com")
	codes := make([]int, 8)
	var racing sync.WaitGroup
	for i := range codes {
		racing.Go(func() {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/registration/confirm/", strings.NewReader(`{"token":"`+token+`","password":"correct horse"}`))
			req.RemoteAddr = doorFrom
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			d.router.ServeHTTP(w, req)
			codes[i] = w.Code
		})
	}
	racing.Wait()
	won := 0
	for _, code := range codes {
		if code == http.StatusCreated {
			won++
			continue
		}
		require.Equal(t, http.StatusBadRequest, code)
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, d.count(t, `SELECT count(*) FROM partners WHERE email = 'n@example.com'`))
}

func TestConfirmationIsReplayed(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	token := d.register(t, "n@example.com")
	first := d.confirm(t, token, "Idempotency-Key", "one")
	require.Equal(t, http.StatusCreated, first.Code, first.Body)
	again := d.confirm(t, token, "Idempotency-Key", "one")
	require.Equal(t, http.StatusCreated, again.Code, again.Body)
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Equal(t, first.Body.String(), again.Body.String())
}

func TestRegistrationLimits(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	body := `{"email":"n@example.com","password":"correct horse","country":"ZA","programme":"ib"}`
	for range 10 {
		require.Equal(t, http.StatusAccepted, d.post(t, "/api/registration/", body).Code)
	}
	require.Len(t, d.news(t), 3)
	d.clock.Advance(time.Hour)
	require.Equal(t, http.StatusAccepted, d.post(t, "/api/registration/", body).Code)
	require.Len(t, d.news(t), 1)

	throttled := 0
	for i := range 200 {
		w := d.post(t, "/api/registration/", fmt.Sprintf(`{"email":"n%d@example.com","password":"correct horse","country":"ZA","programme":"ib"}`, i))
		if w.Code == http.StatusTooManyRequests {
			require.Equal(t, "30", w.Header().Get("Retry-After"))
			throttled++
		}
	}
	require.Equal(t, 200-59, throttled)
	require.Equal(t, http.StatusTooManyRequests, d.post(t, "/api/auth/password/reset/", `{"email":"a@example.com"}`).Code, "one allowance for both")
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/registration/", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.RemoteAddr = "192.0.2.8:1"
	w := httptest.NewRecorder()
	d.router.ServeHTTP(w, req)
	require.Equal(t, http.StatusAccepted, w.Code, "somebody else")
	d.clock.Advance(30 * time.Second)
	require.Equal(t, http.StatusAccepted, d.post(t, "/api/registration/", body).Code)
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
