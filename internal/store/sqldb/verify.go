package sqldb

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/verify"
)

// check is a query that finds nothing while its invariant holds. The first
// column names the row, the others say what is wrong with it, all as text.
type check struct {
	invariant int
	title     string
	query     string
}

// checks are what a store can prove by itself. Sums are compared as they
// stand: whatever is written is exact.
var checks = []check{
	{1, "a posting sums to zero in each currency", `SELECT posting_id, currency, sum(amount_e6), sum(amount_usd_e6) FROM entries
		GROUP BY partner_id, posting_id, currency HAVING sum(amount_e6) <> 0 OR sum(amount_usd_e6) <> 0`},
	{1, "an entry belongs to a posting", `SELECT e.posting_id, e.line, '', '' FROM entries e
		LEFT JOIN postings p ON p.partner_id = e.partner_id AND p.posting_id = e.posting_id WHERE p.posting_id IS NULL`},
	{1, "a balance is the sum of its entries", `SELECT coalesce(b.partner_id, e.partner_id), coalesce(b.account, e.account), b.amount_e6, e.amount FROM balances b
		FULL JOIN (SELECT partner_id, account, currency, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM entries GROUP BY partner_id, account, currency) e
		ON e.partner_id = b.partner_id AND e.account = b.account AND e.currency = b.currency
		WHERE coalesce(b.amount_e6, 0) <> coalesce(e.amount, 0) OR coalesce(b.amount_usd_e6, 0) <> coalesce(e.usd, 0)`},
	{1, "no wallet is below zero but by a reversal or a correction", `SELECT b.partner_id, b.currency, b.amount_e6, '' FROM balances b
		WHERE b.account = 'wallet' AND b.amount_e6 < 0
		AND NOT EXISTS (SELECT 1 FROM postings p WHERE p.partner_id = b.partner_id AND p.kind IN ('reversal', 'correction'))
		AND NOT EXISTS (SELECT 1 FROM postings p JOIN facts f ON f.fact_id = p.cause WHERE p.partner_id = b.partner_id AND p.kind = 'agent_share')`},
	{1, "what is reserved is never below zero", `SELECT partner_id, account, currency, amount_e6 FROM balances
		WHERE account IN ('rebates_reserved', 'payable') AND amount_e6 < 0`},
	{2, "a reward belongs to its account's partner", `SELECT r.client_account, r.ticket, '', '' FROM rewards r
		LEFT JOIN account_routes a ON a.client_account = r.client_account WHERE a.partner_id IS NULL OR a.partner_id <> r.partner_id`},
	{2, "an account's attribution was decided by a fact", `SELECT a.client_account, a.fact_id, '', '' FROM accounts a
		LEFT JOIN attributions d ON d.partner_id = a.partner_id AND d.client_account = a.client_account WHERE d.fact_id IS NULL`},
	{2, "an account is with the partner its route names", `SELECT r.client_account, '', '', '' FROM account_routes r
		LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE a.client_account IS NULL`},
	{2, "a reversal takes back exactly its order's reward", `SELECT v.server, v.ticket, v.reward_usd_e6, o.reward_usd_e6 FROM rewards v
		LEFT JOIN rewards o ON o.partner_id = v.partner_id AND o.server = v.server AND o.ticket = v.ticket AND o.part = v.part
			AND o.client_account = v.client_account AND o.kind = 0
		WHERE v.kind = 1 AND (o.kind IS NULL OR o.reward_usd_e6 <> -v.reward_usd_e6 OR o.reward_e6 <> -v.reward_e6)`},
	{4, "an account-day adds up its rewards", `SELECT coalesce(d.client_account, r.client_account), coalesce(d.reward_day, r.reward_day), d.reward_usd_e6, r.reward_usd FROM account_days d
		FULL JOIN (SELECT partner_id, reward_day, client_account, count(*) AS n, sum(CASE kind WHEN 0 THEN 1 ELSE 0 END) AS orders, sum(volume_lots_e8) AS lots,
			sum(volume_usd_e4) AS volume, sum(reward_e6) AS reward, sum(reward_usd_e6) AS reward_usd FROM rewards GROUP BY partner_id, reward_day, client_account) r
		ON r.partner_id = d.partner_id AND r.reward_day = d.reward_day AND r.client_account = d.client_account
		WHERE d.client_account IS NULL OR r.client_account IS NULL OR d.reward_rows <> r.n OR d.orders_count <> r.orders OR d.volume_lots_e8 <> r.lots
			OR d.volume_usd_e4 <> r.volume OR d.reward_e6 <> r.reward OR d.reward_usd_e6 <> r.reward_usd`},
	{4, "a partner's day adds up its account-days", `SELECT coalesce(p.partner_id, d.partner_id), coalesce(p.reward_day, d.reward_day), p.reward_usd_e6, d.reward_usd FROM partner_days p
		FULL JOIN (SELECT partner_id, reward_day, count(*) AS n, sum(reward_rows) AS rewards, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots,
			sum(volume_usd_e4) AS volume, sum(reward_e6) AS reward, sum(reward_usd_e6) AS reward_usd FROM account_days GROUP BY partner_id, reward_day) d
		ON d.partner_id = p.partner_id AND d.reward_day = p.reward_day
		WHERE coalesce(p.account_days, 0) <> coalesce(d.n, 0) OR coalesce(p.reward_rows, 0) <> coalesce(d.rewards, 0) OR coalesce(p.orders_count, 0) <> coalesce(d.orders, 0)
			OR coalesce(p.volume_lots_e8, 0) <> coalesce(d.lots, 0) OR coalesce(p.volume_usd_e4, 0) <> coalesce(d.volume, 0)
			OR coalesce(p.reward_e6, 0) <> coalesce(d.reward, 0) OR coalesce(p.reward_usd_e6, 0) <> coalesce(d.reward_usd, 0)`},
	{4, "the wallet's entries of an account-day are its reward", `SELECT coalesce(d.client_account, e.client_account), coalesce(d.reward_day, e.reward_day), d.reward_e6, e.amount
		FROM (SELECT * FROM account_days WHERE partner_id <> $1) d
		FULL JOIN (SELECT partner_id, client_account, reward_day, sum(amount_e6) AS amount, sum(amount_usd_e6) AS usd FROM entries
			WHERE account = 'wallet' AND client_account IS NOT NULL GROUP BY partner_id, client_account, reward_day) e
		ON e.partner_id = d.partner_id AND e.client_account = d.client_account AND e.reward_day = d.reward_day
		WHERE coalesce(d.reward_e6, 0) <> coalesce(e.amount, 0) OR coalesce(d.reward_usd_e6, 0) <> coalesce(e.usd, 0)`},
	{4, "an account adds up its days", `SELECT a.client_account, a.orders_count, a.reward_usd_e6, d.reward_usd FROM accounts a
		LEFT JOIN (SELECT partner_id, client_account, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
			sum(reward_e6) AS reward, sum(reward_usd_e6) AS reward_usd FROM account_days GROUP BY partner_id, client_account) d
		ON d.partner_id = a.partner_id AND d.client_account = a.client_account
		WHERE a.orders_count <> coalesce(d.orders, 0) OR a.volume_lots_e8 <> coalesce(d.lots, 0) OR a.volume_usd_e4 <> coalesce(d.volume, 0)
			OR a.reward_e6 <> coalesce(d.reward, 0) OR a.reward_usd_e6 <> coalesce(d.reward_usd, 0)`},
	{4, "a client adds up its accounts", `SELECT c.client_uid, c.orders_count, c.reward_usd_e6, a.reward_usd FROM clients c
		LEFT JOIN (SELECT partner_id, client_uid, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
			sum(reward_usd_e6) AS reward_usd, sum(balance_usd_e6) AS balance, sum(equity_usd_e6) AS equity FROM accounts GROUP BY partner_id, client_uid) a
		ON a.partner_id = c.partner_id AND a.client_uid = c.client_uid
		WHERE c.orders_count <> coalesce(a.orders, 0) OR c.volume_lots_e8 <> coalesce(a.lots, 0) OR c.volume_usd_e4 <> coalesce(a.volume, 0)
			OR c.reward_usd_e6 <> coalesce(a.reward_usd, 0) OR c.balance_usd_e6 <> coalesce(a.balance, 0) OR c.equity_usd_e6 <> coalesce(a.equity, 0)`},
	{4, "a client adds up its deposits", `SELECT c.client_uid, c.deposits_usd_e6, d.usd, '' FROM clients c
		LEFT JOIN (SELECT partner_id, client_uid, sum(CASE kind WHEN 'received' THEN amount_usd_e6 WHEN 'reversed' THEN -amount_usd_e6 ELSE 0 END) AS usd
			FROM deposits GROUP BY partner_id, client_uid) d ON d.partner_id = c.partner_id AND d.client_uid = c.client_uid
		WHERE c.deposits_usd_e6 <> coalesce(d.usd, 0)`},
	{4, "a partner's day adds up its overrides, and the ledger has them", `SELECT coalesce(p.partner_id, o.partner_id), coalesce(p.reward_day, o.reward_day), p.override_usd_e6, o.usd
		FROM (SELECT partner_id, reward_day, override_usd_e6 FROM partner_days WHERE override_usd_e6 <> 0) p
		FULL JOIN (SELECT partner_id, reward_day, sum(amount_usd_e6) AS usd FROM overrides GROUP BY partner_id, reward_day) o
		ON o.partner_id = p.partner_id AND o.reward_day = p.reward_day
		LEFT JOIN (SELECT partner_id, reward_day, sum(amount_usd_e6) AS usd FROM entries WHERE account = 'wallet' AND client_account IS NULL AND reward_day IS NOT NULL
			GROUP BY partner_id, reward_day) e ON e.partner_id = o.partner_id AND e.reward_day = o.reward_day
		WHERE coalesce(p.override_usd_e6, 0) <> coalesce(o.usd, 0) OR coalesce(o.usd, 0) <> coalesce(e.usd, 0)`},
	{4, "a partner's totals add up its days", `SELECT coalesce(t.partner_id, d.partner_id), t.orders_count, t.reward_usd_e6, d.reward_usd FROM partner_totals t
		FULL JOIN (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
			sum(reward_e6) AS reward, sum(reward_usd_e6) AS reward_usd, sum(override_usd_e6) AS override_usd FROM partner_days GROUP BY partner_id) d ON d.partner_id = t.partner_id
		WHERE coalesce(t.orders_count, 0) <> coalesce(d.orders, 0) OR coalesce(t.volume_lots_e8, 0) <> coalesce(d.lots, 0)
			OR coalesce(t.volume_usd_e4, 0) <> coalesce(d.volume, 0) OR coalesce(t.reward_usd_e6, 0) <> coalesce(d.reward_usd, 0)
			OR coalesce(t.reward_e6, 0) <> coalesce(d.reward, 0) OR coalesce(t.override_usd_e6, 0) <> coalesce(d.override_usd, 0)`},
	{4, "a partner's totals count its clients", `SELECT coalesce(t.partner_id, c.partner_id), t.clients_active, c.active, '' FROM partner_totals t
		FULL JOIN (SELECT partner_id,
			sum(CASE WHEN relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL THEN 1 ELSE 0 END) AS active,
			sum(CASE relation WHEN 'CHANGING' THEN 1 ELSE 0 END) AS changing, sum(CASE relation WHEN 'LEFT' THEN 1 ELSE 0 END) AS gone, count(*) AS clients
			FROM clients GROUP BY partner_id) c ON c.partner_id = t.partner_id
		WHERE coalesce(t.clients_active, 0) <> coalesce(c.active, 0) OR coalesce(t.clients_changing, 0) <> coalesce(c.changing, 0)
			OR coalesce(t.clients_left, 0) <> coalesce(c.gone, 0)
			OR coalesce(t.clients_active + t.clients_inactive + t.clients_changing + t.clients_left, 0) <> coalesce(c.clients, 0)`},
	{6, "every order fact is booked or waits, once", `SELECT 'facts', (SELECT count(*) FROM facts WHERE type = 'order.closed'),
			(SELECT count(*) FROM rewards WHERE kind = 0), (SELECT count(*) FROM facts_waiting WHERE type = 'order.closed')
		WHERE (SELECT count(*) FROM facts WHERE type = 'order.closed') <>
			(SELECT count(*) FROM rewards WHERE kind = 0) + (SELECT count(*) FROM facts_waiting WHERE type = 'order.closed')`},
	{6, "every reversal fact is booked or waits, once", `SELECT 'facts', (SELECT count(*) FROM facts WHERE type = 'order.reversed'),
			(SELECT count(*) FROM rewards WHERE kind = 1), (SELECT count(*) FROM facts_waiting WHERE type = 'order.reversed')
		WHERE (SELECT count(*) FROM facts WHERE type = 'order.reversed') <>
			(SELECT count(*) FROM rewards WHERE kind = 1) + (SELECT count(*) FROM facts_waiting WHERE type = 'order.reversed')`},
	{6, "a waiting fact is in the inbox", `SELECT w.fact_id, w.type, w.waits_for, '' FROM facts_waiting w LEFT JOIN facts f ON f.fact_id = w.fact_id WHERE f.fact_id IS NULL`},
	{8, "a server's days count every order that was accepted", `SELECT 'orders', (SELECT coalesce(sum(orders), 0) FROM server_days),
			(SELECT count(*) FROM facts WHERE type = 'order.closed'), ''
		WHERE (SELECT coalesce(sum(orders), 0) FROM server_days) <> (SELECT count(*) FROM facts WHERE type = 'order.closed')`},
}

