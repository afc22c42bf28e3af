package demo

import (
	"slices"
	"sort"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

// hourWeights holds the weights of the hours of a day, in UTC. The weights are
// highest when the Asian, London and New York markets are open.
var hourWeights = []int64{
	22, 26, 28, 24, 22, 26, 38, 58, 66, 62, 54, 50,
	62, 84, 96, 90, 72, 54, 42, 36, 28, 18, 16, 18,
}

var hourly = func() picker {
	var p picker
	for _, weight := range hourWeights {
		p = p.add(weight)
	}
	return p
}()

// picker holds running sums of weights, so that pick can use a binary search.
type picker []int64

func (p picker) sum() int64 {
	if len(p) == 0 {
		return 0
	}
	return p[len(p)-1]
}

func (p picker) add(weight int64) picker { return append(p, p.sum()+weight) }

func (p picker) pick(luck dice) int {
	at := luck.Int64N(p.sum())
	return sort.Search(len(p), func(i int) bool { return p[i] > at })
}

func (a *account) tradesOn(day int) bool {
	return a.from <= day && day < a.until && (day < a.restFrom || day >= a.restTo)
}

// appetite returns how much an account trades on a day, relative to other
// accounts.
func (a *account) appetite(day int, closed bool) int64 {
	switch {
	case !a.tradesOn(day):
		return 0
	case !closed:
		return a.weight * 50
	case a.weekends:
		return a.weight * 20
	default:
		return a.weight
	}
}

// isClosed reports whether a day is a weekend or a holiday. On such days, only crypto
// is traded.
func (w *world) isClosed(day int) bool {
	date := w.timeAt(day, 0)
	return weekend(date) || date.Month() == time.December && date.Day() == 25 || date.Month() == time.January && date.Day() == 1
}

// measure decides how busy each day of the year is. A day is busier if more
// accounts trade. The weekday, the season and chance also matter.
func (w *world) measure() {
	w.busy = make([]int64, w.days)
	for day := range w.busy {
		for _, a := range w.accounts {
			w.busy[day] += a.appetite(day, w.isClosed(day))
		}
		w.busy[day] = share(w.busy[day]*w.pace(day), w.elapsedWeight(day), hourly.sum())
		w.totalBusy += w.busy[day]
	}
}

// pace returns how active traders are on a day. The average is 1000.
func (w *world) pace(day int) int64 {
	date := w.timeAt(day, 0)
	pace := []int64{900, 850, 980, 1060, 1120, 1000, 900}[date.Weekday()]
	switch {
	case date.Month() == time.December && date.Day() >= 20, date.Month() == time.January && date.Day() <= 3:
		pace = pace * 45 / 100
	case date.Month() == time.August:
		pace = pace * 82 / 100
	case date.Day() <= 7 && date.Weekday() == time.Friday: // the US publishes its labour market figures
		pace = pace * 125 / 100
	}
	return pace * (800 + int64(hash(w.opt.Seed^uint64(day))%400)) / 1000
}

// elapsedWeight returns the sum of the weights of a day's hours before Now.
func (w *world) elapsedWeight(day int) int64 {
	length := w.length(day)
	var sum int64
	for h, weight := range hourWeights {
		sum += weight * min(max(length-int64(h)*hour, 0), hour) / hour
	}
	return sum
}

// quota returns the number of orders that close on a day. The sum over all days
// is Options.Orders.
func (w *world) quota(day int) int64 {
	if w.totalBusy == 0 {
		return 0 // no account trades
	}
	var before int64
	for _, busy := range w.busy[:day] {
		before += busy
	}
	orders := int64(w.opt.Orders)
	return share(orders, before+w.busy[day], w.totalBusy) - share(orders, before, w.totalBusy)
}

// slot is an order that will close on the current day.
type slot struct {
	account    *account
	instrument int
	second     int64 // second of the day at which the first part closes
	parts      int64
	lots       int64 // size in hundredths of a lot
}

func (w *world) trade(day int) {
	closed := w.isClosed(day)
	var eager picker
	for _, a := range w.accounts {
		eager = eager.add(a.appetite(day, closed))
	}
	var slots []slot
	for left := w.quota(day); left > 0; {
		s := w.slot(day, w.accounts[eager.pick(w.orders)], closed, left)
		slots = append(slots, s)
		left -= s.parts
	}
	slices.SortStableFunc(slots, func(a, b slot) int { return int(a.second - b.second) })
	for _, s := range slots {
		w.execute(day, s)
	}
}

func (w *world) slot(day int, a *account, closed bool, left int64) slot {
	s := slot{account: a, instrument: w.choose(a, closed), parts: 1}
	if s.second = w.randomSecond(day, s.instrument); s.second < 0 {
		s.instrument = indexOf(bitcoin)
		s.second = w.orders.Int64N(w.length(day))
	}
	s.lots = w.size(day, a, s.instrument)
	room := min(listed[s.instrument].closes, w.length(day)) - s.second
	if s.lots >= 4 && room > 2*hour && w.orders.chance(25) {
		s.parts = min(w.orders.between(2, 3), left)
	}
	return s
}

func (w *world) choose(a *account, closed bool) int {
	favourite := a.favourites[w.orders.IntN(len(a.favourites))]
	switch {
	case closed && a.weekends:
		for !listed[favourite].alwaysOpen() {
			favourite = a.favourites[w.orders.IntN(len(a.favourites))]
		}
		return favourite
	case closed:
		return indexOf(bitcoin)
	case w.orders.chance(850):
		return favourite
	default:
		return anyInstrument(w.orders)
	}
}

// randomSecond returns a random second of the day at which an instrument trades.
// It returns -1 if the instrument opens after Now.
func (w *world) randomSecond(day, i int) int64 {
	from, to := listed[i].opens, min(listed[i].closes, w.length(day))
	if from >= to {
		return -1
	}
	for range 20 {
		second := int64(hourly.pick(w.orders))*hour + w.orders.Int64N(hour)
		if from <= second && second < to {
			return second
		}
	}
	return from + w.orders.Int64N(to-from)
}

// size returns the size of an order, in hundredths of a lot. The more valuable
// a lot of the instrument is, the smaller the order.
func (w *world) size(day int, a *account, i int) int64 {
	lot := w.market.prices[i][day] * int64(w.market.perPoint(i, day)) / 1_000_000 // value of a lot in USD
	wanted := a.habit * w.orders.between(40, 200) / 100
	lots := min(max(share(wanted, 100_000, max(lot, 1)), wanted/6), wanted*12)
	switch {
	case lots >= 100:
		lots -= lots % 10
	case lots >= 20:
		lots -= lots % 5
	}
	return min(max(lots, 1), 20_000)
}

// suffixes are the suffixes that MT5 servers append to symbols, by account
// type.
var suffixes = map[string]string{"Standard": "m", "Standard Plus": "m", "Social Standard": "m", "Raw Spread": "r", "Zero": "z"}

func (a *account) symbol(i int) string {
	if a.server.platform == "mt4" {
		return listed[i].symbol
	}
	return listed[i].symbol + suffixes[a.kind]
}

// order returns an order without its close. The parts of an order differ only
// in the close, the open price and the spreads.
func (w *world) order(a *account, s slot, ticket int64, opened time.Time) feed.Order {
	side := feed.Buy
	if w.orders.chance(470) {
		side = feed.Sell
	}
	return feed.Order{
		Server: a.server.name, Ticket: ticket, ClientAccount: a.number, Symbol: a.symbol(s.instrument), Side: side, OpenTime: opened,
	}
}
