package cpa_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// These are two partners who have the client's account one after the other. The
// partner mine is paid for the client.
var (
	mine  = id.UUID{1}
	other = id.UUID{2}
)

// depositsOf parses deposits such as "0h 60, 5h 50, 30h -20, 40h 10 other": the
// hours after noon, the amount in USD, which is negative for a reversal, and
// "other" if the deposit was made with the other partner.
func depositsOf(t *testing.T, text string) []attribution.Deposit {
	t.Helper()
	var out []attribution.Deposit
	for i, part := range strings.Split(text, ", ") {
		if part == "" {
			continue
		}
		var hours, usd int
		_, err := fmt.Sscanf(part, "%dh %d", &hours, &usd)
		require.NoError(t, err)
		d := attribution.Deposit{PartnerID: mine, FactID: fmt.Sprint("d-", i), Kind: attribution.DepositReceived, At: noon.Add(time.Duration(hours) * time.Hour), AmountUSD: money.Amount(usd) * 1_000_000}
		if strings.HasSuffix(part, "other") {
			d.PartnerID = other
		}
		if usd < 0 {
			d.Kind, d.AmountUSD = attribution.DepositReversed, -d.AmountUSD
		}
		out = append(out, d)
	}
	return out
}

// describe returns the first deposit, the hours after noon at which it reached
// the minimum, and whether it was reversed.
func describe(d cpa.Deposits) string {
	met, reversed := "never", ""
	if d.MetAt != nil {
		met = fmt.Sprint(d.MetAt.Sub(noon).Hours(), "h")
	}
	if d.Reversed {
		reversed = " reversed"
	}
	return d.FirstUSD.String() + " met " + met + reversed
}

func TestDeposited(t *testing.T) {
	t.Parallel()
	fixed := &reward.CPA{AmountUSD: 200_000_000, MinDepositUSD: 100_000_000}
	share := &reward.CPA{DepositPercent: 10_0000, MinDepositUSD: 100_000_000}
	for _, c := range []struct {
		name     string
		terms    *reward.CPA
		deposits string
		want     string
	}{
		{"no deposit", fixed, "", "0 met never"},
		{"one deposit", fixed, "0h 100", "100 met 0h"},
		{"too little", fixed, "0h 99", "99 met never"},
		{"deposits within 24 hours count together", fixed, "0h 60, 5h 50", "110 met 5h"},
		{"the last moment of the 24 hours", fixed, "0h 60, 24h 50", "110 met 24h"},
		{"a deposit after 24 hours does not count", fixed, "0h 60, 25h 50", "60 met never"},
		{"a reversal within 24 hours counts", fixed, "0h 150, 1h -60", "90 met never"},
		{"a reversal and a new deposit within 24 hours", fixed, "0h 150, 1h -150, 2h 120", "120 met 2h"},
		{"a small reversal later", fixed, "0h 150, 30h -50", "150 met 0h"},
		{"a large reversal later", fixed, "0h 150, 30h -51", "150 met 0h reversed"},
		{"a reversal of a later deposit", fixed, "0h 100, 30h 500, 40h -500", "100 met 0h"},
		{"a later deposit does not make up for a reversal", fixed, "0h 100, 30h -100, 31h 100", "100 met 0h reversed"},
		{"a reversal before the first deposit means something else", fixed, "-5h -100, 0h 100", "100 met 0h"},
		{"a percentage needs the whole first deposit", share, "0h 150, 30h -50", "150 met 0h reversed"},
		{"a percentage after a reversal of a later deposit", share, "0h 150, 30h 60, 40h -50", "150 met 0h"},
		{"deposits that are reversed before they are enough", fixed, "0h 50, 30h 500, 31h -500", "50 met never"},
		{"a reversal after a move", fixed, "0h 100, 30h -100 other", "100 met 0h reversed"},
		{"a reversal within 24 hours, after a move", fixed, "0h 150, 20h -60 other", "90 met never"},
		{"the new partner's deposits do not count", fixed, "0h 60, 20h 50 other", "60 met never"},
		{"a reversal of the new partner's deposit", fixed, "0h 100, 20h 500 other, 21h -500 other", "100 met 0h"},
		{"a reversal of more than the new partner's deposit", share, "0h 100, 20h 500 other, 40h -501 other", "100 met 0h reversed"},
		{"the new partner's deposit does not make up for a reversal", fixed, "0h 100, 1h -60, 20h 500 other", "40 met never"},
		{"a deposit with another partner comes before", fixed, "-5h 50 other, 0h 100, 30h -50", "100 met 0h"},
	} {
		require.Equal(t, c.want, describe(cpa.Deposited(c.terms, mine, nil, depositsOf(t, c.deposits))), c.name)
	}
}

