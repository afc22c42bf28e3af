package rebate

import (
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

// Sum is an amount in the partner's currency, with its value in USD.
type Sum struct {
	Amount money.Amount `db:"_e6"`
	USD    money.Amount `db:"_usd_e6"`
}

// Plus adds o.
func (s Sum) Plus(o Sum) Sum { return Sum{s.Amount + o.Amount, s.USD + o.USD} }

// In returns the sum as money of the partner's currency.
func (s Sum) In(currency string) ledger.Money {
	return ledger.Money{Currency: currency, Amount: s.Amount, USD: s.USD}
}

// Minus takes o away.
func (s Sum) Minus(o Sum) Sum { return Sum{s.Amount - o.Amount, s.USD - o.USD} }

const hundred = money.Amount(100_000_000)

// Of returns the rebate on a reward: reward x percent, cut toward zero to six
// places. It always fits, because percents are 0 to 100.
func Of(reward Sum, percent money.Percent) Sum {
	return Sum{share(reward.Amount, percent), share(reward.USD, percent)}
}

func share(amount money.Amount, percent money.Percent) money.Amount {
	part, err := money.Cut[money.Amount](money.Over(money.Mul(money.Of(amount), money.Of(percent)), hundred))
	if err != nil {
		panic("rebate: a percent above 100: " + err.Error())
	}
	return part
}

// State is the state of an account's rebates that are not paid yet.
type State struct {
	Open  Sum `db:"open,inline"`  // the sum of its open rows' rebates
	Carry Sum `db:"carry,inline"` // left over from closed periods; below zero after reversals
	Held  Sum `db:"held,inline"`  // the reserve for both: see Hold
}

// Hold adjusts Held to Open and Carry, and returns by how much the reserve
// changes. Held becomes the amount due, and is never below zero.
func (s *State) Hold() (change Sum) {
	due := s.Open.Plus(s.Carry)
	if due.Amount <= 0 {
		due = Sum{}
	}
	change = due.Minus(s.Held)
	s.Held = due
	return change
}

// cent is the smallest amount that is paid.
const cent = money.Amount(10_000)

// Close closes one of the account's open rows. It pays what is due for the row
// and carried over, in whole cents, but no more than is held. The rest carries
// over. The payment keeps its reserve. change is the other change to the
// reserve.
func (s *State) Close(rebate Sum) (pay, change Sum) {
	due := s.Carry.Plus(rebate)
	s.Open = s.Open.Minus(rebate)
	if limit := min(due.Amount, s.Held.Amount); limit >= cent {
		pay.Amount = limit / cent * cent
		usd, err := money.Cut[money.Amount](money.Over(money.Mul(money.Of(pay.Amount), money.Of(due.USD)), due.Amount))
		if err != nil {
			panic("rebate: a part larger than its whole: " + err.Error())
		}
		pay.USD = usd
	}
	s.Carry = due.Minus(pay)
	s.Held = s.Held.Minus(pay)
	return pay, s.Hold()
}
