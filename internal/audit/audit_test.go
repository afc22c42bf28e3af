package audit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestAudit checks that an entry has the actor and the origin of its action,
// and that it belongs to the same transaction as the action.
func TestAudit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Run("who and from where", func(t *testing.T) {
			t.Parallel()
			testAuditActors(t, open(t))
		})
		t.Run("in one transaction", func(t *testing.T) {
			t.Parallel()
			database := open(t)
			log := audit.NewSQLLog(database, clock.At(programmetest.Now))
			failed := errors.New("on purpose")
			require.ErrorIs(t, database.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
				require.NoError(t, log.Record(ctx, audit.Entry{PartnerID: id.New(), Action: "never.done"}))
				return failed
			}), failed)
			require.Error(t, log.Record(t.Context(), audit.Entry{Action: "x.y", Details: map[string]any{"f": func() {}}}))
			var n int
			require.NoError(t, database.QueryRow(t.Context(), `SELECT count(*) FROM audit_log`).Scan(&n))
			require.Zero(t, n)
		})
	})
}

func testAuditActors(t *testing.T, database db.DB) {
	t.Helper()
	log := audit.NewSQLLog(database, clock.At(programmetest.Now))
	from := audit.WithOrigin(t.Context(), "192.0.2.1", "a program")
	for name, c := range map[string]struct {
		ctx  context.Context //nolint:containedctx // a table of contexts
		want []string
	}{
		"partner": {caller.With(from, caller.Caller{Role: caller.Partner, TokenID: "jti"}), []string{"partner", "jti", "192.0.2.1", "a program"}},
		"key":     {caller.With(from, caller.Caller{Role: caller.Partner, Key: true, TokenID: "k"}), []string{"key", "k", "192.0.2.1", "a program"}},
		"broker":  {caller.With(from, caller.Caller{Role: caller.Broker, Key: true, TokenID: "b"}), []string{"broker", "b", "192.0.2.1", "a program"}},
		"nobody":  {from, []string{"nobody", "", "192.0.2.1", "a program"}},
		"unknown": {audit.WithOrigin(t.Context(), "", ""), []string{"nobody", "", "", ""}},
		"system":  {t.Context(), []string{"system", "", "", ""}},
	} {
		partnerID := id.New()
		require.NoError(t, log.Record(c.ctx, audit.Entry{
			PartnerID: partnerID, Action: "thing.done", Subject: name, Details: map[string]any{"amount": "1.50", "count": 2},
		}))
		var at int64
		var details string
		got := make([]string, 6)
		require.NoError(t, database.QueryRow(t.Context(), `
			SELECT at, actor, credential, address, user_agent, action, subject, details FROM audit_log WHERE partner_id = $1`, partnerID).
			Scan(&at, &got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &details), name)
		require.Equal(t, append(c.want, "thing.done", name), got)
		require.Equal(t, programmetest.Now, db.Instant(at))
		require.JSONEq(t, `{"amount":"1.50","count":2}`, details)
	}
}
