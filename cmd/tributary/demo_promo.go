package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// fillLibrary puts the demo's promo material into the library, and the pages
// that it leads to beside it.
func (a *app) fillLibrary(ctx context.Context, p *programme) error {
	campaigns := campaign.New(sqldb.NewCampaigns(p.store), a.clock, &url.URL{})
	for _, page := range demo.LandingPages() {
		if _, err := campaigns.SetPage(ctx, page); err != nil {
			return fmt.Errorf("setting the demo's pages: %w", err)
		}
	}
	library := promo.New(sqldb.NewPromo(p.store), a.clock, promo.Config{Campaigns: campaigns})
	materials, err := demo.Promo()
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(materials) { // the newest is shown first
		ready, err := library.Prepare(ctx, m.Kind, m.Draft)
		if err == nil {
			_, err = library.Add(ctx, ready)
		}
		if err != nil {
			return fmt.Errorf("filling the demo's promo library: %w", err)
		}
	}
	return nil
}
