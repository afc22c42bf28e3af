package level_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

var errSick = errors.New("this partner cannot be locked")

// sick is a database in which no transaction can lock one partner.
type sick struct {
	db.DB
	partnerID id.UUID // id.Nil: every partner can be locked
	tries     int     // number of times that the partner could not be locked
}

func (s *sick) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	if s.partnerID != id.Nil && keys.Covers(db.Partners(s.partnerID)) {
		s.tries++
		return errSick
	}
	return s.DB.Lock(ctx, keys, fn)
}

// TestRun_OnePartnerFails makes the reviews of one partner fail for two months. The
// other partner must be reviewed in time. When the fault is over, the missed reviews
// take place in order, with the results that they would have had.
func TestRun_OnePartnerFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, heal := range map[string]func(*testing.T, *scene, *level.Service){
			"the next attempt succeeds": func(t *testing.T, s *scene, levels *level.Service) {
				t.Helper()
				require.NoError(t, levels.Run(t.Context()))
				require.Equal(t, "2026-05-01 Silver", s.LevelsOf(t, programmetest.Alpha), "the pause is not over")
				s.Clock.Advance(time.Hour)
				require.NoError(t, levels.Run(t.Context()))
			},
			"the broker sets the level": func(t *testing.T, s *scene, levels *level.Service) {
				t.Helper()
				_, err := levels.Set(t.Context(), programmetest.Alpha, "Gold", false)
				require.NoError(t, err)
				require.Equal(t, "2026-05-01 Silver, 2026-08-01 Start, 2026-08-03 Gold", s.LevelsOf(t, programmetest.Alpha))
				s.Write(t, `DELETE FROM partner_levels WHERE level = $1`, "Gold")
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t))
				s.SetLevel(t, programmetest.Alpha, "Silver", "2026-05-01") // without orders, Alpha falls on 1 August
				s.addOrder("2001", june)
				database := &sick{DB: s.DB, partnerID: programmetest.Alpha}
				joining, levels := s.onJoining(database)
				failed := func() int64 {
					n, err := level.NewStore(joining).Failed(t.Context())
					require.NoError(t, err)
					return n
				}

				s.moveTo("2026-07-01")
				for _, step := range []struct {
					after time.Duration
					tries int
				}{{0, 1}, {0, 2}, {0, 2}, {59 * time.Second, 2}, {time.Second, 3}, {time.Minute, 3}, {time.Minute, 4}, {24 * time.Hour, 5}, {59 * time.Minute, 6}} {
					s.Clock.Advance(step.after)
					require.NoError(t, levels.Run(t.Context()))
					require.Equal(t, step.tries, database.tries, step.after)
				}
				require.Equal(t, "2026-07-02 Silver", s.LevelsOf(t, programmetest.Beta))
				require.EqualValues(t, 1, failed())
				_, err := levels.Set(t.Context(), programmetest.Beta, "Silver", false)
				require.NoError(t, err, "the level of another partner can be set")

				s.moveTo("2026-08-02")
				_, levels = s.onJoining(database) // a server that has restarted
				require.NoError(t, levels.Run(t.Context()))
				require.EqualValues(t, 2, failed())
				require.EqualValues(t, 2, dbtest.Scalar(t, s.DB, `SELECT count(*) FROM level_reviews`), "Beta's reviews")
				require.Equal(t, "2026-05-01 Silver", s.LevelsOf(t, programmetest.Alpha), "August waits for July")

				database.partnerID = id.Nil
				heal(t, s, levels)
				require.Zero(t, failed())
				require.Equal(t, "2026-05-01 Silver, 2026-08-01 Start", s.LevelsOf(t, programmetest.Alpha))
				programmetest.RequireSound(t, s.DB)
			})
		}
	})
}
