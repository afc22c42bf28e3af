package rebate

import (
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
)

// Sum is an amount in the partner's currency, and its value in USD.
type Sum struct {
	Amount money.Amount `db:"_e6"`
	USD    money.Amount `db:"_usd_e6"`
}

// Plus returns s + o.
func (s Sum) Plus(o Sum) Sum { return Sum{s.Amount + o.Amount, s.USD + o.USD} }

// In returns the sum as money in a currency, which must be the partner's
// currency.
func (s Sum) In(currency string) ledger.Money {
	return ledger.Money{Currency: currency, Amount: s.Amount, USD: s.USD}
}

// Minus returns s - o.
func (s Sum) Minus(o Sum) Sum { return Sum{s.Amount - o.Amount, s.USD - o.USD} }

const hundred = money.Amount(100_000_000)

// Of returns the rebate on a reward, which is reward × percent, truncated
// toward zero to 6 decimal places. It cannot overflow, because a percent is
// from 0 to 100.
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
	Open  Sum `db:"open,inline"`  // sum of the rebates of the open rows
	Carry Sum `db:"carry,inline"` // remainder of closed periods; negative if reversals exceed it
	Held  Sum `db:"held,inline"`  // reserve for Open and Carry, as Hold computes it
}

// Hold sets Held to Open + Carry, or to zero if this sum is negative. It
// returns the amount by which the reserve changes.
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

// Close closes one of the account's open rows, which has the given rebate.
// payment is the amount to pay: the row's rebate plus Carry, truncated to whole
// cents, and at most Held. The remainder becomes the new Carry. The payment stays
// reserved until it is made. reserveChange is the amount by which the rest of the
// reserve changes.
func (s *State) Close(rebate Sum) (payment, reserveChange Sum) {
	due := s.Carry.Plus(rebate)
	s.Open = s.Open.Minus(rebate)
	if limit := min(due.Amount, s.Held.Amount); limit >= cent {
		payment.Amount = limit / cent * cent
		usd, err := money.Cut[money.Amount](money.Over(money.Mul(money.Of(payment.Amount), money.Of(due.USD)), due.Amount))
		if err != nil {
			panic("rebate: a part larger than its whole: " + err.Error())
		}
		payment.USD = usd
	}
	s.Carry = due.Minus(payment)
	s.Held = s.Held.Minus(payment)
	return payment, s.Hold()
}
