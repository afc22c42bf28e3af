package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// promo is the library of promo material; base is what links begin with.
func (a *app) promo(p *programme, web *config.Web, base *url.URL, campaigns *campaign.Service, partners *partner.Service) *promo.Service {
	public := base
	if u, err := url.Parse(web.PublicURL); err == nil && u.Host != "" {
		public = u
	}
	return promo.New(sqldb.NewPromo(p.store), a.clock, promo.Config{
		Campaigns: campaigns, Addresses: partners, Public: public, LinkBase: base, Clicks: materialClicks{a.clock, p.tracking.store},
		Audit: sqldb.NewAudit(p.store, a.clock),
	})
}

// materialClicks counts clicks for the library.
type materialClicks struct {
	clock clock.Clock
	store click.Store
}

// ByMaterial implements promo.Clicks.
func (m materialClicks) ByMaterial(ctx context.Context, partnerID id.UUID, materials []int64) (map[int64]int64, error) {
	names := make([]string, len(materials))
	for i, material := range materials {
		names[i] = strconv.FormatInt(material, 10)
	}
	sums, err := m.store.Sums(ctx, click.Query{
		PartnerID: partnerID, To: clock.DayOf(m.clock.Now(), time.UTC) + 1, // a day ahead, in whatever zone
		By: []click.Dimension{click.ByMaterial}, Only: map[click.Dimension][]string{click.ByMaterial: names},
	})
	if err != nil {
		return nil, err
	}
	counts := make(map[int64]int64, len(sums))
	for _, sum := range sums {
		material, err := strconv.ParseInt(sum.Key[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("clicks of the material %q: %w", sum.Key[0], err)
		}
		counts[material] = sum.Clicks
	}
	return counts, nil
}
