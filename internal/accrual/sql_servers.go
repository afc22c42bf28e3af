package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/rebate"
)

// withServers adds the further names of the accounts' servers. Plan: the
// primary key's prefix, once for each account.
func (tx SQLTx) withServers(ctx context.Context, accounts []*attribution.Account, by map[string]*attribution.Account) error {
	rows, err := tx.q.Query(ctx, `SELECT s.client_account, s.from_at, s.fact_id, s.server FROM @rows($1)
		CROSS JOIN account_servers s WHERE s.partner_id = @uuid(k.value->>0) AND s.client_account = k.value->>1
		ORDER BY s.client_account, s.from_at, s.fact_id`,
		db.JSONRows(accounts, func(a *attribution.Account) []any { return []any{a.PartnerID.Hex(), a.ClientAccount} }))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var account string
		var at int64
		var from attribution.ServerFrom
		if err := rows.Scan(&account, &at, &from.FactID, &from.Server); err != nil {
			return err
		}
		from.At = db.Instant(at)
		by[account].Servers = append(by[account].Servers, from)
	}
	return rows.Err()
}

// WaitingServers returns the account.server_changed facts that wait for a key.
// Plan: index facts_waiting_for.
func (tx SQLTx) WaitingServers(ctx context.Context, key string) ([]feed.Fact, error) {
	return db.Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_waiting WHERE waits_for = $1 AND type = $2 ORDER BY at, fact_id`,
		key, string(feed.AccountServerChanged))
}

// ServerSpellings returns, for normalised names, the spellings that rewards may
// use for the servers of these names. Plan: the primary key's prefix.
func (tx SQLTx) ServerSpellings(ctx context.Context, names []string) (map[string][]string, error) {
	rows, err := tx.q.Query(ctx, `SELECT name, server FROM server_names WHERE name @any($1)`, names)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]string{}
	for rows.Next() {
		var name, server string
		if err := rows.Scan(&name, &server); err != nil {
			return nil, err
		}
		out[name] = append(out[name], server)
	}
	return out, rows.Err()
}

func (tx SQLTx) saveServers(ctx context.Context, c *Changes) error {
	names := db.Columns(`partner_id, client_account, from_at, fact_id, server`)
	err := db.Insert(ctx, tx.q, "account_servers", names, "", c.Servers, func(s AccountServer, dst []any) {
		copy(dst, []any{s.Account.PartnerID, s.Account.ClientAccount, db.Micros(s.At), s.FactID, s.Server})
	})
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx.q, "server_names", db.Columns(`name, server`), "(name, server) DO NOTHING", c.ServerNames, func(n ServerName, dst []any) {
		copy(dst, []any{n.Name, n.Server})
	})
}

var orderChangeColumns = db.Columns(`partner_id, client_account, ticket, part, fact_id, at, reinstated, reason`)

// OrderChanges returns the reversals and reinstatements of these accounts'
// orders. Plan: the primary key's prefix, once for each account.
func (tx SQLTx) OrderChanges(ctx context.Context, keys []rebate.AccountKey) ([]OrderChange, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (c OrderChange, err error) {
		var at int64
		err = rows.Scan(&c.PartnerID, &c.Order.ClientAccount, &c.Order.Ticket, &c.Order.Part, &c.FactID, &at, &c.Reinstates, &c.Reason)
		c.At = db.Instant(at)
		return c, err
	}, `SELECT `+db.Prefixed("c", orderChangeColumns)+` FROM @rows($1) CROSS JOIN order_changes c
		WHERE c.partner_id = @uuid(k.value->>0) AND c.client_account = k.value->>1`, rebate.AccountKeys(keys))
}

func (tx SQLTx) saveOrderChanges(ctx context.Context, c *Changes) error {
	return db.Insert(ctx, tx.q, "order_changes", orderChangeColumns, "", c.OrderChanges, func(o OrderChange, dst []any) {
		copy(dst, []any{
			o.PartnerID, o.Order.ClientAccount, o.Order.Ticket, int64(o.Order.Part), o.FactID, db.Micros(o.At), o.Reinstates, o.Reason,
		})
	})
}
