package cpa

import (
	"context"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// monthRow is the amount that a partner was paid for the clients of a bundle in
// one run.
type monthRow struct {
	PartnerID id.UUID      `db:"partner_id"`
	Day       clock.Day    `db:"paid_day"`
	Bundle    string       `db:"bundle"`
	USD       money.Amount `db:"paid_usd_e6"`
}

// campaignRow is the total that a partner was paid for the clients of a bundle
// and a campaign, in all runs.
type campaignRow struct {
	PartnerID id.UUID `db:"partner_id"`
	campaign
	USD money.Amount `db:"paid_usd_e6"`
}

var (
	monthTable    = db.NewTable[monthRow]("cpa_months")
	campaignTable = db.NewTable[campaignRow]("cpa_campaigns")
)

// used holds the amounts by which a partner has used the caps: the amounts paid
// in this run by bundle, and the amounts paid in all runs by bundle and
// campaign. An amount that was taken back still counts.
type used struct {
	month    map[string]money.Amount
	campaign map[campaign]money.Amount
}

type campaign struct {
	Bundle string `db:"bundle"`
	Code   string `db:"campaign_code"`
}

func newUsed() *used { return &used{map[string]money.Amount{}, map[campaign]money.Amount{}} }

func campaignOf(c *Client) campaign { return campaign{c.Bundle, c.CampaignCode} }

// usedOf returns the amounts by which the caps of the clients' bundles are used.
// The queries use primary keys.
func usedOf(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day, clients []*Client) (*used, error) {
	u := newUsed()
	for _, c := range clients {
		u.add(c, 0)
	}
	months, err := db.All[monthRow](ctx, q, `SELECT `+monthTable.Of("")+` FROM cpa_months WHERE partner_id = $1 AND paid_day = $2 AND bundle @any($3)`,
		partnerID, int64(day), slices.Collect(maps.Keys(u.month)))
	if err != nil {
		return nil, err
	}
	for _, row := range months {
		u.month[row.Bundle] = row.USD
	}
	campaigns, err := db.All[campaignRow](ctx, q, `SELECT `+campaignTable.Of("c")+` FROM @rows($2) CROSS JOIN cpa_campaigns c
		WHERE c.partner_id = $1 AND c.bundle = k.value->>0 AND c.campaign_code = k.value->>1`, partnerID,
		db.JSONRows(slices.Collect(maps.Keys(u.campaign)), func(of campaign) []any { return []any{of.Bundle, of.Code} }))
	for _, row := range campaigns {
		u.campaign[row.campaign] = row.USD
	}
	return u, err
}

// save stores the sums of a partner's run, except for sums of zero.
func (u *used) save(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day) error {
	var months []monthRow
	for bundle, usd := range u.month {
		if usd != 0 {
			months = append(months, monthRow{partnerID, day, bundle, usd})
		}
	}
	if err := monthTable.InsertOn(ctx, q, monthTable.Replacing("partner_id, paid_day, bundle"), months...); err != nil {
		return err
	}
	var campaigns []campaignRow
	for of, usd := range u.campaign {
		if usd != 0 {
			campaigns = append(campaigns, campaignRow{partnerID, of, usd})
		}
	}
	return campaignTable.InsertOn(ctx, q, campaignTable.Replacing("partner_id, bundle, campaign_code"), campaigns...)
}

func (u *used) add(c *Client, usd money.Amount) {
	u.month[c.Bundle] += usd
	u.campaign[campaignOf(c)] += usd
}

// limit returns the part of the client's amount that the caps allow, and the cap
// that reduced it. If both caps reduce it, it returns the cap that allows less.
func (u *used) limit(c *Client, terms *reward.CPA) (usd money.Amount, limitedBy string) {
	usd = c.EarnsUSD
	for _, limit := range []struct {
		by   string
		most *money.Amount
		used money.Amount
	}{
		{CappedByMonth, terms.CapPerMonthUSD, u.month[c.Bundle]},
		{CappedByCampaign, terms.CapPerCampaignUSD, u.campaign[campaignOf(c)]},
	} {
		if limit.most == nil {
			continue
		}
		if left := max(0, *limit.most-limit.used); left < usd {
			usd, limitedBy = left, limit.by
		}
	}
	return usd, limitedBy
}
