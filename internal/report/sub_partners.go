package report

import (
	"strings"

	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
)

// partnersBelow has a row for each partner below the partner who makes the request.
// Each row has figures of another partner. So the source lists its columns, and
// leaves out the earnings of that partner.
//
// The query follows the index partners_parent downwards, and finds the sums of
// each partner by primary key. Its cost depends on the number of partners
// below, and not on the number of their clients or orders. partner.Settle keeps
// cycles out of the tree. A former sub-partner, who has another parent now, has the
// depth 0, so that the sums of all rows equal the overrides in the owner's wallet.
var partnersBelow = Source{
	Table: `(WITH RECURSIVE tree AS (
 SELECT c.parent_id AS owner_id, c.partner_id AS member_id, CAST(1 AS BIGINT) AS depth FROM partners c WHERE @mine(c.parent_id)
 UNION ALL SELECT g.owner_id, c.partner_id, g.depth + 1 FROM tree g CROSS JOIN partners c WHERE c.parent_id = g.member_id)
 SELECT g.owner_id AS partner_id, g.member_id, g.depth, CASE WHEN g.depth = 0 THEN g.owner_id ELSE m.parent_id END AS parent_id, m.country, m.registered_at,
 coalesce(s.clients_active + s.clients_inactive + s.clients_changing + s.clients_left, 0) AS clients, coalesce(s.clients_active, 0) AS clients_active,
 coalesce(s.volume_lots_e8, 0) AS volume_lots_e8, coalesce(s.volume_usd_e4, 0) AS volume_usd_e4, coalesce(o.override_usd_e6, 0) AS override_usd_e6
 FROM (SELECT owner_id, member_id, depth FROM tree UNION ALL SELECT e.partner_id, e.sub_partner_id, CAST(0 AS BIGINT) FROM sub_partner_totals e
  WHERE @mine(e.partner_id) AND e.override_usd_e6 <> 0 AND NOT EXISTS (SELECT 1 FROM tree k WHERE k.owner_id = e.partner_id AND k.member_id = e.sub_partner_id)) g
 CROSS JOIN partners m LEFT JOIN partner_totals s ON s.partner_id = m.partner_id AND g.depth > 0
 LEFT JOIN sub_partner_totals o ON o.partner_id = g.owner_id AND o.sub_partner_id = g.member_id
 WHERE m.partner_id = g.member_id)`,
	Key: []string{"member_id"},
}

// lastLevel is the level that was last set for a sub-partner.
const lastLevel = `coalesce((SELECT l.level FROM partner_levels l WHERE l.partner_id = t.member_id AND l.from_day <= CAST(@today AS BIGINT) ORDER BY l.from_day DESC LIMIT 1), '')`

// levelOfMember returns SQL for the level by which a sub-partner is paid today, by
// the rule of Plan.Level: the level that was last set if the plan in force has it,
// otherwise the plan's first level. The built-in plan is not stored. The caller
// passes SQL for the list of levels of a plan p, and SQL for the name of the level
// in an element v.value of this list.
func levelOfMember(list, level string) string {
	names := make([]string, 0, len(reward.Default().Levels))
	for _, l := range reward.Default().Levels {
		names = append(names, "'"+l.Name+"'")
	}
	//nolint:dupword // two calls of coalesce
	return `coalesce((SELECT coalesce((SELECT ` + level + ` FROM ` + list + ` v WHERE ` + level + ` = ` + lastLevel + `), (SELECT ` + level + ` FROM ` + list + ` v LIMIT 1))
 FROM plans p WHERE p.from_at <= CAST(@now AS BIGINT) ORDER BY p.from_at DESC, p.created_at DESC LIMIT 1),
 CASE WHEN ` + lastLevel + ` IN (` + strings.Join(names, ", ") + `) THEN ` + lastLevel + ` ELSE ` + names[0] + ` END)`
}

// ofChild returns the SQL for a value that the caller sees only for partners
// directly below the caller. The data of partners further down is only for their
// own parents.
func ofChild(sql string) string { return "CASE WHEN t.depth = 1 THEN " + sql + " END" }

// ofPresent returns the SQL for a text that is empty for a former sub-partner.
func ofPresent(sql string) string { return "CASE WHEN t.depth = 0 THEN '' ELSE " + sql + " END" }

// subPartners has a row for each partner below the caller. The sum of its
// overrides is the sum of all overrides in the caller's wallet.
var subPartners = Definition{
	ID: "sub_partners", Path: "/api/reports/sub_partners/", Broker: "sub_partners/", Title: "Sub-partners",
	Description: "Lists the partners below the caller: those whom the caller brought, those whom they brought, and so on, and former ones. `override_usd` is what the caller earned from the orders of the clients of this sub-partner. The sum over all sub-partners equals the overrides in the caller's wallet.",
	Source:      partnersBelow,
	Few:         true,
	Order:       []page.Order{{Field: "registered_at", Descending: true}},
	Columns: []Column{
		{Name: "partner", Format: UUID, SQL: "t.member_id", Whole: true, Filter: true, Order: true, About: "Id of the sub-partner."},
		{Name: "parent", Format: UUID, SQL: "t.parent_id", Whole: true, Filter: true, About: "Id of the partner directly above the sub-partner. For a former sub-partner, the caller's id."},
		{Name: "depth", Format: Integer, SQL: "t.depth", Filter: true, Order: true, About: "Number of steps below the caller: 1 for a partner whom the caller brought. 0 for a former sub-partner, who is no longer below the caller. Its row has only what the caller earned from it."},
		{
			Name: "link_code", Format: Text, Nullable: true, About: "Default link code of the sub-partner. Null when it has none, and at a depth other than 1.",
			SQL: ofChild("(SELECT k.link_code FROM partner_links k WHERE k.partner_id = t.member_id AND k.is_default LIMIT 1)"),
		},
		{
			Name: "country", Format: Text, Nullable: true, SQL: ofChild("t.country"), Case: upperCase, Filter: true, Order: true,
			About: "Country of the sub-partner, ISO 3166 alpha-2. Null at a depth other than 1.",
		},
		{Name: "registered_at", Format: DateTime, SQL: "t.registered_at", Order: true, About: "When the sub-partner registered."},
		{
			Name: "level", Format: Text, About: "Level by which the sub-partner is paid today. If its level is no longer in the plan, this is the plan's first level.",
			SQL:      ofPresent(levelOfMember("json_each(p.body, '$.levels')", "json_extract(v.value, '$.name')")),
			Postgres: ofPresent(levelOfMember("json_array_elements(CAST(p.body AS json)->'levels')", "v.value->>'name'")),
		},
		{Name: "clients", Format: Integer, SQL: "t.clients", Order: true, About: "Number of the sub-partner's own clients."},
		{Name: "active_clients", Format: Integer, SQL: "t.clients_active", Order: true, About: "Number of these clients whose status is ACTIVE."},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "override_usd", Format: Money, SQL: "t.override_usd_e6", Order: true, About: "What the caller earned from the orders of the sub-partner's clients, in USD."},
	},
	Totals: []Total{
		{Name: "clients", Format: Integer, SQL: sum("t.clients"), About: "Number of clients of these sub-partners."},
		{Name: "active_clients", Format: Integer, SQL: sum("t.clients_active"), About: "Number of these clients whose status is ACTIVE."},
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "override_usd", Format: Money, SQL: sum("t.override_usd_e6"), About: "What the caller earned from these sub-partners, in USD."},
	},
}
