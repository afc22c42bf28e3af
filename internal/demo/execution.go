package demo

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// server is a trading server. The fields count and lots are the totals of the
// orders that the server has closed on the current day.
type server struct {
	name, platform string
	ticket         int64
	// spreadFrom is the first day on which the server sends the spread at the
	// close of an order.
	spreadFrom int
	count      int64
	lots       money.Lots
}

func newServers() []*server {
	return []*server{
		{name: "MT5Real1", platform: "mt5", ticket: 210_400_000},
		{name: "MT5Real2", platform: "mt5", ticket: 55_120_000},
		{name: "MT4Real1", platform: "mt4", ticket: 8_310_000, spreadFrom: 120},
		{name: "MT4Real2", platform: "mt4", ticket: 3_040_000},
	}
}

func (w *world) execute(day int, s slot) {
	a, in := s.account, &listed[s.instrument]
	if a.becomes != "" && day >= a.becomesDay {
		a.kind, a.becomes = a.becomes, ""
	}
	closed := w.timeAt(day, s.second)
	opened := w.openTime(a, in, closed)
	a.server.ticket += w.orders.between(1, 30)
	order := w.order(a, s, a.server.ticket, opened)
	w.topUp(a, s, opened, closed)
	openSpread, closeSpread := w.spread(a, s.instrument), w.spread(a, s.instrument)
	openPoints := w.market.price(s.instrument, opened)
	if order.Side == feed.Buy {
		openPoints += openSpread / 10
	}
	order.OpenPrice = points(openPoints, in.digits)
	if !a.neverReportsSpread && !w.orders.chance(15) {
		order.OpenSpread = new(tenths(openSpread))
		if day >= a.server.spreadFrom {
			order.CloseSpread = new(tenths(closeSpread))
		}
	}
	limit := min(in.closes, w.length(day)) - 1
	for left := s.parts; left > 0; left-- {
		part := order
		lots := s.lots / left
		s.lots -= lots
		closePoints := w.market.price(s.instrument, closed)
		gained := closePoints - openPoints
		if part.Side == feed.Sell {
			closePoints += closeSpread / 10
			gained = openPoints - closePoints
		}
		part.Lots, part.CloseTime, part.ClosePrice = hundredths(lots), closed, points(closePoints, in.digits)
		w.settle(day, a, s.instrument, &part, lots, gained)
		w.closePart(a, &part)
		if left > 1 {
			room := limit - int64(closed.Sub(w.timeAt(day, 0))/time.Second)
			closed = closed.Add(time.Duration(w.orders.between(60, room/left)) * time.Second)
			order.Part = max(2, part.Part+1)
		}
	}
}

// closePart plans the close of a part of an order. In 15 cases of 10,000 it
// also plans a reversal a few days later.
func (w *world) closePart(a *account, part *feed.Order) {
	w.planFact(part.CloseTime, feed.OrderClosed, part)
	a.server.count++
	a.server.lots += part.Lots
	if w.orders.Int64N(10_000) < 15 {
		reasons := []string{"Price feed error", "Execution corrected by the dealer", "Closed twice by the bridge"}
		w.planFact(part.CloseTime.Add(w.orders.pause(2*time.Hour, 72*time.Hour)), feed.OrderReversed, &feed.Reversal{
			Server: part.Server, Ticket: part.Ticket, Part: part.Part, Reason: reasons[w.orders.IntN(len(reasons))],
		})
	}
}

// openTime returns the time at which an order was opened. This is minutes, hours
// or days before its close, but never before the account's first deposit or
// while the market is closed.
func (w *world) openTime(a *account, in *instrument, closed time.Time) time.Time {
	var held time.Duration
	switch roll := w.orders.Int64N(100); {
	case roll < 55:
		held = time.Duration(w.orders.pareto(40, 2*hour)) * time.Second
	case roll < 90:
		held = w.orders.pause(20*time.Minute, 9*time.Hour)
	default:
		held = w.orders.pause(10*time.Hour, 6*24*time.Hour)
	}
	opened := closed.Add(-held)
	if opened.Before(a.funded) {
		opened = a.funded.Add(min(time.Minute, closed.Sub(a.funded)/2)).Truncate(time.Second)
	}
	second := int64(opened.Sub(opened.Truncate(24*time.Hour)) / time.Second)
	if !in.alwaysOpen() && (weekend(opened) || second < in.opens || second >= in.closes) {
		session := closed.Truncate(24 * time.Hour).Add(time.Duration(in.opens) * time.Second)
		opened = session.Add(time.Duration(w.orders.Int64N(int64(closed.Sub(session)/time.Second)+1)) * time.Second)
	}
	return opened
}