// TestDeposited_AfterPayment evaluates late facts about the first deposit after the
// partner was paid for 100 USD at noon.
func TestDeposited_AfterPayment(t *testing.T) {
	t.Parallel()
	fixed := &reward.CPA{AmountUSD: 200_000_000, MinDepositUSD: 80_000_000}
	share := &reward.CPA{DepositPercent: 10_0000, MinDepositUSD: 80_000_000}
	paid := &cpa.FirstDeposit{At: noon, USD: 100_000_000}
	for _, c := range []struct {
		name            string
		deposits        string
		fixed, percents bool // whether the first deposit is reversed
	}{
		{"no change", "0h 100", false, false},
		{"an earlier deposit does not replace the first one", "-48h 10, 0h 100", false, false},
		{"a reversal counts against an earlier deposit too", "-48h 10, 0h 100, 30h -10", false, false},
		{"a reversal of more than that", "-48h 10, 0h 100, 30h -11", false, true},
		{"an earlier reversal of the earlier deposit", "-48h 10, -47h -10, 0h 100, 30h -10", false, true},
		{"an earlier reversal of something else", "-47h -10, 0h 100", false, false},
		{"a late reversal within 24 hours", "0h 100, 1h -1", false, true},
		{"a late reversal of too much within 24 hours", "0h 100, 1h -21", true, true},
		{"a late deposit within 24 hours does not raise what must be left", "0h 100, 1h 50, 30h -50", false, false},
		{"a later deposit does not make up for a reversal", "0h 100, 30h -21, 31h 21", true, true},
		{"the deposits are gone", "", true, true},
		{"a part of the deposit belongs to another partner now", "0h 90, 1h 10 other", false, true},
	} {
		list := depositsOf(t, c.deposits)
		require.Equal(t, c.fixed, cpa.Deposited(fixed, mine, paid, list).Reversed, c.name)
		require.Equal(t, c.percents, cpa.Deposited(share, mine, paid, list).Reversed, "%s, with a percentage", c.name)
	}
}

// TestDeposited_AnyOrder evaluates random deposits in random orders.
func TestDeposited_AnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	results := map[bool]int{}
	for range 4000 {
		terms := &reward.CPA{AmountUSD: 1, MinDepositUSD: 100_000_000, DepositPercent: money.Percent(random.IntN(2)) * 10_0000}
		var parts []string
		for range 1 + random.IntN(6) {
			usd := 10 * (1 + random.IntN(15))
			if random.IntN(3) == 0 {
				usd = -usd
			}
			parts = append(parts, fmt.Sprintf("%dh %d %s", random.IntN(48), usd, []string{"", "", "", "", "other"}[random.IntN(5)]))
		}
		list := depositsOf(t, strings.Join(parts, ", "))
		want := describe(cpa.Deposited(terms, mine, nil, list))
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		require.Equal(t, want, describe(cpa.Deposited(terms, mine, nil, list)), parts)
		results[strings.HasSuffix(want, "reversed")]++
	}
	require.Greater(t, min(results[true], results[false]), 100, "both results occur")
}

// TestQualified compares Reached and Qualified, which first look for the day and
// then for the order, with a search through all orders.
func TestQualified(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	results := map[bool]int{}
	for range 2000 {
		terms := &reward.CPA{
			AmountUSD: 1, MinDepositUSD: 1, MinLots: money.Lots(random.IntN(8)) * 1_0000_0000, LotsWithinDays: random.IntN(10), WithinDays: 1 + random.IntN(20),
		}
		expires := terms.Window(noon.Add(-24 * time.Hour))
		met := noon.Add(time.Duration(random.IntN(24)) * time.Hour)
		deposits := cpa.Deposits{FirstAt: &noon, FirstUSD: 1, MetAt: &met}
		trades := make([]cpa.Trade, random.IntN(12))
		for i := range trades {
			trades[i] = cpa.Trade{At: noon.Add(time.Duration(random.IntN(20*24)-3*24) * time.Hour), Lots: money.Lots(1+random.IntN(3)) * 5000_0000}
		}
		want := search(terms, expires, met, trades)
		require.Equal(t, want, inSteps(terms, expires, deposits, trades))
		random.Shuffle(len(trades), func(i, j int) { trades[i], trades[j] = trades[j], trades[i] })
		require.Equal(t, want, inSteps(terms, expires, deposits, trades), "in another order")
		results[want != nil]++
	}
	require.Greater(t, min(results[true], results[false]), 300, "both results occur")
}

// search finds the moment at which all conditions are met, in the simplest way.
func search(terms *reward.CPA, expires, met time.Time, trades []cpa.Trade) *time.Time {
	first := clock.DayOf(noon, time.UTC)
	counted := slices.DeleteFunc(slices.Clone(trades), func(x cpa.Trade) bool {
		day := clock.DayOf(x.At, time.UTC)
		return day < first || (terms.LotsWithinDays > 0 && day > first+clock.Day(terms.LotsWithinDays))
	})
	moments := []time.Time{met}
	for _, x := range counted {
		moments = append(moments, x.At)
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range moments {
		var lots money.Lots
		for _, x := range counted {
			if !x.At.After(at) {
				lots += x.Lots
			}
		}
		if !at.Before(met) && lots >= terms.MinLots && !at.After(expires) {
			return &at
		}
	}
	return nil
}

// inSteps does the same as the store. It sums the lots of each day that counts, and
// passes only the orders of the day on which the client had traded enough lots.
func inSteps(terms *reward.CPA, expires time.Time, deposits cpa.Deposits, trades []cpa.Trade) *time.Time {
	first, last, _ := cpa.Days(terms, expires, deposits, time.UTC)
	var days []cpa.DayLots
	for day := first; day <= last; day++ {
		sum := cpa.DayLots{Day: day}
		for _, x := range trades {
			if clock.DayOf(x.At, time.UTC) == day {
				sum.Lots += x.Lots
			}
		}
		if sum.Lots > 0 {
			days = append(days, sum)
		}
	}
	day, missing, reached := cpa.Reached(terms, days)
	if !reached {
		return cpa.Qualified(terms, expires, deposits, missing, nil)
	}
	return cpa.Qualified(terms, expires, deposits, missing, slices.DeleteFunc(slices.Clone(trades), func(x cpa.Trade) bool { return clock.DayOf(x.At, time.UTC) != day }))
}
