package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/rebate"
)

const tagRebates = "Rebates"

// rebateTies has, for each existing group and link code, the periods in which
// accounts that were opened with the code joined the group. There are few rows,
// one for each change to a group with a code. The query uses a prefix of the
// primary key.
const rebateTies = `(SELECT s.group_id, s.link_code, s.from_at, s.to_at FROM
 (SELECT e.group_id, e.link_code, e.from_at, coalesce(lead(e.from_at) OVER (PARTITION BY e.group_id ORDER BY e.from_at), 9223372036854775807) AS to_at
 FROM rebate_group_terms e WHERE e.partner_id = $1) s CROSS JOIN rebate_groups l
 WHERE s.link_code <> '' AND l.partner_id = $1 AND l.group_id = s.group_id AND l.deleted_at IS NULL)`

// defaultGroup is the id of the partner's default group, or null if there is
// none.
const defaultGroup = `(SELECT max(d.group_id) FROM rebate_groups d WHERE d.partner_id = $1 AND d.is_default AND d.deleted_at IS NULL)`

// groupOfAccount is the group of the account a, by the rule of rebate.InForce:
// the account's own group, otherwise the group to which its link belonged when
// the account was opened, otherwise the default group. groupedBy finds the
// account's settings by primary key, and the rows of rebateTies by an index
// that the database builds for the statement.
const (
	groupOfAccount = `coalesce(r.group_id, k.group_id, ` + defaultGroup + `)`
	groupedBy      = ` LEFT JOIN rebate_accounts r ON r.partner_id = a.partner_id AND r.client_account = a.client_account
 LEFT JOIN ` + rebateTies + ` k ON r.group_id IS NULL AND k.link_code = a.link_code AND k.from_at <= a.opened_at AND k.to_at > a.opened_at`
	rebateMembers = `(SELECT a.partner_id, a.client_account, ` + groupOfAccount + ` AS group_id FROM accounts a` + groupedBy + ` WHERE a.partner_id = $1)`
)

// members has the number of the partner's accounts, and of those that are in a
// group. If there is a default group, every account is in a group. Otherwise the
// statement reads each account.
const members = `(SELECT n.partner_id, n.accounts, CASE WHEN ` + defaultGroup + ` IS NOT NULL THEN n.accounts
 ELSE (SELECT count(m.group_id) FROM ` + rebateMembers + ` m) END AS grouped
 FROM (SELECT p.partner_id, (SELECT count(*) FROM accounts a WHERE a.partner_id = $1) AS accounts FROM partners p WHERE p.partner_id = $1) n)`

// liveGroups has the groups that occur in a list of filter values.
var liveGroups = Source{Table: "rebate_groups", Key: []string{"group_id"}, Where: "t.deleted_at IS NULL"}

// groupsSource has a row for each group, with the number of accounts in the
// group. It reads all of the partner's accounts once.
var groupsSource = Source{
	Table: `(SELECT g.partner_id, g.group_id, g.title, g.group_type, g.percent_e4, g.period, g.period_value, g.is_default, g.link_code, g.created_at,
 coalesce(m.accounts, 0) AS accounts FROM rebate_groups g
 LEFT JOIN (SELECT b.group_id, count(*) AS accounts FROM ` + rebateMembers + ` b GROUP BY b.group_id) m ON m.group_id = g.group_id
 WHERE g.partner_id = $1 AND g.deleted_at IS NULL)`,
	Key: []string{"group_id"},
}

// rebatePercent is the format of a percent, a JSON number such as 12.5.
var rebatePercent = Format{kind: kindDecimal, scale: money.PercentPlaces, places: 2}

