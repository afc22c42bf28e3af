package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
)

type visit struct {
	clicks []demo.Click
	client *feed.Client // client that registers afterwards; nil if the visitor does not register
}

// follow simulates the clicks before a given time. Like a broker's landing
// page, it adds the click id to the fact of a client's registration.
func (a *advertiser) follow(ctx context.Context, told accrual.Source, until time.Time) (accrual.Source, error) {
	var visits []*visit
	by := map[click.Visitor]*visit{}
	for _, c := range a.public.Strangers(until) {
		if by[c.Visitor] == nil {
			by[c.Visitor] = &visit{}
			visits = append(visits, by[c.Visitor])
		}
		by[c.Visitor].clicks = append(by[c.Visitor].clicks, c)
	}
	var facts []feed.Fact
	err := told(func(_ int, fact feed.Fact, err error) error {
		facts = append(facts, fact)
		if client, is := fact.Body.(*feed.Client); is && client.PartnerCode == demo.MainPartner().Code {
			visits = append(visits, &visit{a.public.Client(fact.At, client), client})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	day := func(v *visit) clock.Day { return clock.DayOf(v.clicks[0].At, a.p.Zone) }
	visits = slices.DeleteFunc(visits, func(v *visit) bool { return len(v.clicks) == 0 })
	slices.SortStableFunc(visits, func(x, y *visit) int { return cmp.Compare(day(x), day(y)) })
	for len(visits) > 0 { // one day at a time, because the key that recognises visitors changes every day
		n := 1
		for n < len(visits) && day(visits[n]) == day(visits[0]) {
			n++
		}
		if err := a.passAll(ctx, visits[:n]); err != nil {
			return nil, fmt.Errorf("following the links of the demo: %w", err)
		}
		visits = visits[n:]
	}
	return func(yield func(line int, fact feed.Fact, err error) error) error {
		for i := range facts {
			if err := yield(i+1, facts[i], nil); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// passAll simulates a day's clicks concurrently. Clicks then share disk writes,
// as in real traffic, and the demo starts minutes earlier.
func (a *advertiser) passAll(ctx context.Context, visits []*visit) error {
	together, ctx := errgroup.WithContext(ctx)
	together.SetLimit(click.DefaultQueue / 2)
	for _, v := range visits {
		together.Go(func() error { return a.pass(ctx, v) })
	}
	return together.Wait()
}

func (a *advertiser) pass(ctx context.Context, v *visit) error {
	clk := clock.At(v.clicks[0].At)
	service := a.p.Tracked.At(clk)
	var landed string
	for i := range v.clicks {
		c := &v.clicks[i]
		clk.Advance(c.At.Sub(clk.Now()))
		link := a.link(c)
		var err error
		landed, err = service.Follow(ctx, click.Request{
			Code: path.Base(link.Path), Query: link.RawQuery, Kind: c.Kind, Country: c.Country, Visitor: c.Visitor,
		})
		if err != nil {
			return err
		}
	}
	if v.client == nil {
		return nil
	}
	page, err := url.Parse(landed)
	if err != nil {
		return err
	}
	if told := page.Query(); told.Has("click_id") { // a link that no longer works adds no click id
		v.client.ClickID, v.client.PartnerCode = told.Get("click_id"), told.Get("partner_code")
		v.client.CampaignCode, v.client.SubID = told.Get("campaign"), told.Get("sub_id")
	}
	return nil
}

func (a *advertiser) link(c *demo.Click) *url.URL {
	link := url.URL{Path: "/a/" + demo.MainPartner().Code}
	switch {
	case c.Way.Agent > 0:
		link = *a.links[c.Way.Agent-1]
	case c.Way.Campaign > 0:
		link = *a.running[c.Way.Campaign-1].links[c.Way.Link-1]
	}
	for _, more := range []string{url.Values{"sub_id": {c.Way.SubID}}.Encode(), c.Params} {
		if more != "" && more != "sub_id=" {
			link.RawQuery += "&" + more
		}
	}
	return &link
}
