package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// sourceRow is a row of client_sources.
type sourceRow struct {
	PartnerID    id.UUID    `db:"partner_id"`
	ClientUID    id.UUID    `db:"client_uid"`
	ClickID      string     `db:"click_id"`
	ClickedAt    *time.Time `db:"clicked_at"`
	LinkCode     string     `db:"link_code"`
	CampaignCode string     `db:"campaign_code"`
	LinkID       int64      `db:"link_id,null"`
	Tags         string     `db:"tags"`
	SubID        string     `db:"sub_id"`
	Country      string     `db:"country"`
	Platform     string     `db:"platform"`
	MaterialID   int64      `db:"material_id,null"`
	RegisteredAt time.Time  `db:"registered_at"`
	Params       string     `db:"params"`
}

var clientSources = db.NewTable[*sourceRow]("client_sources")

// saveSources writes where new clients came from. These rows never change.
func (tx SQLTx) saveSources(ctx context.Context, c *Changes) error {
	rows := make([]*sourceRow, len(c.Sources))
	for i, s := range c.Sources {
		row := &sourceRow{
			PartnerID: s.PartnerID, ClientUID: s.ClientUID, ClickID: s.ClickID, LinkCode: s.LinkCode, CampaignCode: s.CampaignCode, SubID: s.SubID,
			RegisteredAt: s.RegisteredAt,
		}
		if by := s.Click; by != nil {
			// The link belongs to the click's campaign. The broker may have
			// named another campaign.
			row.ClickedAt, row.LinkID, row.Tags, row.Country = &by.At, by.LinkID, by.Tags, by.Country
			row.Platform, row.MaterialID, row.Params = by.Platform, by.MaterialID, by.Params
		}
		rows[i] = row
	}
	return clientSources.Insert(ctx, tx.q, rows...)
}
