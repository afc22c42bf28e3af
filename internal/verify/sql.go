package verify

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// check is a query that returns no rows if its invariant holds. The first
// column of a row identifies what is wrong, and the other columns show the
// values. All columns are text.
type check struct {
	invariant int
	title     string
	query     string
}

// lastParent is the parent of a partner p after its last change.
const lastParent = `(SELECT c.parent_id FROM partner_changes c WHERE c.partner_id = p.partner_id AND c.sets_parent AND NOT c.void
	ORDER BY c.from_at DESC, c.fact_id DESC LIMIT 1)`

// checks are the checks that do not belong to a topic of another file. They
// compare sums exactly, because all stored amounts are exact.
var checks = []check{
	{1, "a posting sums to zero in each currency", `SELECT posting_id, currency, sum(amount_e6), sum(amount_usd_e6) FROM entries
		GROUP BY partner_id, posting_id, currency HAVING sum(amount_e6) <> 0 OR sum(amount_usd_e6) <> 0`},
	{1, "an entry belongs to a posting", `SELECT e.posting_id, e.line, '', '' FROM entries e
		LEFT JOIN postings p ON p.partner_id = e.partner_id AND p.posting_id = e.posting_id WHERE p.posting_id IS NULL`},
	sides{
		invariant: 1, title: "a balance is the sum of its entries", keys: "partner_id, account, currency", values: amounts,
		left:  `SELECT partner_id, account, currency, amount_e6, amount_usd_e6 FROM balances`,
		right: `SELECT partner_id, account, currency, amount_e6, amount_usd_e6 FROM entries`,
	}.check(),
	{1, "a wallet is below zero only after a reversal or a correction, or after CPA was taken back", `SELECT b.partner_id, b.currency, b.amount_e6, '' FROM balances b
		WHERE b.account = 'wallet' AND b.amount_e6 < 0
		AND NOT EXISTS (SELECT 1 FROM postings p WHERE p.partner_id = b.partner_id AND p.kind IN ('reversal', 'correction', 'cpa_clawback'))
		AND NOT EXISTS (SELECT 1 FROM postings p JOIN facts f ON f.fact_id = p.cause WHERE p.partner_id = b.partner_id AND p.kind = 'agent_share')`},
	{1, "a reserve is never below zero", `SELECT partner_id, account, currency, amount_e6 FROM balances
		WHERE account IN ('rebates_reserved', 'payable') AND amount_e6 < 0`},
	{2, "a reward has its terms and its account", `SELECT r.partner_id, r.ticket, r.terms, r.account FROM reward_rows r
		LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.terms = r.terms
		LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.number = r.account WHERE t.terms IS NULL OR a.number IS NULL`},
	{2, "an order belongs to the partner who had its account when it closed", `SELECT r.client_account, r.ticket, '', '' FROM rewards r
		LEFT JOIN account_routes a ON a.client_account = r.client_account WHERE a.partner_id IS NULL OR (r.kind = 0 AND r.partner_id <> coalesce(
			(SELECT s.partner_id FROM account_stays s WHERE s.client_account = r.client_account AND s.from_at <= r.close_at ORDER BY s.from_at DESC LIMIT 1), a.partner_id))`},
	{2, "an account is with the partners of its stays, and now with the last of them", `SELECT a.client_account, '', '', '' FROM accounts a
		LEFT JOIN account_routes r ON r.client_account = a.client_account
		WHERE r.partner_id IS NULL OR (a.moves = 0 AND (r.partner_id <> a.partner_id OR EXISTS (SELECT 1 FROM account_stays s WHERE s.client_account = a.client_account)))
			OR (a.moves > 0 AND (NOT EXISTS (SELECT 1 FROM account_stays s WHERE s.client_account = a.client_account AND s.partner_id = a.partner_id)
				OR a.moves + 1 <> (SELECT count(*) FROM account_stays s WHERE s.client_account = a.client_account)
				OR r.partner_id <> (SELECT s.partner_id FROM account_stays s WHERE s.client_account = a.client_account ORDER BY s.from_at DESC LIMIT 1)))
		UNION ALL SELECT s.client_account, '', '', '' FROM account_stays s
			LEFT JOIN accounts a ON a.partner_id = s.partner_id AND a.client_account = s.client_account WHERE a.client_account IS NULL`},
	{2, "an override goes to the partner above when the order closed", `SELECT o.partner_id, o.server, o.ticket, '' FROM overrides o
		JOIN accounts a ON a.partner_id = o.sub_partner_id AND a.client_account = o.client_account
		JOIN reward_rows r ON r.partner_id = o.sub_partner_id AND r.ticket = o.ticket AND r.part = o.part AND r.account = a.number AND r.kind = 0
		JOIN partners p ON p.partner_id = o.sub_partner_id WHERE o.depth = 1 AND NOT coalesce(o.partner_id = CASE
			WHEN EXISTS (SELECT 1 FROM partner_changes c WHERE c.partner_id = p.partner_id) THEN (SELECT c.parent_id FROM partner_changes c
				WHERE c.partner_id = p.partner_id AND c.sets_parent AND NOT c.void AND c.from_at <= r.close_at ORDER BY c.from_at DESC, c.fact_id DESC LIMIT 1)
			ELSE p.parent_id END, false)`},
	{2, "a partner has the parent of its last change", `SELECT p.partner_id, '', '', '' FROM partners p
		WHERE EXISTS (SELECT 1 FROM partner_changes c WHERE c.partner_id = p.partner_id)
		AND NOT coalesce(p.parent_id = ` + lastParent + `, p.parent_id IS NULL AND ` + lastParent + ` IS NULL)`},
	{2, "an account's attribution was decided by a fact", `SELECT a.client_account, a.fact_id, '', '' FROM accounts a
		LEFT JOIN attributions d ON d.partner_id = a.partner_id AND d.client_account = a.client_account WHERE d.fact_id IS NULL`},
	{2, "an account belongs to the partner of its route", `SELECT r.client_account, '', '', '' FROM account_routes r
		LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE a.client_account IS NULL`},
	{2, "a reversal cancels exactly its order's reward, and a reinstatement books it again", `SELECT v.server, v.ticket, v.reward_usd_e6, o.reward_usd_e6
		FROM rewards v LEFT JOIN reward_rows o ON o.partner_id = v.partner_id AND o.ticket = v.ticket AND o.part = v.part
			AND o.account = v.account AND o.kind = v.kind - 1
		LEFT JOIN reward_terms t ON t.partner_id = o.partner_id AND t.terms = o.terms
		WHERE v.kind > 0 AND (t.terms IS NULL OR t.server <> v.server OR o.reward_usd_e6 <> -v.reward_usd_e6
			OR coalesce(o.reward_e6, o.reward_usd_e6) <> -v.reward_e6)`},
	{2, "an order is on its account's server", `SELECT r.client_account, r.ticket, r.server, a.server FROM rewards r
		JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account
		WHERE r.server <> a.server AND NOT EXISTS (SELECT 1 FROM account_servers s
			WHERE s.partner_id = r.partner_id AND s.client_account = r.client_account AND s.server = r.server)`},
	{6, "an order is booked once, under one name of its server", `SELECT account, ticket, part, count(*) FROM reward_rows
		GROUP BY partner_id, account, ticket, part, kind HAVING count(*) > 1`},
	sides{
		invariant: 6, title: "an order's latest reversal or reinstatement is in force", keys: "client_account, ticket, part, partner_id",
		values: "reversed",
		left: `SELECT client_account, ticket, part, partner_id, CASE WHEN reinstated THEN 0 ELSE 1 END FROM (
			SELECT client_account, ticket, part, partner_id, reinstated, row_number() OVER (PARTITION BY partner_id, client_account, ticket, part
				ORDER BY at DESC, reinstated DESC, fact_id DESC) AS place FROM order_changes) c WHERE place = 1`,
		right: `SELECT client_account, ticket, part, partner_id, CASE kind % 2 WHEN 1 THEN 1 ELSE -1 END FROM rewards WHERE kind > 0`,
	}.check(),
	{6, "a reversal or reinstatement in the rewards follows from a fact", `SELECT r.server, r.ticket, r.kind, r.fact_id FROM rewards r
		LEFT JOIN order_changes c ON c.partner_id = r.partner_id AND c.client_account = r.client_account AND c.ticket = r.ticket
			AND c.part = r.part AND c.fact_id = r.fact_id
		WHERE r.kind > 0 AND (c.fact_id IS NULL OR (r.kind % 2 = 1) = c.reinstated)`},
	sides{
		invariant: 4, title: "an account-day equals the sum of its rewards", keys: "client_account, reward_day, partner_id",
		values: "reward_usd, reward, reward_rows, orders, lots, volume",
		left:   `SELECT client_account, reward_day, partner_id, reward_usd_e6, reward_e6, reward_rows, orders_count, volume_lots_e8, volume_usd_e4 FROM account_days`,
		right:  `SELECT client_account, reward_day, partner_id, reward_usd_e6, reward_e6, 1, CASE kind WHEN 0 THEN 1 ELSE 0 END, volume_lots_e8, volume_usd_e4 FROM rewards`,
		or:     onOneSide,
	}.check(),
	sides{
		invariant: 4, title: "a partner's day equals the sum of its account-days", keys: "partner_id, reward_day",
		values: "reward_usd, reward, account_days, reward_rows, orders, lots, volume",
		left:   `SELECT partner_id, reward_day, reward_usd_e6, reward_e6, account_days, reward_rows, orders_count, volume_lots_e8, volume_usd_e4 FROM partner_days`,
		right:  `SELECT partner_id, reward_day, reward_usd_e6, reward_e6, 1, reward_rows, orders_count, volume_lots_e8, volume_usd_e4 FROM account_days`,
	}.check(),
	sides{
		invariant: 4, title: "a client's month has the client's account-days", keys: "client_uid, month_day, partner_id", values: "account_days",
		left:  `SELECT client_uid, month_day, partner_id, account_days FROM client_months`,
		right: monthsOfDays,
		or:    onOneSide,
	}.check(),
	{4, "an account-day has its account's client, country and link code", `SELECT d.client_account, d.reward_day, '', '' FROM account_days d
		LEFT JOIN accounts a ON a.partner_id = d.partner_id AND a.client_account = d.client_account
		WHERE a.client_account IS NULL OR a.client_uid <> d.client_uid OR a.country <> d.country OR a.link_code <> d.link_code`},
	sides{
		invariant: 4, title: "the wallet's entries for an account-day add up to its reward", keys: "client_account, reward_day, partner_id",
		values: "reward, usd",
		left:   `SELECT client_account, reward_day, partner_id, reward_e6, reward_usd_e6 FROM account_days WHERE partner_id <> $1`,
		right: `SELECT client_account, reward_day, partner_id, amount_e6, amount_usd_e6 FROM entries
			WHERE account = 'wallet' AND client_account IS NOT NULL`,
	}.check(),
	sides{
		invariant: 4, title: "an account equals the sum of its days", keys: "client_account, partner_id", values: "reward_usd, reward, orders, lots, volume",
		left:  `SELECT client_account, partner_id, reward_usd_e6, reward_e6, orders_count, volume_lots_e8, volume_usd_e4 FROM accounts`,
		right: `SELECT client_account, partner_id, reward_usd_e6, reward_e6, orders_count, volume_lots_e8, volume_usd_e4 FROM account_days`,
		where: ofLeft,
	}.check(),
	sides{
		invariant: 4, title: "a client equals the sum of its accounts", keys: "client_uid, partner_id",
		values: "reward_usd, orders, lots, volume, balance, equity",
		left:   `SELECT client_uid, partner_id, reward_usd_e6, orders_count, volume_lots_e8, volume_usd_e4, balance_usd_e6, equity_usd_e6 FROM clients`,
		right:  `SELECT client_uid, partner_id, reward_usd_e6, orders_count, volume_lots_e8, volume_usd_e4, balance_usd_e6, equity_usd_e6 FROM accounts`,
		where:  ofLeft,
	}.check(),
	sides{
		invariant: 4, title: "a client equals the sum of its deposits", keys: "client_uid, partner_id", values: "usd",
		left:  `SELECT client_uid, partner_id, deposits_usd_e6 FROM clients`,
		right: `SELECT client_uid, partner_id, CASE kind WHEN 'received' THEN amount_usd_e6 WHEN 'reversed' THEN -amount_usd_e6 ELSE 0 END FROM deposits`,
		where: ofLeft,
	}.check(),
	sides{
		invariant: 4, title: "a partner's day equals the sum of its overrides, and the ledger has them", keys: "partner_id, reward_day",
		values: "day_usd, ledger_usd",
		left: `SELECT partner_id, reward_day, override_usd_e6, 0 FROM partner_days
			UNION ALL SELECT partner_id, reward_day, 0, amount_usd_e6 FROM entries
			WHERE account = 'wallet' AND client_account IS NULL AND reward_day IS NOT NULL`,
		right: `SELECT partner_id, reward_day, amount_usd_e6, amount_usd_e6 FROM overrides`,
	}.check(),
	sides{
		invariant: 4, title: "the earnings from a sub-partner are the sum of its overrides", keys: "partner_id, sub_partner_id", values: "usd",
		left:  `SELECT partner_id, sub_partner_id, override_usd_e6 FROM sub_partner_totals`,
		right: `SELECT partner_id, sub_partner_id, amount_usd_e6 FROM overrides`,
	}.check(),
	sides{
		invariant: 4, title: "a partner's totals equal the sums of its days", keys: "partner_id",
		values: "reward_usd, reward, orders, lots, volume, override_usd",
		left:   `SELECT partner_id, reward_usd_e6, reward_e6, orders_count, volume_lots_e8, volume_usd_e4, override_usd_e6 FROM partner_totals`,
		right:  `SELECT partner_id, reward_usd_e6, reward_e6, orders_count, volume_lots_e8, volume_usd_e4, override_usd_e6 FROM partner_days`,
	}.check(),
	sides{
		invariant: 4, title: "a partner's totals have the right numbers of clients", keys: "partner_id", values: "active, changing, gone, clients",
		left: `SELECT partner_id, clients_active, clients_changing, clients_left,
			clients_active + clients_inactive + clients_changing + clients_left FROM partner_totals`,
		right: `SELECT partner_id, CASE WHEN relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL
			AND first_trade_day IS NOT NULL THEN 1 ELSE 0 END,
			CASE relation WHEN 'CHANGING' THEN 1 ELSE 0 END, CASE relation WHEN 'LEFT' THEN 1 ELSE 0 END, 1 FROM clients`,
	}.check(),
	{6, "every order fact is exactly one of booked, waiting and dismissed", `SELECT 'facts', (SELECT count(*) FROM facts WHERE type IS NULL),
			(SELECT count(*) FROM reward_rows WHERE kind = 0), (SELECT count(*) FROM facts_waiting WHERE type = 'order.closed')
		WHERE (SELECT count(*) FROM facts WHERE type IS NULL) <>
			(SELECT count(*) FROM reward_rows WHERE kind = 0) + (SELECT count(*) FROM facts_waiting WHERE type = 'order.closed')
			+ (SELECT count(*) FROM facts_dismissed WHERE type = 'order.closed')`},
	{6, "every reversal and reinstatement is exactly one of recorded, waiting and dismissed", `SELECT 'facts', told, noted, waiting FROM (SELECT
			(SELECT count(*) FROM facts WHERE type IN ('order.reversed', 'order.reinstated')) AS told,
			(SELECT count(*) FROM order_changes) AS noted,
			(SELECT count(*) FROM facts_waiting WHERE type IN ('order.reversed', 'order.reinstated'))
				+ (SELECT count(*) FROM facts_dismissed WHERE type IN ('order.reversed', 'order.reinstated')) AS waiting) n
		WHERE told <> noted + waiting`},
	{6, "a waiting fact is in the inbox", `SELECT w.fact_id, w.type, w.waits_for, '' FROM facts_waiting w LEFT JOIN facts f ON f.fact_id = w.fact_id WHERE f.fact_id IS NULL`},
	{6, "a dismissed fact is in the inbox, and no longer waits", `SELECT d.fact_id, d.type, d.waited_for, w.waits_for FROM facts_dismissed d
		LEFT JOIN facts f ON f.fact_id = d.fact_id LEFT JOIN facts_waiting w ON w.fact_id = d.fact_id
		WHERE f.fact_id IS NULL OR w.fact_id IS NOT NULL`},
	{8, "a server's days count every order that was accepted and not dismissed", `SELECT 'orders', (SELECT coalesce(sum(orders), 0) FROM server_days),
			(SELECT count(*) FROM facts WHERE type IS NULL), (SELECT count(*) FROM facts_dismissed WHERE type = 'order.closed')
		WHERE (SELECT coalesce(sum(orders), 0) FROM server_days) <> (SELECT count(*) FROM facts WHERE type IS NULL)
			- (SELECT count(*) FROM facts_dismissed WHERE type = 'order.closed')`},
}

