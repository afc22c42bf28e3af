package accrual

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// These tables leave out the columns that never change after the insert.
// Updates use them, because SQLite writes an index whenever an update sets one
// of its columns, even to the same value.
var (
	accountsKept = accounts.Replacing("partner_id, client_account",
		"number", "client_uid", "country", "server", "platform", "currency", "typed_code", "fact_id", "opened_at", "opened_day")
	accountDaysKept = accountDays.Replacing("partner_id, reward_day, client_account", "number", "client_uid", "country")
)

type decisionRow struct {
	attribution.Decision

	DecidedAt time.Time `db:"decided_at"`
}

// routeRow is a row of account_routes. It says which partner has an account
// now.
type routeRow struct {
	ClientAccount string  `db:"client_account"`
	PartnerID     id.UUID `db:"partner_id"`
	ClientUID     id.UUID `db:"client_uid"`
}

var (
	decisions = db.NewTable[decisionRow]("attributions")
	routes    = db.NewTable[routeRow]("account_routes")
)

func (tx SQLTx) saveAttribution(ctx context.Context, c *Changes) error {
	if err := clientEvents.Insert(ctx, tx.q, c.Events...); err != nil {
		return err
	}
	for _, m := range c.MovedFrom {
		if err := tx.moveAccount(ctx, m); err != nil {
			return err
		}
	}
	if err := accounts.InsertOn(ctx, tx.q, accountsKept, c.Accounts...); err != nil {
		return err
	}
	if err := accountTypes.Insert(ctx, tx.q, c.Types...); err != nil {
		return err
	}
	if err := tx.saveServers(ctx, c); err != nil {
		return err
	}
	for i := range c.Moves {
		if err := tx.saveMove(ctx, &c.Moves[i]); err != nil {
			return err
		}
	}
	decided := make([]decisionRow, len(c.Decisions))
	for i, d := range c.Decisions {
		decided[i] = decisionRow{d, c.Now}
	}
	if err := decisions.Insert(ctx, tx.q, decided...); err != nil {
		return err
	}
	if err := routes.InsertOn(ctx, tx.q, routes.Replacing("client_account"), slices.Collect(maps.Values(c.Routes))...); err != nil {
		return err
	}
	return deposits.Insert(ctx, tx.q, c.Deposits...)
}

// moveAccount moves an account's rows from one partner to another. It inserts
// and deletes rows, because partner_id is part of their primary key.
func (tx SQLTx) moveAccount(ctx context.Context, m AccountMove) error {
	to, account := m.Account.PartnerID, m.Account.ClientAccount
	for _, statement := range []string{
		`INSERT INTO account_types (partner_id, client_account, from_at, fact_id, account_type)
			SELECT $3, client_account, from_at, fact_id, account_type FROM account_types WHERE partner_id = $1 AND client_account = $2`,
		`INSERT INTO account_servers (partner_id, client_account, from_at, fact_id, server)
			SELECT $3, client_account, from_at, fact_id, server FROM account_servers WHERE partner_id = $1 AND client_account = $2`,
		`INSERT INTO deposits (partner_id, client_account, fact_id, client_uid, kind, at, amount_usd_e6)
			SELECT $3, client_account, fact_id, client_uid, kind, at, amount_usd_e6 FROM deposits WHERE partner_id = $1 AND client_account = $2`,
	} {
		if _, err := tx.q.Exec(ctx, statement, m.Before.PartnerID, account, to); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`DELETE FROM account_types WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM account_servers WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM deposits WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM accounts WHERE partner_id = $1 AND client_account = $2`,
	} {
		if _, err := tx.q.Exec(ctx, statement, m.Before.PartnerID, account); err != nil {
			return err
		}
	}
	return nil
}

func (tx SQLTx) saveRewards(ctx context.Context, c *Changes) error {
	c.stampRewards()
	if err := reward.Insert(ctx, tx.q, c.Rewards...); err != nil {
		return err
	}
	if err := orderChanges.Insert(ctx, tx.q, c.OrderChanges...); err != nil {
		return err
	}
	if err := overrides.Insert(ctx, tx.q, c.Overrides...); err != nil {
		return err
	}
	if err := accountDays.Insert(ctx, tx.q, c.NewAccountDays...); err != nil {
		return err
	}
	if err := accountDays.InsertOn(ctx, tx.q, accountDaysKept, c.AccountDays...); err != nil {
		return err
	}
	if err := tx.saveMonths(ctx, c.ClientMonths); err != nil {
		return err
	}
	if err := partnerDays.InsertOn(ctx, tx.q, partnerDays.Replacing("partner_id, reward_day"), c.PartnerDays...); err != nil {
		return err
	}
	totals := make([]*totalsRow, len(c.PartnerTotals))
	for i, p := range c.PartnerTotals {
		totals[i] = rowOfTotals(p)
	}
	if err := partnerTotals.InsertOn(ctx, tx.q, partnerTotals.Replacing("partner_id"), totals...); err != nil {
		return err
	}
	if err := subPartners.InsertOn(ctx, tx.q, `(partner_id, sub_partner_id) DO UPDATE SET
		override_usd_e6 = sub_partner_totals.override_usd_e6 + excluded.override_usd_e6`, c.SubPartnerTotals...); err != nil {
		return err
	}
	if err := serverDays.InsertOn(ctx, tx.q, serverDays.Replacing("server, day", "name", "orders", "lots_e8"), c.ServerDays...); err != nil {
		return err
	}
	return selfReferrals.Insert(ctx, tx.q, c.SelfReferrals...)
}

// saveMonths adds account-days to clients' months.
func (tx SQLTx) saveMonths(ctx context.Context, months []*ClientMonth) error {
	err := clientMonths.InsertOn(ctx, tx.q, `(partner_id, month_day, client_uid) DO UPDATE SET
		account_days = client_months.account_days + excluded.account_days`, months...)
	if err != nil {
		return err
	}
	for _, m := range months {
		if m.AccountDays >= 0 {
			continue
		}
		if _, err := tx.q.Exec(ctx, `DELETE FROM client_months WHERE partner_id = $1 AND month_day = $2 AND client_uid = $3 AND account_days = 0`,
			m.PartnerID, int64(m.Month), m.ClientUID); err != nil {
			return err
		}
	}
	return nil
}

// saveCounts adds new orders to the totals of their servers' days. It is the
// last statement of the transaction, because from this statement until the
// commit, other transactions that count orders of the same day have to wait. It
// updates the days in a fixed order, so that two transactions cannot deadlock.
func (tx SQLTx) saveCounts(ctx context.Context, c *Changes) error {
	slices.SortFunc(c.ServerOrders, func(x, y *ServerOrders) int {
		return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.Server, y.Server))
	})
	return serverOrders.InsertOn(ctx, tx.q, `(server, day) DO UPDATE SET orders = server_days.orders + excluded.orders,
		lots_e8 = server_days.lots_e8 + excluded.lots_e8`, c.ServerOrders...)
}
