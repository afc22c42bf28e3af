package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
)

var clientSourceColumns = db.Columns(`partner_id, client_uid, click_id, clicked_at, link_code, campaign_code, link_id, tags, sub_id, country, platform,
	material_id, registered_at, params`)

// saveSources writes where new clients came from. These rows never change.
func (tx SQLTx) saveSources(ctx context.Context, c *Changes) error {
	return db.Insert(ctx, tx.q, "client_sources", clientSourceColumns, "", c.Sources, func(s ClientSource, dst []any) {
		by, at := &click.Click{}, any(nil)
		if s.Click != nil {
			by, at = s.Click, db.Micros(s.Click.At)
		}
		// The link belongs to the click's campaign. The broker may have named
		// another campaign.
		copy(dst, []any{
			s.PartnerID, s.ClientUID, s.ClickID, at, s.LinkCode, s.CampaignCode, db.NumberOrNull(by.LinkID), by.Tags, s.SubID, by.Country, by.Platform,
			db.NumberOrNull(by.MaterialID), db.Micros(s.RegisteredAt), by.Params,
		})
	})
}
