package report

import (
	"strings"

	"github.com/tributary-server/tributary/internal/page"
)

const noteOfClient = `(SELECT c.comment FROM clients c WHERE c.partner_id = t.partner_id AND c.client_uid = t.client_uid)`

// emailOfClient returns a condition on a client's e-mail address. It uses the
// index clients_email.
func emailOfClient(b *builder, addresses []string) string { return b.anyText("t.email", addresses) }

// emailOfAccount returns a condition on the e-mail address of an account's
// client. It uses the indexes clients_email and accounts_client.
func emailOfAccount(b *builder, addresses []string) string {
	return b.within(&lookup{own: "t.client_uid", table: "clients e", key: "e.client_uid", partner: "e.partner_id"}, b.anyText("e.email", addresses))
}

// ofClients finds the accounts of clients.
var ofClients = &lookup{own: "t.client_account", table: "accounts a", key: "a.client_account", partner: "a.partner_id"}

// perAccount provides the totals over all accounts without reading the rows of
// the accounts. It counts entries of indexes, and reads the partner's sums.
var perAccount = Rollup{
	Table: `(SELECT p.partner_id, (SELECT count(*) FROM accounts a WHERE @same(a.partner_id, p.partner_id)) AS accounts,
 (SELECT count(DISTINCT a.client_uid) FROM accounts a WHERE @same(a.partner_id, p.partner_id)) AS account_clients,
 s.volume_lots_e8, s.volume_usd_e4, s.reward_e6, s.reward_usd_e6
 FROM partners p LEFT JOIN partner_totals s ON s.partner_id = p.partner_id)`,
	Count: sum("t.accounts"),
	SQL:   map[string]string{"client_uid_count": sum("t.account_clients"), "clients_count": sum("t.account_clients")},
}

// awaitsContact is true while the partner waits for a client's contact
// details: the partner asked within the last 30 days, and the client has not
// answered since. It uses the index clients_requested.
const awaitsContact = `t.contact_requested_at > CAST(@now AS BIGINT) - 2592000000000 AND t.contact_status <> 'GRANTED'
 AND t.contact_requested_at > coalesce(t.contact_answered_at, 0)`

const contactStatus = `CASE WHEN ` + awaitsContact + ` THEN 'PENDING' ELSE t.contact_status END`

var perClient = Rollup{
	Table: `(SELECT s.partner_id, s.clients_active + s.clients_inactive + s.clients_changing + s.clients_left AS clients,
 s.clients_left + (SELECT count(*) FROM clients c WHERE @same(c.partner_id, s.partner_id) AND c.contact_status = 'GRANTED' AND c.relation <> 'LEFT')
 + (SELECT count(*) FROM clients t WHERE @same(t.partner_id, s.partner_id) AND ` + awaitsContact + ` AND t.relation <> 'LEFT') AS unavailable,
 s.volume_lots_e8, s.volume_usd_e4, s.reward_e6, s.reward_usd_e6
 FROM partner_totals s)`,
	Count: sum("t.clients"),
	SQL:   map[string]string{"available_for_request": sum("t.clients - t.unavailable")},
}

