package report

import (
	"context"
	"fmt"
	"net/url"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// percentInForce is the current percent of the account a. withGroup joins the
// account's group as g.
const (
	percentInForce = `CASE WHEN substr(a.account_type, 1, 6) = 'Social' OR g.group_id IS NULL THEN 0 ELSE coalesce(r.percent_e4, g.percent_e4) END`
	withGroup      = ` LEFT JOIN rebate_groups g ON g.partner_id = a.partner_id AND g.group_id = ` + groupOfAccount
)

// The lists of filter values are read from these tables, which are smaller than the
// report's own source.
var (
	ownAccounts     = Source{Table: "accounts", Key: []string{"client_account"}}
	ownDestinations = Source{Table: "rebate_accounts", Key: []string{"client_account"}, Where: "t.destination <> ''"}
)

// anyMember is the group of the partner's first account.
const anyMember = `(SELECT m.group_id FROM ` + rebateMembers + ` m ORDER BY m.client_account LIMIT 1)`

// rebateClients has a row for each client account.
//
// The default page reads the index accounts_opened, and reads other tables only
// for the rows of the page. This is also true if the request filters by
// properties of accounts. Totals without filters count index entries. They read
// every account only if there is no default group, or if all accounts are in
// the same group. A request that filters or sorts by a column of the group
// reads all of the partner's accounts once, and the settings of each account by
// primary key.
var rebateClients = Definition{
	ID: "rebate_clients", Path: "/api/v2/autorebates/clients/", Title: "Accounts and their rebates", Tag: tagRebates,
	Description: "Lists the client accounts of the partner with their rebate groups, their percents and the rebates paid so far.\n\nAn account belongs to the group that it was assigned to. Otherwise it belongs to the group that its link was tied to when the account was opened, and if there is no such group, to the default group. An own percent of an account overrides the percent of its group. Social accounts get no rebates.",
	Source: Source{
		Table: `(SELECT a.partner_id, a.client_account, a.number, a.client_uid, a.country, a.account_type, a.link_code, a.opened_day,
 a.volume_lots_e8, a.volume_usd_e4, a.reward_e6, a.reward_usd_e6, ` + groupOfAccount + ` AS group_id, g.title, g.percent_e4 AS group_percent_e4, ` + percentInForce + ` AS percent_e4,
 coalesce(r.destination, '') AS destination, coalesce(r.paid_e6, 0) AS paid_e6, coalesce(r.paid_usd_e6, 0) AS paid_usd_e6
 FROM accounts a` + groupedBy + withGroup + `)`,
		Key: []string{"client_account"},
	},
	Rollups: []Rollup{{
		Table: `(SELECT c.partner_id, c.accounts, c.grouped, (SELECT g.title FROM rebate_groups g WHERE g.partner_id = $1 AND g.group_id = ` + anyMember + `
 AND NOT EXISTS (SELECT 1 FROM ` + rebateMembers + ` m WHERE m.group_id IS DISTINCT FROM g.group_id)) AS title FROM ` + members + ` c)`,
		Count: sum("t.accounts"),
		SQL:   map[string]string{"group_title": "coalesce(max(t.title), '')", "assign_clients_count": sum("t.grouped")},
	}},
	Order: []page.Order{{Field: "reg_date", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.number", Order: true},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Values: &ownAccounts, Filter: true, Order: true},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true, Order: true},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Values: &ownAccounts, Filter: true, Order: true},
		{Name: "group_id", Format: Integer, SQL: "t.group_id", Values: &liveGroups, Nullable: true, Filter: true, Order: true, About: "Id of the group that the account belongs to. Null when it belongs to none."},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_usd", Format: exactDecimal(4), SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward", Format: MoneyNumber, SQL: "t.reward_e6", Order: true},
		{Name: "reward_usd", Format: MoneyNumber, SQL: "t.reward_usd_e6", Order: true},
		{Name: "processed_rebate", Format: MoneyNumber, SQL: "t.paid_e6", Order: true, About: "Rebates paid so far, in the currency of the partner account."},
		{Name: "processed_rebate_usd", Format: MoneyNumber, SQL: "t.paid_usd_e6", Order: true},
		{Name: "rebate_percent", Format: rebatePercent, SQL: "t.percent_e4", Order: true, About: "Percent in force: the account's own, otherwise that of its group. 0 without either."},
		{Name: "rebate_group_percent", Format: rebatePercent, SQL: "t.group_percent_e4", Nullable: true, Order: true, About: "Percent of the account's group. Null without a group."},
		{Name: "group_title", Format: Text, SQL: "t.title", Nullable: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Values: &ownAccounts, Case: anyCase, Filter: true, Order: true},
		{Name: "country", Format: Text, SQL: "t.country", Values: &ownAccounts, Case: upperCase, Filter: true, Order: true},
		{Name: "partner_currency", Format: Text, Partner: partnerCurrency, Order: true},
		{Name: "partner_code", Format: Text, SQL: "t.link_code", Values: &ownAccounts, Filter: true, Order: true},
		{Name: "reg_date", Format: Date, SQL: "t.opened_day", Order: true},
		{
			Name: "destination_client_account", Format: Digits, SQL: "NULLIF(t.destination, '')", Values: &ownDestinations, Nullable: true, Filter: true, Order: true,
			About: "Number of the account that the rebates are paid to. Null when they are paid to this account.",
		},
		{Name: "rebate_size", Format: Range, Partner: rebateSize, Order: true, About: "Smallest and largest percent that can be set."},
		{Name: "date", Format: Date, SQL: "t.opened_day", Values: &ownAccounts, Filter: true, Hidden: true, About: "Day on which the account was opened. The same as reg_date."},
	},
	Totals: []Total{
		{
			Name: "group_title", Format: Text, About: "Title of the group, when all these accounts belong to one. Otherwise empty.",
			SQL: `CASE WHEN count(t.group_id) = count(*) AND min(t.group_id) = max(t.group_id) THEN max(t.title) ELSE '' END`,
		},
		{Name: "assign_clients_count", Format: Integer, SQL: "count(t.group_id)", About: "Number of these accounts that belong to a group."},
	},
}

// RebateAccounts returns the client accounts that match filters of the list of
// accounts, in the list's order. It returns ValidationError if a filter is not
// valid.
func (s *Service) RebateAccounts(ctx context.Context, partnerID id.UUID, filters url.Values) ([]string, error) {
	params := page.NewQuery(filters)
	conditions := readFilters(&rebateClients, params)
	if err := params.Err(); err != nil {
		return nil, err
	}
	found := []string{}
	err := s.snapshot(ctx, &rebateClients, partnerID, func(ctx context.Context, r *run) error {
		b, source := r.builder(), &rebateClients.Source
		selected := b.statement("SELECT t.client_account", b.fromClause(source, conditions), b.whereClause(source.Where, conditions), " ORDER BY t.client_account")
		rows, err := r.store.Query(ctx, selected.text, selected.args...)
		if err != nil {
			return fmt.Errorf("listing the accounts for report %s: %w", rebateClients.ID, err)
		}
		defer rows.Close()
		for rows.Next() {
			var number string
			if err := rows.Scan(&number); err != nil {
				return fmt.Errorf("listing the accounts for report %s: %w", rebateClients.ID, err)
			}
			found = append(found, number)
		}
		return rows.Err()
	})
	return found, err
}
