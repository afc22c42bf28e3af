package sqldb

import (
	"context"
	"strconv"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
)

var clientSourceColumns = db.Columns(`partner_id, client_uid, click_id, clicked_at, link_code, campaign_code, link_id, tags, sub_id, country, platform,
	material_id, registered_at, params`)

// saveSources writes where new clients came from: once, for ever.
func (tx booksTx) saveSources(ctx context.Context, c *accrual.Changes) error {
	return db.Insert(ctx, tx.q, "client_sources", clientSourceColumns, "", c.Sources, func(s accrual.ClientSource, dst []any) {
		by, at := &click.Click{}, any(nil)
		if s.Click != nil {
			by, at = s.Click, db.Micros(s.Click.At)
		}
		// The link is one of the click's campaign; the broker may know of another campaign.
		copy(dst, []any{
			s.PartnerID, s.ClientUID, s.ClickID, at, s.LinkCode, s.CampaignCode, db.NumberOrNull(by.LinkID), by.Tags, s.SubID, by.Country, by.Platform,
			db.NumberOrNull(by.MaterialID), db.Micros(s.RegisteredAt), by.Params,
		})
	})
}

// sourceChecks prove that each client came from somewhere, once.
var sourceChecks = []check{
	{2, "a client's source is with its first partner", `SELECT e.client_uid, e.partner_id, s.partner_id, e.link_code FROM client_events e
		LEFT JOIN client_sources s ON s.client_uid = e.client_uid AND s.partner_id = e.partner_id
		WHERE e.kind = 'client.registered' AND (s.client_uid IS NULL OR s.registered_at <> e.at OR s.link_code <> e.link_code)`},
	{2, "a client has one source", `SELECT client_uid, count(*), '', '' FROM client_sources GROUP BY client_uid HAVING count(*) <> 1`},
	{2, "a source is a registered client's", `SELECT s.client_uid, s.partner_id, '', '' FROM client_sources s
		LEFT JOIN client_events e ON e.client_uid = s.client_uid AND e.partner_id = s.partner_id AND e.kind = 'client.registered'
		WHERE e.client_uid IS NULL`},
	{2, "a click is before its registration", `SELECT client_uid, click_id, clicked_at, registered_at FROM client_sources
		WHERE (click_id = '') <> (clicked_at IS NULL) OR clicked_at > registered_at + ` + strconv.FormatInt(accrual.ClickSkew.Microseconds(), 10)},
}
