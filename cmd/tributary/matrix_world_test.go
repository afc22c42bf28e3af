package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// These partners exist in addition to A and B of programmetest.
const (
	matrixC        = "cccccccc-0000-4000-8000-000000000003" // has no data
	matrixD        = "dddddddd-0000-4000-8000-000000000004" // is suspended
	matrixPassword = "correct horse battery"
)

// matrixWorld is the whole server with its own database, built in the same way
// as the command serve builds it.
type matrixWorld struct {
	app      *app
	clock    *clock.Fixed
	p        *openProgramme
	handler  http.Handler
	document *openapi3.T
	calls    int

	a, b, c, expired, revoked string
	suspended, suspendedKey   string
	keys                      map[string]string // keys of A, by scope; "" is the unlimited key
	brokers                   map[string]string // keys of the broker, by scope

	staff                       map[caller.StaffRole]string // tokens of staff members
	secrets                     map[caller.StaffRole]string // secrets of their authenticator apps
	expiredStaff, disabledStaff string

	objects map[string]string // ids of A's objects, by placeholder in a path
	account string            // A's wallet account
}

func setupMatrix(t *testing.T, options ...string) *matrixWorld {
	t.Helper()
	// A has two orders, which is one row too many for a workbook in a response.
	command := append([]string{"serve", "--db", "sqlite:" + filepath.Join(t.TempDir(), "matrix.db"), "--xlsx-rows", "1"}, options...)
	cli, _, err := config.Parse(command, io.Discard, func(int) {})
	require.NoError(t, err)
	w := &matrixWorld{clock: clock.At(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)), keys: map[string]string{}, brokers: map[string]string{}}
	a := newApp(cli, strings.NewReader(""), io.Discard, io.Discard)
	a.clock = w.clock
	w.app = a
	database, err := cli.Database()
	require.NoError(t, err)
	c, err := a.webConfig(&cli.Serve.Web, database, "http://localhost:8080")
	require.NoError(t, err)
	w.p, err = a.build(t.Context(), database, c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.p.Close()) })
	w.handler = w.p.Handler
	w.document, err = openapi3.NewLoader().LoadFromData(w.send(t, "", http.MethodGet, "/api/schema/?format=openapi", nil).Body.Bytes())
	require.NoError(t, err)
	w.feed(t)
	w.signIn(t)
	w.makeKeys(t)
	w.makeStaff(t)
	w.makeObjects(t)
	return w
}

func (w *matrixWorld) feed(t *testing.T) {
	t.Helper()
	p := &programmetest.Programme{DB: w.p.DB, Accrual: w.p.Facts}
	p.MustFeed(t, p.Setting()...)
	for uid, name := range map[string]string{matrixC: "c", matrixD: "d"} {
		p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z", fmt.Sprintf(
			`"partner_uid":%q,"email":"%s@example.com","country":"CY","program":"ib","partner_code":"code-%s","currency":"USD"`, uid, name, name)))
	}
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	w.exec(t, `UPDATE partners SET verified = $1`, true)
	for _, uid := range []string{programmetest.PartnerA, programmetest.PartnerB, matrixC, matrixD} {
		require.NoError(t, w.p.Identity.SetPassword(t.Context(), uuid(uid), matrixPassword))
	}
	w.makeRebate(t, p)
}

// makeRebate creates a rebate that A can approve. It also raises A to a level
// that earns a progress reward.
func (w *matrixWorld) makeRebate(t *testing.T, p *programmetest.Programme) {
	t.Helper()
	w.create(t, w.login(t, "a"), "/api/v2/autorebates/groups/",
		`{"group_title":"All","rebate_percent":50,"group_type":"MANUAL","rebate_period":"DAILY","is_default":true}`, "id")
	programmetest.WithLevelPlan(t, p)
	w.clock.Advance(time.Hour)
	p.MustFeed(t, p.Order("1001", 2, "EURUSD", w.clock.Now().Format(time.RFC3339), ``))
	w.clock.Advance(24 * time.Hour)
	require.NoError(t, w.p.RebateRuns.Run(t.Context()))
	require.NoError(t, w.p.Levels.Run(t.Context()))
}

func (w *matrixWorld) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	require.NoError(t, w.p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, statement, args...)
		return err
	}))
}

// signIn creates tokens for the partners. One of them is expired and one is
// revoked.
func (w *matrixWorld) signIn(t *testing.T) {
	t.Helper()
	w.expired = w.login(t, "a")
	w.clock.Advance(identity.TokenLife)
	w.revoked = w.login(t, "a")
	require.Equal(t, http.StatusNoContent, w.send(t, w.revoked, http.MethodDelete, "/api/v2/auth/token/", nil).Code)
	w.a, w.b, w.c = w.login(t, "a"), w.login(t, "b"), w.login(t, "c")
	w.suspended = w.login(t, "d")
	w.suspendedKey = w.key(t, caller.Partner, matrixD)
	w.exec(t, `UPDATE partners SET status = $1 WHERE partner_id = $2`, identity.StatusSuspended, uuid(matrixD))
}

