package performance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// performanceValues has, for each dimension, a query for the values that are
// not from clicks. Each query reads the partner's rows by a prefix of the
// primary key.
var performanceValues = map[click.Dimension]string{
	click.ByCampaign: `SELECT campaign_code AS v FROM campaigns WHERE partner_id = $1 UNION SELECT campaign_code FROM client_sources WHERE partner_id = $1`,
	click.ByLink:     `SELECT CAST(link_id AS text) AS v FROM campaign_links WHERE partner_id = $1`,
	click.ByTag:      `SELECT tags AS v FROM campaign_links WHERE partner_id = $1 UNION SELECT tags FROM client_sources WHERE partner_id = $1`,
	click.BySubID:    `SELECT sub_id AS v FROM client_sources WHERE partner_id = $1`,
	click.ByCountry: `SELECT CASE WHEN s.clicked_at IS NULL THEN c.country ELSE s.country END AS v FROM clients c
		JOIN client_sources s ON s.partner_id = c.partner_id AND s.client_uid = c.client_uid WHERE c.partner_id = $1`,
	click.ByPlatform: `SELECT platform AS v FROM client_sources WHERE partner_id = $1`,
}

// mostTags is the maximum number of combinations of tags that Values reads.
const mostTags = 10_000

// Values implements Store. It reads the clicks from a range of the primary key
// of click_hours.
func (s SQLStore) Values(ctx context.Context, partnerID id.UUID, by click.Dimension, since clock.Day, search string, limit int) ([]string, error) {
	from, known := performanceValues[by]
	if !known {
		return nil, fmt.Errorf("the report has no filter %q", by)
	}
	if by == click.ByTag {
		limit = mostTags
	}
	found, err := someValues(ctx, s.db, from, search, limit, []any{partnerID})
	if err != nil {
		return nil, err
	}
	clicked, err := someValues(ctx, s.clicks, "SELECT CAST("+click.Dimensions[by].Column+" AS text) AS v FROM click_hours WHERE partner_id = $1 AND hour >= $2 AND clicks > 0",
		search, limit, []any{partnerID, int64(since) * 24})
	if err != nil {
		return nil, err
	}
	found = append(found, clicked...)
	switch by {
	case click.ByTag:
		var tags []string
		for _, value := range found {
			tags = append(tags, click.SplitTags(value)...)
		}
		return slices.DeleteFunc(tags, func(tag string) bool {
			return !strings.Contains(strings.ToLower(tag), strings.ToLower(search))
		}), nil
	case click.ByLink:
		return slices.DeleteFunc(found, func(link string) bool { return link == "0" }), nil
	default:
		return found, nil
	}
}

func someValues(ctx context.Context, q db.Querier, from, search string, limit int, args []any) ([]string, error) {
	where, order := "", "v"
	if search != "" {
		args = append(args, search)
		where = fmt.Sprintf(" AND replace(lower(v), lower(CAST($%d AS text)), '') <> lower(v)", len(args))
	}
	if q.Engine() == db.Postgres {
		order = `v COLLATE "C"`
	}
	return db.Collect(ctx, q, func(rows db.Rows) (value string, err error) {
		err = rows.Scan(&value)
		return value, err
	}, "SELECT v FROM (SELECT DISTINCT v FROM ("+from+") t WHERE v <> ''"+where+") t ORDER BY "+order+" LIMIT "+strconv.Itoa(limit), args...)
}
