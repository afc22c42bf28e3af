package demo

import (
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Partner identifies a partner of the programme.
type Partner struct {
	Email  string
	UID    id.UUID
	Code   string
	Parent string // link code of the parent; empty if there is none
}

// partner is a Partner with the settings from which the simulation chooses the
// partner's clients.
type partner struct {
	Partner

	country, program, currency string
	joinedPercent              int64    // percentage of the year that has passed when the partner joins
	weight                     int64    // the partner's share of the clients, relative to the weights of other partners
	regions                    []region // regions where most of the partner's clients live
	subIDs                     []string // sub_ids on the partner's links
	joined                     time.Time
}

// namedPartners are the partners of the default programme. The first is the main
// partner. The second is the main partner's sub-partner, and the third is the
// second's sub-partner.
var namedPartners = []partner{
	{
		Partner: Partner{Email: "demo@example.com", Code: "meridian"}, country: "ZA", program: "ib", currency: "USD",
		joinedPercent: 0, weight: 380, regions: []region{africa, seAsia, latam}, subIDs: []string{"newsletter", "webinar", "yt-review", "telegram"},
	},
	{
		Partner: Partner{Email: "thandi.nkosi@example.com", Code: "thandi-fx", Parent: "meridian"}, country: "ZA", program: "ib", currency: "USD",
		joinedPercent: 6, weight: 120, regions: []region{africa},
	},
	{
		Partner: Partner{Email: "sipho.dlamini@example.com", Code: "sipho", Parent: "thandi-fx"}, country: "BW", program: "ib", currency: "USD",
		joinedPercent: 22, weight: 60, regions: []region{africa},
	},
	{
		Partner: Partner{Email: "alpenblick.capital@example.com", Code: "alpenblick"}, country: "AT", program: "ib", currency: "EUR",
		joinedPercent: 2, weight: 80, regions: []region{europe},
	},
	{
		Partner: Partner{Email: "kenji.watanabe@example.com", Code: "watanabe"}, country: "JP", program: "ib", currency: "JPY",
		joinedPercent: 11, weight: 65, regions: []region{eastAsia},
	},
	{
		Partner: Partner{Email: "siam.traders.club@example.com", Code: "siam-traders"}, country: "TH", program: "ib", currency: "USD",
		joinedPercent: 4, weight: 130, regions: []region{seAsia},
	},
	{
		Partner: Partner{Email: "clickharbor.media@example.com", Code: "clickharbor"}, country: "CY", program: "affiliate", currency: "USD",
		joinedPercent: 9, weight: 90, regions: []region{latam, mena, southAsia},
		subIDs: []string{"fb-0412", "google-brand", "native-7", "push-asia", "seo-blog"},
	},
	{
		Partner: Partner{Email: "mehta.academy@example.com", Code: "mehta-academy"}, country: "AE", program: "ib", currency: "USD",
		joinedPercent: 30, weight: 50, regions: []region{southAsia, mena},
	},
}

// organicWeight is the weight of clients without a partner, relative to the
// partners' weights.
const organicWeight = 25

// MainPartner returns the partner with the most data.
func MainPartner() Partner { return roster(1)[0].Partner }

// Partners lists the programme's partners, parents before their children.
func Partners(opt Options) []Partner {
	var list []Partner
	for _, p := range roster(opt.withDefaults().Partners) {
		list = append(list, p.Partner)
	}
	return list
}

// roster returns the first n partners. After the named partners, it generates
// the others.
func roster(n int) []*partner {
	list := make([]*partner, n)
	for i := range list {
		if i < len(namedPartners) {
			p := namedPartners[i]
			list[i] = &p
		} else {
			code := "partner-" + spellNumber(i)
			list[i] = &partner{
				Partner: Partner{Email: code + "@example.com", Code: code}, country: countries[i%len(countries)].code,
				program: "ib", currency: "USD", joinedPercent: int64(i % 40), weight: 40, regions: []region{countries[i%len(countries)].region},
			}
		}
		list[i].UID = uidOf(list[i].Code)
	}
	return list
}

// uidOf returns the uid of the partner with a link code. It depends only on the
// code, not on the seed.
func uidOf(code string) id.UUID {
	sum := sha256.Sum256([]byte("tributary demo partner " + code))
	u := id.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // UUID version 8: custom content
	return u
}

// spellNumber writes a number with the letters a to z, because link codes have
// no digits.
func spellNumber(n int) string {
	text := ""
	for ; n > 0 || text == ""; n /= 26 {
		text = string(rune('a'+n%26)) + text
	}
	return text
}

func (w *world) recruit() {
	luck := newDice(w.opt.Seed, "partners")
	w.partners = roster(w.opt.Partners)
	for _, p := range w.partners {
		day := int(int64(w.days-1) * p.joinedPercent / 100)
		p.joined = w.timeAt(day, luck.between(10*60, 50*60))
		w.planFact(p.joined, feed.PartnerRegistered, &feed.Partner{
			PartnerUID: p.UID, Email: p.Email, Country: p.country, Program: p.program,
			PartnerCode: p.Code, Currency: p.currency, ParentCode: p.Parent,
		})
	}
}

// Plan returns the demo's reward plan. It is the default plan, but with
// overrides of 10 percent for a partner's parent and 5 percent for the
// grandparent.
func Plan() *reward.Plan {
	plan := reward.Default()
	plan.OverridePercents = []money.Percent{10_0000, 5_0000}
	return plan
}

// LevelChange moves a partner to a level from a day onwards.
type LevelChange struct {
	PartnerUID id.UUID
	Level      string
	From       clock.Day
}

// careers are the levels that partners reach, by the partner's code. The field
// percent is the percentage of the year that has passed when the partner
// reaches the level. At that time, the partner has the volume and the clients
// that the plan requires.
var careers = map[string][]struct {
	percent int64
	level   string
}{
	"meridian":      {{12, "Advanced"}, {25, "Bronze"}, {75, "Silver"}, {86, "Gold"}},
	"thandi-fx":     {{40, "Advanced"}, {82, "Bronze"}},
	"sipho":         {{80, "Advanced"}},
	"alpenblick":    {{20, "Advanced"}, {66, "Bronze"}},
	"watanabe":      {{40, "Advanced"}, {96, "Bronze"}},
	"siam-traders":  {{50, "Advanced"}, {66, "Bronze"}},
	"clickharbor":   {{80, "Advanced"}},
	"mehta-academy": {{86, "Advanced"}},
}

// Levels lists the level changes, sorted by partner and then by day. Before the
// first change, a partner is on the plan's first level.
func Levels(opt Options) []LevelChange {
	opt = opt.withDefaults()
	start, today := clock.DayOf(opt.Now.AddDate(-1, 0, 0), time.UTC), clock.DayOf(opt.Now, time.UTC)
	var changes []LevelChange
	for _, p := range roster(opt.Partners) {
		for _, step := range careers[p.Code] {
			from := start + clock.Day(int64(today-start)*step.percent/100)
			changes = append(changes, LevelChange{PartnerUID: p.UID, Level: step.level, From: from})
		}
	}
	return changes
}
