package campaign

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Store stores campaigns, link domains and landing pages. Its methods return
// ErrUnknown if the campaign, domain or page does not exist.
type Store struct{ db db.DB }

// NewStore returns a Store on db.
func NewStore(db db.DB) Store { return Store{db} }

func unknownCampaign(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return ErrUnknown
	}
	return err
}

// Traffic returns a partner's default link code and programme. It returns
// ErrUnknown if the partner has no default code.
func (s Store) Traffic(ctx context.Context, partnerID id.UUID) (t Traffic, err error) {
	err = s.db.QueryRow(ctx, `SELECT k.link_code, p.programme FROM partners p JOIN partner_links k ON k.partner_id = p.partner_id AND k.is_default
		WHERE p.partner_id = $1 LIMIT 1`, partnerID).Scan(&t.Code, &t.Programme)
	return t, unknownCampaign(err)
}

type linkRow struct {
	Link

	Tags string `db:"tags"` // separated by commas
}

func (r linkRow) link() (Link, error) {
	if r.Tags != "" {
		r.Link.Tags = strings.Split(r.Tags, ",")
	}
	return r.Link, nil
}

var (
	campaigns = db.NewTable[Campaign]("campaigns")
	linkTable = db.NewTable[linkRow]("campaign_links")
	costTable = db.NewTable[Cost]("campaign_costs")
)

var campaignOrders = map[string]string{"title": "c.title", "created": "c.created_at", "archived": "c.archived", "campaign_code": "c.campaign_code"}

