package demo

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/tributary-server/tributary/internal/click"
)

// busyHours lists the weight of each hour of a day, in UTC. Most visitors of
// the main partner live east of Greenwich, so the morning is busier than the
// evening.
var busyHours = []int64{3, 3, 4, 5, 7, 8, 9, 10, 10, 10, 10, 11, 12, 13, 13, 13, 12, 12, 11, 10, 9, 7, 5, 4}

// visit adds the clicks of a visitor who never registers. The visitor is a
// person or a bot.
func (t *Traffic) visit(luck dice) {
	at := t.moment(luck)
	weights := make([]int64, len(ways))
	for i := range ways {
		if t.isOpen(&ways[i], at) {
			weights[i] = ways[i].weight
		}
	}
	by := &ways[luck.pickWeighted(weights)]
	c := Click{At: at, Way: by.Way, Params: by.params, Kind: click.Counted, Visitor: browser(luck, by.device)}
	c.Country = pickCountry(luck, &namedPartners[0]).code
	if luck.chance(20) {
		c.Country = ""
	}
	again := luck.pickWeighted([]int64{76, 18, 6})
	switch roll := luck.Int64N(1000); {
	case roll < by.bots:
		c.Agent, again = bots[luck.IntN(len(bots))], 0
	case roll < by.bots+25: // a bot that checks for dead links
		c.Kind, again = click.Head, 0
	case roll < by.bots+45:
		c.Kind, again = click.Prefetch, 0
	}
	for range again + 1 {
		if !c.At.Before(t.now) {
			return
		}
		t.strangers = append(t.strangers, c)
		c.At = c.At.Add(luck.pause(20*time.Second, 90*time.Minute))
	}
}

// moment returns a random time for a visit. Visits are more frequent towards
// the end of the period, and less frequent at weekends.
func (t *Traffic) moment(luck dice) time.Time {
	midnight := t.from.Truncate(24 * time.Hour)
	weights := make([]int64, campaignDays+1)
	for day := range weights {
		weights[day] = 100 + int64(day)
		if weekend(midnight.AddDate(0, 0, day)) {
			weights[day] = weights[day] * 6 / 10
		}
	}
	at := midnight.AddDate(0, 0, luck.pickWeighted(weights)).
		Add(time.Duration(luck.pickWeighted(busyHours)) * time.Hour).Add(luck.pause(0, time.Hour-time.Second))
	switch {
	case at.Before(t.from):
		at = at.AddDate(0, 0, 1)
	case !at.Before(t.now):
		at = at.AddDate(0, 0, -1)
	}
	return at
}

type device int

const (
	anyDevice device = iota
	desktop
	android
	iphone
)

var browsers = map[device][]string{
	desktop: {
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	},
	android: {
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
	},
	iphone: {
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	},
}

// bots are the user agents of bots that identify themselves. A visitor with an
// empty user agent also counts as a bot.
var bots = []string{
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
	"TelegramBot (like TwitterBot)",
	"python-requests/2.32.3",
	"",
}

func browser(luck dice, d device) click.Visitor {
	if d == anyDevice {
		d = []device{desktop, android, iphone}[luck.pickWeighted([]int64{35, 45, 20})]
	}
	address := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint64(address[8:], luck.Uint64())
	list := browsers[d]
	return click.Visitor{Address: netip.AddrFrom16(address), Agent: list[luck.IntN(len(list))]}
}
