package cpa

import (
	"cmp"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// firstDepositTime is the period after the first deposit in which further deposits
// count as a part of it.
const firstDepositTime = 24 * time.Hour

// Deposits is the result of evaluating a client's deposits.
type Deposits struct {
	FirstAt  *time.Time   // nil if the client has made no deposit
	FirstUSD money.Amount // deposits less reversals in the first 24 hours
	MetAt    *time.Time   // when they had reached the minimum; nil if they did not
	Reversed bool         // whether reversals later left less than the first deposit must have
}

// FirstDeposit is the first deposit for which a partner was paid.
type FirstDeposit struct {
	At  time.Time
	USD money.Amount
}

// Deposited evaluates the received and reversed deposits of a client, in any order. The
// list contains all deposits in the accounts that the partner has or had, including
// deposits that were made while another partner had the account.
//
// The first deposit consists of all deposits that were received while the partner had
// the account, within firstDepositTime of the earliest of them. If the partner was
// already paid, the earliest is instead the first such deposit at or after paid.At.
//
// A reversal does not say which deposit it reverses, so it counts against all deposits
// that were made before it. At the end of the first 24 hours, and after each later
// reversal, at least the minimum must be left. If the partner earns a percentage of the
// first deposit, the whole first deposit must be left. If the partner was paid, this is
// the first deposit for which it was paid. A later deposit does not make up for a
// reversal.
func Deposited(terms *reward.CPA, partnerID id.UUID, paid *FirstDeposit, list []attribution.Deposit) Deposits {
	list = slices.Clone(list)
	slices.SortFunc(list, func(x, y attribution.Deposit) int {
		// At the same time, a received deposit comes before a reversal.
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.FactID, y.FactID))
	})
	first := slices.IndexFunc(list, func(x attribution.Deposit) bool {
		return x.Kind == attribution.DepositReceived && x.PartnerID == partnerID && (paid == nil || !x.At.Before(paid.At))
	})
	if first < 0 {
		return Deposits{Reversed: paid != nil}
	}
	d := Deposits{FirstAt: &list[first].At}
	end := d.FirstAt.Add(firstDepositTime)
	last := len(list)
	if i := slices.IndexFunc(list, func(x attribution.Deposit) bool { return x.At.After(end) }); i >= 0 {
		last = i
	}
	left := d.within(terms, partnerID, leftBefore(list[:first]), list[first:last])
	needed := d.needed(terms, paid)
	if paid != nil && d.FirstUSD < needed {
		d.Reversed = true
	}
	if needed == 0 {
		return d
	}
	for i := range list[last:] {
		if left += change(&list[last+i]); left < needed {
			d.Reversed = true
		}
	}
	return d
}

// change returns by how much a fact changes the sum of the deposits.
func change(d *attribution.Deposit) money.Amount {
	switch d.Kind {
	case attribution.DepositReceived:
		return d.AmountUSD
	case attribution.DepositReversed:
		return -d.AmountUSD
	default:
		return 0
	}
}

// leftBefore returns the sum that is left of the deposits before the first one that
// counts. These are the deposits of another partner, and those whose facts arrived
// after the payment. A reversal of more than was deposited has no effect on later
// deposits.
func leftBefore(list []attribution.Deposit) (left money.Amount) {
	for i := range list {
		left = max(0, left+change(&list[i]))
	}
	return left
}

// within sets FirstUSD and MetAt from the deposits in the first 24 hours. The caller
// passes the sum that is left of earlier deposits. within returns the sum that is left
// of all deposits after the first 24 hours.
func (d *Deposits) within(terms *reward.CPA, partnerID id.UUID, left money.Amount, list []attribution.Deposit) money.Amount {
	for i := range list {
		x := &list[i]
		left += change(x)
		if x.Kind == attribution.DepositReceived && x.PartnerID == partnerID {
			d.FirstUSD += x.AmountUSD
		}
		d.FirstUSD = min(d.FirstUSD, left)
		switch {
		case d.FirstUSD < terms.MinDepositUSD:
			d.MetAt = nil
		case d.MetAt == nil:
			d.MetAt = &x.At
		}
	}
	return left
}

// needed returns the amount that must be left after the first 24 hours. It
// returns 0 if the first deposit is below the minimum and nothing was paid.
func (d *Deposits) needed(terms *reward.CPA, paid *FirstDeposit) money.Amount {
	switch {
	case d.MetAt == nil && paid == nil:
		return 0
	case terms.DepositPercent == 0:
		return terms.MinDepositUSD
	case paid != nil:
		return paid.USD
	default:
		return d.FirstUSD
	}
}

// DayLots is the number of lots that a client traded on a day.
type DayLots struct {
	Day  clock.Day  `db:"reward_day"`
	Lots money.Lots `db:"volume_lots_e8"`
}

// Trade is an order that a client closed.
type Trade struct {
	At   time.Time  `db:"close_at"`
	Lots money.Lots `db:"volume_lots_e8"`
}

// Days returns the days whose orders count, in the time zone of the programme.
// It returns false if the client has made no first deposit of the required size.
func Days(terms *reward.CPA, expires time.Time, d Deposits, zone *time.Location) (first, last clock.Day, counted bool) {
	if d.MetAt == nil {
		return 0, 0, false
	}
	first, last = clock.DayOf(*d.FirstAt, zone), clock.DayOf(expires, zone)
	if terms.LotsWithinDays > 0 {
		last = min(last, first+clock.Day(terms.LotsWithinDays))
	}
	return first, last, true
}

// Reached returns the first day on which the client has traded enough lots in total,
// and the lots that were still missing at the beginning of this day. The days must be
// sorted. It returns false if the lots are not enough, or if none are required.
func Reached(terms *reward.CPA, days []DayLots) (day clock.Day, missing money.Lots, reached bool) {
	missing = terms.MinLots
	if missing == 0 {
		return 0, 0, false
	}
	for _, d := range days {
		if d.Lots >= missing {
			return d.Day, missing, true
		}
		missing -= d.Lots
	}
	return 0, missing, false
}

// Qualified returns the time at which the client met all conditions, or nil if it has
// not. The caller passes the missing lots that Reached returned, and the orders of that
// day, in any order. Both are ignored if the bundle requires no lots.
func Qualified(terms *reward.CPA, expires time.Time, d Deposits, missing money.Lots, trades []Trade) *time.Time {
	if d.MetAt == nil || d.Reversed {
		return nil
	}
	at := *d.MetAt
	if terms.MinLots > 0 {
		trades = slices.Clone(trades)
		slices.SortFunc(trades, func(x, y Trade) int { return x.At.Compare(y.At) })
		enough := slices.IndexFunc(trades, func(t Trade) bool {
			missing -= t.Lots
			return missing <= 0
		})
		if enough < 0 {
			return nil
		}
		if trades[enough].At.After(at) {
			at = trades[enough].At
		}
	}
	if at.After(expires) {
		return nil
	}
	return &at
}
