package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
)

type serverRow struct {
	PartnerID     id.UUID `db:"partner_id"`
	ClientAccount string  `db:"client_account"`
	attribution.ServerFrom
}

var (
	accountServers = db.NewTable[serverRow]("account_servers")
	serverNames    = db.NewTable[ServerName]("server_names")
	orderChanges   = db.NewTable[OrderChange]("order_changes")
)

// withServers adds the additional names of the accounts' servers. The query
// uses a prefix of the primary key, once for each account.
func (tx SQLTx) withServers(ctx context.Context, found []*attribution.Account, by map[string]*attribution.Account) error {
	servers, err := db.All[serverRow](ctx, tx.q, `SELECT `+accountServers.Of("s")+` FROM @rows($1)
		CROSS JOIN account_servers s WHERE s.partner_id = @uuid(k.value->>0) AND s.client_account = k.value->>1
		ORDER BY s.client_account, s.from_at, s.fact_id`, accountKeys(found))
	for _, s := range servers {
		by[s.ClientAccount].Servers = append(by[s.ClientAccount].Servers, s.ServerFrom)
	}
	return err
}

// WaitingServers returns the account.server_changed facts that wait for a key.
// The query uses the index facts_waiting_for.
func (tx SQLTx) WaitingServers(ctx context.Context, key string) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_waiting WHERE waits_for = $1 AND type = $2 ORDER BY at, fact_id`,
		key, string(feed.AccountServerChanged))
}

// ServerSpellings returns the spellings that rewards may have for servers with
// these normalised names. The query uses a prefix of the primary key.
func (tx SQLTx) ServerSpellings(ctx context.Context, names []string) (map[string][]string, error) {
	found, err := db.All[ServerName](ctx, tx.q, `SELECT name, server FROM server_names WHERE name @any($1)`, names)
	out := map[string][]string{}
	for _, n := range found {
		out[n.Name] = append(out[n.Name], n.Server)
	}
	return out, err
}

func (tx SQLTx) saveServers(ctx context.Context, c *Changes) error {
	rows := make([]serverRow, len(c.Servers))
	for i, s := range c.Servers {
		rows[i] = serverRow{s.Account.PartnerID, s.Account.ClientAccount, s.ServerFrom}
	}
	if err := accountServers.Insert(ctx, tx.q, rows...); err != nil {
		return err
	}
	return serverNames.InsertOn(ctx, tx.q, "(name, server) DO NOTHING", c.ServerNames...)
}

// OrderChanges returns the reversals and reinstatements of these accounts'
// orders. The query uses a prefix of the primary key, once for each account.
func (tx SQLTx) OrderChanges(ctx context.Context, keys []rebate.AccountKey) ([]OrderChange, error) {
	return db.All[OrderChange](ctx, tx.q, `SELECT `+orderChanges.Of("c")+` FROM @rows($1) CROSS JOIN order_changes c
		WHERE c.partner_id = @uuid(k.value->>0) AND c.client_account = k.value->>1`, rebate.AccountKeys(keys))
}
