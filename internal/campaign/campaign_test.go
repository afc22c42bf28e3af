package campaign_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestCampaigns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *campaigns){
			"a campaign's life":              campaignLife,
			"another partner's campaign":     campaignOfOthers,
			"a list":                         campaignList,
			"an archived campaign":           campaignArchived,
			"limits":                         campaignLimits,
			"links":                          campaignLinks,
			"costs":                          campaignCosts,
			"domains":                        linkDomains,
			"the default domain is cached":   defaultBase,
			"pages":                          landingPages,
			"a path of the server's address": pathOfTheServer,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newCampaigns(t, open(t), "https://go.example.com"))
			})
		}
	})
}

type campaigns struct {
	*programmetest.Programme
	*campaign.Service
	store campaign.Store
}

func newCampaigns(t *testing.T, database db.DB, base string) *campaigns {
	t.Helper()
	fallback, err := url.Parse(base)
	require.NoError(t, err)
	c := &campaigns{Programme: programmetest.New(database), store: campaign.NewStore(database)}
	c.MustFeed(t, c.Setting()...)
	c.Service = campaign.New(c.store, c.Clock, fallback)
	return c
}

func (c *campaigns) mustCreate(t *testing.T, title string) campaign.Campaign {
	t.Helper()
	made, err := c.Create(t.Context(), programmetest.Alpha, campaign.Draft{Title: title})
	require.NoError(t, err)
	return made
}

func requireDenied(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(err), "%v", err)
}

func campaignLife(t *testing.T, c *campaigns) {
	made, err := c.Create(t.Context(), programmetest.Alpha, campaign.Draft{Title: "  Spring ", Description: "two\nlines"})
	require.NoError(t, err)
	require.Regexp(t, `^[a-hjkmnp-z2-9]{8}$`, made.Code)
	require.Equal(t, campaign.Campaign{
		PartnerID: programmetest.Alpha, Code: made.Code, Title: "Spring", Description: "two\nlines", CreatedAt: programmetest.Now,
		Base: "https://go.example.com/a/alpha?campaign=" + made.Code,
	}, made)
	found, err := c.Get(t.Context(), programmetest.Alpha, made.Code)
	require.NoError(t, err)
	require.Equal(t, made, found)

	c.Clock.Advance(time.Hour)
	changed, err := c.Update(t.Context(), programmetest.Alpha, made.Code, campaign.Change{Title: new("Summer")})
	require.NoError(t, err)
	made.Title = "Summer"
	require.Equal(t, made, changed, "all else stays")
	for title, code := range map[string]string{"  ": "blank", strings.Repeat("x", 1000): "max_length", "a\x00": "invalid"} {
		_, err = c.Update(t.Context(), programmetest.Alpha, made.Code, campaign.Change{Title: &title})
		programmetest.RequireRefused(t, err, "title", code)
		_, err = c.Create(t.Context(), programmetest.Alpha, campaign.Draft{Title: title})
		programmetest.RequireRefused(t, err, "title", code)
	}
	found, err = c.Get(t.Context(), programmetest.Alpha, made.Code)
	require.NoError(t, err)
	require.Equal(t, made, found)
}

func campaignOfOthers(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "mine").Code
	_, err := c.Get(ctx, programmetest.Beta, code)
	require.ErrorIs(t, err, campaign.ErrUnknown)
	_, err = c.Update(ctx, programmetest.Beta, code, campaign.Change{Archived: new(true)})
	require.ErrorIs(t, err, campaign.ErrUnknown)
	_, err = c.AddLink(ctx, campaign.Link{PartnerID: programmetest.Beta, CampaignCode: code, Domain: "go.example.com"})
	require.ErrorIs(t, err, campaign.ErrUnknown)
	_, err = c.Costs(ctx, programmetest.Beta, code, 0, 30_000)
	require.ErrorIs(t, err, campaign.ErrUnknown)
	require.ErrorIs(t, c.SetCosts(ctx, programmetest.Beta, code, []campaign.Cost{{Day: 1, AmountUSD: 1}}), campaign.ErrUnknown)
	list, count, err := c.List(ctx, programmetest.Beta, campaign.Filter{Page: page.Page{Limit: 10}})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, count)
	require.ErrorIs(t, c.store.AddCampaign(ctx, &campaign.Campaign{PartnerID: programmetest.Beta, Code: code}, 10), campaign.ErrCodeTaken)
}

