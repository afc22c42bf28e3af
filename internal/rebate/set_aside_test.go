package rebate_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
)

// TestRebates checks how rebates are reserved when rewards are booked. Today is
// Tuesday, 2026-06-30.
func TestRebates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"a reward sets its rebate aside":            rebateSetAside,
			"what is in force at the close counts":      rebateTermsAtClose,
			"a percent that changes makes another row":  rebatePercentChanges,
			"a reversal frees what was set aside":       rebateReversed,
			"a late order goes into the current period": rebateLateOrder,
			"a correction does not change a closed row": rebateCorrectionAfterClose,
			"a clock that is set back":                  rebateClockBack,
			"social accounts get none":                  rebateSocial,
			"the rebates of a random history":           rebateRandom,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				p.MustFeed(t, p.Setting()...)
				test(t, p)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

// No list shows open rebates, so these tests read the tables.
const rowsOf = `SELECT count(*) FROM rebate_rows WHERE client_account = $1`

// rebateSetAside feeds orders of one lot of EURUSD. With an average spread of
// 10 points, each of them earns 10 USD × 20 % = 2 USD.
func rebateSetAside(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 25, "MONTHLY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T10:00:00Z", ``))
	require.Equal(t, "0.5", p.Rebated(t, "1001"))
	require.Equal(t, "1.5", p.Wallet(t, programmetest.PartnerA))
	require.Equal(t, "0.5", p.Reserved(t, programmetest.PartnerA))
	p.MustFeed(t, p.Order("1001", 2, "EURUSD", "2026-06-29T10:00:00Z", ``), p.Order("2001", 3, "USDJPY", "2026-06-29T10:00:00Z", ``))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, rowsOf, "1001"), "the same account, period and percent")
	require.EqualValues(t, 0, dbtest.Scalar(t, p.DB, rowsOf, "2001"), "another partner's")
	require.Equal(t, "1", p.Reserved(t, programmetest.PartnerA))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebates WHERE period_start_day = 20605 AND period_end_day = 20634 AND status = 'open'`), "June")
}

func rebateTermsAtClose(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-06-30T10:00:00Z", 50, "MONTHLY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T09:59:59Z", ``))
	require.EqualValues(t, 0, dbtest.Scalar(t, p.DB, rowsOf, "1001"), "closed before there was a group")
	p.MustFeed(t, p.Order("1001", 2, "EURUSD", "2026-06-30T10:00:00Z", ``))
	require.Equal(t, "1", p.Rebated(t, "1001"))
}

func rebatePercentChanges(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
	own := int64(333_333)
	p.RebateTerms(t, programmetest.PartnerA, "1001", "2026-06-30T08:00:00Z", nil, &own)
	p.MustFeed(t,
		p.Order("1001", 1, "EURUSD", "2026-06-30T07:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-06-30T09:00:00Z", ``),
		p.Order("1001", 3, "EURUSD", "2026-06-30T09:30:00Z", ``))
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, rowsOf, "1001"))
	require.Equal(t, "1.533332", p.Rebated(t, "1001"), "33.3333 percent of 4 is cut, once, over both orders")
}

func rebateReversed(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 100, "DAILY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T07:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-06-30T08:00:00Z", ``))
	require.Equal(t, "4", p.Reserved(t, programmetest.PartnerA))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-30T11:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
	require.Equal(t, "2", p.Reserved(t, programmetest.PartnerA))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-30T11:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	require.Equal(t, "0", p.Reserved(t, programmetest.PartnerA))
}

func rebateLateOrder(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "DAILY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-02T07:00:00Z", ``))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebates WHERE period_start_day = 20634`), "today, not in March")
}