// clientsV1 has a row for each trading account.
var clientsV1 = Definition{
	ID: "clients", Path: "/api/reports/clients/", Title: "Clients by account",
	Description: "Lists the trading accounts of the partner's clients, with the volume that each account has traded and the reward that the partner has earned from it so far.",
	Source:      Source{Table: "accounts", Key: []string{"client_account"}},
	Rollups:     []Rollup{perAccount},
	Email:       emailOfAccount,
	Limit:       1000,
	Order:       []page.Order{{Field: "reg_date", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: Integer, SQL: "t.number"},
		{Name: "partner_account", Format: Digits, Partner: partnerAccount, Filter: true},
		{Name: "partner_account_name", Format: Text, Partner: partnerAccountName},
		{Name: "client_uid", Format: ShortUID, SQL: "t.client_uid", Filter: true},
		{Name: "country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "currency", Format: Text, Partner: partnerCurrency, About: "Currency of the partner account."},
		{Name: "reg_date", Format: Date, SQL: "t.opened_day", Filter: true, Order: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "trade_fn", Format: Date, SQL: "t.last_trade_day", Nullable: true, Filter: true, Order: true},
		{Name: "reward", Format: Money, SQL: "t.reward_e6", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "comment", Format: Text, SQL: noteOfClient, Nullable: true},
		{Name: "client_account", Format: Digits, SQL: "t.client_account", Filter: true, Order: true},
		{Name: "client_account_type", Format: Text, SQL: "t.account_type", Case: anyCase, Filter: true, Order: true},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward", Format: Money, SQL: sum("t.reward_e6"), Own: true},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "currency", Format: Text, Partner: partnerCurrency},
		{Name: "client_uid_count", Format: Integer, SQL: distinct("t.client_uid")},
	},
}

const clientStatus = `CASE WHEN t.relation = 'LEFT' THEN 'LEFT' WHEN t.relation = 'CHANGING' THEN 'CHANGING'
 WHEN t.verified_at IS NOT NULL AND t.first_deposit_at IS NOT NULL AND t.first_trade_day IS NOT NULL THEN 'ACTIVE' ELSE 'INACTIVE' END`

// failedDeposits counts a client's failed deposits in the last 7 days. It runs
// only for the rows of one page, because it is slow.
const failedDeposits = `(SELECT count(*) FROM deposits d WHERE d.partner_id = t.partner_id AND d.client_uid = t.client_uid
 AND d.kind = 'failed' AND d.at > CAST(@now AS BIGINT) - 604800000000 AND d.at <= CAST(@now AS BIGINT))`

// clientsV2 has a row for each client.
var clientsV2 = Definition{
	ID: "clients_v2", Path: "/api/v2/reports/clients/", Broker: "clients/", Title: "Clients",
	Description: "Lists the partner's clients with their status, and with the volume that each client has traded and the reward that the partner has earned from the client so far.",
	Source:      Source{Table: "clients", Key: []string{"client_uid"}, AllIndex: "clients_day"},
	Order:       []page.Order{{Field: "reg_date", Descending: true}},
	Rollups:     []Rollup{perClient},
	Email:       emailOfClient,
	AllValues:   "client_uid",
	Columns: []Column{
		{Name: "partner_account", Format: Digits, Partner: partnerAccount},
		{Name: "client_uid", Format: UUID, SQL: "t.client_uid", Whole: true, Filter: true, Order: true, About: "Id of the client, a whole UUID."},
		{Name: "reg_date", Format: Date, SQL: "t.reg_day", Filter: true, Order: true, About: "Day on which the client registered."},
		{Name: "client_country", Format: Text, SQL: "t.country", Case: upperCase, Filter: true, Order: true},
		{Name: "volume_lots", Format: Lots, SQL: "t.volume_lots_e8", Order: true},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: "t.volume_usd_e4", Order: true},
		{Name: "reward_usd", Format: Money, SQL: "t.reward_usd_e6", Order: true},
		{Name: "trade_fn", Format: Date, SQL: "t.last_trade_day", Nullable: true, Filter: true, Order: true},
		{Name: "client_contact_sharing_status", Format: Text, SQL: contactStatus, About: "Status of the partner's request for the client's contact. EMPTY before any request, then PENDING, GRANTED or DECLINED."},
		{Name: "last_partner_contact_sharing_dt", Format: DateTime, SQL: "t.contact_requested_at", Nullable: true},
		{Name: "last_client_contact_sharing_dt", Format: DateTime, SQL: "t.contact_answered_at", Nullable: true},
		{Name: "client_status", Format: Text, SQL: clientStatus, Filter: true, Order: true, About: "ACTIVE: verified (KYC), with a first deposit and a first trade. INACTIVE: one of the three is missing. CHANGING: the client has asked for another partner. LEFT: the client left."},
		{Name: "comment", Format: Text, SQL: "t.comment", Nullable: true},
		{Name: "rebate_amount_usd", Format: MoneyNumber, SQL: "t.rebate_usd_e6", Order: true},
		{Name: "kyc_passed", Format: Boolean, SQL: "t.verified_at IS NOT NULL", Filter: true},
		{Name: "ftd_received", Format: Boolean, SQL: "t.first_deposit_at IS NOT NULL", Filter: true},
		{Name: "ftt_made", Format: Boolean, SQL: "t.first_trade_day IS NOT NULL", Filter: true},
		{Name: "client_balance", Format: Integer, SQL: band("t.balance_usd_e6"), About: aboutBand},
		{Name: "client_equity", Format: Integer, SQL: band("t.equity_usd_e6"), About: aboutBand},
		{Name: "deposit_amount", Format: Integer, SQL: band("t.deposits_usd_e6"), About: aboutBand},
		{Name: "ftd_amount", Format: Integer, SQL: band("t.first_deposit_usd_e6"), About: aboutBand},
		{Name: "last_week_failed_deposit_count", Format: Integer, SQL: failedDeposits},
		{
			Name: "client_email", Format: Text, SQL: "CASE WHEN t.contact_status = 'GRANTED' THEN t.email END",
			Nullable: true, Omit: true, About: "E-mail address of the client. Only for clients who agreed to share it.",
		},
	},
	Totals: []Total{
		{Name: "volume_lots", Format: Lots, SQL: sum("t.volume_lots_e8")},
		{Name: "volume_mln_usd", Format: MlnUSD, SQL: sum("t.volume_usd_e4")},
		{Name: "reward_usd", Format: Money, SQL: sum("t.reward_usd_e6")},
		{Name: "server_dt", Format: DateTime, Now: true, About: "When the server created this response."},
		{
			Name: "available_for_request", Format: Integer, About: "Number of clients that the partner can ask for their contact.",
			SQL: sum("CASE WHEN t.relation = 'LEFT' OR t.contact_status = 'GRANTED' OR (" + awaitsContact + ") THEN 0 ELSE 1 END"),
		},
	},
}

const aboutBand = "Range of an amount in USD: 0 none, 1 to 10, 2 to 50, 3 to 250, 4 to 1000, 5 to 5000, 6 above 5000."

// bands are the upper bounds of the bands 0 to 5, in whole USD. Each band
// includes its upper bound. Band 6 has no upper bound.
var bands = []string{"0", "10", "50", "250", "1000", "5000"}

// band returns an SQL expression for the number of the band that contains an
// amount. The amount is in USD with 6 decimal places.
func band(sql string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, bound := range bands {
		b.WriteString(" WHEN " + sql + " <= " + bound)
		if bound != "0" {
			b.WriteString("000000")
		}
		b.WriteString(" THEN " + string(rune('0'+i)))
	}
	b.WriteString(" ELSE 6 END")
	return b.String()
}
