package performance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// SQLStore computes figures in SQL. It implements Store.
type SQLStore struct {
	db, clicks db.DB
	zone       *time.Location
}

// NewSQLStore returns a SQLStore. It reads clicks from their own database, and
// everything else from db. The zone is the programme's time zone.
func NewSQLStore(db, clicks db.DB, zone *time.Location) SQLStore {
	return SQLStore{db, clicks, zone}
}

// performanceSource is the SQL for some of the figures. The alias s is the
// client's source. $1 is the partner, $2 and $3 are the first and last day of
// the period, $4 is its first instant, and $5 is the instant after its last
// one.
type performanceSource struct {
	name    string
	from    string // FROM and WHERE clauses, without the filters
	day     string // SQL for the day of the counted event, if the source has no instant
	at      string // SQL for the instant at which the counted event happened
	country string // SQL for the country of a client without a click
	sums    string // SQL for the figures
	hour    string // SQL for the number of the hour, as click.HourOf returns it
	cost    bool   // whether the only dimensions of the rows are the campaign and times
	target  func(*Figures) []any
}

const sum64 = "CAST(coalesce(sum(%s), 0) AS bigint)"

// Each source reads a range of an index or of a primary key, so that it does
// not read rows from before the period.
var performanceSources = []performanceSource{
	{
		// The query reads a range of the index client_sources_registered, and each
		// client by its key.
		name: "registrations", at: "s.registered_at", country: "c.country", sums: "count(*), count(s.clicked_at)",
		from: `client_sources s CROSS JOIN clients c WHERE s.partner_id = $1 AND s.registered_at >= $4 AND s.registered_at < $5
			AND c.partner_id = s.partner_id AND c.client_uid = s.client_uid`,
		target: func(f *Figures) []any { return []any{&f.Registrations, &f.ByClick} },
	},
	{
		// The query reads a range of the index clients_verified, and each client's
		// source by its key.
		name: "verified clients", at: "c.verified_at", country: "c.country", sums: "count(*)",
		from: `clients c CROSS JOIN client_sources s WHERE c.partner_id = $1 AND c.verified_at >= $4 AND c.verified_at < $5
			AND s.partner_id = c.partner_id AND s.client_uid = c.client_uid`,
		target: func(f *Figures) []any { return []any{&f.KYCPassed} },
	},
	{
		// The query reads a range of the index clients_deposited, and each client's
		// source by its key.
		name: "first deposits", at: "c.first_deposit_at", country: "c.country", sums: "count(*)",
		from: `clients c CROSS JOIN client_sources s WHERE c.partner_id = $1 AND c.first_deposit_at >= $4 AND c.first_deposit_at < $5
			AND s.partner_id = c.partner_id AND s.client_uid = c.client_uid`,
		target: func(f *Figures) []any { return []any{&f.FTD} },
	},
	{
		// The query reads a range of the index clients_traded, and each client's
		// source by its key.
		name: "first trades", day: "c.first_trade_day", country: "c.country", sums: "count(*)",
		from: `clients c CROSS JOIN client_sources s WHERE c.partner_id = $1 AND c.first_trade_day BETWEEN $2 AND $3
			AND s.partner_id = c.partner_id AND s.client_uid = c.client_uid`,
		target: func(f *Figures) []any { return []any{&f.FTT} },
	},
	{
		// The query reads a range of the primary key of account_days, and each
		// client's source by its key. A client that came from another partner has no
		// source with this partner.
		name: "account days", day: "d.reward_day", country: "d.country",
		sums: `count(DISTINCT CASE WHEN d.orders_count > 0 THEN d.client_uid END), ` + fmt.Sprintf(sum64+", "+sum64+", "+sum64, "d.volume_lots_e8", "d.volume_usd_e4", "d.reward_usd_e6"),
		from: `account_days d LEFT JOIN client_sources s ON s.partner_id = d.partner_id AND s.client_uid = d.client_uid
			WHERE d.partner_id = $1 AND d.reward_day BETWEEN $2 AND $3`,
		target: func(f *Figures) []any { return []any{&f.ActiveClients, &f.Lots, &f.Volume, &f.Reward} },
	},
	{
		// The query reads a range of the index payouts_rebated without reading
		// the table payouts, and finds each rebate row, client and source by
		// its key.
		name: "rebates", at: "p.answered_at", country: "c.country", sums: fmt.Sprintf(sum64, "p.amount_usd_e6"),
		from: `payouts p JOIN rebate_rows w ON w.partner_id = p.partner_id AND w.row_id = p.subject_id
			LEFT JOIN clients c ON c.partner_id = w.partner_id AND c.client_uid = w.client_uid
			LEFT JOIN client_sources s ON s.partner_id = w.partner_id AND s.client_uid = w.client_uid
			WHERE p.partner_id = $1 AND p.kind = 'rebate' AND p.status = 'paid' AND p.answered_at >= $4 AND p.answered_at < $5`,
		target: func(f *Figures) []any { return []any{&f.Rebate} },
	},
	{
		// The query reads a range of the index campaign_costs_day.
		name: "costs", day: "k.day", cost: true, sums: fmt.Sprintf(sum64, "k.amount_usd_e6"),
		from:   `campaign_costs k WHERE k.partner_id = $1 AND k.day BETWEEN $2 AND $3`,
		target: func(f *Figures) []any { return []any{&f.Cost} },
	},
}

