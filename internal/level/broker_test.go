package level_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// onJoining returns a Service that uses the transactions of a joining database.
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
					s.order("1001", "2026-06-"+day+"T10:00:00Z")
				}
				s.at("2026-07-01")
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

var errSick = errors.New("this partner cannot be locked")

// sick is a database in which no transaction can lock one partner.
type sick struct {
	db.DB
	partnerID id.UUID
}

func (s *sick) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	if keys.Covers(db.Partners(s.partnerID)) {
		return errSick
	}
	return s.DB.Lock(ctx, keys, fn)
}

// TestSet_NeedsNoOtherReview sets a partner's level while the review of another
// partner fails.
func TestSet_NeedsNoOtherReview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		s := newScene(t, open(t))
		s.order("1001", june)
		s.order("2001", june)
		s.at("2026-07-01")
		_, levels := s.onJoining(&sick{s.DB, programmetest.Alpha})
		require.ErrorIs(t, levels.Run(t.Context()), errSick)
		_, err := levels.Set(t.Context(), programmetest.Beta, "Gold", false)
		require.NoError(t, err)
		require.Equal(t, "2026-07-02 Gold", s.LevelsOf(t, programmetest.Beta))
	})
}
