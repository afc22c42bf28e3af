package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// Events returns the facts about these clients.
func (tx SQLTx) Events(ctx context.Context, clientUIDs []id.UUID) ([]attribution.Event, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (e attribution.Event, err error) {
		var at int64
		var kind string
		err = rows.Scan(&e.ClientUID, &at, &e.FactID, &kind, &e.PartnerID, &e.LinkCode, &e.Granted)
		e.At, e.Kind = db.Instant(at), feed.Type(kind)
		return e, err
	}, `SELECT client_uid, at, fact_id, kind, partner_id, link_code, granted FROM client_events WHERE client_uid @anyid($1)`, clientUIDs)
}

var clientColumns = db.Columns(`partner_id, client_uid, number, email, country, link_code, campaign_code, sub_id, click_id, registered_at, reg_day, relation,
	verified_at, contact_status, contact_answered_at, first_deposit_at, first_deposit_fact, first_deposit_usd_e6, deposits_usd_e6,
	balance_usd_e6, equity_usd_e6, first_trade_day, last_trade_day, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, rebate_usd_e6`)

func scanClient(rows db.Rows) (*attribution.Client, error) {
	c := &attribution.Client{}
	var registered, regDay int64
	var verified, answered, deposited, firstTrade, lastTrade *int64
	err := rows.Scan(&c.PartnerID, &c.ClientUID, &c.Number, &c.Email, &c.Country, &c.LinkCode, &c.CampaignCode, &c.SubID, &c.ClickID,
		&registered, &regDay, (*string)(&c.Relation), &verified, (*string)(&c.Contact), &answered,
		&deposited, &c.FirstDepositFact, (*int64)(&c.FirstDepositUSD), (*int64)(&c.DepositsUSD), (*int64)(&c.BalanceUSD), (*int64)(&c.EquityUSD),
		&firstTrade, &lastTrade, &c.Orders, (*int64)(&c.VolumeLots), (*int64)(&c.VolumeUSD), (*int64)(&c.RewardUSD), (*int64)(&c.RebateUSD))
	c.RegisteredAt, c.RegDay = db.Instant(registered), clock.Day(regDay)
	c.VerifiedAt, c.ContactAnsweredAt, c.FirstDepositAt = db.OptionalInstant(verified), db.OptionalInstant(answered), db.OptionalInstant(deposited)
	c.FirstTradeDay, c.LastTradeDay = db.OptionalDay(firstTrade), db.OptionalDay(lastTrade)
	return c, err
}

func clientValues(c *attribution.Client, dst []any) {
	copy(dst, []any{
		c.PartnerID, c.ClientUID, c.Number, c.Email, c.Country, c.LinkCode, c.CampaignCode, c.SubID, c.ClickID,
		db.Micros(c.RegisteredAt), int64(c.RegDay), string(c.Relation), db.OptionalMicros(c.VerifiedAt), string(c.Contact), db.OptionalMicros(c.ContactAnsweredAt),
		db.OptionalMicros(c.FirstDepositAt), c.FirstDepositFact, int64(c.FirstDepositUSD), int64(c.DepositsUSD), int64(c.BalanceUSD), int64(c.EquityUSD),
		db.DayOrNull(c.FirstTradeDay), db.DayOrNull(c.LastTradeDay), c.Orders, int64(c.VolumeLots), int64(c.VolumeUSD), int64(c.RewardUSD), int64(c.RebateUSD),
	})
}

// Clients returns the clients' rows with every partner that ever had them. It
// finds those partners by the clients' events and accounts.
func (tx SQLTx) Clients(ctx context.Context, clientUIDs []id.UUID) ([]*attribution.Client, error) {
	return db.Collect(ctx, tx.q, scanClient, `SELECT `+db.Prefixed("c", clientColumns)+` FROM (
			SELECT client_uid, partner_id FROM client_events WHERE client_uid @anyid($1)
			UNION SELECT client_uid, partner_id FROM account_routes WHERE client_uid @anyid($1)) r
		JOIN clients c ON c.partner_id = r.partner_id AND c.client_uid = r.client_uid`, clientUIDs)
}

// Asked returns which of these partners was the last to ask the client for its
// contact between since and by, or Nil if none did. Plan: primary keys.
func (tx SQLTx) Asked(ctx context.Context, clientUID id.UUID, partners []id.UUID, since, by time.Time) (partnerID id.UUID, err error) {
	_, err = db.Found(tx.q.QueryRow(ctx, `SELECT partner_id FROM clients WHERE partner_id @anyid($1) AND client_uid = $2
		AND contact_requested_at > $3 AND contact_requested_at <= $4 ORDER BY contact_requested_at DESC, partner_id LIMIT 1`,
		partners, clientUID, db.Micros(since), db.Micros(by)).Scan(&partnerID))
	return partnerID, err
}

