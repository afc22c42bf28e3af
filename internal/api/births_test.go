package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
)

// from sends JSON from another address.
func (d *door) from(t *testing.T, address, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	req.RemoteAddr = address + ":40000"
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	conform(t, d.router, w, req)
	return w
}

const (
	strangersPassword = "the stranger's horse"
	ownersPassword    = "the owner's horse"
)

func registers(email, password, country string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q,"country":%q,"programme":"ib"}`, email, password, country)
}

// A password that a stranger sent along with somebody's e-mail opens nothing:
// not before the owner's click, and not after it.
func TestAStrangersPasswordNeverComesTrue(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	require.Equal(t, http.StatusAccepted, d.from(t, "203.0.113.1", "/api/registration/", registers("n@example.com", strangersPassword, "CY")).Code)
	_, token := d.link(t, "registration")
	require.Zero(t, d.count(t, `SELECT count(*) FROM registrations WHERE password_hash <> ''`), "nothing of it is kept")
	require.Equal(t, http.StatusUnauthorized, d.login(t, "n@example.com", strangersPassword).Code)

	w := d.post(t, "/api/registration/confirm/", fmt.Sprintf(`{"token":%q,"password":%q}`, token, ownersPassword))
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	require.Equal(t, http.StatusUnauthorized, d.login(t, "n@example.com", strangersPassword).Code)
	require.Equal(t, http.StatusOK, d.login(t, "n@example.com", ownersPassword).Code)
}

// The owner's own registration stands, whatever a stranger sent before it.
func TestANewerRegistrationReplacesOlderOnes(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	require.Equal(t, http.StatusAccepted, d.from(t, "203.0.113.1", "/api/registration/", registers("n@example.com", strangersPassword, "CY")).Code)
	_, strangers := d.link(t, "registration")
	owners := d.register(t, "N@example.com")
	refusedField(t, d.confirm(t, strangers), "token", "invalid")
	w := d.confirm(t, owners)
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	require.Contains(t, w.Body.String(), `"country":"ZA"`)
}

// One address cannot keep the owner's mails away; many cannot flood a mailbox.
func TestMailQuotas(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ target, kind, mailbox, body string }{
		"registration":         {"/api/registration/", "registration", "n@example.com", registers("n@example.com", strangersPassword, "CY")},
		"a partner's address":  {"/api/registration/", "registration_taken", "a@example.com", registers("a@example.com", strangersPassword, "CY")},
		"reset":                {"/api/auth/password/reset/", "password_reset", "a@example.com", `{"email":"a@example.com"}`},
		"one mailbox, by tags": {"/api/registration/", "registration", "n+%d@example.com", registers("n+%d@example.com", strangersPassword, "CY")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setupDoor(t)
			ask := func(address string, n int) {
				body := strings.ReplaceAll(tt.body, "%d", strconv.Itoa(n))
				require.Less(t, d.from(t, address, tt.target, body).Code, 300)
			}
			for i := range 10 {
				ask("203.0.113.1", i)
			}
			require.Len(t, d.news(t), 3, "one address causes three an hour")
			ask("192.0.2.7", 10)
			news := d.news(t)
			require.Len(t, news, 1, "the owner, from its own address, is not shut out")
			require.Equal(t, tt.kind, news[0].Kind)
			for i := range 100 {
				ask(fmt.Sprintf("198.51.100.%d", i), i)
			}
			require.Len(t, d.news(t), 16, "a mailbox gets twenty an hour")
			d.clock.Advance(time.Hour)
			ask("203.0.113.1", 0)
			require.Len(t, d.news(t), 1)
		})
	}
}

// What is asked beyond the quota replaces nothing: the link that was mailed
// last works.
func TestBeyondTheQuotaNothingIsReplaced(t *testing.T) {
	t.Parallel()
	d := setupDoor(t)
	var mailed string
	for range 3 {
		mailed = d.register(t, "n@example.com")
	}
	for range 5 {
		require.Equal(t, http.StatusAccepted, d.post(t, "/api/registration/", registers("n@example.com", strangersPassword, "CY")).Code)
	}
	require.Empty(t, d.news(t))
	require.Equal(t, http.StatusCreated, d.confirm(t, mailed).Code)
}

func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	d := setupDoor(t, func(c *programme.Config) { c.RegistrationClosed = true })
	w := d.post(t, "/api/registration/", registers("n@example.com", authPassword, "ZA"))
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), `"code":"PermissionDenied"`)
	require.Contains(t, w.Body.String(), "Ask the broker")
	require.Empty(t, d.news(t))
	require.Equal(t, http.StatusForbidden, d.confirm(t, "anything").Code)
	require.Equal(t, http.StatusBadRequest, d.page(t, http.MethodGet, "/api/registration/confirm/?token=x", nil).Code)
	require.Equal(t, http.StatusOK, d.post(t, "/api/auth/password/reset/", `{"email":"a@example.com"}`).Code, "a partner may still reset its password")
	require.Len(t, d.news(t), 1)
}