var everyCheck = slices.Concat(
	checks,
	rebateChecks,
	agentChecks,
	outboxChecks,
	sourceChecks,
	correctionChecks,
	walletChecks,
	rebateRunChecks,
	levelChecks,
	adjustmentChecks,
	cpaChecks,
)

// Store reads the data that Run checks. All reads use one snapshot.
type Store struct{ db db.DB }

// NewStore returns a Store that reads db.
func NewStore(db db.DB) Store { return Store{db} }

// Read runs fn on one snapshot of the database.
func (v Store) Read(ctx context.Context, fn func(context.Context, Tx) error) error {
	return v.db.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, Tx{q}) })
}

// Tx reads inside one snapshot.
type Tx struct{ q db.Querier }

// Checks runs all checks and returns their number. It calls found for each wrong
// row, up to the given limit per check.
func (tx Tx) Checks(ctx context.Context, limit int, found func(Fault)) (int, error) {
	if err := tx.otherJoins(ctx, "off"); err != nil {
		return 0, err
	}
	for _, c := range everyCheck {
		var args []any
		if strings.Contains(c.query, "$1") {
			args = append(args, id.Nil)
		}
		faults, err := db.Collect(ctx, tx.q, func(rows db.Rows) (Fault, error) {
			var columns [4]any
			err := rows.Scan(&columns[0], &columns[1], &columns[2], &columns[3])
			return Fault{Invariant: c.invariant, Check: c.title, Found: describeRow(columns[:])}, err
		}, c.query+fmt.Sprintf(" LIMIT %d", limit), args...)
		if err != nil {
			return 0, fmt.Errorf("checking that %s: %w", c.title, err)
		}
		for _, f := range faults {
			found(f)
		}
	}
	return len(everyCheck), tx.otherJoins(ctx, "DEFAULT")
}