func uuid(text string) id.UUID {
	u, err := id.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

func (w *matrixWorld) login(t *testing.T, name string) string {
	t.Helper()
	return w.create(t, "", "/api/auth/", fmt.Sprintf(`{"login":"%s@example.com","password":%q}`, name, matrixPassword), "token")
}

func (w *matrixWorld) key(t *testing.T, role caller.Role, partner string, scopes ...string) string {
	t.Helper()
	wanted := identity.NewKey{Role: role, Scopes: scopes}
	if partner != "" {
		partnerID := uuid(partner)
		wanted.PartnerID = &partnerID
	}
	key, _, err := w.p.Identity.CreateKey(t.Context(), wanted)
	require.NoError(t, err)
	return key
}

func (w *matrixWorld) makeKeys(t *testing.T) {
	t.Helper()
	w.keys[""], w.brokers[""] = w.key(t, caller.Partner, programmetest.PartnerA), w.key(t, caller.Broker, "")
	for _, scope := range identity.Scopes(caller.Partner) {
		w.keys[scope] = w.key(t, caller.Partner, programmetest.PartnerA, scope)
	}
	for _, scope := range identity.Scopes(caller.Broker) {
		w.brokers[scope] = w.key(t, caller.Broker, "", scope)
	}
}

// create posts a body and returns a field of the response, which is usually the
// id of the new object.
func (w *matrixWorld) create(t *testing.T, token, path, body, field string) string {
	t.Helper()
	answer := w.send(t, token, http.MethodPost, path, &matrixBody{"application/json", body})
	require.Less(t, answer.Code, 300, "%s: %s", path, answer.Body)
	var object map[string]any
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &object))
	require.Contains(t, object, field, path)
	return fmt.Sprint(object[field])
}

type matrixBody struct{ contentType, text string }

// pace is the time between two requests. It is long enough to stay below the
// rate limits, which another test covers.
const pace = 25 * time.Millisecond

// send advances the server's clock by pace, and then sends a request.
func (w *matrixWorld) send(t *testing.T, token, method, target string, body *matrixBody) *httptest.ResponseRecorder {
	t.Helper()
	w.clock.Advance(pace)
	return w.call(t, token, method, target, body)
}

func (w *matrixWorld) call(t *testing.T, token, method, target string, body *matrixBody) *httptest.ResponseRecorder {
	t.Helper()
	w.calls++
	var reader io.Reader
	if body != nil {
		reader = strings.NewReader(body.text)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	if body != nil {
		req.Header.Set("Content-Type", body.contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, req)
	return answer
}

// forgedTokens returns tokens that the server never issued. Each is A's token
// with one change.
func (w *matrixWorld) forgedTokens(t *testing.T) map[string]string {
	t.Helper()
	parts := strings.Split(w.a, ".")
	var claims jwt.MapClaims
	parsed, _, err := jwt.NewParser().ParseUnverified(w.a, &claims)
	require.NoError(t, err)
	kid := parsed.Header["kid"]
	sign := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = kid
		signed, err := token.SignedString(key)
		require.NoError(t, err)
		return signed
	}
	keys, err := identity.NewStore(w.p.DB).SigningKeys(t.Context())
	require.NoError(t, err)
	block, _ := pem.Decode([]byte(keys[0].PrivatePEM))
	ours, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&ours.(*rsa.PrivateKey).PublicKey)
	require.NoError(t, err)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	tampered := strings.ReplaceAll(string(payload), uuid(programmetest.PartnerA).Hex(), uuid(programmetest.PartnerB).Hex())
	require.NotEqual(t, string(payload), tampered)
	longer := strings.ReplaceAll(string(payload), `"exp":1`, `"exp":2`)
	require.NotEqual(t, string(payload), longer)
	return map[string]string{
		"signed by another key":      sign(jwt.SigningMethodRS256, stranger),
		"signed by the public key":   sign(jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"signed with algorithm none": sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"of another partner":         parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(tampered)) + "." + parts[2],
		"made to last longer":        parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(longer)) + "." + parts[2],
		"without its signature":      parts[0] + "." + parts[1] + ".",
		"a key with another secret":  w.keys[""][:17] + strings.Repeat("A", 32),
		"a key that was never made":  "trb_000000000000_" + strings.Repeat("A", 32),
	}
}
