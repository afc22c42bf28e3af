package outbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestOutboxDamage damages the events and deliveries in several ways, one at a time.
// Each time, only the check for that damage must report it.
func TestOutboxDamage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		const gaps, given = "a partner's events are numbered without gaps", "each delivery is of an event that was given to its endpoint"
		for name, damage := range map[string]struct{ statement, check string }{
			"nothing":              {`SELECT 1`, ""},
			"a lost event":         {`DELETE FROM events WHERE event_seq = 2`, gaps},
			"a lost last event":    {`DELETE FROM events WHERE event_seq = 3`, gaps},
			"another number":       {`UPDATE events SET event_seq = 7 WHERE event_seq = 3`, gaps},
			"a lost counter":       {`DELETE FROM event_counters`, gaps},
			"all events":           {`DELETE FROM events`, gaps},
			"a future event":       {`UPDATE endpoints SET given_seq = 100`, "an endpoint was given only events that exist"},
			"an event given twice": {`UPDATE endpoints SET given_seq = 1`, given},
			"a lost endpoint":      {`DELETE FROM endpoints`, given},
			"a lost secret":        {`DELETE FROM endpoint_secrets`, "an endpoint has one secret in use"},
			"an expired secret":    {`UPDATE endpoint_secrets SET expires_at = 1`, "an endpoint has one secret in use"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newOutboxBundle(open(t))
				b.webhook(t, "https://a.example.com/")
				b.append(t, 3)
				b.deliver(t)
				b.exec(t, damage.statement)
				var named []string
				_, err := verify.Run(t.Context(), verify.NewStore(b.DB), func(f verify.Fault) { named = append(named, f.String()) })
				require.NoError(t, err)
				if damage.check == "" {
					require.Empty(t, named)
					return
				}
				require.Contains(t, strings.Join(named, "\n"), damage.check)
			})
		}
	})
}
