package demo

import (
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
)

// campaignDays is the number of days that the main partner's campaigns cover.
// It is twice the default period of the performance report.
const campaignDays = 60

// CampaignsFrom returns the time at which the main partner starts to advertise.
// Clicks, and clients who register after a click, exist from then onwards.
func CampaignsFrom(opt Options) time.Time { return opt.withDefaults().Now.AddDate(0, 0, -campaignDays) }

// Campaign is a campaign of the main partner.
type Campaign struct {
	campaign.Draft

	From  time.Time
	Until time.Time       // time at which the campaign is archived; zero if it is never archived
	Links []campaign.Link // a link without a host uses the programme's default domain

	spend [2]int64 // smallest and largest cost of a day, in USD
}

func (c *Campaign) runs(at time.Time) bool {
	return !at.Before(c.From) && (c.Until.IsZero() || at.Before(c.Until))
}

// Campaigns returns the main partner's campaigns, oldest first.
func Campaigns(opt Options) []Campaign {
	from, now := CampaignsFrom(opt), opt.withDefaults().Now
	return []Campaign{
		{
			Draft: campaign.Draft{Title: "Gold, tight spreads", Description: "Video reviews and search ads for people who already trade gold."},
			From:  from, spend: [2]int64{5, 11},
			Links: []campaign.Link{
				{Page: goldPage, Platform: campaign.PlatformMobile, OS: campaign.OSAndroid, Tags: []string{"gold", "video"}},
				{Page: goldPage, Platform: campaign.PlatformMobile, OS: campaign.OSIOS, Tags: []string{"gold", "video"}},
				{Page: goldPage, Platform: campaign.PlatformWeb, OS: campaign.OSAll, Tags: []string{"gold", "search"}},
			},
		},
		{
			Draft: campaign.Draft{Title: "First account", Description: "Banners and push ads; too many clicks were bots."},
			From:  now.AddDate(0, 0, -57), Until: now.AddDate(0, 0, -25), spend: [2]int64{3, 8},
			Links: []campaign.Link{
				{Platform: campaign.PlatformWeb, OS: campaign.OSAll, Tags: []string{"banner"}},
				{Page: accountPage, Platform: campaign.PlatformMobile, OS: campaign.OSAndroid, Tags: []string{"banner", "push"}},
			},
		},
		{
			Draft: campaign.Draft{Title: "Webinars for beginners", Description: "Every Tuesday and Thursday, with a follow-up by mail and chat."},
			From:  now.AddDate(0, 0, -45), spend: [2]int64{3, 7},
			Links: []campaign.Link{
				{Page: accountPage, Platform: campaign.PlatformWeb, OS: campaign.OSAll, Tags: []string{"webinar", "email"}},
				{Domain: LinkDomain().Domain, Page: accountPage, Platform: campaign.PlatformMobile, OS: campaign.OSAll, Tags: []string{"webinar", "chat"}},
			},
		},
	}
}

// Costs returns the costs of a campaign, one for each of its days.
func (c *Campaign) Costs(opt Options) []campaign.Cost {
	opt = opt.withDefaults()
	luck := newDice(opt.Seed, "costs of "+c.Title)
	end := opt.Now
	if !c.Until.IsZero() {
		end = c.Until
	}
	var costs []campaign.Cost
	for day := clock.DayOf(c.From, time.UTC); day <= clock.DayOf(end, time.UTC); day++ {
		cents := luck.between(100*c.spend[0], 100*c.spend[1])
		if weekend(day.Start(time.UTC)) {
			cents = cents * 6 / 10
		}
		costs = append(costs, campaign.Cost{Day: day, AmountUSD: money.Amount(cents * power10(money.AmountPlaces-2)), Comment: "Ads"})
	}
	return costs
}

// LinkDomain returns an additional host for tracked links.
func LinkDomain() campaign.Domain {
	return campaign.Domain{Domain: "go.broker.example.com", Scheme: "https", Region: "LATAM"}
}

// BlockedSubID is a sub-publisher of the main partner that sends bots instead
// of people.
const BlockedSubID = "popunder-7"

// BlockedFrom returns the time at which the main partner blocks BlockedSubID.
func BlockedFrom(opt Options) time.Time { return opt.withDefaults().Now.AddDate(0, 0, -9) }

// TrafficSource is a source of visitors that the main partner declares, such as
// a web site.
type TrafficSource struct {
	Name, Type, URL string
	Approved        bool // whether the broker has approved it
}

// TrafficSources returns the main partner's traffic sources.
func TrafficSources() []TrafficSource {
	return []TrafficSource{
		{"Meridian's gold reviews", "website", "https://gold-reviews.example.com/", true},
		{"Traders' channel", "messenger", "https://chat.example.com/meridian-traders", false},
	}
}

// Agent is a referral agent to whom the main partner has given a link.
type Agent struct {
	Alias, Email string
	agent.Terms
	agent.Reports
}

// Agents returns the main partner's agents. The first is already a partner and
// gets paid. The second has not registered yet.
func Agents() []Agent {
	limit := dollars(300)
	return []Agent{
		{"Mehta, evening school", "mehta.academy@example.com", agent.Terms{Share: 25_0000}, agent.Reports{Rewards: true, Clients: true}},
		{"Lindiwe", "lindiwe.zulu@example.com", agent.Terms{Share: 15_0000, Cap: &limit}, agent.Reports{Clients: true}},
	}
}
