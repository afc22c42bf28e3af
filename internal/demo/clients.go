package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// client is a person. The flags say which steps towards trading the client
// takes.
type client struct {
	uid        id.UUID
	email      string
	country    country
	registered time.Time

	verified, opens, deposits, trades bool
}

// populate registers the clients, each through one partner or none, and creates
// their accounts.
func (w *world) populate() {
	luck := newDice(w.opt.Seed, "clients")
	seen := map[string]int{}
	for _, moment := range w.arrivals(luck) {
		by := w.introducer(luck, moment)
		c := &client{uid: luck.uid(), country: pickCountry(luck, by), registered: moment}
		c.email = address(luck, c.country.region, seen)
		c.decide(luck)
		w.clients = append(w.clients, c)
		body := &feed.Client{ClientUID: c.uid, Email: c.email, Country: c.country.code}
		if by != nil {
			body.PartnerCode = by.Code
			if len(by.subIDs) > 0 && luck.chance(700) {
				body.SubID = by.subIDs[luck.IntN(len(by.subIDs))]
			}
		}
		w.planFact(moment, feed.ClientRegistered, body)
		if c.verified {
			w.planFact(moment.Add(luck.pause(8*time.Minute, 40*time.Hour)), feed.ClientVerified, &feed.ClientChange{ClientUID: c.uid})
		}
		w.equip(luck, c)
	}
}

// arrivals returns the times at which clients register, in order. Many register
// in the first two weeks. Later, slightly more register each month, and fewer
// at weekends.
func (w *world) arrivals(luck dice) []time.Time {
	weights := make([]int64, w.days)
	for day := range weights {
		weights[day] = 100 + int64(200*day/w.days)
		if day < 14 {
			weights[day] *= 5
		}
		if weekend(w.timeAt(day, 0)) {
			weights[day] = weights[day] * 7 / 10
		}
	}
	moments := make([]time.Time, w.opt.Clients)
	for i := range moments {
		moments[i] = w.timeAt(luck.pickWeighted(weights), luck.Int64N(daySeconds))
		if moments[i].After(w.opt.Now) {
			moments[i] = moments[i].AddDate(0, 0, -1)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments
}

// introducer picks the partner who brings a client. It returns nil if the
// client comes without a partner.
func (w *world) introducer(luck dice, moment time.Time) *partner {
	weights := make([]int64, len(w.partners)+1)
	for i, p := range w.partners {
		if p.joined.Before(moment) {
			weights[i] = p.weight
		}
	}
	weights[len(w.partners)] = organicWeight
	if i := luck.pickWeighted(weights); i < len(w.partners) {
		return w.partners[i]
	}
	return nil
}

// pickCountry picks the country of a client. For 80 % of a partner's clients, the
// country is in one of the partner's regions.
func pickCountry(luck dice, by *partner) country {
	local := by != nil && luck.chance(800)
	weights := make([]int64, len(countries))
	for i, c := range countries {
		if !local || slices.Contains(by.regions, c.region) {
			weights[i] = c.weight
		}
	}
	return countries[luck.pickWeighted(weights)]
}

func address(luck dice, r region, seen map[string]int) string {
	people := namesByRegion[r]
	name := people.given[luck.IntN(len(people.given))] + "." + people.family[luck.IntN(len(people.family))]
	seen[name]++
	if n := seen[name]; n > 1 {
		name = fmt.Sprintf("%s%d", name, n)
	}
	return name + "@" + []string{"example.com", "example.net", "example.org"}[luck.IntN(3)]
}

func (c *client) decide(luck dice) {
	switch roll := luck.Int64N(1000); {
	case roll < 60: // registers only
		c.verified = luck.chance(300)
	case roll < 110: // opens an account, but sends no documents
		c.opens = true
	case roll < 180: // is verified and opens an account, but never deposits
		c.verified, c.opens = true, true
	case roll < 230: // deposits, but does not trade
		c.verified, c.opens, c.deposits = true, true, true
	case roll < 260: // trades before the broker has verified the documents
		c.opens, c.deposits, c.trades = true, true, true
	default:
		c.verified, c.opens, c.deposits, c.trades = true, true, true, true
	}
}