// rebateCorrectionAfterClose closes a row, and then feeds a late fact that
// changes the type of the row's account.
func rebateCorrectionAfterClose(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "DAILY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T07:00:00Z", ``))
	require.Equal(t, "0.2", p.Reserved(t, programmetest.PartnerA))
	p.Clock.Advance(24 * time.Hour)
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-06-30T06:00:00Z", `"client_account":"1001","account_type":"Standard Cent"`))
	// The reward changes from 2 USD to 0.02 USD. Yesterday's row keeps its rebate
	// of 0.20, and the negative difference is added to today's row.
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebate_rows WHERE rebate_e6 = 200000`))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebate_rows WHERE rebate_e6 = -198000 AND orders_count = 0`))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebate_adjustments`))
	require.Equal(t, "0.002", p.Reserved(t, programmetest.PartnerA))
}

// rebateClockBack checks that a period that was closed by a process whose clock
// was ahead stays closed. Rewards of this period that arrive later are added to
// a later period.
func rebateClockBack(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "DAILY", 1, true, "")
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T07:00:00Z", ``))
	p.Clock.Advance(24 * time.Hour)
	quiet := &programmetest.Letters{}
	runs := rebate.NewRuns(rebate.NewSQLRunStore(db.Joining(p.DB)), p.Clock, rebate.RunConfig{
		Zone: time.UTC, Audit: quiet, Mails: quiet, Admits: func(context.Context, id.UUID) error { return nil },
	})
	require.NoError(t, runs.Run(t.Context()))
	p.Clock.Advance(-24 * time.Hour)
	p.MustFeed(t, p.Order("1001", 2, "EURUSD", "2026-06-30T08:00:00Z", ``))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-30T09:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebates WHERE period_start_day = 20634 AND status = 'pending'`))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rebates WHERE period_start_day = 20635 AND status = 'open'`))
}

func rebateSocial(t *testing.T, p *programmetest.Programme) {
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 10, "DAILY", 1, true, "")
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-06-30T06:00:00Z", `"client_account":"1001","account_type":"Social Standard"`))
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-30T05:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-06-30T07:00:00Z", ``))
	require.Equal(t, "0.2", p.Rebated(t, "1001"), "but for the order of the time before")
}

// rebateRandom feeds a history with late changes of partner and account type,
// and with reversals, while days pass. The books must be sound, and the reserve
// must equal a sum computed from the rewards.
func rebateRandom(t *testing.T, p *programmetest.Programme) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for i, partner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
		for g := range 3 {
			period := []string{"DAILY", "WEEKLY", "MONTHLY"}[random.IntN(3)]
			from := fmt.Sprintf("2026-0%d-01T00:00:00Z", 1+random.IntN(6))
			link := ""
			if g == 1 {
				link = []string{"alpha", "beta"}[i]
			}
			p.RebateGroup(t, partner, int64(900+g), from, int64(random.IntN(101)), period, 1+random.IntN(7), g == 0, link)
		}
	}
	for i := range 10 {
		group, percent := int64(900+random.IntN(3)), int64(random.IntN(1_000_001))
		p.RebateTerms(t, []string{programmetest.PartnerA, programmetest.PartnerB}[random.IntN(2)], []string{"1001", "2001", "3000", "3001"}[i%4],
			fmt.Sprintf("2026-0%d-%02dT00:00:00Z", 2+random.IntN(4), 1+i), &group, &percent)
	}
	p.Feed(t, programmetest.RandomServers(p, random)...)
	lines := append(programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random)...)
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	for start := 0; start < len(lines); {
		end := min(len(lines), start+1+random.IntN(len(lines)/4+1))
		require.Empty(t, p.Feed(t, lines[start:end]...).Rejected)
		p.Clock.Advance(time.Duration(random.IntN(60)) * time.Hour)
		start = end
	}
	rows, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (r [3]int64, err error) {
		err = rows.Scan(&r[0], &r[1], &r[2])
		return r, err
	}, `SELECT reward_e6, percent_e4, rebate_e6 FROM rebate_rows`)
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	for _, r := range rows {
		exact := new(big.Int).Mul(big.NewInt(r[0]), big.NewInt(r[1]))
		require.Equal(t, exact.Quo(exact, big.NewInt(1_000_000)).Int64(), r[2])
	}
}
