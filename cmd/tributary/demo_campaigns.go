package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme"
)

// openDomain makes the demo's address the default link domain. Clicks on the
// demo's links then reach this server.
func openDomain(ctx context.Context, p *programme.Programme, base *url.URL) error {
	if strings.HasPrefix(base.Host, "[") {
		return nil // an IPv6 address cannot be a link domain, but without a default domain, links begin with the server's address anyway
	}
	known, err := p.Campaigns.Domains(ctx)
	if err != nil {
		return err
	}
	for _, d := range []campaign.Domain{{Domain: base.Host, Scheme: base.Scheme, IsDefault: true}, demo.LinkDomain()} {
		if _, err := p.Campaigns.SetDomain(ctx, d); err != nil {
			return err
		}
	}
	for _, d := range known { // remove the address of an earlier start
		if d.IsDefault && d.Domain != base.Host && d.Domain != demo.LinkDomain().Domain {
			return p.Campaigns.RemoveDomain(ctx, d.Domain)
		}
	}
	return nil
}

// advertiser acts for the main partner, who advertises the broker.
type advertiser struct {
	*teller

	owner   id.UUID
	running []*running // campaigns that have started, in the same order as demo.Campaigns
	links   []*url.URL // links of the partner's agents
	public  *demo.Traffic
	blocked bool // whether the sub-publisher has been blocked
}

type running struct {
	demo.Campaign

	code  string
	links []*url.URL
	over  bool
}

// setUpTraffic creates the main partner's traffic sources and agents. Their
// time of creation is the current time of the simulation.
func (t *teller) setUpTraffic(ctx context.Context) error {
	a := &advertiser{teller: t, owner: demo.MainPartner().UID, public: demo.NewTraffic(t.made)}
	t.advertiser = a
	for _, s := range demo.TrafficSources() {
		source, err := t.p.Traffic.Create(ctx, a.owner, s.Name, s.Type, s.URL)
		if err == nil && s.Approved {
			_, err = t.p.Traffic.ApproveSource(ctx, source.ID)
		}
		if err != nil {
			return err
		}
	}
	return a.engage(ctx)
}

// actionTimes lists the times at which the simulation stops so that the main
// partner can act.
func actionTimes(made demo.Options) []time.Time {
	moments := []time.Time{demo.RebatesFrom(made), demo.BlockedFrom(made), made.Now}
	for _, c := range demo.Campaigns(made) {
		moments = append(moments, c.From, c.Until)
	}
	return moments
}

// manage does what is due at the current time of the simulation: it starts
// campaigns, records the costs of campaigns and ends them, and blocks a
// sub-publisher.
func (a *advertiser) manage(ctx context.Context) error {
	now, plan := a.clock.Now(), demo.Campaigns(a.made)
	for n := len(a.running); n < len(plan) && !now.Before(plan[n].From); n++ {
		if err := a.start(ctx, plan[n]); err != nil {
			return err
		}
	}
	for _, c := range a.running {
		ends := !c.Until.IsZero() && !now.Before(c.Until)
		if c.over || !ends && now.Before(a.made.Now) {
			continue
		}
		c.over = true
		if err := a.p.Campaigns.SetCosts(ctx, a.owner, c.code, c.Costs(a.made)); err != nil {
			return err
		}
		if !ends {
			continue
		}
		if _, err := a.p.Campaigns.Update(ctx, a.owner, c.code, campaign.Change{Archived: &ends}); err != nil {
			return err
		}
	}
	if a.blocked || now.Before(demo.BlockedFrom(a.made)) {
		return nil
	}
	a.blocked = true
	return a.p.SubPublishers.SetBlocked(ctx, a.owner, demo.BlockedSubID, true)
}

func (a *advertiser) start(ctx context.Context, plan demo.Campaign) error {
	made, err := a.p.Campaigns.Create(ctx, a.owner, plan.Draft)
	if err != nil {
		return err
	}
	domains, err := a.p.Campaigns.Domains(ctx)
	if err != nil {
		return err
	}
	c := &running{Campaign: plan, code: made.Code}
	for _, link := range plan.Links {
		link.PartnerID, link.CampaignCode = a.owner, made.Code
		if link.Domain == "" || len(domains) == 1 {
			link.Domain = domains[0].Domain // the default domain
		}
		added, err := a.p.Campaigns.AddLink(ctx, link)
		if err != nil {
			return err
		}
		address, err := url.Parse(added.Address)
		if err != nil {
			return err
		}
		c.links = append(c.links, address)
	}
	a.running = append(a.running, c)
	return nil
}
