package rebate_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
)

// TestPeriods checks that a period contains its day, that each period begins the day
// after the one before it ends, and that it begins on the right day of the week or
// month.
func TestPeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rebate.Schedule{Period: rapid.SampledFrom([]rebate.Period{rebate.Daily, rebate.Weekly, rebate.Monthly}).Draw(t, "period")}
		s.Value = rapid.IntRange(1, map[rebate.Period]int{rebate.Daily: 1, rebate.Weekly: 7, rebate.Monthly: 28}[s.Period]).Draw(t, "value")
		day := clock.Day(rapid.IntRange(-20_000, 60_000).Draw(t, "day"))
		first, last := s.At(day)
		require.True(t, first <= day && day <= last)
		nextFirst, _ := s.At(last + 1)
		require.Equal(t, last+1, nextFirst)
		again, end := s.At(first)
		require.Equal(t, first, again)
		require.Equal(t, last, end)
		begins := first.Start(time.UTC)
		switch s.Period {
		case rebate.Weekly:
			require.Equal(t, s.Value%7, int(begins.Weekday()))
			require.EqualValues(t, 6, last-first)
		case rebate.Monthly:
			require.Equal(t, s.Value, begins.Day())
		case rebate.Daily:
			require.Equal(t, first, last)
		}
	})
}

func TestPeriodOfALateReward(t *testing.T) {
	t.Parallel()
	day := func(s string) clock.Day {
		d, err := clock.ParseDay(s)
		require.NoError(t, err)
		return d
	}
	s := rebate.Schedule{Period: rebate.Weekly, Value: 1}
	for _, tt := range []struct{ day, today, first string }{
		{"2026-06-10", "2026-06-14", "2026-06-08"}, // the last day of the same week, which has not ended
		{"2026-06-14", "2026-06-15", "2026-06-15"}, // the week has ended
		{"2026-06-16", "2026-06-15", "2026-06-15"}, // the clock is behind the order's close
	} {
		first, last := s.Collects(day(tt.day), day(tt.today))
		require.Equal(t, tt.first, first.String())
		require.Equal(t, first+6, last)
	}
}

func TestTermsInForce(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2026, 6, day, 0, 0, 0, 0, time.UTC) }
	percent := func(p int64) money.Percent { return money.Percent(p * 10_000) }
	own := func(from time.Time, group, p int64) rebate.AccountTerms {
		out := rebate.AccountTerms{From: from}
		if group != 0 {
			out.GroupID = &group
		}
		if p >= 0 {
			share := percent(p)
			out.Percent = &share
		}
		return out
	}
	groups := []rebate.GroupTerms{
		{GroupID: 1, From: at(1), Percent: percent(10), IsDefault: true},
		{GroupID: 1, From: at(10), Percent: percent(15), IsDefault: true},
		{GroupID: 1, From: at(20), Percent: percent(15)},
		{GroupID: 2, From: at(2), Percent: percent(40), LinkCode: "alpha"},
		{GroupID: 2, From: at(18), Percent: percent(45)},
		{GroupID: 3, From: at(3), Percent: percent(60)},
		{GroupID: 3, From: at(16), Percent: percent(60), Deleted: true},
	}
	for name, tt := range map[string]struct {
		own     []rebate.AccountTerms
		account rebate.Account
		at      time.Time
		group   int64
		percent int64
	}{
		"the default group":            {nil, rebate.Account{OpenedAt: at(1)}, at(5), 1, 10},
		"a change counts from then on": {nil, rebate.Account{OpenedAt: at(1)}, at(10), 1, 15},
		"before any group":             {nil, rebate.Account{OpenedAt: at(1)}, at(1).Add(-time.Second), 0, 0},
		"no default any more":          {nil, rebate.Account{OpenedAt: at(1)}, at(25), 0, 0},
		"its link's group":             {nil, rebate.Account{OpenedAt: at(5), LinkCode: "alpha"}, at(6), 2, 40},
		"opened before the tie":        {nil, rebate.Account{OpenedAt: at(1), LinkCode: "alpha"}, at(6), 1, 10},
		"taken while tied":             {nil, rebate.Account{OpenedAt: at(5), LinkCode: "alpha"}, at(19), 2, 45},
		"opened after the tie ended":   {nil, rebate.Account{OpenedAt: at(19), LinkCode: "alpha"}, at(19), 1, 15},
		"its own group":                {[]rebate.AccountTerms{own(at(4), 3, -1)}, rebate.Account{OpenedAt: at(3), LinkCode: "alpha"}, at(5), 3, 60},
		"its own group is gone":        {[]rebate.AccountTerms{own(at(4), 3, -1)}, rebate.Account{OpenedAt: at(3)}, at(17), 1, 15},
		"not yet its own":              {[]rebate.AccountTerms{own(at(6), 3, -1)}, rebate.Account{OpenedAt: at(3)}, at(5), 1, 10},
		"removed again":                {[]rebate.AccountTerms{own(at(6), 0, -1), own(at(4), 3, -1)}, rebate.Account{OpenedAt: at(3)}, at(7), 1, 10},
		"its own percent":              {[]rebate.AccountTerms{own(at(4), 0, 77)}, rebate.Account{OpenedAt: at(3)}, at(5), 1, 77},
		"its own percent is none":      {[]rebate.AccountTerms{own(at(4), 3, 0)}, rebate.Account{OpenedAt: at(3)}, at(5), 0, 0},
		"a percent without a group":    {[]rebate.AccountTerms{own(at(4), 0, 77)}, rebate.Account{OpenedAt: at(3)}, at(25), 0, 0},
		"social accounts get none":     {nil, rebate.Account{OpenedAt: at(3), Type: "Social Pro"}, at(5), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terms, some := rebate.InForce(groups, tt.own, tt.account, tt.at)
			require.Equal(t, tt.percent != 0, some)
			if some {
				require.Equal(t, rebate.Terms{GroupID: tt.group, Percent: percent(tt.percent)}, terms)
			}
		})
	}
}

