package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/reward"
)

// Columns that never change after the insert are left out of updates. Setting
// an indexed column, even to its present value, makes SQLite write the index.
var (
	accountFixed    = db.Columns(`number, client_uid, country, server, platform, currency, typed_code, fact_id, opened_at, opened_day`)
	accountDayFixed = db.Columns(`number, client_uid, country`)
)

func (tx SQLTx) saveAttribution(ctx context.Context, c *Changes) error {
	err := db.Insert(ctx, tx.q, "client_events", db.Columns(`client_uid, at, fact_id, kind, partner_id, link_code, granted`), "", c.Events,
		func(e attribution.Event, dst []any) {
			copy(dst, []any{e.ClientUID, db.Micros(e.At), e.FactID, string(e.Kind), e.PartnerID, e.LinkCode, e.Granted})
		})
	if err != nil {
		return err
	}
	for _, m := range c.MovedFrom {
		if err := tx.moveAccount(ctx, m); err != nil {
			return err
		}
	}
	err = db.Insert(ctx, tx.q, "accounts", accountColumns, db.Replacing("partner_id, client_account", accountColumns, accountFixed...), c.Accounts, accountValues)
	if err != nil {
		return err
	}
	names := db.Columns(`partner_id, client_account, from_at, fact_id, account_type`)
	err = db.Insert(ctx, tx.q, "account_types", names, "", c.Types, func(t AccountType, dst []any) {
		copy(dst, []any{t.PartnerID, t.ClientAccount, db.Micros(t.At), t.FactID, t.Type})
	})
	if err != nil {
		return err
	}
	if err := tx.saveServers(ctx, c); err != nil {
		return err
	}
	names = db.Columns(`partner_id, client_account, fact_id, client_uid, link_code, from_at, decided_at`)
	err = db.Insert(ctx, tx.q, "attributions", names, "", c.Decisions, func(d attribution.Decision, dst []any) {
		copy(dst, []any{d.PartnerID, d.ClientAccount, d.FactID, d.ClientUID, d.LinkCode, db.Micros(d.FromAt), db.Micros(c.Now)})
	})
	if err != nil {
		return err
	}
	names = db.Columns(`client_account, partner_id, client_uid`)
	err = db.Insert(ctx, tx.q, "account_routes", names, db.Replacing("client_account", names), c.Decisions, func(d attribution.Decision, dst []any) {
		copy(dst, []any{d.ClientAccount, d.PartnerID, d.ClientUID})
	})
	if err != nil {
		return err
	}
	names = db.Columns(`partner_id, client_account, fact_id, client_uid, kind, at, amount_usd_e6`)
	return db.Insert(ctx, tx.q, "deposits", names, "", c.Deposits, func(d attribution.Deposit, dst []any) {
		copy(dst, []any{d.PartnerID, d.ClientAccount, d.FactID, d.ClientUID, d.Kind, db.Micros(d.At), int64(d.AmountUSD)})
	})
}

// moveAccount takes an account's rows from one partner to another. It inserts
// and deletes rows, because partner_id decides where a row is stored.
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
		if _, err := tx.q.Exec(ctx, statement, m.From, account, to); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`DELETE FROM account_types WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM account_servers WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM deposits WHERE partner_id = $1 AND client_account = $2`,
		`DELETE FROM accounts WHERE partner_id = $1 AND client_account = $2`,
	} {
		if _, err := tx.q.Exec(ctx, statement, m.From, account); err != nil {
			return err
		}
	}
	return nil
}

func (tx SQLTx) saveRewards(ctx context.Context, c *Changes) error {
	if err := db.Insert(ctx, tx.q, "rewards", reward.RowColumns, "", c.Rewards, reward.RowValues); err != nil {
		return err
	}
	if err := tx.saveOrderChanges(ctx, c); err != nil {
		return err
	}
	err := db.Insert(ctx, tx.q, "overrides", overrideColumns, "", c.Overrides, func(o reward.Override, dst []any) {
		copy(dst, []any{
			o.PartnerID, o.SubPartnerID, o.Key.Server, o.Key.Ticket, int64(o.Key.Part), o.Key.ClientAccount, int64(o.Kind), int64(o.Depth), int64(o.Day),
			int64(o.Percent), int64(o.BaseUSD), int64(o.AmountUSD), int64(o.Amount), o.Currency, int64(o.AccountRate),
		})
	})
	if err != nil {
		return err
	}
	if err := db.Insert(ctx, tx.q, "account_days", accountDayColumns, "", c.NewAccountDays, accountDayValues); err != nil {
		return err
	}
	conflict := db.Replacing("partner_id, reward_day, client_account", accountDayColumns, accountDayFixed...)
	if err := db.Insert(ctx, tx.q, "account_days", accountDayColumns, conflict, c.AccountDays, accountDayValues); err != nil {
		return err
	}
	err = db.Insert(ctx, tx.q, "partner_days", partnerDayColumns, db.Replacing("partner_id, reward_day", partnerDayColumns), c.PartnerDays,
		func(d *PartnerDay, dst []any) {
			copy(dst, []any{
				d.PartnerID, int64(d.Day), d.AccountDays, d.Rows, d.Orders,
				int64(d.VolumeLots), int64(d.VolumeUSD), int64(d.Reward), int64(d.RewardUSD), int64(d.OverrideUSD),
			})
		})
	if err != nil {
		return err
	}
	err = db.Insert(ctx, tx.q, "partner_totals", partnerTotalsColumns, db.Replacing("partner_id", partnerTotalsColumns), c.PartnerTotals,
		func(p *PartnerTotals, dst []any) {
			copy(dst, []any{
				p.PartnerID, p.Revision, p.Clients[attribution.StatusActive], p.Clients[attribution.StatusInactive],
				p.Clients[attribution.StatusChanging], p.Clients[attribution.StatusLeft],
				p.Orders, int64(p.VolumeLots), int64(p.VolumeUSD), int64(p.Reward), int64(p.RewardUSD), int64(p.OverrideUSD),
			})
		})
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx.q, "server_days", serverDayColumns, db.Replacing("server, day", serverDayColumns), c.ServerDays,
		func(d *ServerDay, dst []any) {
			var expectedLots, expectedAt any
			if d.ExpectedOrders != nil {
				expectedLots, expectedAt = int64(d.ExpectedLots), db.Micros(d.ExpectedAt)
			}
			copy(dst, []any{d.Server, int64(d.Day), d.Name, d.Orders, int64(d.Lots), d.ExpectedOrders, expectedLots, expectedAt})
		})
}

func accountDayValues(d *AccountDay, dst []any) {
	copy(dst, []any{
		d.PartnerID, int64(d.Day), d.ClientAccount, d.Number, d.ClientUID, d.AccountType, d.Country, d.LinkCode,
		d.Rows, d.Orders, int64(d.VolumeLots), int64(d.VolumeUSD), int64(d.Reward), int64(d.RewardUSD),
	})
}