func campaignList(t *testing.T, c *campaigns) {
	codes := map[string]string{} // by title
	for _, title := range []string{"b 100%", "A_1", "c", "Frühling"} {
		codes[title] = c.mustCreate(t, title).Code
		c.Clock.Advance(time.Second)
	}
	_, err := c.Update(t.Context(), programmetest.Alpha, codes["c"], campaign.Change{Archived: new(true)})
	require.NoError(t, err)
	listed := func(f campaign.Filter) (titles []string, count int64) {
		if f.Page.Limit == 0 {
			f.Page.Limit = 10
		}
		list, count, err := c.List(t.Context(), programmetest.Alpha, f)
		require.NoError(t, err)
		for i := range list {
			require.Equal(t, "https://go.example.com/a/alpha?campaign="+list[i].Code, list[i].Base)
			titles = append(titles, list[i].Title)
		}
		return titles, count
	}
	for _, tt := range []struct {
		name   string
		filter campaign.Filter
		want   []string
		count  int64
	}{
		{"the newest first", campaign.Filter{}, []string{"Frühling", "c", "A_1", "b 100%"}, 4},
		{"archived", campaign.Filter{Archived: new(true)}, []string{"c"}, 1},
		{"in use", campaign.Filter{Archived: new(false)}, []string{"Frühling", "A_1", "b 100%"}, 3},
		{"a search ignores case", campaign.Filter{Search: "FRÜH"}, []string{"Frühling"}, 1},
		{"a search of a code", campaign.Filter{Search: codes["c"]}, []string{"c"}, 1},
		{"a percent sign is itself", campaign.Filter{Search: "%"}, []string{"b 100%"}, 1},
		{"so is an underscore", campaign.Filter{Search: "_"}, []string{"A_1"}, 1},
		{"a search among those in use", campaign.Filter{Search: "c", Archived: new(true)}, []string{"c"}, 1},
		{"a page", campaign.Filter{Page: page.Page{Limit: 2, Offset: 1}}, []string{"c", "A_1"}, 4},
		{"by creation", campaign.Filter{Page: page.Page{Limit: 2, Order: []page.Order{{Field: "created"}}}}, []string{"b 100%", "A_1"}, 4},
		{"archived last", campaign.Filter{Page: page.Page{Order: []page.Order{{Field: "archived", Descending: true}, {Field: "created"}}}}, []string{"c", "b 100%", "A_1", "Frühling"}, 4},
	} {
		titles, count := listed(tt.filter)
		require.Equal(t, tt.want, titles, tt.name)
		require.Equal(t, tt.count, count, tt.name)
	}
}

func campaignArchived(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "old").Code
	archived, err := c.Update(ctx, programmetest.Alpha, code, campaign.Change{Archived: new(true)})
	require.NoError(t, err)
	require.True(t, archived.Archived)
	for _, change := range []campaign.Change{{}, {Archived: new(true)}, {Title: new("x")}, {Archived: new(false), Title: new("x")}, {Archived: new(false), Description: new("x")}} {
		_, err = c.Update(ctx, programmetest.Alpha, code, change)
		requireDenied(t, err)
	}
	_, err = c.AddLink(ctx, campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: code, Domain: "go.example.com"})
	requireDenied(t, err)
	requireDenied(t, c.SetCosts(ctx, programmetest.Alpha, code, []campaign.Cost{{Day: 1, AmountUSD: 1}}))
	found, err := c.Get(ctx, programmetest.Alpha, code)
	require.NoError(t, err)
	require.Equal(t, archived, found)
	again, err := c.Update(ctx, programmetest.Alpha, code, campaign.Change{Archived: new(false)})
	require.NoError(t, err)
	require.False(t, again.Archived)
}

func campaignLimits(t *testing.T, c *campaigns) {
	add := func(code string, most int) error {
		return c.store.AddCampaign(t.Context(), &campaign.Campaign{PartnerID: programmetest.Alpha, Code: code}, most)
	}
	require.NoError(t, add("one", 2))
	require.NoError(t, add("two", 2))
	require.ErrorIs(t, add("three", 2), campaign.ErrTooMany)
	require.ErrorIs(t, add("one", 2), campaign.ErrCodeTaken, "another code may help")
	link := func() error {
		return c.store.AddLink(t.Context(), &campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: "one"}, 1, func(*campaign.Campaign) error { return nil })
	}
	require.NoError(t, link())
	require.ErrorIs(t, link(), campaign.ErrTooMany)
}

