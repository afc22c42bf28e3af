package feed

import (
	"math"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// These are the limits on the values in one fact. Real values are far below
// them. Code that adds many values must check that the sum fits into an int64.
const (
	MaxLine    = 64 << 10 // maximum number of bytes in a line
	MaxID      = int(free.FactID)
	maxText    = int(free.FactText)
	maxLink    = int(free.Link)
	maxSeveral = 20 // maximum number of texts in a list
	maxDigits  = int(free.Account)
	maxCode    = 64 // maximum number of characters in a link code
	maxPart    = 1_000_000

	// MaxLots is the maximum number of lots in an order.
	MaxLots = money.Lots(1_000_000 * 100_000_000)
	// MaxAmount is the maximum amount of money in a fact.
	MaxAmount   = money.Amount(10_000_000_000 * 1_000_000)
	usdForUSD   = money.Rate(1_000_000_000_000)
	maxRate     = money.Rate(math.MaxInt64)
	maxPrice    = money.Price(math.MaxInt64)
	maxSpread   = money.Spread(1_000_000_000 * 10_000)
	maxContract = money.Contract(1_000_000_000 * 10_000)
	maxDayLots  = money.Lots(math.MaxInt64)
)

// Formulas are the codes of the formulas (docs/rewards.md).
var Formulas = []string{
	"formula_classic_v2", "formula_classic", "formula_institutional_avg", "formula_forex", "formula_cfd", "formula_ecn",
}

var (
	server    = says(text(maxText), fmt100+", compared ignoring case")
	anyText   = text(maxText)
	reason    = text(maxText)
	codeGiven = narrow(text(maxLink), "a link code, or a whole link that a partner has published", givenCode)
	lots      = decimal(0, MaxLots, true, "lots")
	price     = decimal(0, maxPrice, true, "")
	points    = decimal(0, maxSpread, false, "points")
	usd       = decimal(0, MaxAmount, false, "USD")
	signed    = decimal(-MaxAmount, MaxAmount, false, "")
	ticket    = integer[int64](0, math.MaxInt64)
	count     = integer[int64](0, math.MaxInt64)
)

const fmt100 = "text, at most 100 characters"

// givenCode accepts the link code that a client used, or the whole link, from
// which it takes the code. A link may be longer than a code.
func givenCode(s string) (string, *wrong) {
	code := linkcode.FromLink(s)
	if n := utf8.RuneCountInString(code); n > maxText {
		return "", wrongf("max_length", "a code has at most %d characters, but this one has %d", maxText, n)
	}
	return code, nil
}

func says[T any](k kind[T], words string) kind[T] {
	k.Says = words
	return k
}

// part accepts the number of a part of an order. 0, 1 and an absent value all
// mean the first part.
var part = func() kind[int] {
	k := integer(0, maxPart)
	read := k.read
	k.Says = "an integer from 2 to 1000000; 0, 1 or no value means the first part"
	k.read = func(value []byte) (int, bool, *wrong) {
		n, given, bad := read(value)
		if n == 1 {
			n = 0
		}
		return n, given, bad
	}
	return k
}()
