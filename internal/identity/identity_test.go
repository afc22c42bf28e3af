package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

const (
	email    = "partner@example.com"
	password = "correct horse"
	address  = "192.0.2.1"
)

var start = time.Date(2026, 6, 30, 12, 0, 0, 250_000_000, time.UTC)

// cheapParams let a password be hashed in microseconds.
var cheapParams = identity.Params{MemoryKiB: 64, Passes: 1, Threads: 1}

// signingKey is created only once, because creating a key takes longer than
// most tests.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

const signingKeyID = "0123456789abcdef"

func signingPEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(signingKey())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

type bundle struct {
	service   *identity.Service
	store     identity.Store
	db        db.DB
	clock     *clock.Fixed
	partnerID id.UUID
	log       *bytes.Buffer
}

func setup(tb testing.TB, config identity.Config) *bundle {
	tb.Helper()
	if config.Params == (identity.Params{}) {
		config.Params = cheapParams
	}
	file, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "tributary.db"))
	require.NoError(tb, err)
	database := db.Joining(file)
	tb.Cleanup(func() { require.NoError(tb, database.Close()) })
	b := &bundle{store: identity.NewStore(database), db: database, clock: clock.At(start), log: &bytes.Buffer{}}
	require.NoError(tb, b.store.AddSigningKey(tb.Context(), identity.SigningKey{
		ID: signingKeyID, Generation: 1, PrivatePEM: signingPEM(), CreatedAt: start,
	}, start))
	b.service = b.secondService(tb, config)
	b.partnerID = b.partner(tb, email, "active")
	require.NoError(tb, b.service.SetPassword(tb.Context(), b.partnerID, password))
	return b
}

// secondService returns a second service on the same store, like that of a second
// process.
func (b *bundle) secondService(tb testing.TB, config identity.Config) *identity.Service {
	tb.Helper()
	if config.Params == (identity.Params{}) {
		config.Params = cheapParams
	}
	service := identity.New(b.store, b.clock, slog.New(slog.NewTextHandler(b.log, nil)), config)
	tb.Cleanup(func() { require.NoError(tb, service.Close()) })
	return service
}

func (b *bundle) partner(tb testing.TB, email, status string) id.UUID {
	tb.Helper()
	partnerID := programmetest.AddPartner(tb, b.db, partner.Partner{Email: email, Status: status, Verified: true})
	dbtest.Insert(tb, b.db, "sign_in_emails", dbtest.Row{"email": email, "partner_id": partnerID})
	return partnerID
}

func (b *bundle) setStatus(tb testing.TB, partnerID id.UUID, status string) {
	tb.Helper()
	require.NoError(tb, b.db.Write(tb.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partners SET status = $2 WHERE partner_id = $1`, partnerID, status)
		return err
	}))
}

func (b *bundle) login(tb testing.TB, login, password string) (string, error) {
	tb.Helper()
	return b.service.Login(tb.Context(), identity.Login{Login: login, Password: password, Address: address, UserAgent: "a test"})
}

func (b *bundle) token(tb testing.TB) string {
	tb.Helper()
	token, err := b.login(tb, email, password)
	require.NoError(tb, err)
	return token
}

func code(tb testing.TB, err error) fault.Code {
	tb.Helper()
	if err != nil {
		require.NotEmpty(tb, fault.CodeOf(err), "not an error for callers: %v", err)
	}
	return fault.CodeOf(err)
}

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	const spaced = " \tpartner@example.com\n"
	for given, want := range map[string]string{
		"Partner@Example.COM":                 email,
		spaced:                                email,
		"":                                    "",
		"a\x00b@example.com":                  "",
		"\xff@example.com":                    "",
		strings.Repeat("a", 245) + "@a.com":   strings.Repeat("a", 245) + "@a.com",
		strings.Repeat("a", 255) + "@a.com":   "",
		strings.Repeat(" ", 2000) + "a@a.com": "",
		"ÜBER@example.com":                    "über@example.com",
	} {
		require.Equal(t, want, identity.NormalEmail(given), "%.40q", given)
	}
}