// clicksSource reads a range of the primary key of click_hours, in the store of
// clicks.
var clicksSource = performanceSource{
	name: "clicks", hour: "s.hour", sums: fmt.Sprintf(sum64+", "+sum64, "s.clicks", "s.uniques"),
	from:   `click_hours s WHERE s.partner_id = $1 AND s.hour BETWEEN CAST($2 AS bigint) * 24 AND CAST($3 AS bigint) * 24 + 23 AND s.clicks > 0`,
	target: func(f *Figures) []any { return []any{&f.Clicks, &f.UniqueClicks} },
}

// Figures implements Store. It runs one statement for each source. All
// statements except the one for clicks use the same snapshot.
func (s SQLStore) Figures(ctx context.Context, query Query) (groups []Group, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		groups = nil
		for i := range performanceSources {
			src := &performanceSources[i]
			found, err := s.figures(ctx, q, src, &query)
			if err != nil {
				return fmt.Errorf("%s: %w", src.name, err)
			}
			groups = append(groups, found...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	clicks, err := s.figures(ctx, s.clicks, &clicksSource, &query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clicksSource.name, err)
	}
	return append(groups, clicks...), nil
}

func (s SQLStore) figures(ctx context.Context, q db.Querier, src *performanceSource, query *Query) ([]Group, error) {
	args := []any{
		query.PartnerID, int64(query.From), int64(query.To), db.Micros(query.From.Start(s.zone)), db.Micros((query.To + 1).Start(s.zone)),
	}
	where, possible := src.compileFilters(query.Only, &args)
	if !possible {
		return nil, nil
	}
	var selected, grouped []string
	for _, by := range query.By {
		sql, none := src.column(by)
		if none {
			sql, none = src.timeColumn(by, query, s.zone)
		}
		if none {
			selected = append(selected, "''")
			continue
		}
		selected = append(selected, "CAST("+sql+" AS text)")
		grouped = append(grouped, sql)
	}
	text := "SELECT " + strings.Join(append(selected, src.sums), ", ") + " FROM " + src.from + where
	if len(grouped) > 0 {
		text += " GROUP BY " + strings.Join(grouped, ", ")
	}
	groups, err := db.Collect(ctx, q, func(rows db.Rows) (Group, error) {
		g := Group{Key: make([]string, len(query.By))}
		var targets []any
		for i := range g.Key {
			targets = append(targets, &g.Key[i])
		}
		err := rows.Scan(append(targets, src.target(&g.Figures)...)...)
		return g, err
	}, text+" LIMIT "+strconv.Itoa(MaxGroups+1), args...)
	if err != nil {
		return nil, err
	}
	if len(groups) > MaxGroups {
		return nil, ErrTooMany
	}
	return spellGroups(query.By, groups), nil
}

// spellGroups splits combined tags into groups of their own, and formats
// numbers as keys.
func spellGroups(by []click.Dimension, groups []Group) []Group {
	for i, d := range by {
		for j := range groups {
			value := &groups[j].Key[i]
			n, err := strconv.ParseInt(*value, 10, 64)
			switch {
			case err != nil:
			case d == click.ByLink && n == 0:
				*value = ""
			case d == click.ByDay:
				*value = clock.Day(n).String()
			case d == click.ByHour:
				*value = click.SpellHour(n)
			}
		}
	}
	tag := slices.Index(by, click.ByTag)
	if tag < 0 {
		return groups
	}
	var each []Group
	for _, g := range groups {
		for _, name := range click.SplitTags(g.Key[tag]) {
			one := g
			one.Key = slices.Clone(g.Key)
			one.Key[tag] = name
			each = append(each, one)
		}
	}
	return each
}
