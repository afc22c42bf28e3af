package main

import (
	"net/url"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/config"
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
	return promo.New(sqldb.NewPromo(p.store), a.clock, promo.Config{Campaigns: campaigns, Addresses: partners, Public: public, LinkBase: base})
}
