package demo

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

func (w *world) stir() {
	luck := newDice(w.opt.Seed, "life")
	order := luck.Perm(len(w.clients))
	next := func() *client { // returns a client who registered more than 50 days before Now; returns each client at most once
		for len(order) > 0 {
			c := w.clients[order[0]]
			order = order[1:]
			if c.trades && w.dayOf(c.registered) < w.days-50 {
				return c
			}
		}
		return nil
	}
	for range w.opt.Clients / 25 {
		if c := next(); c != nil {
			w.changePartner(luck, c)
		}
	}
	for range w.opt.Clients / 50 {
		if c := next(); c != nil {
			w.pauseTrading(luck, c)
		}
	}
	for range w.opt.Clients / 40 {
		if c := next(); c != nil {
			w.retype(luck, c)
		}
	}
}

// changePartner plans the move of a client to another partner. Some moves are
// cancelled, and some are not finished at Now. After a move, existing accounts
// stay with the old partner, and a new account belongs to the new partner.
func (w *world) changePartner(luck dice, c *client) {
	to := w.partners[luck.IntN(len(w.partners))]
	day := int(luck.between(int64(w.dayOf(c.registered)+15), int64(w.days-12)))
	outcome := luck.Int64N(10)
	if outcome < 2 { // the move is not finished at Now
		day = w.days - int(luck.between(2, 4))
	}
	asked := w.timeAt(day, luck.between(7*hour, 20*hour))
	if asked.Before(to.joined) {
		return
	}
	w.planFact(asked, feed.ClientPartnerChanging, &feed.ClientChange{ClientUID: c.uid, PartnerCode: to.Code})
	settled := asked.Add(luck.pause(2*24*time.Hour, 6*24*time.Hour))
	switch {
	case outcome < 2:
	case outcome < 4:
		w.planFact(settled, feed.ClientChangeCancelled, &feed.ClientChange{ClientUID: c.uid})
	default:
		w.planFact(settled, feed.ClientPartnerChanged, &feed.ClientChange{ClientUID: c.uid, PartnerCode: to.Code})
		w.accounts = append(w.accounts, w.newAccount(luck, c, settled.Add(luck.pause(time.Hour, 40*time.Hour))))
	}
}

// pauseTrading stops a client's trading, either until Now or for 10 to 60 days.
func (w *world) pauseTrading(luck dice, c *client) {
	day := int(luck.between(int64(w.dayOf(c.registered)+25), int64(w.days-5)))
	back := w.days
	w.planFact(w.timeAt(day, luck.between(6*hour, 22*hour)), feed.ClientLeft, &feed.ClientChange{ClientUID: c.uid})
	if luck.chance(400) {
		back = day + int(luck.between(10, 60))
	}
	if back < w.days {
		w.planFact(w.timeAt(back, luck.between(6*hour, 22*hour)), feed.ClientReturned, &feed.ClientChange{ClientUID: c.uid})
	}
	for _, a := range w.accounts {
		if a.owner == c {
			a.restFrom, a.restTo = day, back
		}
	}
}

func (w *world) retype(luck dice, c *client) {
	types := map[string]string{
		"Standard": "Pro", "Pro": "Raw Spread", "Raw Spread": "Zero", "Zero": "Pro", "Standard Plus": "Standard",
		"Social Standard": "Social Pro", "Social Pro": "Social Standard",
	}
	for _, a := range w.accounts {
		if a.owner != c || types[a.kind] == "" || a.until <= a.from+5 || a.from+10 >= w.days {
			continue
		}
		a.becomes = types[a.kind]
		a.becomesDay = int(luck.between(int64(a.from+3), int64(min(a.until, w.days)-1)))
		return
	}
}
