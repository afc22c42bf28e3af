package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// demoHasTraffic checks that the main partner's traffic report has rows for
// every grouping, and that the rows match the clicks.
func demoHasTraffic(t *testing.T, a *app, p *openProgramme) {
	t.Helper()
	owner, zone := demo.MainPartner().UID, time.UTC
	to := clock.DayOf(a.clock.Now(), zone)
	from := to - 60
	count := func(query string, args ...any) (n int64) {
		require.NoError(t, p.clicks.QueryRow(t.Context(), query, args...).Scan(&n))
		return n
	}
	clicks := count(`SELECT count(*) FROM clicks WHERE partner_id = $1 AND kind = 'click'`, owner)
	uniques := count(`SELECT count(*) FROM clicks WHERE partner_id = $1 AND is_unique = $2`, owner, true)
	require.Greater(t, clicks, uniques)
	for _, kind := range []click.Kind{click.Bot, click.Head, click.Prefetch} {
		require.Positive(t, count(`SELECT count(*) FROM clicks WHERE partner_id = $1 AND kind = $2`, owner, string(kind)), kind)
	}

	for _, by := range performance.Dimensions {
		t.Run(string(by), func(t *testing.T) {
			q := performance.Query{PartnerID: owner, From: from, To: to, By: []click.Dimension{by}}
			made, err := p.Performance.Report(t.Context(), &performance.Request{Query: q})
			require.NoError(t, err)
			require.Greater(t, len(made.Rows), 1)
			all := made.Totals.Figures
			require.Equal(t, []int64{clicks, uniques}, []int64{all.Clicks, all.UniqueClicks})
			require.Greater(t, all.Registrations, all.FTD)
			require.Positive(t, min(all.KYCPassed, all.FTD, all.FTT, all.ActiveClients, int64(all.Volume), int64(all.Reward), int64(all.Rebate), int64(all.Cost)))

			want := map[string]click.Counts{}
			sums, err := p.Stores.Clicks.Sums(t.Context(), click.Query{PartnerID: owner, From: from, To: to, By: q.By})
			require.NoError(t, err)
			for _, s := range sums {
				if s.Clicks > 0 {
					want[s.Key[0]] = click.Counts{Clicks: s.Clicks, Uniques: s.Uniques}
				}
			}
			got := map[string]click.Counts{}
			var sum performance.Figures
			for _, r := range made.Rows {
				sum.Clicks, sum.Registrations, sum.Cost = sum.Clicks+r.Clicks, sum.Registrations+r.Registrations, sum.Cost+r.Cost
				if r.Clicks > 0 {
					got[r.Key[0]] = click.Counts{Clicks: r.Clicks, Uniques: r.UniqueClicks}
				}
			}
			if by == click.ByLink && want["0"].Clicks > 0 {
				want[""] = want["0"]
				delete(want, "0")
			}
			require.Equal(t, want, got)
			require.Equal(t, all.Cost, sum.Cost)
			if by != click.ByTag { // a link with two tags counts in the rows of both tags
				require.Equal(t, clicks, sum.Clicks)
				require.Equal(t, all.Registrations, sum.Registrations)
			}
		})
	}
}

// demoHasCampaigns checks that the demo has all planned campaigns, links and
// agents.
func demoHasCampaigns(t *testing.T, a *app, p *openProgramme) {
	t.Helper()
	owner := demo.MainPartner().UID
	count := func(query string, args ...any) (n int64) {
		require.NoError(t, p.DB.QueryRow(t.Context(), query, append([]any{owner}, args...)...).Scan(&n))
		return n
	}
	campaigns := campaign.New(campaign.NewStore(p.DB), a.clock, demoBase)
	list, _, err := campaigns.List(t.Context(), owner, campaign.Filter{Page: page.Page{Limit: 10}})
	require.NoError(t, err)
	plan := demo.Campaigns(demo.Options{Seed: 1, Now: a.cli.Clock})
	require.Len(t, list, len(plan))
	var brought int64
	for i, c := range list { // newest first
		made := plan[len(plan)-1-i]
		require.Equal(t, made.Title, c.Title)
		require.Equal(t, !made.Until.IsZero(), c.Archived)
		require.Len(t, c.Links, len(made.Links))
		require.Contains(t, c.Base, demoBase.String()+"/a/")
		brought += count(`SELECT count(*) FROM client_sources WHERE partner_id = $1 AND campaign_code = $2 AND link_id > 0`, c.Code)
	}
	require.Positive(t, brought)
	require.EqualValues(t, 1, count(`SELECT count(*) FROM sub_publishers WHERE partner_id = $1 AND sub_id = $2`, demo.BlockedSubID))
	require.EqualValues(t, 1, count(`SELECT count(*) FROM traffic_sources WHERE partner_id = $1 AND status = 'verified'`))
	require.EqualValues(t, 1, count(`SELECT count(*) FROM traffic_sources WHERE partner_id = $1 AND status = 'draft'`))
	require.EqualValues(t, 2, count(`SELECT count(*) FROM agent_agreements WHERE partner_id = $1`))
	require.EqualValues(t, 2, count(`SELECT count(DISTINCT c.link_code) FROM clients c JOIN agent_links l ON l.partner_id = c.partner_id
		AND l.link_code = c.link_code WHERE c.partner_id = $1`), "each agent's link brought clients")

	// If the demo later starts at another address, its links must begin with
	// that address.
	moved := *demoBase
	moved.Host = "localhost:9000"
	require.NoError(t, a.makeProgramme(t.Context(), p, &moved))
	domains, err := campaigns.Domains(t.Context())
	require.NoError(t, err)
	require.Len(t, domains, 2)
	require.Equal(t, moved.Host, domains[0].Domain)
}
