package wallet_test

import (
	"math"
	"math/big"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/wallet"
)

// TestConvert compares conversions with math/big.
func TestConvert(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Amount(rapid.Int64Range(1, 1_000_000_000_00).Draw(t, "cents")) * 10_000
		from := money.Rate(rapid.Int64Range(1, 1_000_000_000_000_000).Draw(t, "from"))
		to := money.Rate(rapid.Int64Range(1, 1_000_000_000_000_000).Draw(t, "to"))
		got, err := wallet.Convert(amount, from, to, 0)
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(amount)), big.NewInt(int64(from))), big.NewInt(int64(to)))
		if err != nil {
			require.ErrorIs(t, err, money.ErrTooLarge)
			require.Positive(t, exact.Cmp(new(big.Rat).SetInt64(math.MaxInt64)))
			return
		}
		lost := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(int64(got)))
		require.GreaterOrEqual(t, lost.Sign(), 0, "nothing is gained")
		require.Negative(t, lost.Cmp(big.NewRat(1, 1)), "cut once, less than a millionth")

		// Converting an amount back at the same rates cannot gain more than two
		// roundings.
		back, err := wallet.Convert(got, to, from, 0)
		if err == nil {
			gain := new(big.Rat).SetInt64(int64(back - amount))
			bound := new(big.Rat).Add(big.NewRat(1, 2), new(big.Rat).Mul(big.NewRat(1, 2), new(big.Rat).SetFrac64(int64(to), int64(from))))
			require.LessOrEqual(t, gain.Cmp(bound), 0)
		}
	})
}

func TestConvert_Cases(t *testing.T) {
	t.Parallel()
	const one = money.Rate(1_000_000_000_000)
	for _, c := range []struct {
		amount   money.Amount
		from, to money.Rate
		want     money.Amount
	}{
		{100_000_000, one, one, 100_000_000},
		{10_010_000, one, 1_085_000_000_000, 9_225_806},
		{10_000, 1, one, 0},                   // 0.00000000000001 USD
		{10_000, one, 2 * one, 5_000},         // 0.005
		{30_000, one, 1_000_000 * 2 * one, 0}, // 0.000000015
		{10_000, 150_000_000, one, 1},         // 0.0000015
		{10_000, 250_000_000, one, 2},         // 0.0000025
		{10_000, 350_000_000, one, 3},         // 0.0000035
		{math.MaxInt64 / 10_000 * 10_000, one, one, math.MaxInt64 / 10_000 * 10_000},
	} {
		got, err := wallet.Convert(c.amount, c.from, c.to, 0)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s at %s over %s", c.amount, c.from, c.to)
	}
	_, err := wallet.Convert(math.MaxInt64, 2*one, one, 0)
	require.ErrorIs(t, err, money.ErrTooLarge)
}

func TestConvert_Spread(t *testing.T) {
	t.Parallel()
	const one = money.Rate(1_000_000_000_000)
	for _, c := range []struct {
		amount money.Amount
		spread money.Percent
		want   money.Amount
	}{
		{100_000_000, 0, 100_000_000},
		{100_000_000, 10_000, 99_000_000}, // 1 percent
		{10_000, 5_000, 9_950},            // 0.5 percent
		{10_001, 5_000, 9_950},            // 9950.995 is truncated
		{100_000_000, 1_000_000, 0},       // the spread takes the whole amount
	} {
		got, err := wallet.Convert(c.amount, one, one, c.spread)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s less %s percent", c.amount, c.spread)
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for amount, want := range map[money.Amount]money.Amount{
		0: 0, 9_999: 0, 10_000: 10_000, 19_999: 10_000, 15_000: 10_000, -1: -10_000, -10_000: -10_000, -10_001: -20_000,
	} {
		require.Equal(t, want, wallet.Shown(amount), "%d", amount)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for amount, want := range map[money.Amount]string{
		0: "0.00", 5_000: "0.00", 15_000: "0.02", 1_000_000: "1.00", 999_990_000: "999.99", 1_000_000_000: "1,000.00", 1_234_567_890_000: "1,234,567.89",
		-1_234_560_000: "-1,234.56", -10_000: "-0.01", math.MaxInt64: "9,223,372,036,854.78",
	} {
		require.Equal(t, want, wallet.Grouped(amount))
	}
	sixDigits := regexp.MustCompile(`\d{6}`)
	rapid.Check(t, func(t *rapid.T) {
		require.NotRegexp(t, sixDigits, wallet.Grouped(money.Amount(rapid.Int64().Draw(t, "amount"))))
	})
}

func TestMethod(t *testing.T) {
	t.Parallel()
	const usd = money.Amount(1_000_000)
	for text, want := range map[string]wallet.Method{
		"card:10-5000/10000":      {Name: "card", MinUSD: 10 * usd, MaxUSD: 5000 * usd, DailyUSD: 10_000 * usd},
		"bank_transfer:0.5-0.5/1": {Name: "bank_transfer", MinUSD: usd / 2, MaxUSD: usd / 2, DailyUSD: usd},
		"x:0.01-1000000000/1e9":   {Name: "x", MinUSD: usd / 100, MaxUSD: 1_000_000_000 * usd, DailyUSD: 1_000_000_000 * usd},
	} {
		var got wallet.Method
		require.NoError(t, got.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, got)
		again, err := got.MarshalText()
		require.NoError(t, err)
		var back wallet.Method
		require.NoError(t, back.UnmarshalText(again))
		require.Equal(t, want, back)
	}
	for _, text := range []string{
		"", "card", "card:10", "card:10-20", "card:10/20", ":10-20/30", "Card:10-20/30", "card1:10-20/30", "card:0-20/30", "card:-1-20/30", "card:20-10/30", "card:10-40/30",
		"card:10-20/x", "card:0.001-20/30", "card:10-20/10000000000", "cards_with_a_name_that_is_far_too_long:10-20/30",
	} {
		var got wallet.Method
		require.Error(t, got.UnmarshalText([]byte(text)), text)
		require.Zero(t, got, "what cannot be read changes nothing")
	}
	require.NoError(t, wallet.CheckMethods(wallet.DefaultMethods()))
	require.Error(t, wallet.CheckMethods(append(wallet.DefaultMethods(), wallet.Method{Name: "card"})))
	for _, m := range wallet.DefaultMethods() {
		text, err := m.MarshalText()
		require.NoError(t, err)
		require.NoError(t, new(wallet.Method).UnmarshalText(text), "what ships could be written by an operator")
	}
}
