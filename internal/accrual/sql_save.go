package accrual

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Save writes what a batch changed. It deletes before it inserts, so that a
// reward can be booked again under its old key.
func (tx *applyTx) Save(ctx context.Context, c *Changes) error {
	tx.did.count(c)
	for _, step := range []func(context.Context, *Changes) error{
		tx.saveInbox, tx.saveZone, tx.saveConfiguration, tx.savePartners, tx.saveUndone, tx.saveClients, tx.saveAttribution, tx.saveRewards,
		tx.saveRebates, tx.saveAgents, tx.savePayouts, tx.saveSources, tx.saveSelfReferrals, tx.saveTold, tx.saveLedger, tx.saveWaiting,
	} {
		if err := step(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

var (
	factColumns    = db.Columns(`fact_id, type, at, digest, received_at, body`)
	waitingColumns = db.Columns(`fact_id, type, at, waits_for, order_key, request_id, body, message`)
)

// againSuffix marks the type of a fact that repeats what another one said.
const againSuffix = ".again"

// saveInbox keeps the facts. The inbox keeps only the digest of an order,
// because all its fields are in its reward or in the waiting room.
func (tx SQLTx) saveInbox(ctx context.Context, c *Changes) error {
	return db.Insert(ctx, tx.q, "facts", factColumns, "", c.Facts, func(f NewFact, dst []any) {
		kind, body := string(f.Type), any(nil)
		if f.Type != feed.OrderClosed || f.Again {
			body = string(f.Encode())
		}
		if f.Again {
			kind += againSuffix
		}
		copy(dst, []any{f.ID, kind, db.Micros(f.At), f.Digest[:], db.Micros(c.Now), body})
	})
}

func (tx SQLTx) saveConfiguration(ctx context.Context, c *Changes) error {
	err := db.Insert(ctx, tx.q, "instruments",
		db.Columns(`symbol, from_at, fact_id, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, formula, corrects`),
		"", c.Instruments, func(v InstrumentVersion, dst []any) {
			copy(dst, []any{
				v.Symbol, db.Micros(v.From), v.FactID, v.Group, v.BaseCurrency, v.QuoteCurrency,
				int64(v.ContractSize), int64(v.PointSize), int64(v.AvgSpread), v.Formula, v.Corrects,
			})
		})
	if err != nil {
		return err
	}
	err = db.Insert(ctx, tx.q, "rates", db.Columns(`currency, from_day, at, fact_id, usd_e12, corrects`), "", c.Rates, func(v RateVersion, dst []any) {
		copy(dst, []any{v.Currency, int64(v.Day), db.Micros(v.At), v.FactID, int64(v.USD), v.Corrects})
	})
	if err != nil {
		return err
	}
	return tx.saveCorrections(ctx, c)
}

func (tx SQLTx) savePartners(ctx context.Context, c *Changes) error {
	err := db.Insert(ctx, tx.q, "partners", partner.Columns, "", c.NewPartners, func(p *partner.Partner, dst []any) {
		copy(dst, []any{
			p.ID, p.Email, p.Country, p.Programme, p.ParentID, p.Currency, p.Account, p.Status, p.Verified, db.Micros(p.RegisteredAt), p.NextNumber,
		})
	})
	if err != nil {
		return err
	}
	err = db.Insert(ctx, tx.q, "partner_accounts", db.Columns(`partner_id, partner_account, name, currency, kind, created_at`), "", c.NewPartners,
		func(p *partner.Partner, dst []any) {
			copy(dst, []any{p.ID, p.Account, partner.AccountName(p.Email), p.Currency, "reward", db.Micros(p.RegisteredAt)})
		})
	if err != nil {
		return err
	}
	err = db.Insert(ctx, tx.q, "sign_in_emails", db.Columns(`email, partner_id`), "", c.NewPartners, func(p *partner.Partner, dst []any) {
		copy(dst, []any{p.Email, p.ID})
	})
	if err != nil {
		return err
	}
	if err := partner.SaveLinks(ctx, tx.q, c.NewLinks); err != nil {
		return err
	}
	for _, p := range c.Partners {
		if _, err := tx.q.Exec(ctx, `UPDATE partners SET next_number = $2 WHERE partner_id = $1`, p.ID, p.NextNumber); err != nil {
			return err
		}
	}
	return nil
}

// saveUndone takes rewards out, and keeps a record of them.
func (tx SQLTx) saveUndone(ctx context.Context, c *Changes) error {
	err := db.Insert(ctx, tx.q, "reward_revisions", db.Columns(`partner_id, revision_id, fact_id, booked_at, body`), "", c.Undone,
		func(u Undone, dst []any) {
			body, err := json.Marshal(u.Reward) //nolint:musttag // an archive for people to read, by the fields' own names
			if err != nil {
				panic(fmt.Sprintf("accrual: a reward does not encode: %v", err)) // this cannot happen: it is a plain struct
			}
			copy(dst, []any{u.Reward.PartnerID, id.New(), u.FactID, db.Micros(c.Now), string(body)})
		})
	if err != nil {
		return err
	}
	for _, u := range c.Undone {
		o := &u.Reward.Order
		if _, err := tx.q.Exec(ctx, `DELETE FROM rewards WHERE partner_id = $1 AND server = $2 AND ticket = $3 AND part = $4 AND client_account = $5 AND kind = $6`,
			u.Reward.PartnerID, o.Server, o.Ticket, o.Part, o.ClientAccount, int64(u.Reward.Kind)); err != nil {
			return err
		}
	}
	for _, o := range c.UndoneOverrides {
		if _, err := tx.q.Exec(ctx, `DELETE FROM overrides WHERE partner_id = $1 AND sub_partner_id = $2 AND server = $3 AND ticket = $4 AND part = $5
			AND client_account = $6 AND kind = $7`,
			o.PartnerID, o.SubPartnerID, o.Key.Server, o.Key.Ticket, o.Key.Part, o.Key.ClientAccount, int64(o.Kind)); err != nil {
			return err
		}
	}
	for _, o := range c.DroppedChanges {
		if _, err := tx.q.Exec(ctx, `DELETE FROM order_changes WHERE partner_id = $1 AND client_account = $2 AND ticket = $3 AND part = $4`,
			o.PartnerID, o.ClientAccount, o.Ticket, o.Part); err != nil {
			return err
		}
	}
	for _, key := range c.EmptyAccountDays {
		if _, err := tx.q.Exec(ctx, `DELETE FROM account_days WHERE partner_id = $1 AND reward_day = $2 AND client_account = $3`,
			key.PartnerID, int64(key.Day), key.ClientAccount); err != nil {
			return err
		}
	}
	return nil
}

func (tx SQLTx) saveLedger(ctx context.Context, c *Changes) error {
	return c.Ledger.Save(ctx, tx.q, c.Now)
}