// spread returns a random spread for the open or the close of an order, in
// tenths of a point.
func (w *world) spread(a *account, i int) int64 {
	usual := w.market.spread[i]
	switch a.kind {
	case "Raw Spread", "Zero":
		return usual * w.orders.between(0, 20) / 100
	case "Pro", "Social Pro":
		usual = usual * 65 / 100
	}
	if w.orders.chance(15) { // news makes the spread wider
		return usual * w.orders.between(150, 400) / 100
	}
	return usual * w.orders.between(82, 128) / 100
}

// topUp plans a deposit if the account's balance is too small for an order.
func (w *world) topUp(a *account, s slot, opened, closed time.Time) {
	needed := dollars(s.lots) * 2
	if a.cent() {
		needed /= 100
	}
	if a.balance >= needed {
		return
	}
	at := opened.Add(-w.money.pause(2*time.Minute, 50*time.Minute))
	if midnight := closed.Truncate(24 * time.Hour); at.Before(midnight) {
		at = midnight.Add(closed.Sub(midnight) / 2)
	}
	usd := max(round(a.stake*w.money.between(50, 200)/100), int64(needed/dollars(1))+5)
	if w.money.chance(60) {
		w.planFact(at, feed.DepositFailed, a.deposit(usd))
		at = at.Add(closed.Sub(at) / 4)
	}
	w.planDeposit(a, at.Truncate(time.Second), usd)
}

// settle computes an order's profit, commission and swap in the account's
// currency, and adds them to the account's balance.
func (w *world) settle(day int, a *account, i int, part *feed.Order, lots, gained int64) {
	volume := lots * 100 // in ten-thousandths of a lot
	if a.cent() {
		volume = lots
	}
	perPoint := int64(w.market.perPoint(i, day))
	profit := money.Amount(gained * perPoint / 100 * volume / 100)
	var commission money.Amount
	if a.kind == "Raw Spread" || a.kind == "Zero" {
		commission = -dollars(7) * money.Amount(volume) / 10_000
	}
	nights := int64(part.CloseTime.Truncate(24*time.Hour).Sub(part.OpenTime.Truncate(24*time.Hour)) / (24 * time.Hour))
	swap := -money.Amount(nights * w.market.spread[i] / 30 * perPoint / 100 * volume / 100)
	a.balance = max(0, a.balance+profit+commission+swap)
	rate := w.market.rates[a.currency][day]
	part.Profit, part.Commission, part.Swap = toCurrency(profit, rate), toCurrency(commission, rate), toCurrency(swap, rate)
}

// toCurrency converts an amount from USD to a currency, rounded down to whole
// cents.
func toCurrency(usd money.Amount, rate money.Rate) money.Amount {
	if usd < 0 {
		return -toCurrency(-usd, rate)
	}
	amount := share(int64(usd), power10(money.RatePlaces), int64(rate))
	return money.Amount(amount - amount%10_000)
}

// reportTotals plans, for each server, the fact that reports the totals of a day. A
// server sends this fact after the end of the day.
func (w *world) reportTotals(day int) {
	for i, s := range w.servers {
		w.planFact(w.timeAt(day+1, int64(10*60+i*20)), feed.DayTotals, &feed.Totals{
			Server: s.name, Day: w.timeAt(day, 0).Format(time.DateOnly), Orders: s.count, Lots: s.lots,
		})
		s.count, s.lots = 0, 0
	}
}

func hundredths(n int64) money.Lots { return money.Lots(n * power10(money.LotsPlaces-2)) }
