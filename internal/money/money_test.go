package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "1": 1_000_000, "1.5": 1_500_000, "-0.000001": -1, "000.10": 100_000, "1.0000000000": 1_000_000,
		"1e3": 1_000_000_000, "1.5E-3": 1_500, "15e-1": 1_500_000, "0e99": 0, "9223372036854.775807": math.MaxInt64,
	} {
		got, err := money.Parse[money.Amount](text)
		require.NoError(t, err, text)
		require.EqualValues(t, want, got, text)
	}
	for text, want := range map[string]error{
		"": money.ErrSyntax, "-": money.ErrSyntax, ".5": money.ErrSyntax, "5.": money.ErrSyntax, "+1": money.ErrSyntax, "1,5": money.ErrSyntax,
		"NaN": money.ErrSyntax, "1e": money.ErrSyntax, "1e1000": money.ErrSyntax, "0x1": money.ErrSyntax, " 1": money.ErrSyntax, //nolint:gocritic // the input begins with a space
		"1.2.3":     money.ErrSyntax,
		"0.0000001": money.ErrPlaces, "1e-7": money.ErrPlaces,
		"9223372036854.775808": money.ErrTooLarge, "1e13": money.ErrTooLarge, "99999999999999999999": money.ErrTooLarge,
	} {
		_, err := money.Parse[money.Amount](text)
		require.ErrorIs(t, err, want, text)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	require.Equal(t, "-0.25", money.Amount(-250_000).String())
	require.Equal(t, "0", money.Amount(0).String())
	require.Equal(t, "10", money.Lots(10_0000_0000).String())
	require.Equal(t, "0.05", money.FormatFixed(5, 2))
	require.Equal(t, "-9223372036854775808", money.FormatFixed(math.MinInt64, 0))
	text, err := json.Marshal(struct{ V money.Rate }{1})
	require.NoError(t, err)
	require.JSONEq(t, `{"V":0.000000000001}`, string(text))
	var in struct{ A, B money.Price }
	require.NoError(t, json.Unmarshal([]byte(`{"A":1.5,"B":"1.5"}`), &in))
	require.Equal(t, in.A, in.B)
}

func TestEveryKindKeepsItsPlaces(t *testing.T) {
	t.Parallel()
	places := func(v interface{ Places() int }) int { return v.Places() }
	require.Equal(t, []int{8, 10, 4, 12, 6, 4, 4, 4}, []int{
		places(money.Lots(0)), places(money.Price(0)), places(money.Spread(0)), places(money.Rate(0)),
		places(money.Amount(0)), places(money.Volume(0)), places(money.Percent(0)), places(money.Contract(0)),
	})
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "n")
		places := rapid.IntRange(0, 12).Draw(t, "places")
		for _, text := range []string{money.Format(n, places), money.FormatFixed(n, places)} {
			got, err := money.ParseScaled(text, places)
			require.NoError(t, err)
			require.Equal(t, n, got, text)
		}
	})
}

func TestRoundHalfToEven(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]int64{25: 2, 35: 4, 24: 2, 26: 3, -25: -2, -35: -4, -26: -3, 5: 0, 15: 2, 0: 0} {
		require.Equal(t, want, money.RoundScaled(n, 1, 0), n)
	}
	require.EqualValues(t, 1_000_000, money.RoundScaled(1, 0, 6))
	require.EqualValues(t, math.MaxInt64/10+1, money.RoundScaled(math.MaxInt64, 1, 0))
}

func TestExactAgreesWithRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Lots(rapid.Int64Range(-1e12, 1e12).Draw(t, "a"))
		b := money.Price(rapid.Int64Range(0, 1e14).Draw(t, "b"))
		c := money.Rate(rapid.Int64Range(1, 1e14).Draw(t, "c"))
		got, err := money.Round[money.Amount](money.Over(money.Mul(money.Of(a), money.Of(b)), c))
		exact := new(big.Rat).SetFrac(
			new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(b))), // the product has 18 decimal places, the rate has 12, so the quotient has 6, as an Amount
			big.NewInt(int64(c)))
		if err != nil {
			require.ErrorIs(t, err, money.ErrTooLarge)
			require.Positive(t, new(big.Rat).Abs(exact).Cmp(new(big.Rat).SetInt64(math.MaxInt64)))
			return
		}
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(int64(got)))
		half := off.Abs(off).Cmp(big.NewRat(1, 2))
		require.LessOrEqual(t, half, 0)
		if half == 0 {
			require.Zero(t, got%2, "a half goes to the even neighbour")
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.5", "-1e-3", "0.000000000000000000001", "999999999999999999999e9", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := money.Parse[money.Lots](text)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok, "%q parsed, but is not a number", text)
		require.Zero(t, exact.Mul(exact, big.NewRat(100_000_000, 1)).Cmp(new(big.Rat).SetInt64(int64(v))))
	})
}

func TestGroup(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"0": "0", "-1": "-1", "999": "999", "-999": "-999", "1000": "1,000", "-1000": "-1,000", "-123456": "-123,456", "1234567": "1,234,567",
		"0.50": "0.50", "1234.5678": "1,234.5678", "-1234567.89": "-1,234,567.89",
	} {
		require.Equal(t, want, money.Group(number))
	}
	require.Equal(t, "-9,223,372,036,854,775,808", money.GroupInt(math.MinInt64))
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for want, exact := range map[string]money.Exact{
		"0":        money.Int(0),
		"12":       money.Int(12),
		"-0.5":     money.Over(money.Int(-1), money.Percent(2_0000)),
		"0.000125": money.Mul(money.Of(money.Amount(250)), money.Over(money.Int(1), money.Percent(2_0000))),
		"1.25":     money.Over(money.Int(5), money.Percent(4_0000)),
		"-10.05":   money.Mul(money.Int(-1), money.Of(money.Amount(10_050_000))),
	} {
		require.Equal(t, want, exact.Decimal())
	}
	require.Len(t, money.Over(money.Int(1), money.Percent(3_0000)).Decimal(), 102, "a third is cut")
}