// otherJoins allows or forbids PostgreSQL to use joins other than hash joins.
// Only hash joins take linear time whatever statistics the planner has. With
// statistics from before the first payout, for example, the planner would read
// all entries again for each payout.
func (tx Tx) otherJoins(ctx context.Context, value string) error {
	if tx.q.Engine() != db.Postgres {
		return nil
	}
	_, err := tx.q.Exec(ctx, `SET LOCAL enable_nestloop = `+value+`; SET LOCAL enable_mergejoin = `+value)
	return err
}

func describeRow(columns []any) string {
	var parts []string
	for _, c := range columns {
		switch v := c.(type) {
		case nil:
			parts = append(parts, "none")
		case []byte:
			parts = append(parts, hex.EncodeToString(v))
		case [16]byte:
			parts = append(parts, hex.EncodeToString(v[:]))
		case string:
			if v != "" {
				parts = append(parts, v)
			}
		case driver.Valuer: // PostgreSQL returns a sum as numeric
			shown, err := v.Value()
			if err != nil {
				shown = err
			}
			parts = append(parts, fmt.Sprint(shown))
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return strings.Join(parts, ", ")
}

// Rewards calls visit with every reward whose terms and account exist. Other checks
// report the rewards that lack them.
func (tx Tx) Rewards(ctx context.Context, visit func(*reward.Reward) error) error {
	return db.Each(ctx, tx.q, visit, `SELECT `+reward.Rows.Of("r")+` FROM rewards r WHERE r.server IS NOT NULL AND r.client_account IS NOT NULL`)
}

// clientsAtATime is the maximum number of clients whose events are in memory at
// once.
const clientsAtATime = 1000

// Clients calls visit with the events and the relations of every client.
func (tx Tx) Clients(ctx context.Context, visit func(attribution.History, map[id.UUID]attribution.Relation) error) error {
	after := id.Nil
	for {
		uids, err := db.All[id.UUID](ctx, tx.q, `SELECT DISTINCT client_uid FROM client_events WHERE client_uid > $1 ORDER BY client_uid LIMIT $2`, after, clientsAtATime)
		if err != nil || len(uids) == 0 {
			return err
		}
		after = uids[len(uids)-1]
		books := accrual.Reading(tx.q)
		events, err := books.Events(ctx, uids)
		if err != nil {
			return err
		}
		clients, err := books.Clients(ctx, uids)
		if err != nil {
			return err
		}
		histories := map[id.UUID]attribution.History{}
		for _, e := range events {
			histories[e.ClientUID] = append(histories[e.ClientUID], e)
		}
		relations := map[id.UUID]map[id.UUID]attribution.Relation{}
		for _, c := range clients {
			if relations[c.ClientUID] == nil {
				relations[c.ClientUID] = map[id.UUID]attribution.Relation{}
			}
			relations[c.ClientUID][c.PartnerID] = c.Relation
		}
		for _, uid := range uids {
			history := histories[uid]
			history.Sort()
			if err := visit(history, relations[uid]); err != nil {
				return err
			}
		}
	}
}