// TestRebateIsCut checks that a rebate is at most the exact share, and less
// than 0.000001 below it.
func TestRebateIsCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		reward := rapid.Int64Range(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000).Draw(t, "reward")
		percent := rapid.Int64Range(0, 1_000_000).Draw(t, "percent")
		got := rebate.Of(rebate.Sum{Amount: money.Amount(reward)}, money.Percent(percent)).Amount
		exact := new(big.Int).Mul(big.NewInt(reward), big.NewInt(percent)) // in units of 1e-12
		left := new(big.Int).Sub(exact, new(big.Int).Mul(big.NewInt(int64(got)), big.NewInt(1_000_000)))
		require.True(t, left.Sign() == 0 || left.Sign() == big.NewInt(reward).Sign())
		require.Negative(t, left.CmpAbs(big.NewInt(1_000_000)))
	})
}

// TestStateKeepsItsSums adds random rewards, reverses some, and closes rows.
// The held amount must equal the amount due, no money may appear or disappear,
// and only whole cents may be paid.
func TestStateKeepsItsSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s rebate.State
		var reserved, paid, promised rebate.Sum
		rows := map[int]rebate.Sum{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			row := rapid.IntRange(0, 2).Draw(t, "row")
			if rapid.Bool().Draw(t, "closes") {
				pay, change := s.Close(rows[row])
				delete(rows, row)
				require.Zero(t, pay.Amount%10_000)
				require.GreaterOrEqual(t, pay.Amount, money.Amount(0))
				paid, reserved = paid.Plus(pay), reserved.Plus(change)
			} else {
				more := rebate.Sum{
					Amount: money.Amount(rapid.Int64Range(-50_000, 100_000).Draw(t, "amount")),
					USD:    money.Amount(rapid.Int64Range(-50_000, 100_000).Draw(t, "usd")),
				}
				rows[row], promised = rows[row].Plus(more), promised.Plus(more)
				s.Open = s.Open.Plus(more)
				reserved = reserved.Plus(s.Hold())
			}
			require.Equal(t, promised, s.Open.Plus(s.Carry).Plus(paid), "all that was promised is open, carried or paid")
			require.Equal(t, reserved, s.Held.Plus(paid), "a payment keeps its reserve")
			require.Equal(t, max(0, s.Open.Amount+s.Carry.Amount), s.Held.Amount)
		}
	})
}
