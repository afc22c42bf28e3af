package storetest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/registration"
)

// EvenWork checks that what strangers and partners ask for costs the same
// statements whatever the store knows, so that the time tells nothing.
func EvenWork(t *testing.T, open func(t *testing.T) db.DB) {
	for name, test := range map[string]func(*testing.T, *noticingDB, *Programme){
		"affiliation": testEvenAffiliation, "registration and reset": testEvenRegistration,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noticing := &noticingDB{DB: open(t)}
			p := NewProgramme(db.Joining(noticing))
			p.MustFeed(t, p.Setting()...)
			test(t, noticing, p)
		})
	}
}

func testEvenAffiliation(t *testing.T, noticing *noticingDB, p *Programme) {
	s, a := partner.NewSQLStore(p.DB), mustParse(PartnerA)
	byEmail := func(email string, known bool) []string {
		return noticing.during(func() {
			_, ok, err := s.Affiliation(t.Context(), a, email)
			require.NoError(t, err)
			require.Equal(t, known, ok, email)
		})
	}
	own := byEmail("one@example.com", true)
	require.Len(t, own, 1)
	require.Equal(t, own, byEmail("two@example.com", false), "another partner's client")
	require.Equal(t, own, byEmail("nobody@example.com", false))

	byAccount := func(account string, known bool) []string {
		return noticing.during(func() {
			_, ok, err := s.AffiliationByAccount(t.Context(), a, account)
			require.NoError(t, err)
			require.Equal(t, known, ok, account)
		})
	}
	own = byAccount("1001", true)
	require.Len(t, own, 1)
	require.Equal(t, own, byAccount("2001", false), "another partner's account")
	require.Equal(t, own, byAccount("9999", false))
}

func testEvenRegistration(t *testing.T, noticing *noticingDB, p *Programme) {
	accounts := identity.New(identity.NewStore(p.DB), p.Clock, slog.New(slog.DiscardHandler), identity.Config{})
	t.Cleanup(func() { require.NoError(t, accounts.Close()) })
	s := registration.New(registration.NewStore(p.DB), registration.Config{
		Facts: p.Accrual, Passwords: accounts, Mails: mail.NewSQLStore(p.DB, p.Clock, func() {}),
		Audit: audit.NewSQLLog(p.DB, p.Clock), Clock: p.Clock, PublicURL: "https://partners.example.com", ResetTime: -1,
	})
	register := func(email string) []string {
		return noticing.during(func() {
			_, err := s.Register(t.Context(), registration.Request{
				Email: email, Country: "ZA", Programme: "ib", Password: "correct horse battery", Address: "192.0.2.1",
			})
			require.NoError(t, err)
		})
	}
	known := register("a@example.com")
	require.NotEmpty(t, known)
	require.Equal(t, known, register("nobody@example.com"))

	reset := func(email string) []string {
		return noticing.during(func() { require.NoError(t, s.AskReset(t.Context(), email, "192.0.2.1")) })
	}
	known, unknown := reset("a@example.com"), reset("nobody@example.com")
	require.NotEmpty(t, unknown)
	require.Equal(t, known, unknown)
	var waiting, withheld int64
	require.NoError(t, p.DB.QueryRow(t.Context(), `SELECT count(CASE WHEN recipient = 'a@example.com' AND given_up_at IS NULL THEN 1 END),
		count(CASE WHEN recipient = '' AND text_body = '' AND partner_id IS NULL AND given_up_at IS NOT NULL THEN 1 END)
		FROM mails WHERE kind = 'password_reset'`).Scan(&waiting, &withheld))
	require.EqualValues(t, 1, waiting)
	require.EqualValues(t, 1, withheld, "a stranger's mail is a row that is never sent and says nothing")
	require.Zero(t, accounts.Work().Argon2, "no password is hashed for a stranger")
}

// noticingDB notes the statements that are run on a store.
type noticingDB struct {
	db.DB

	mu   sync.Mutex
	seen []string
}

// Exec implements db.Querier.
func (d *noticingDB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return noticing{d.DB, d}.Exec(ctx, query, args...)
}

// Query implements db.Querier.
func (d *noticingDB) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	return noticing{d.DB, d}.Query(ctx, query, args...)
}

// QueryRow implements db.Querier.
func (d *noticingDB) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	return noticing{d.DB, d}.QueryRow(ctx, query, args...)
}

// Write implements db.DB.
func (d *noticingDB) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return d.DB.Write(ctx, d.inside(fn))
}

// Read implements db.DB.
func (d *noticingDB) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return d.DB.Read(ctx, d.inside(fn))
}

// Lock implements db.DB.
func (d *noticingDB) Lock(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return d.DB.Lock(ctx, d.inside(fn))
}

// during returns the statements that fn causes.
func (d *noticingDB) during(fn func()) []string {
	d.mu.Lock()
	d.seen = nil
	d.mu.Unlock()
	fn()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen
}

func (d *noticingDB) note(statement string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, statement)
}

func (d *noticingDB) inside(fn func(context.Context, db.Querier) error) func(context.Context, db.Querier) error {
	return func(ctx context.Context, q db.Querier) error { return fn(ctx, noticing{q, d}) }
}

// noticing is a Querier whose statements are noted.
type noticing struct {
	db.Querier

	in *noticingDB
}

// Exec implements db.Querier.
func (n noticing) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	n.in.note(query)
	return n.Querier.Exec(ctx, query, args...)
}

// Query implements db.Querier.
func (n noticing) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	n.in.note(query)
	return n.Querier.Query(ctx, query, args...)
}

// QueryRow implements db.Querier.
func (n noticing) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	n.in.note(query)
	return n.Querier.QueryRow(ctx, query, args...)
}

// Bulk implements db.Querier.
func (n noticing) Bulk(ctx context.Context, in db.BulkInsert) error {
	n.in.note("bulk " + in.Table)
	return n.Querier.Bulk(ctx, in)
}