var rebateGroupColumns = []Column{
	{Name: "id", Format: Integer, SQL: "t.group_id", About: "Id of the group."},
	{Name: "partner_uid", Format: UUID, SQL: "t.partner_id"},
	{Name: "group_title", Format: Text, SQL: "t.title", Order: true},
	{Name: "group_type", Format: Text, SQL: "t.group_type", Values: &liveGroups, Filter: true, Order: true, About: "AUTO: rebates are paid when their period closes. MANUAL: they wait for the partner's approval with a code."},
	{
		Name: "clients_count", Format: Integer, SQL: "t.accounts", Order: true,
		About: "Number of client accounts in the group: those that were put into it, those that came through its link, and for the default group those that belong to no other group.",
	},
	{Name: "rebate_percent", Format: rebatePercent, SQL: "t.percent_e4", Order: true, About: "Percent of the reward that is paid as a rebate."},
	{Name: "created", Format: DateTime, SQL: "t.created_at", Order: true, About: "When the group was created."},
	{Name: "is_default", Format: Boolean, SQL: "t.is_default"},
	{Name: "rebate_size", Format: Range, Partner: rebateSize, About: "Smallest and largest percent that can be set."},
	{Name: "rebate_period", Format: Text, SQL: "t.period", Values: &liveGroups, Filter: true, Order: true, About: "How long rewards are collected before a rebate is due: DAILY, WEEKLY or MONTHLY."},
	{
		Name: "rebate_period_value", Format: Integer, SQL: "t.period_value",
		About: "Day on which periods begin: 1 (Monday) to 7 for WEEKLY, 1 to 28 for MONTHLY, 0 for DAILY.",
	},
	{Name: "rebate_period_start", Format: Date, Day: func(r *Row) clock.Day { first, _ := periodOf(r); return first }, About: "First day of the current period."},
	{Name: "rebate_period_end", Format: Date, Day: func(r *Row) clock.Day { _, last := periodOf(r); return last }, About: "Last day of the current period."},
	{
		Name: "link_code", Format: Text, SQL: "NULLIF(t.link_code, '')", Values: &liveGroups, Nullable: true, Filter: true, Order: true,
		About: "Link code whose new accounts join the group. Null when there is none.",
	},
	{Name: "group_id", Format: Integer, SQL: "t.group_id", Values: &liveGroups, Filter: true, Hidden: true, About: "Id of the group."},
}

func periodOf(r *Row) (first, last clock.Day) {
	s := rebate.Schedule{Period: rebate.Period(r.Text("rebate_period")), Value: int(r.Int("rebate_period_value"))}
	return s.At(r.Today())
}

var rebateGroups = Definition{
	ID: "rebate_groups", Path: "/api/v2/autorebates/groups/", Title: "Rebate groups", Tag: tagRebates,
	Description: "Lists the partner's rebate groups, newest first. A group sets the percent that its client accounts get, the length of its periods, and whether rebates are paid automatically or after approval.",
	Source:      groupsSource,
	Rollups: []Rollup{{
		Table: `(SELECT c.partner_id, c.grouped, (SELECT count(*) FROM rebate_groups g WHERE g.partner_id = $1 AND g.deleted_at IS NULL) AS live FROM ` + members + ` c)`,
		Count: sum("t.live"), SQL: map[string]string{"clients": sum("t.grouped")},
	}},
	Order:   []page.Order{{Field: "created", Descending: true}},
	Columns: rebateGroupColumns,
	Totals:  []Total{{Name: "clients", Format: Integer, SQL: sum("t.accounts"), About: "Number of client accounts in these groups."}},
	Few:     true,
}

var rebateGroup = Definition{
	ID: "rebate_group", Path: "/api/v2/autorebates/groups/{group_id}/", Title: "Rebate group", Tag: tagRebates,
	Description: "Returns one of the partner's rebate groups, with the same fields as in the list.",
	Source:      groupsSource,
	Columns:     stripFilters(rebateGroupColumns),
	Single:      true,
	Few:         true,
}

// stripFilters removes filters and orders from the columns of a report that has
// a single row.
func stripFilters(columns []Column) []Column {
	all := slices.Clone(columns)
	for i := range all {
		all[i].Filter, all[i].Order = false, false
	}
	return all
}
