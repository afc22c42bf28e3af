package adjustment_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestRandomAdjustments takes random steps as three staff members. It computes the
// balance from the requests, and compares it with the wallet after each step.
func TestRandomAdjustments(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		s := adjustment.New(adjustment.NewStore(p.DB), p.Clock, time.UTC, audit.NewSQLLog(p.DB, p.Clock))
		random := rand.New(rand.NewPCG(1, 2))
		partner := programmetest.Alpha
		people := make([]context.Context, 3)
		for i := range people {
			people[i] = caller.With(t.Context(), caller.Caller{Role: caller.Broker, StaffID: id.New(), StaffRole: caller.Finance}) //nolint:fatcontext // each is a context of its own
		}
		type item struct {
			id     string
			author int
			amount money.Amount
		}
		var waiting []item
		var balance money.Amount
		did := map[string]int{}
		for range 250 {
			who := random.IntN(len(people))
			switch step := random.IntN(4); {
			case step < 2 || len(waiting) == 0:
				amount := money.Amount(random.IntN(24_000)-14_000) * 10_000
				a, err := s.Prepare(people[who], adjustment.Draft{PartnerID: partner, Kind: adjustment.Correction, AmountUSD: amount, Reason: "x"})
				if amount == 0 || balance+amount < 0 {
					require.Equal(t, fault.ValidationError, fault.CodeOf(err))
					did["refused"]++
					break
				}
				require.NoError(t, err)
				waiting = append(waiting, item{a.ID, who, amount})
				did["prepared"]++
			default:
				n := random.IntN(len(waiting))
				one := waiting[n]
				if step == 2 && random.IntN(4) == 0 {
					_, err := s.Reject(people[who], one.id, "")
					require.NoError(t, err)
					waiting = append(waiting[:n], waiting[n+1:]...)
					did["rejected"]++
					break
				}
				_, err := s.Approve(people[who], one.id)
				switch {
				case who == one.author:
					require.Equal(t, fault.PermissionDenied, fault.CodeOf(err))
					did["own"]++
				case balance+one.amount < 0:
					require.Equal(t, fault.ValidationError, fault.CodeOf(err), "the wallet has less than it had when the adjustment was prepared")
					did["short"]++
				default:
					require.NoError(t, err)
					balance += one.amount
					waiting = append(waiting[:n], waiting[n+1:]...)
					did["approved"]++
				}
			}
			require.Equal(t, balance.String(), p.Wallet(t, programmetest.PartnerA))
		}
		for _, step := range []string{"prepared", "refused", "approved", "rejected", "own", "short"} {
			require.NotZero(t, did[step], "%s: %v", step, did)
		}
		_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
		require.NoError(t, err)
		list, count, err := s.Adjustments(t.Context(), adjustment.Filter{Statuses: []string{"approved"}, Page: page.Page{Limit: 1}})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.EqualValues(t, did["approved"], count)
	})
}
