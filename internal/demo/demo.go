// Package demo generates a whole programme from a seed: partners, clients in
// many countries and a year of orders. It returns the facts that a broker's
// systems would have sent. It has no access to a store. The caller applies the
// facts, in the same way as facts from a broker.
package demo

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
)

// Options define the size of the generated programme and the time at which it
// ends. A count of zero means the default.
type Options struct {
	Seed uint64
	// Now is the current time of the programme, and is required. The programme's
	// history is the year before Now.
	Now      time.Time
	Partners int // number of partners, by default 8; the first is MainPartner
	Clients  int // number of clients, by default 400
	Orders   int // number of orders, by default 60,000; each part of a partial close counts as an order
}

func (o Options) withDefaults() Options {
	for _, count := range []struct {
		value *int
		usual int
	}{{&o.Partners, len(namedPartners)}, {&o.Clients, 400}, {&o.Orders, 60_000}} {
		if *count.value <= 0 {
			*count.value = count.usual
		}
	}
	o.Now = o.Now.UTC().Truncate(time.Second)
	return o
}

// Generate yields the programme's facts up to Now, sorted by time. The same
// options give the same facts on every machine. The receiver may change the
// body of a fact.
func Generate(opt Options) iter.Seq[feed.Fact] {
	opt = opt.withDefaults()
	return func(yield func(feed.Fact) bool) {
		w := newWorld(opt)
		n := 0
		for day := range w.days {
			for _, fact := range w.simulateDay(day) {
				n++
				fact.ID = fmt.Sprintf("demo-%07d", n)
				if !yield(fact) {
					return
				}
			}
		}
	}
}

// world is the state of a programme that Generate simulates day by day.
type world struct {
	opt       Options
	start     time.Time // midnight UTC of the first day
	days      int       // number of days; the last day ends at Now
	market    *market
	partners  []*partner
	clients   []*client
	accounts  []*account
	servers   []*server
	busy      []int64 // relative amount of trading on each day
	totalBusy int64
	orders    dice
	money     dice
	planned   [][]feed.Fact // planned facts, by the day on which they happen
}

func newWorld(opt Options) *world {
	start := clock.DayOf(opt.Now.AddDate(-1, 0, 0), time.UTC)
	w := &world{
		opt:    opt,
		start:  start.Start(time.UTC),
		days:   int(clock.DayOf(opt.Now, time.UTC)-start) + 1,
		orders: newDice(opt.Seed, "orders"),
		money:  newDice(opt.Seed, "money"),
	}
	w.planned = make([][]feed.Fact, w.days)
	w.market = newMarket(opt.Seed, w.start, w.days)
	w.servers = newServers()
	w.recruit()
	w.populate()
	w.stir()
	w.openAccounts()
	w.measure()
	return w
}

// planFact adds a fact to the plan for the day on which it happens. It drops a
// fact whose time is after Now.
func (w *world) planFact(at time.Time, kind feed.Type, body any) {
	if at.After(w.opt.Now) {
		return
	}
	day := w.dayOf(at)
	w.planned[day] = append(w.planned[day], feed.Fact{Type: kind, At: at, Body: body})
}

// simulateDay simulates a day and returns its facts, sorted by time.
func (w *world) simulateDay(day int) []feed.Fact {
	w.configure(day)
	w.trade(day)
	w.snapshot(day)
	w.reportTotals(day)
	facts := w.planned[day]
	w.planned[day] = nil
	slices.SortStableFunc(facts, func(a, b feed.Fact) int { return a.At.Compare(b.At) })
	return facts
}

func (w *world) dayOf(t time.Time) int { return int(t.Sub(w.start) / (24 * time.Hour)) }

func (w *world) timeAt(day int, seconds int64) time.Time {
	return w.start.AddDate(0, 0, day).Add(time.Duration(seconds) * time.Second)
}

// length returns the number of seconds of a day that are before Now.
func (w *world) length(day int) int64 {
	if day < w.days-1 {
		return daySeconds
	}
	return int64(w.opt.Now.Sub(w.timeAt(day, 0)) / time.Second)
}

const daySeconds = 24 * 60 * 60
