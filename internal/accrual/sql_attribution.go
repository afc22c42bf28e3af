package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Events returns the stored events of these clients.
func (tx SQLTx) Events(ctx context.Context, clientUIDs []id.UUID) ([]attribution.Event, error) {
	return db.All[attribution.Event](ctx, tx.q, `SELECT `+clientEvents.Of("")+` FROM client_events WHERE client_uid @anyid($1)`, clientUIDs)
}

var (
	clientEvents = db.NewTable[attribution.Event]("client_events")
	clients      = db.NewTable[*attribution.Client]("clients", "reward_e6")
	accounts     = db.NewTable[*attribution.Account]("accounts")
	accountTypes = db.NewTable[AccountType]("account_types")
	deposits     = db.NewTable[attribution.Deposit]("deposits")
)

// Clients returns the rows of these clients. A client has a row for each
// partner that it ever had. The query finds these partners through the
// clients' events, accounts and stays.
func (tx SQLTx) Clients(ctx context.Context, clientUIDs []id.UUID) ([]*attribution.Client, error) {
	return db.All[*attribution.Client](ctx, tx.q, `SELECT `+clients.Of("c")+` FROM (
			SELECT client_uid, partner_id FROM client_events WHERE client_uid @anyid($1)
			UNION SELECT client_uid, partner_id FROM account_routes WHERE client_uid @anyid($1)
			UNION SELECT client_uid, partner_id FROM account_stays WHERE client_uid @anyid($1)) r
		JOIN clients c ON c.partner_id = r.partner_id AND c.client_uid = r.client_uid`, clientUIDs)
}

// Asked returns which of these partners was the last to ask the client for
// contact in a period. The period excludes its start and includes its end.
// Asked returns id.Nil if none of them asked in this period. The query uses
// primary keys.
func (tx SQLTx) Asked(ctx context.Context, clientUID id.UUID, partners []id.UUID, start, end time.Time) (partnerID id.UUID, err error) {
	partnerID, _, err = db.One[id.UUID](ctx, tx.q, `SELECT partner_id FROM clients WHERE partner_id @anyid($1) AND client_uid = $2
		AND contact_requested_at > $3 AND contact_requested_at <= $4 ORDER BY contact_requested_at DESC, partner_id LIMIT 1`,
		partners, clientUID, db.Micros(start), db.Micros(end))
	return partnerID, err
}

// Accounts returns the accounts with these numbers.
func (tx SQLTx) Accounts(ctx context.Context, clientAccounts []string) ([]*attribution.Account, error) {
	found, err := db.All[*attribution.Account](ctx, tx.q, `SELECT `+accounts.Of("a")+` FROM account_routes r
		JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE r.client_account @any($1)`, clientAccounts)
	if err != nil {
		return nil, err
	}
	return tx.withTypes(ctx, found)
}

// AccountsOf returns the accounts of these clients.
func (tx SQLTx) AccountsOf(ctx context.Context, clientUIDs []id.UUID) ([]*attribution.Account, error) {
	found, err := db.All[*attribution.Account](ctx, tx.q, `SELECT `+accounts.Of("a")+` FROM account_routes r
		JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE r.client_uid @anyid($1)`, clientUIDs)
	if err != nil {
		return nil, err
	}
	return tx.withTypes(ctx, found)
}

func (tx SQLTx) withTypes(ctx context.Context, found []*attribution.Account) ([]*attribution.Account, error) {
	by := map[string]*attribution.Account{}
	for _, a := range found {
		by[a.ClientAccount] = a
	}
	types, err := db.All[AccountType](ctx, tx.q, `SELECT `+accountTypes.Of("t")+` FROM @rows($1)
		CROSS JOIN account_types t WHERE t.partner_id = @uuid(k.value->>0) AND t.client_account = k.value->>1 ORDER BY t.client_account, t.from_at, t.fact_id`,
		accountKeys(found))
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		by[t.ClientAccount].Types = append(by[t.ClientAccount].Types, t.TypeFrom)
	}
	if err := tx.withServers(ctx, found, by); err != nil {
		return nil, err
	}
	return found, tx.withStays(ctx, by)
}

// accountKeys encodes the partner and the number of each account for @rows.
func accountKeys(list []*attribution.Account) string {
	return db.JSONRows(list, func(a *attribution.Account) []any { return []any{a.PartnerID.Hex(), a.ClientAccount} })
}

// Deposits returns a client's deposits in the accounts of one partner.
func (tx SQLTx) Deposits(ctx context.Context, partnerID, clientUID id.UUID) ([]attribution.Deposit, error) {
	return db.All[attribution.Deposit](ctx, tx.q, `SELECT `+deposits.Of("")+` FROM deposits WHERE partner_id = $1 AND client_uid = $2`, partnerID, clientUID)
}
