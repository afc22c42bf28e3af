package cpa

import (
	"cmp"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// firstDepositTime is the time within which deposits belong to the first
// deposit.
const firstDepositTime = 24 * time.Hour

// Deposits is what a client's deposits amount to.
type Deposits struct {
	FirstAt  *time.Time   // nil if the client has made no deposit
	FirstUSD money.Amount // deposits less reversals in the first 24 hours
	MetAt    *time.Time   // when they had reached the minimum; nil if they did not
	Reversed bool         // whether reversals later left less than the first deposit must have
}

// Deposited evaluates all received and reversed deposits of a client, in any
// order. The first deposit begins with the earliest received one. If from is not
// zero, it begins with the earliest one at or after from.
//
// A reversal does not say which deposit it reverses. So it counts against all
// deposits that were made before it. At the end of the first 24 hours, and after
// each later reversal, at least the minimum must be left. If the partner earns a
// percentage of the first deposit, the whole first deposit must be left. A later
// deposit does not make up for a reversal.
func Deposited(terms *reward.CPA, from time.Time, list []attribution.Deposit) Deposits {
	var d Deposits
	list = slices.Clone(list)
	slices.SortFunc(list, func(x, y attribution.Deposit) int {
		// Of two facts with the same time, the received deposit ("received") comes before the reversal ("reversed").
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.FactID, y.FactID))
	})
	first := slices.IndexFunc(list, func(x attribution.Deposit) bool { return x.Kind == attribution.DepositReceived && !x.At.Before(from) })
	if first < 0 {
		return d
	}
	list = list[first:]
	d.FirstAt = &list[0].At
	end := d.FirstAt.Add(firstDepositTime)
	var left, needed money.Amount
	for i := range list {
		x := &list[i]
		if x.At.After(end) && needed == 0 {
			if needed = d.needed(terms); needed == 0 {
				return d
			}
		}
		switch {
		case x.Kind == attribution.DepositReceived:
			left += x.AmountUSD
		case x.Kind != attribution.DepositReversed:
			continue
		default:
			left -= x.AmountUSD
		}
		if !x.At.After(end) {
			d.FirstUSD = left
			switch {
			case left < terms.MinDepositUSD:
				d.MetAt = nil
			case d.MetAt == nil:
				d.MetAt = &x.At
			}
		}
		if needed > 0 && left < needed {
			d.Reversed = true
		}
	}
	return d
}

// needed returns the amount that must be left after the first 24 hours. It
// returns 0 if the first deposit is below the minimum.
func (d *Deposits) needed(terms *reward.CPA) money.Amount {
	switch {
	case d.MetAt == nil:
		return 0
	case terms.DepositPercent > 0:
		return d.FirstUSD
	default:
		return terms.MinDepositUSD
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

// Reached returns the first day at whose end the client had traded enough lots,
// and the lots that are missing before this day. days are sorted. It returns
// false if the lots are not enough, or if none are required.
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

// Qualified returns when the client had met all conditions, or nil if it has
// not. missing is what Reached returned, and trades are the orders of that day,
// in any order. Both are ignored if the bundle requires no lots.
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
