package accrual

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/rebate"
)

// FactType returns the type of a stored fact, and whether the fact waits or was
// dismissed. The type is empty if no fact has this id. The query uses primary
// keys.
func (tx SQLTx) FactType(ctx context.Context, factID string) (kind feed.Type, waits bool, err error) {
	found, err := db.Found(tx.q.QueryRow(ctx, `SELECT coalesce(type, '`+string(feed.OrderClosed)+`'), EXISTS (SELECT 1 FROM facts_waiting w WHERE w.fact_id = f.fact_id)
		OR EXISTS (SELECT 1 FROM facts_dismissed d WHERE d.fact_id = f.fact_id) FROM facts f WHERE f.fact_id = $1`, factID).Scan((*string)(&kind), &waits))
	if err != nil || !found {
		return "", false, err
	}
	return feed.Type(strings.TrimSuffix(string(kind), againSuffix)), waits, nil
}

// RateSet returns the rate that a fact set, or nil if the fact set no rate. The
// query reads all rates, because there are few of them.
func (tx SQLTx) RateSet(ctx context.Context, factID string) (*RateVersion, error) {
	set, found, err := db.One[RateVersion](ctx, tx.q, `SELECT `+rates.Of("")+` FROM rates WHERE fact_id = $1`, factID)
	if err != nil || !found {
		return nil, err
	}
	return &set, nil
}

// AccountsTrading returns the accounts with orders that closed at the given
// time or later. The orders are in the given symbol or in a longer symbol that
// begins with it. The query reads all rewards. It runs once for each
// correction, and corrections are rare.
func (tx SQLTx) AccountsTrading(ctx context.Context, symbol string, from time.Time) ([]rebate.AccountKey, error) {
	return db.All[rebate.AccountKey](ctx, tx.q, `SELECT DISTINCT partner_id, client_account FROM rewards WHERE kind = 0 AND close_at >= $2
		AND (instrument = $1 OR substr(upper(symbol), 1, CAST($3 AS integer)) = $1) ORDER BY partner_id, client_account`,
		symbol, db.Micros(from), utf8.RuneCountInString(symbol))
}

// OrdersAtRate returns the orders that closed on or after a day and used a rate
// of the currency, each with that rate. An order may use a rate for its reward,
// its overrides or its agent's share. Like AccountsTrading, the query reads all
// rewards.
func (tx SQLTx) OrdersAtRate(ctx context.Context, currency string, from clock.Day) ([]OrderAtRate, error) {
	type row struct {
		OrderAtRate

		Ticket int64 `db:"ticket"`
		Part   int   `db:"part"`
	}
	return db.AllAs(ctx, tx.q, func(r row) (OrderAtRate, error) {
		r.Order = orderRef{r.ClientAccount, r.Ticket, r.Part}
		return r.OrderAtRate, nil
	}, `SELECT partner_id, client_account, ticket, part, reward_day, quote_rate_e12 FROM rewards
			WHERE kind = 0 AND reward_day >= $2 AND quote_currency = $1
		UNION SELECT partner_id, client_account, ticket, part, reward_day, account_rate_e12 FROM rewards
			WHERE kind = 0 AND reward_day >= $2 AND currency = $1
		UNION SELECT sub_partner_id, client_account, ticket, part, reward_day, account_rate_e12 FROM overrides
			WHERE kind = 0 AND reward_day >= $2 AND currency = $1
		UNION SELECT owner_id, client_account, ticket, part, reward_day, account_rate_e12 FROM agent_shares
			WHERE kind = 0 AND reward_day >= $2 AND currency = $1`, currency, int64(from))
}

var configurationTables = map[feed.Type]string{feed.InstrumentSet: "instruments", feed.RateSet: "rates"}

// saveCorrections marks the corrected versions. It records in the audit log why
// rewards were booked again.
func (tx SQLTx) saveCorrections(ctx context.Context, c *Changes) error {
	for _, v := range c.Corrected {
		if _, err := tx.q.Exec(ctx, `UPDATE `+configurationTables[v.Type]+` SET corrected_by = $2 WHERE fact_id = $1`, v.FactID, v.By); err != nil {
			return err
		}
	}
	for _, correction := range c.Corrections {
		details, err := json.Marshal(map[string]any{
			"type": correction.Type, "corrects": correction.Corrects, "reason": correction.Reason, "rewards": correction.Rewards,
		})
		if err != nil {
			return fmt.Errorf("encoding the details of a correction: %w", err)
		}
		entry := audit.Entry{Action: "configuration.corrected", Subject: correction.FactID}
		if err := audit.Insert(ctx, tx.q, db.Micros(c.Now), entry, string(details)); err != nil {
			return err
		}
	}
	return nil
}
