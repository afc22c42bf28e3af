package demo

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// currencies are the currencies other than USD. meanUSD is the mean value of one
// unit in USD. dailySwing is the movement of this value in a day, in millionths.
var currencies = []struct {
	code       string
	meanUSD    money.Rate
	dailySwing int64
}{
	{"EUR", 1_082_400_000_000, 4_000},
	{"GBP", 1_271_300_000_000, 4_500},
	{"JPY", 6_634_000_000, 5_500},
	{"CHF", 1_131_900_000_000, 4_300},
	{"AUD", 655_800_000_000, 5_500},
	{"CAD", 729_600_000_000, 3_500},
	{"NZD", 601_700_000_000, 5_500},
	{"ZAR", 54_620_000_000, 8_000},
	{"SGD", 745_300_000_000, 2_300},
	{"MXN", 53_480_000_000, 7_000},
	{"HKD", 128_400_000_000, 250},
}

// market has the price of every instrument at any moment of the year. It
// computes the price of a currency pair from the USD rates of both currencies,
// so that all pairs agree.
type market struct {
	seed   uint64
	start  time.Time
	rates  map[string][]money.Rate // value of one unit of each currency in USD, at the start of each day
	prices [][]int64               // prices at the start of each day, in points, by instrument and day
	spread []int64                 // current average spreads in tenths of a point, by instrument
	luck   dice
}

func newMarket(seed uint64, start time.Time, days int) *market {
	m := &market{seed: seed, start: start, rates: map[string][]money.Rate{}, luck: newDice(seed, "spreads")}
	m.rates["USD"] = make([]money.Rate, days+1)
	for day := range m.rates["USD"] {
		m.rates["USD"][day] = 1_000_000_000_000
	}
	for _, c := range currencies {
		walked := m.walk(c.code, int64(c.meanUSD), c.dailySwing, days, false)
		rates := make([]money.Rate, len(walked))
		for day, value := range walked {
			rates[day] = money.Rate(value - value%quantum(value))
		}
		m.rates[c.code] = rates
	}
	m.prices = make([][]int64, len(listed))
	for i := range listed {
		m.spread = append(m.spread, listed[i].spread)
		if listed[i].price == 0 {
			m.prices[i] = m.cross(&listed[i])
		} else {
			m.prices[i] = m.walk(listed[i].symbol, listed[i].price, listed[i].swing, days, listed[i].alwaysOpen())
		}
	}
	return m
}

// quantum returns the unit to which a rate is rounded. The rounded rate has
// about six digits, like the rates that banks quote.
func quantum(rate int64) int64 {
	if rate > 10_000_000_000 {
		return 1_000_000
	}
	return 1_000
}

// walk returns a random walk around value. The result has a number for the
// start of each day, and one for the end of the last day. If weekends is false,
// the numbers do not change at weekends.
func (m *market) walk(name string, value, swing int64, days int, weekends bool) []int64 {
	luck := newDice(m.seed, "price of "+name)
	anchor := value
	walked := make([]int64, 0, days+1)
	for day := range days + 1 {
		walked = append(walked, value)
		if weekends || !weekend(m.start.AddDate(0, 0, day)) {
			step := share(value, swing, 1_000_000) * luck.bell() / 1000
			value += step + (anchor-value)/150
		}
	}
	return walked
}

func (m *market) cross(i *instrument) []int64 {
	base, quote := m.rates[i.base], m.rates[i.quote]
	prices := make([]int64, len(base))
	for day := range prices {
		prices[day] = share(int64(base[day]), power10(i.digits), int64(quote[day]))
	}
	return prices
}

// price returns an instrument's bid price at a moment, in points. It
// interpolates between the prices at the start and the end of the day, and adds
// noise.
func (m *market) price(i int, t time.Time) int64 {
	const bucket = 20 * 60
	seconds := int64(t.Sub(m.start) / time.Second)
	day, within := seconds/daySeconds, seconds%daySeconds
	from, to := m.prices[i][day], m.prices[i][day+1]
	price := from + (to-from)*within/daySeconds
	before, after := m.noise(i, seconds/bucket), m.noise(i, seconds/bucket+1)
	noise := before + (after-before)*(seconds%bucket)/bucket
	swing := listed[i].swing
	if swing == 0 {
		swing = 5_000
	}
	return price + price*swing/1_000_000*noise/4000
}

// noise returns a pseudo-random number from -1000 to 1000.
func (m *market) noise(i int, bucket int64) int64 {
	return int64(hash(m.seed^hash(uint64(bucket)<<8|uint64(i)))%2001) - 1000
}

// perPoint returns the value in USD of a price difference of one point for one
// lot.
func (m *market) perPoint(i, day int) money.Amount {
	in := &listed[i]
	return money.Amount(share(int64(m.rates[in.quote][day]), in.contract, power10(in.digits+6)))
}

// configure plans the facts that define instruments and rates on a day. On the
// first day it defines all instruments. Each quarter it changes the average
// spreads of popular instruments. On every trading day it sets the rates.
func (w *world) configure(day int) {
	at := w.timeAt(day, 0)
	for i := range listed {
		quarterly := day%91 == 90 && listed[i].weight >= 20
		if quarterly {
			w.market.spread[i] = w.market.spread[i] * w.market.luck.between(92, 106) / 100
		}
		if day == 0 || quarterly {
			w.planFact(at, feed.InstrumentSet, w.market.instrument(i))
		}
	}
	if day > 0 && weekend(at) {
		return
	}
	for _, c := range currencies {
		w.planFact(at, feed.RateSet, &feed.Rate{Currency: c.code, USD: w.market.rates[c.code][day]})
	}
}

func (m *market) instrument(i int) *feed.Instrument {
	in := &listed[i]
	return &feed.Instrument{
		Symbol: in.symbol, Group: in.group, BaseCurrency: in.base, QuoteCurrency: in.quote,
		ContractSize: money.Contract(in.contract * power10(money.ContractPlaces)), PointSize: points(1, in.digits), AvgSpread: tenths(m.spread[i]),
	}
}

func points(n int64, digits int) money.Price {
	return money.Price(n * power10(money.PricePlaces-digits))
}

func tenths(n int64) money.Spread { return money.Spread(n * power10(money.SpreadPlaces-1)) }

func power10(n int) int64 {
	power := int64(1)
	for range n {
		power *= 10
	}
	return power
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
