package identity_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestEvenRegistration checks that known and unknown e-mails cause the same SQL
// statements, for a registration and for a password reset. The response time
// therefore does not reveal which e-mails are known.
func TestEvenRegistration(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		noticing := &dbtest.Noticing{DB: open(t)}
		p := programmetest.New(db.Joining(noticing))
		p.MustFeed(t, p.Setting()...)
		accounts := identity.New(identity.NewStore(p.DB), p.Clock, slog.New(slog.DiscardHandler), identity.Config{})
		t.Cleanup(func() { require.NoError(t, accounts.Close()) })
		s := identity.NewRegistrations(identity.NewRegistrationStore(p.DB), identity.RegistrationConfig{
			Apply: p.Accrual.Apply, Passwords: accounts, Mails: mail.NewSQLStore(p.DB, p.Clock, func() {}),
			Audit: audit.NewSQLLog(p.DB, p.Clock), Clock: p.Clock, PublicURL: "https://partners.example.com", ResetTime: -1,
		})
		register := func(email string) []string {
			return noticing.During(func() {
				_, err := s.Register(t.Context(), identity.RegistrationRequest{
					Email: email, Country: "ZA", Programme: "ib", Password: "correct horse battery", Address: "192.0.2.1",
				})
				require.NoError(t, err)
			})
		}
		known := register("a@example.com")
		require.NotEmpty(t, known)
		require.Equal(t, known, register("nobody@example.com"))

		reset := func(email string) []string {
			return noticing.During(func() { require.NoError(t, s.AskReset(t.Context(), email, "192.0.2.1")) })
		}
		known, unknown := reset("a@example.com"), reset("nobody@example.com")
		require.NotEmpty(t, unknown)
		require.Equal(t, known, unknown)
		var waiting, withheld int64
		require.NoError(t, p.DB.QueryRow(t.Context(), `SELECT count(CASE WHEN recipient = 'a@example.com' AND given_up_at IS NULL THEN 1 END),
		count(CASE WHEN recipient = '' AND text_body = '' AND partner_id IS NULL AND given_up_at IS NOT NULL THEN 1 END)
		FROM mails WHERE kind = 'password_reset'`).Scan(&waiting, &withheld))
		require.EqualValues(t, 1, waiting)
		require.EqualValues(t, 1, withheld, "the row for an unknown e-mail is empty and is never sent")
		require.Zero(t, accounts.Work().Argon2, "no password is hashed")
	})
}