// everyCheck is all of them, room by room.
var everyCheck = slices.Concat(
	checks,
	rebateChecks,
	agentChecks,
	outboxChecks,
	sourceChecks,
	walletChecks,
	rebateRunChecks,
)

// Verify implements verify.Store.
type Verify struct{ db DB }

// NewVerify returns what verify reads db by.
func NewVerify(db DB) *Verify { return &Verify{db} }

// Read implements verify.Store.
func (v *Verify) Read(ctx context.Context, fn func(context.Context, verify.Tx) error) error {
	return v.db.Read(ctx, func(ctx context.Context, q Querier) error { return fn(ctx, verifyTx{q}) })
}

type verifyTx struct{ q Querier }

// Checks implements verify.Tx. Each column is shown as text by either engine.
func (tx verifyTx) Checks(ctx context.Context, limit int, found func(verify.Fault)) (int, error) {
	for _, c := range everyCheck {
		var args []any
		if strings.Contains(c.query, "$1") {
			args = append(args, id.Nil)
		}
		faults, err := Collect(ctx, tx.q, func(rows Rows) (verify.Fault, error) {
			var columns [4]any
			err := rows.Scan(&columns[0], &columns[1], &columns[2], &columns[3])
			return verify.Fault{Invariant: c.invariant, Check: c.title, Found: describeRow(columns[:])}, err
		}, c.query+fmt.Sprintf(" LIMIT %d", limit), args...)
		if err != nil {
			return 0, fmt.Errorf("checking that %s: %w", c.title, err)
		}
		for _, f := range faults {
			found(f)
		}
	}
	return len(everyCheck), nil
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
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return strings.Join(parts, ", ")
}

// Rewards implements verify.Tx.
func (tx verifyTx) Rewards(ctx context.Context, visit func(*reward.Reward) error) error {
	rows, err := tx.q.Query(ctx, `SELECT `+prefixed("r", rewardColumns)+` FROM rewards r`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanReward(rows)
		if err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// clientsAtATime bounds what is held of the clients' events.
const clientsAtATime = 1000

// Clients implements verify.Tx.
func (tx verifyTx) Clients(ctx context.Context, visit func(attribution.History, map[id.UUID]attribution.Relation) error) error {
	after := id.Nil
	for {
		uids, err := Collect(ctx, tx.q, func(rows Rows) (uid id.UUID, err error) {
			err = rows.Scan(&uid)
			return uid, err
		}, `SELECT DISTINCT client_uid FROM client_events WHERE client_uid > $1 ORDER BY client_uid LIMIT $2`, after, clientsAtATime)
		if err != nil || len(uids) == 0 {
			return err
		}
		after = uids[len(uids)-1]
		books := booksTx(tx)
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