// Campaigns returns one page of a partner's campaigns with their links, and how
// many campaigns match f. The newest campaign comes first, unless f.Page says
// otherwise. The query reads all of the partner's campaigns by primary key, at
// most MaxCampaigns rows, and finds the links by the index
// campaign_links_campaign.
func (s Store) Campaigns(ctx context.Context, partnerID id.UUID, f Filter) (list []Campaign, count int64, err error) {
	where, args := `c.partner_id = $1`, []any{partnerID}
	if f.Archived != nil {
		args = append(args, *f.Archived)
		where += ` AND c.archived = $2`
	}
	if f.Search != "" {
		args = append(args, "%"+likeEscaper.Replace(strings.ToLower(f.Search))+"%")
		place := "$" + strconv.Itoa(len(args))
		where += ` AND (lower(c.title) LIKE ` + place + ` ESCAPE '\' OR c.campaign_code LIKE ` + place + ` ESCAPE '\')`
	}
	order := ""
	for _, o := range f.Page.Order {
		order += campaignOrders[o.Field]
		if o.Descending {
			order += " DESC"
		}
		order += ", "
	}
	if order == "" {
		order = "c.created_at DESC, "
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM campaigns c WHERE `+where, args...).Scan(&count); err != nil {
			return err
		}
		list, err = db.All[Campaign](ctx, q, `SELECT `+campaigns.Of("c")+` FROM campaigns c WHERE `+where+` ORDER BY `+order+`c.campaign_code`+limitClause(f.Page.Limit, f.Page.Offset), args...)
		if err != nil || len(list) == 0 {
			return err
		}
		return withLinks(ctx, q, partnerID, list)
	})
	return list, count, err
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func withLinks(ctx context.Context, q db.Querier, partnerID id.UUID, list []Campaign) error {
	at, codes := map[string]int{}, make([]string, len(list))
	for i := range list {
		at[list[i].Code], codes[i] = i, list[i].Code
	}
	links, err := db.AllAs(ctx, q, linkRow.link, `SELECT `+linkTable.Of("")+` FROM campaign_links
		WHERE partner_id = $1 AND campaign_code @any($2) ORDER BY link_id`, partnerID, codes)
	for _, l := range links {
		c := &list[at[l.CampaignCode]]
		c.Links = append(c.Links, l)
	}
	return err
}

func oneCampaign(ctx context.Context, q db.Querier, partnerID id.UUID, code string) (Campaign, error) {
	c, err := db.OneOr[Campaign](ctx, q, ErrUnknown, `SELECT `+campaigns.Of("c")+` FROM campaigns c WHERE c.partner_id = $1 AND c.campaign_code = $2`, partnerID, code)
	if err != nil {
		return c, err
	}
	list := []Campaign{c}
	err = withLinks(ctx, q, partnerID, list)
	return list[0], err
}

// Campaign returns a partner's campaign, or ErrUnknown if there is no such
// campaign.
func (s Store) Campaign(ctx context.Context, partnerID id.UUID, code string) (c Campaign, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		c, err = oneCampaign(ctx, q, partnerID, code)
		return err
	})
	return c, err
}

// AddCampaign stores a new campaign. It returns ErrTooMany if the partner
// already has maxCampaigns campaigns, and ErrCodeTaken if another campaign has
// the code.
func (s Store) AddCampaign(ctx context.Context, c *Campaign, maxCampaigns int) error {
	return s.db.Lock(ctx, db.Partners(c.PartnerID), func(ctx context.Context, q db.Querier) error {
		var count, taken int
		err := q.QueryRow(ctx, `SELECT (SELECT count(*) FROM campaigns WHERE partner_id = $1), (SELECT count(*) FROM campaign_codes WHERE campaign_code = $2)`,
			c.PartnerID, c.Code).Scan(&count, &taken)
		switch {
		case err != nil:
			return err
		case taken > 0:
			return ErrCodeTaken
		case count >= maxCampaigns:
			return ErrTooMany
		}
		if _, err := q.Exec(ctx, `INSERT INTO campaign_codes (campaign_code, partner_id) VALUES ($1, $2)`, c.Code, c.PartnerID); err != nil {
			return err
		}
		return campaigns.Insert(ctx, q, *c)
	})
}

// UpdateCampaign locks a campaign, calls changeCampaign with it, and stores the
// result. It returns ErrUnknown if there is no such campaign.
func (s Store) UpdateCampaign(ctx context.Context, partnerID id.UUID, code string, changeCampaign func(*Campaign) error) (c Campaign, err error) {
	err = s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		if c, err = oneCampaign(ctx, q, partnerID, code); err != nil {
			return err
		}
		if err := changeCampaign(&c); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `UPDATE campaigns SET title = $3, description = $4, archived = $5 WHERE partner_id = $1 AND campaign_code = $2`,
			partnerID, code, c.Title, c.Description, c.Archived)
		return err
	})
	return c, err
}

// AddLink locks a campaign and calls checkCampaign with it. Then it stores a
// new link and sets the link's number. It returns ErrTooMany if the campaign
// already has maxLinks links.
func (s Store) AddLink(ctx context.Context, l *Link, maxLinks int, checkCampaign func(*Campaign) error) error {
	return s.db.Lock(ctx, db.Partners(l.PartnerID), func(ctx context.Context, q db.Querier) error {
		c, err := oneCampaign(ctx, q, l.PartnerID, l.CampaignCode)
		if err != nil {
			return err
		}
		if err := checkCampaign(&c); err != nil {
			return err
		}
		if len(c.Links) >= maxLinks {
			return ErrTooMany
		}
		if l.ID, err = partner.TakeNumbers(ctx, q, l.PartnerID, 1); err != nil {
			return err
		}
		return linkTable.Insert(ctx, q, linkRow{*l, strings.Join(l.Tags, ",")})
	})
}

// Costs returns a campaign's costs, the newest day first.
func (s Store) Costs(ctx context.Context, partnerID id.UUID, code string, from, to clock.Day) ([]Cost, error) {
	return db.All[Cost](ctx, s.db, `SELECT `+costTable.Of("")+` FROM campaign_costs
		WHERE partner_id = $1 AND campaign_code = $2 AND day BETWEEN $3 AND $4 ORDER BY day DESC`, partnerID, code, int64(from), int64(to))
}

// SetCosts locks a campaign and calls checkCampaign with it. Then it replaces the
// costs on the given days. An amount of 0 without a comment removes the cost.
func (s Store) SetCosts(ctx context.Context, partnerID id.UUID, code string, costs []Cost, checkCampaign func(*Campaign) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		c, err := oneCampaign(ctx, q, partnerID, code)
		if err != nil {
			return err
		}
		if err := checkCampaign(&c); err != nil {
			return err
		}
		for _, cost := range costs {
			if cost.AmountUSD == 0 && cost.Comment == "" {
				_, err = q.Exec(ctx, `DELETE FROM campaign_costs WHERE partner_id = $1 AND campaign_code = $2 AND day = $3`, partnerID, code, int64(cost.Day))
			} else {
				cost.PartnerID, cost.CampaignCode = partnerID, code
				err = costTable.InsertOn(ctx, q, costTable.Replacing("partner_id, campaign_code, day"), cost)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func limitClause(limit, offset int) string {
	return " LIMIT " + strconv.Itoa(limit) + " OFFSET " + strconv.Itoa(offset)
}
