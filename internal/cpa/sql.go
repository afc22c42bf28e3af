package cpa

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

var table = db.NewTable[*Client]("cpa_clients")

// replaced leaves out the columns that never change, because SQLite writes an
// index whenever an update sets one of its columns.
var replaced = table.Replacing("partner_id, client_uid",
	"registered_at", "country", "link_code", "campaign_code", "plan_id", "bundle", "expires_at")

// indexHint makes SQLite use an index. SQLite has no statistics, and would choose
// an index that reads more rows.
func indexHint(q db.Querier, index string) string {
	if q.Engine() == db.SQLite {
		return " INDEXED BY " + index
	}
	return ""
}

func save(ctx context.Context, q db.Querier, clients ...*Client) error {
	return table.InsertOn(ctx, q, replaced, clients...)
}

func clientsOf(ctx context.Context, q db.Querier, keys []key) ([]*Client, error) {
	return db.All[*Client](ctx, q, `SELECT `+table.Of("c")+` FROM @rows($1) CROSS JOIN cpa_clients c
		WHERE c.partner_id = @uuid(k.value->>0) AND c.client_uid = @uuid(k.value->>1)`,
		db.JSONRows(keys, func(k key) []any { return []any{k.partnerID.Hex(), k.clientUID.Hex()} }))
}

// depositsOf returns the received and reversed deposits in the accounts of clients
// that the partner has or had. For the deposits with the partner, the query reads
// ranges of the index deposits_client.
func depositsOf(ctx context.Context, q db.Querier, partnerID id.UUID, all map[id.UUID]*evaluation) (map[id.UUID][]attribution.Deposit, error) {
	clients := slices.Collect(maps.Keys(all))
	found, err := db.All[attribution.Deposit](ctx, q, `SELECT d.partner_id, d.client_uid, d.kind, d.at, d.fact_id, d.amount_usd_e6 FROM deposits d
		WHERE d.partner_id = $1 AND d.client_uid @anyid($2) AND d.kind IN ('received', 'reversed')`, partnerID, clients)
	if err != nil {
		return nil, err
	}
	others, err := depositsAfterMoves(ctx, q, partnerID, clients)
	out := map[id.UUID][]attribution.Deposit{}
	for _, d := range append(found, others...) {
		out[d.ClientUID] = append(out[d.ClientUID], d)
	}
	return out, err
}

// depositsAfterMoves returns the deposits that were made in the partner's accounts
// when other partners had them. The queries use the index accounts_client and
// primary keys. If no account was moved, there is only the first query.
func depositsAfterMoves(ctx context.Context, q db.Querier, partnerID id.UUID, clients []id.UUID) ([]attribution.Deposit, error) {
	moved, err := db.All[string](ctx, q, `SELECT client_account FROM accounts WHERE partner_id = $1 AND client_uid @anyid($2) AND moves > 0`, partnerID, clients)
	if err != nil || len(moved) == 0 {
		return nil, err
	}
	type stay struct {
		PartnerID     id.UUID `db:"partner_id"`
		ClientAccount string  `db:"client_account"`
	}
	others, err := db.All[stay](ctx, q, `SELECT DISTINCT partner_id, client_account FROM account_stays WHERE client_account @any($2) AND partner_id <> $1`, partnerID, moved)
	if err != nil {
		return nil, err
	}
	return db.All[attribution.Deposit](ctx, q, `SELECT d.partner_id, d.client_uid, d.kind, d.at, d.fact_id, d.amount_usd_e6 FROM @rows($1) CROSS JOIN deposits d
		WHERE d.partner_id = @uuid(k.value->>0) AND d.client_account = k.value->>1 AND d.kind IN ('received', 'reversed')`,
		db.JSONRows(others, func(s stay) []any { return []any{s.PartnerID.Hex(), s.ClientAccount} }))
}

// loadDays loads the lots that clients traded on the days that count. For each
// account of a client, the query reads a range of the index
// account_days_account.
func loadDays(ctx context.Context, q db.Querier, partnerID id.UUID, all map[id.UUID]*evaluation, trading []*evaluation) error {
	type clientDay struct {
		DayLots

		ClientUID id.UUID `db:"client_uid"`
	}
	found, err := db.All[clientDay](ctx, q, `SELECT a.client_uid, d.reward_day, CAST(sum(d.volume_lots_e8) AS bigint) AS volume_lots_e8
		FROM @rows($2) CROSS JOIN accounts a CROSS JOIN account_days d`+indexHint(q, "account_days_account")+`
		WHERE a.partner_id = $1 AND a.client_uid = @uuid(k.value->>0) AND d.partner_id = $1 AND d.client_account = a.client_account
			AND d.reward_day >= CAST(k.value->>1 AS bigint) AND d.reward_day <= CAST(k.value->>2 AS bigint)
		GROUP BY a.client_uid, d.reward_day ORDER BY d.reward_day`, partnerID,
		db.JSONRows(trading, func(e *evaluation) []any { return []any{e.ClientUID.Hex(), int64(e.first), int64(e.last)} }))
	for _, d := range found {
		e := all[d.ClientUID]
		e.days = append(e.days, d.DayLots)
	}
	return err
}

// loadOrders loads the orders that clients closed on the day on which they had
// traded enough lots. For each account of a client, the query reads a range of the
// index reward_rows_account.
func loadOrders(ctx context.Context, q db.Querier, partnerID id.UUID, all map[id.UUID]*evaluation, reached []*evaluation, zone *time.Location) error {
	type clientTrade struct {
		Trade

		ClientUID id.UUID `db:"client_uid"`
	}
	found, err := db.All[clientTrade](ctx, q, `SELECT a.client_uid, r.close_at, coalesce(r.volume_lots_e8, r.lots_e8) AS volume_lots_e8
		FROM @rows($2) CROSS JOIN accounts a CROSS JOIN reward_rows r
		WHERE a.partner_id = $1 AND a.client_uid = @uuid(k.value->>0) AND r.partner_id = $1 AND r.account = a.number
			AND r.close_at >= CAST(k.value->>1 AS bigint) AND r.close_at < CAST(k.value->>2 AS bigint) AND r.kind = 0`, partnerID,
		db.JSONRows(reached, func(e *evaluation) []any {
			return []any{e.ClientUID.Hex(), db.Micros(e.reached.Start(zone)), db.Micros((e.reached + 1).Start(zone))}
		}))
	for _, t := range found {
		e := all[t.ClientUID]
		e.trades = append(e.trades, t.Trade)
	}
	return err
}
