package level_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// onJoining returns the result of db.Joining and a Service that uses it.
func (s *scene) onJoining(database db.DB) (db.DB, *level.Service) {
	joining := db.Joining(database)
	return joining, level.NewService(level.NewStore(joining), s.Clock, level.Config{
		Zone: time.UTC, Audit: audit.NewSQLLog(joining, s.Clock), StepOrders: 2,
	})
}

// TestSet_BeforeTheReview sets a level on the 1st, before the review of the month.
// The review comes first and pays its progress reward, and a later run changes neither.
func TestSet_BeforeTheReview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, inLock := range map[string]bool{"alone": false, "inside a Lock, as with an Idempotency-Key": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t))
				for _, day := range []string{"01", "02", "03", "30"} { // more orders than one transaction pays for
					s.addOrder("1001", "2026-06-"+day+"T10:00:00Z")
				}
				s.moveTo("2026-07-01")
				joining, levels := s.onJoining(s.DB)
				set := func(ctx context.Context) error {
					_, err := levels.Set(ctx, programmetest.Alpha, "Start", true)
					return err
				}
				if inLock {
					alone := set
					set = func(ctx context.Context) error {
						return joining.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return alone(ctx) })
					}
				}
				require.NoError(t, set(t.Context()))
				require.Equal(t, "2026-07-02 Start", s.LevelsOf(t, programmetest.Alpha))
				require.NoError(t, levels.Run(t.Context()))
				require.Equal(t, "2026-07-02 Start", s.LevelsOf(t, programmetest.Alpha))
				require.EqualValues(t, 1, dbtest.Scalar(t, s.DB, `SELECT count(*) FROM partner_levels WHERE floor = 'Start'`))
				require.Equal(t, "2026-07-01: 4 rows 4", s.Progress(t, programmetest.Alpha))
				programmetest.RequireSound(t, s.DB)
			})
		}
	})
}
