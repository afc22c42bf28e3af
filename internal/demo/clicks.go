package demo

import (
	"cmp"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/feed"
)

// Way identifies the link through which the main partner brings a visitor.
// Campaign, Link and Agent are positions in lists, starting at 1. If they are
// all 0, the visitor uses the partner's own link.
type Way struct {
	Campaign int // position in Campaigns
	Link     int // position in the campaign's Links
	Agent    int // position in Agents
	SubID    string
}

// Click is a request for one of the main partner's links.
type Click struct {
	At      time.Time
	Way     Way
	Params  string // other query parameters of the link
	Kind    click.Kind
	Country string // country of the visitor; empty if it is unknown
	click.Visitor
}

// way is a Way with the properties of its visitors.
type way struct {
	Way

	params string
	weight int64 // share of all visitors, relative to the weights of other ways
	bots   int64 // number of bots among a thousand visitors
	device device
}

// ways are the links of the main partner. If several links have the same
// sub_id, the clients with this sub_id come through each of them in turn.
var ways = []way{
	{Way{Campaign: 1, Link: 1, SubID: "yt-review"}, "utm_source=youtube&utm_medium=video", 26, 40, android},
	{Way{Campaign: 1, Link: 2, SubID: "yt-review"}, "utm_source=youtube&utm_medium=video", 13, 40, iphone},
	{Way{Campaign: 1, Link: 3, SubID: "newsletter"}, "utm_source=newsletter&utm_medium=email", 9, 90, desktop},
	{Way{Campaign: 3, Link: 1, SubID: "newsletter"}, "utm_source=newsletter&utm_medium=email", 14, 90, desktop},
	{Way{Campaign: 2, Link: 1, SubID: "newsletter"}, "utm_source=newsletter&utm_medium=email", 8, 90, desktop},
	{Way{Campaign: 3, Link: 1, SubID: "webinar"}, "utm_source=webinar&utm_content=slides", 8, 30, desktop},
	{Way{Campaign: 3, Link: 2, SubID: "webinar"}, "utm_source=webinar&utm_content=chat", 6, 30, anyDevice},
	{Way{Campaign: 1, Link: 1, SubID: "telegram"}, "utm_source=telegram", 6, 120, android},
	{Way{Campaign: 3, Link: 2, SubID: "telegram"}, "utm_source=telegram", 15, 120, anyDevice},
	{Way{Campaign: 2, Link: 2, SubID: "telegram"}, "utm_source=telegram", 7, 120, android},
	{Way{Campaign: 2, Link: 2, SubID: BlockedSubID}, "", 22, 550, android},
	{Way{Campaign: 1, Link: 1, SubID: BlockedSubID}, "", 9, 550, android},
	{Way{Agent: 1}, "", 4, 20, anyDevice},
	{Way{Campaign: 1, Link: 3}, "utm_source=search&utm_medium=cpc", 21, 50, desktop},
	{Way{Agent: 2}, "", 3, 20, anyDevice},
	{Way{Agent: 1}, "utm_source=school", 3, 20, anyDevice},
	{Way{}, "", 5, 100, anyDevice},
}

// Traffic generates the clicks on the main partner's links.
type Traffic struct {
	from, now time.Time
	campaigns []Campaign
	clients   dice
	turn      map[string]int // number of clients so far, by sub_id
	strangers []Click        // clicks that Strangers has not returned yet, oldest first
}

// NewTraffic returns a Traffic. The same options and the same calls always give
// the same clicks.
func NewTraffic(opt Options) *Traffic {
	opt = opt.withDefaults()
	t := &Traffic{
		from: CampaignsFrom(opt), now: opt.Now, campaigns: Campaigns(opt), clients: newDice(opt.Seed, "clicks of clients"), turn: map[string]int{},
	}
	luck := newDice(opt.Seed, "clicks of strangers")
	for range min(visitsPerClient*opt.Clients, maxVisits) {
		t.visit(luck)
	}
	slices.SortStableFunc(t.strangers, func(a, b Click) int { return a.At.Compare(b.At) })
	return t
}

// visitsPerClient and maxVisits set the number of visits by people who never
// register. More visits than maxVisits would only delay the start of the demo.
const (
	visitsPerClient = 8
	maxVisits       = 20_000
)

// Strangers returns the clicks before the given time by people who never
// register. It returns each click only once.
func (t *Traffic) Strangers(before time.Time) []Click {
	n, _ := slices.BinarySearchFunc(t.strangers, before, func(c Click, at time.Time) int { return cmp.Or(c.At.Compare(at), 1) })
	told := t.strangers[:n]
	t.strangers = t.strangers[n:]
	return told
}

// maxLead is the longest time between a client's click and the registration.
const maxLead = 2 * time.Hour

// Client returns the clicks that a client makes before the registration. The
// registration is attributed to the last of these clicks. There are none if the
// client typed the link code.
func (t *Traffic) Client(at time.Time, c *feed.Client) []Click {
	if at.Before(t.from.Add(maxLead)) {
		return nil
	}
	var open []*way
	for i := range ways {
		if w := &ways[i]; w.SubID == c.SubID && t.isOpen(w, at.Add(-maxLead)) {
			open = append(open, w)
		}
	}
	if c.SubID == "" {
		open = append(open, nil)
	}
	by := &way{Way: Way{SubID: c.SubID}} // the client used a link that is older than the campaigns
	if len(open) > 0 {
		by = open[t.turn[c.SubID]%len(open)]
		t.turn[c.SubID]++
	}
	if by == nil {
		return nil
	}
	luck := t.clients
	who := Click{Way: by.Way, Params: by.params, Kind: click.Counted, Country: c.Country, Visitor: browser(luck, by.device)}
	var clicks []Click
	for range luck.between(1, 3) {
		who.At = at.Add(-luck.pause(3*time.Minute, maxLead))
		clicks = append(clicks, who)
	}
	slices.SortFunc(clicks, func(a, b Click) int { return a.At.Compare(b.At) })
	return clicks
}

func (t *Traffic) isOpen(w *way, at time.Time) bool {
	return w.Campaign == 0 || t.campaigns[w.Campaign-1].runs(at)
}