func campaignLinks(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "linked").Code
	draft := campaign.Link{
		PartnerID: programmetest.Alpha, CampaignCode: code, Domain: " Go.Example.com ", Platform: campaign.PlatformMobile, OS: campaign.OSIOS, Tags: []string{"News", "x1"},
	}
	link, err := c.AddLink(ctx, draft)
	require.NoError(t, err)
	want := draft
	want.ID, want.Domain, want.CreatedAt = link.ID, "go.example.com", programmetest.Now
	want.Address = "https://go.example.com/a/alpha?campaign=" + code + "&l=" + strconv.FormatInt(link.ID, 10)
	require.Equal(t, want, link)
	draft.Tags = nil
	second, err := c.AddLink(ctx, draft)
	require.NoError(t, err)
	require.Greater(t, second.ID, link.ID)
	found, err := c.Get(ctx, programmetest.Alpha, code)
	require.NoError(t, err)
	require.Equal(t, []campaign.Link{link, second}, found.Links)

	for _, tt := range []struct {
		field, code string
		change      func(*campaign.Link)
	}{
		{"domain", "does_not_exist", func(l *campaign.Link) { l.Domain = "evil.example" }},
		{"page", "does_not_exist", func(l *campaign.Link) { l.Page = "https://evil.example" }},
		{"tags", "max_items", func(l *campaign.Link) {
			for n := range campaign.MaxTags + 1 {
				l.Tags = append(l.Tags, strconv.Itoa(n))
			}
		}},
		{"tags.1", "invalid", func(l *campaign.Link) { l.Tags = []string{"a", "b c"} }},
		{"tags.0", "invalid", func(l *campaign.Link) { l.Tags = []string{""} }},
		{"tags.0", "invalid", func(l *campaign.Link) { l.Tags = []string{"ü"} }},
		{"tags.0", "invalid", func(l *campaign.Link) { l.Tags = []string{strings.Repeat("x", 17)} }},
		{"tags.2", "duplicate", func(l *campaign.Link) { l.Tags = []string{"a", "b", "a"} }},
	} {
		refused := draft
		tt.change(&refused)
		_, err = c.AddLink(ctx, refused)
		programmetest.RequireRefused(t, err, tt.field, tt.code)
	}
}

func campaignCosts(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "dear").Code
	const day = clock.Day(20_000)
	set := func(costs ...campaign.Cost) error { return c.SetCosts(ctx, programmetest.Alpha, code, costs) }
	costs := func(from, to clock.Day) (out []campaign.Cost) {
		out, err := c.Costs(ctx, programmetest.Alpha, code, from, to)
		require.NoError(t, err)
		return out
	}
	of := func(day clock.Day, usd int64, comment string) campaign.Cost {
		return campaign.Cost{PartnerID: programmetest.Alpha, CampaignCode: code, Day: day, AmountUSD: programmetest.USD(usd), Comment: comment}
	}
	require.NoError(t, set(of(day, 10, ""), of(day+1, 20, "ads"), of(day+2, 30, "")))
	require.Equal(t, []campaign.Cost{of(day+2, 30, ""), of(day+1, 20, "ads"), of(day, 10, "")}, costs(day, day+2), "the newest first")
	require.Equal(t, []campaign.Cost{of(day+1, 20, "ads")}, costs(day+1, day+1))
	require.NoError(t, set(of(day, 11, "more"), of(day+1, 0, ""), of(day+2, 0, "free")))
	require.Equal(t, []campaign.Cost{of(day+2, 0, "free"), of(day, 11, "more")}, costs(0, 40_000), "nothing and no comment removes the day")

	const most = money.Amount(1_000_000_000_000_000)
	require.NoError(t, set(campaign.Cost{Day: 47_481, AmountUSD: most}), "2099-12-31")
	for _, tt := range []struct {
		field, code string
		cost        campaign.Cost
	}{
		{"costs.1.amount_usd", "invalid", campaign.Cost{Day: day + 9, AmountUSD: -1}},
		{"costs.1.amount_usd", "invalid", campaign.Cost{Day: day + 9, AmountUSD: most + 1}},
		{"costs.1.day", "invalid", campaign.Cost{Day: -1}},
		{"costs.1.day", "invalid", campaign.Cost{Day: 47_482}},
		{"costs.1.day", "duplicate", campaign.Cost{Day: day + 5}},
	} {
		programmetest.RequireRefused(t, set(campaign.Cost{Day: day + 5, AmountUSD: 1}, tt.cost), tt.field, tt.code)
		require.Empty(t, costs(day+3, day+9), "all or nothing")
	}
}