var accountColumns = db.Columns(`partner_id, client_account, number, client_uid, country, server, platform, account_type, currency, link_code, typed_code,
	fact_id, opened_at, opened_day, balance_usd_e6, equity_usd_e6, equity_at, equity_fact, first_trade_day, last_trade_day,
	orders_count, volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6`)

func scanAccount(rows db.Rows) (*attribution.Account, error) {
	a := &attribution.Account{}
	var opened, openedDay int64
	var equityAt, firstTrade, lastTrade *int64
	err := rows.Scan(&a.PartnerID, &a.ClientAccount, &a.Number, &a.ClientUID, &a.Country, &a.Server, &a.Platform, &a.AccountType, &a.Currency,
		&a.LinkCode, &a.TypedCode, &a.FactID, &opened, &openedDay, (*int64)(&a.BalanceUSD), (*int64)(&a.EquityUSD), &equityAt, &a.EquityFact,
		&firstTrade, &lastTrade, &a.Orders, (*int64)(&a.VolumeLots), (*int64)(&a.VolumeUSD), (*int64)(&a.Reward), (*int64)(&a.RewardUSD))
	a.OpenedAt, a.OpenedDay, a.EquityAt = db.Instant(opened), clock.Day(openedDay), db.OptionalInstant(equityAt)
	a.FirstTradeDay, a.LastTradeDay = db.OptionalDay(firstTrade), db.OptionalDay(lastTrade)
	return a, err
}

func accountValues(a *attribution.Account, dst []any) {
	copy(dst, []any{
		a.PartnerID, a.ClientAccount, a.Number, a.ClientUID, a.Country, a.Server, a.Platform, a.AccountType, a.Currency, a.LinkCode, a.TypedCode,
		a.FactID, db.Micros(a.OpenedAt), int64(a.OpenedDay), int64(a.BalanceUSD), int64(a.EquityUSD), db.OptionalMicros(a.EquityAt), a.EquityFact,
		db.DayOrNull(a.FirstTradeDay), db.DayOrNull(a.LastTradeDay), a.Orders, int64(a.VolumeLots), int64(a.VolumeUSD), int64(a.Reward), int64(a.RewardUSD),
	})
}

// Accounts returns these accounts.
func (tx SQLTx) Accounts(ctx context.Context, clientAccounts []string) ([]*attribution.Account, error) {
	found, err := db.Collect(ctx, tx.q, scanAccount, `SELECT `+db.Prefixed("a", accountColumns)+` FROM account_routes r
		JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE r.client_account @any($1)`, clientAccounts)
	if err != nil {
		return nil, err
	}
	return tx.withTypes(ctx, found)
}

// AccountsOf returns the accounts of these clients.
func (tx SQLTx) AccountsOf(ctx context.Context, clientUIDs []id.UUID) ([]*attribution.Account, error) {
	found, err := db.Collect(ctx, tx.q, scanAccount, `SELECT `+db.Prefixed("a", accountColumns)+` FROM account_routes r
		JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account WHERE r.client_uid @anyid($1)`, clientUIDs)
	if err != nil {
		return nil, err
	}
	return tx.withTypes(ctx, found)
}

func (tx SQLTx) withTypes(ctx context.Context, accounts []*attribution.Account) ([]*attribution.Account, error) {
	by := map[string]*attribution.Account{}
	for _, a := range accounts {
		by[a.ClientAccount] = a
	}
	rows, err := tx.q.Query(ctx, `SELECT t.client_account, t.from_at, t.fact_id, t.account_type FROM @rows($1)
		CROSS JOIN account_types t WHERE t.partner_id = @uuid(k.value->>0) AND t.client_account = k.value->>1 ORDER BY t.client_account, t.from_at, t.fact_id`,
		db.JSONRows(accounts, func(a *attribution.Account) []any { return []any{a.PartnerID.Hex(), a.ClientAccount} }))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var account string
		var at int64
		var from attribution.TypeFrom
		if err := rows.Scan(&account, &at, &from.FactID, &from.Type); err != nil {
			return nil, err
		}
		from.At = db.Instant(at)
		by[account].Types = append(by[account].Types, from)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	return accounts, tx.withServers(ctx, accounts, by)
}

// Deposits returns a client's deposits.
func (tx SQLTx) Deposits(ctx context.Context, partnerID, clientUID id.UUID) ([]attribution.Deposit, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (d attribution.Deposit, err error) {
		var at int64
		err = rows.Scan(&d.PartnerID, &d.ClientAccount, &d.FactID, &d.ClientUID, &d.Kind, &at, (*int64)(&d.AmountUSD))
		d.At = db.Instant(at)
		return d, err
	}, `SELECT partner_id, client_account, fact_id, client_uid, kind, at, amount_usd_e6 FROM deposits WHERE partner_id = $1 AND client_uid = $2`,
		partnerID, clientUID)
}
