package demo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
)

// clicksOf returns the clicks of people who never register, fetched in two
// calls, and the clicks of the main partner's clients.
func clicksOf(opt demo.Options) (strangers, clients []demo.Click) {
	traffic := demo.NewTraffic(opt)
	strangers = append(traffic.Strangers(opt.Now.AddDate(0, 0, -20)), traffic.Strangers(opt.Now)...)
	for fact := range demo.Generate(opt) {
		if client, is := fact.Body.(*feed.Client); is && client.PartnerCode == demo.MainPartner().Code {
			clients = append(clients, traffic.Client(fact.At, client)...)
		}
	}
	return strangers, clients
}

func TestTraffic_SameOptionsSameClicks(t *testing.T) {
	t.Parallel()
	strangers, clients := clicksOf(defaults)
	again, clientsAgain := clicksOf(defaults)
	require.Equal(t, strangers, again)
	require.Equal(t, clients, clientsAgain)
	other := defaults
	other.Seed++
	others, _ := clicksOf(other)
	require.NotEqual(t, strangers, others)
}

func TestTraffic_LooksLikeTraffic(t *testing.T) {
	t.Parallel()
	strangers, clients := clicksOf(defaults)
	require.Greater(t, len(strangers), 2_000)
	require.Less(t, len(strangers), 6_000)
	require.Greater(t, len(clients), 20)
	campaigns, last := demo.Campaigns(defaults), demo.CampaignsFrom(defaults)
	kinds, visitors, bots, unknown := map[click.Kind]int{}, map[click.Visitor]bool{}, 0, 0
	for _, c := range strangers {
		require.False(t, c.At.Before(last), "in order")
		require.True(t, c.At.Before(now))
		last = c.At
		kinds[c.Kind]++
		visitors[c.Visitor] = true
		if click.IsBot(c.Agent) {
			bots++
		}
		if c.Country == "" {
			unknown++
		}
	}
	require.Len(t, kinds, 3)
	require.Greater(t, bots, 100)
	require.Positive(t, unknown)
	require.Greater(t, len(strangers)-len(visitors), 200, "some visitors return")
	agents := map[int]bool{}
	for _, c := range append(strangers, clients...) {
		if c.Way.Campaign > 0 {
			made := campaigns[c.Way.Campaign-1]
			require.LessOrEqual(t, c.Way.Link, len(made.Links))
			require.False(t, c.At.Before(made.From), "%s had not begun", made.Title)
		}
		agents[c.Way.Agent] = true
	}
	require.Len(t, agents, len(demo.Agents())+1)
}

func TestTraffic_ClientsClickBeforeTheyRegister(t *testing.T) {
	t.Parallel()
	traffic := demo.NewTraffic(defaults)
	at := now.AddDate(0, 0, -10)
	came := 0
	for range 10 { // a client without a sub_id may have typed the link code
		clicks := traffic.Client(at, &feed.Client{Country: "KE"})
		if len(clicks) > 0 {
			came++
		}
		for _, c := range clicks {
			require.True(t, c.At.Before(at))
			require.Less(t, at.Sub(c.At), 3*time.Hour)
			require.Equal(t, "KE", c.Country)
			require.Equal(t, clicks[0].Visitor, c.Visitor)
		}
	}
	require.Positive(t, came)
	require.Less(t, came, 10)
	clicks := traffic.Client(at, &feed.Client{Country: "KE", SubID: "webinar"})
	require.NotEmpty(t, clicks, "a sub_id comes from a link")
	require.Equal(t, "webinar", clicks[0].Way.SubID)
	require.Empty(t, traffic.Client(now.AddDate(0, 0, -90), &feed.Client{SubID: "webinar"}), "there were no campaigns")
}
